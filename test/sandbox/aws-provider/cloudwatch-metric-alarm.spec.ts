import { account, describeLifecycle, region } from "./lifecycle";

const metric = { namespace: "AWS/Athena", metricName: "ProcessedBytes", period: 3600, statistic: "Sum" };
const topic = `arn:aws:sns:${region}:${account}:spec-alarms`;

describeLifecycle({
  token: "aws:cloudwatch/metricAlarm:MetricAlarm",
  inputs: {
    name: "spec-scans",
    alarmDescription: "scans",
    comparisonOperator: "GreaterThanThreshold",
    evaluationPeriods: 1,
    threshold: 107374182400,
    treatMissingData: "notBreaching",
    alarmActions: [topic],
    ...metric,
    dimensions: { WorkGroup: "one" },
    tags: { team: "bi" },
  },
  id: "spec-scans",
  state: {
    actionsEnabled: true,
    alarmActions: [topic],
    alarmDescription: "scans",
    arn: `arn:aws:cloudwatch:${region}:${account}:alarm:spec-scans`,
    comparisonOperator: "GreaterThanThreshold",
    evaluationPeriods: 1,
    ...metric,
    dimensions: { WorkGroup: "one" },
    name: "spec-scans",
    region,
    tags: { team: "bi" },
    tagsAll: { team: "bi" },
    threshold: 107374182400,
    treatMissingData: "notBreaching",
  },
  unknown: ["arn"],
  updates: [
    {
      title: "threshold, description and tags",
      with: { threshold: 1, alarmDescription: "more scans", tags: { team: "sales" } },
      changes: {
        threshold: "update",
        alarmDescription: "update",
        "tags.team": "update",
        "tagsAll.team": "update",
      },
      state: {
        threshold: 1,
        alarmDescription: "more scans",
        tags: { team: "sales" },
        tagsAll: { team: "sales" },
      },
    },
    {
      title: "another workgroup",
      with: { dimensions: { WorkGroup: "two" }, period: 86400 },
      changes: { "dimensions.WorkGroup": "update", period: "update" },
      state: { dimensions: { WorkGroup: "two" }, period: 86400 },
    },
  ],
  replacements: [{ with: { name: "spec-other-scans" }, replaces: ["name"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud) =>
      (await cloud.cloudWatch()).putMetricAlarm({
        AlarmName: "spec-scans",
        ComparisonOperator: "GreaterThanThreshold",
        EvaluationPeriods: 2,
        Threshold: 1,
        TreatMissingData: "notBreaching",
        AlarmActions: [topic],
        AlarmDescription: "more scans",
        Namespace: "AWS/Athena",
        MetricName: "ProcessedBytes",
        Dimensions: [{ Name: "WorkGroup", Value: "two" }],
        Period: 86400,
        Statistic: "Sum",
      }),
    changes: { evaluationPeriods: "update" },
  },
  remove: async (cloud) => (await cloud.cloudWatch()).deleteAlarms({ AlarmNames: ["spec-scans"] }),
});
