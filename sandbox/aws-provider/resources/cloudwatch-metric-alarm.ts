import type { MetricAlarmArgs, MetricAlarmState } from "@pulumi/aws/cloudwatch";
import type { ComparisonOperator, Statistic } from "@aws-sdk/client-cloudwatch";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";

/** An alarm of one metric. */
export const metricAlarm = resourceType<MetricAlarmArgs, MetricAlarmState>({
  token: "aws:cloudwatch/metricAlarm:MetricAlarm",
  properties: {
    actionsEnabled: { default: true },
    alarmActions: { set: true },
    alarmDescription: {},
    comparisonOperator: {},
    dimensions: {},
    evaluationPeriods: {},
    metricName: {},
    name: { replaces: true },
    namespace: {},
    period: {},
    statistic: {},
    tags: {},
    threshold: {},
    treatMissingData: { default: "missing" },
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 255 },
  omits: [
    "datapointsToAlarm",
    "evaluateLowSampleCountPercentiles",
    "evaluationCriteria",
    "evaluationInterval",
    "extendedStatistic",
    "insufficientDataActions",
    "metricQueries",
    "okActions",
    "thresholdMetricId",
    "unit",
    "warmUpConfiguration",
  ],

  async create(cloud, inputs, exists) {
    await put(cloud, inputs.name ?? "", inputs, inputs.tagsAll);
    exists(inputs.name ?? "");
  },

  async read(cloud, id) {
    const cloudWatch = await cloud.cloudWatch();
    const { MetricAlarms: [found] = [] } = await cloudWatch.describeAlarms({ AlarmNames: [id] });
    if (found?.AlarmArn === undefined) return undefined;
    const { Tags } = await cloudWatch.listTagsForResource({ ResourceARN: found.AlarmArn });
    return {
      actionsEnabled: found.ActionsEnabled,
      alarmActions: found.AlarmActions,
      alarmDescription: found.AlarmDescription,
      arn: found.AlarmArn,
      comparisonOperator: found.ComparisonOperator,
      dimensions: Object.fromEntries(
        (found.Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value]),
      ),
      evaluationPeriods: found.EvaluationPeriods,
      metricName: found.MetricName,
      name: id,
      namespace: found.Namespace,
      period: found.Period,
      statistic: found.Statistic,
      tagsAll: tagRecord(Tags),
      threshold: found.Threshold,
      treatMissingData: found.TreatMissingData ?? "missing",
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const cloudWatch = await cloud.cloudWatch();
    if ([...changed].some((name) => name !== "tags" && name !== "tagsAll")) await put(cloud, id, inputs);
    const ResourceARN = old.arn ?? "";
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => cloudWatch.tagResource({ ResourceARN, Tags: tagList(tags) }),
      (TagKeys) => cloudWatch.untagResource({ ResourceARN, TagKeys }),
    );
  },

  async delete(cloud, id) {
    const cloudWatch = await cloud.cloudWatch();
    await unlessGone(cloudWatch.deleteAlarms({ AlarmNames: [id] }), "ResourceNotFound");
  },
});

async function put(
  cloud: Cloud,
  AlarmName: string,
  inputs: Known<MetricAlarmArgs>,
  tags?: Readonly<Record<string, string>>,
): Promise<void> {
  const cloudWatch = await cloud.cloudWatch();
  await cloudWatch.putMetricAlarm({
    AlarmName,
    ActionsEnabled: inputs.actionsEnabled,
    AlarmActions: inputs.alarmActions?.map(String),
    AlarmDescription: inputs.alarmDescription,
    ComparisonOperator: inputs.comparisonOperator as ComparisonOperator,
    Dimensions: Object.entries(inputs.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
    EvaluationPeriods: inputs.evaluationPeriods,
    MetricName: inputs.metricName,
    Namespace: inputs.namespace,
    Period: inputs.period,
    Statistic: inputs.statistic as Statistic,
    Tags: tags && tagList(tags),
    Threshold: inputs.threshold,
    TreatMissingData: inputs.treatMissingData,
  });
}
