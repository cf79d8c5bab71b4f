import type { MetricAlarmArgs, MetricAlarmState } from "@pulumi/aws/cloudwatch";
import type { ComparisonOperator, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";

type Queries = NonNullable<Known<MetricAlarmArgs>["metricQueries"]>;

/** An alarm of an expression over metrics. */
export const metricAlarm = resourceType<MetricAlarmArgs, MetricAlarmState>({
  token: "aws:cloudwatch/metricAlarm:MetricAlarm",
  properties: {
    actionsEnabled: { default: true },
    alarmActions: { set: true },
    alarmDescription: {},
    comparisonOperator: {},
    evaluationPeriods: {},
    metricQueries: { set: true },
    "metricQueries.accountId": { unserved: true },
    "metricQueries.period": { unserved: true },
    "metricQueries.metric.unit": { unserved: true },
    name: { replaces: true },
    tags: {},
    threshold: {},
    treatMissingData: { default: "missing" },
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 255 },
  omits: [
    "datapointsToAlarm",
    "dimensions",
    "evaluateLowSampleCountPercentiles",
    "evaluationCriteria",
    "evaluationInterval",
    "extendedStatistic",
    "insufficientDataActions",
    "metricName",
    "namespace",
    "okActions",
    "period",
    "statistic",
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
      evaluationPeriods: found.EvaluationPeriods,
      metricQueries: found.Metrics?.map(queryOf),
      name: id,
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
    EvaluationPeriods: inputs.evaluationPeriods,
    Metrics: inputs.metricQueries?.map(dataQuery),
    Tags: tags && tagList(tags),
    Threshold: inputs.threshold,
    TreatMissingData: inputs.treatMissingData,
  });
}

function dataQuery({ id, expression, label, metric, returnData }: Queries[number]): MetricDataQuery {
  return {
    Id: id,
    Expression: expression,
    Label: label,
    ReturnData: returnData ?? false,
    MetricStat: metric && {
      Metric: {
        MetricName: metric.metricName,
        Namespace: metric.namespace,
        Dimensions: Object.entries(metric.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: metric.period,
      Stat: metric.stat,
    },
  };
}

function queryOf({ Id, Expression, Label, ReturnData, MetricStat }: MetricDataQuery): Queries[number] {
  return {
    id: Id ?? "",
    expression: Expression,
    label: Label,
    // AWS tells it of each, also where nobody said it.
    returnData: ReturnData === true ? true : undefined,
    metric: MetricStat && {
      dimensions: Object.fromEntries(
        (MetricStat.Metric?.Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value]),
      ),
      metricName: MetricStat.Metric?.MetricName ?? "",
      namespace: MetricStat.Metric?.Namespace,
      period: MetricStat.Period ?? 0,
      stat: MetricStat.Stat ?? "",
    },
  };
}
