import { account, describeLifecycle, region } from "./lifecycle";

const queries = (WorkGroup: string) => [
  { id: "scanned", label: "bytes scanned", expression: "FILL(done, 0)", returnData: true },
  {
    id: "done",
    metric: {
      namespace: "AWS/Athena",
      metricName: "ProcessedBytes",
      dimensions: { WorkGroup, QueryType: "DML", QueryState: "SUCCEEDED" },
      period: 3600,
      stat: "Sum",
    },
  },
];
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
    metricQueries: queries("one"),
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
    metricQueries: queries("one"),
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
      with: { metricQueries: queries("two") },
      changes: { metricQueries: "update" },
      state: { metricQueries: queries("two") },
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
        Metrics: [
          { Id: "scanned", Label: "bytes scanned", Expression: "FILL(done, 0)", ReturnData: true },
          {
            Id: "done",
            ReturnData: false,
            MetricStat: {
              Metric: {
                Namespace: "AWS/Athena",
                MetricName: "ProcessedBytes",
                Dimensions: [
                  { Name: "WorkGroup", Value: "two" },
                  { Name: "QueryType", Value: "DML" },
                  { Name: "QueryState", Value: "SUCCEEDED" },
                ],
              },
              Period: 3600,
              Stat: "Sum",
            },
          },
        ],
      }),
    changes: { evaluationPeriods: "update" },
  },
  remove: async (cloud) => (await cloud.cloudWatch()).deleteAlarms({ AlarmNames: ["spec-scans"] }),
});
