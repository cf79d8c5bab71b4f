import { actionOf, arn, each, made, on, tagging, textOf } from "../need";
import type { Rule, Table } from "../need";

const named: Rule = on((asked) => arn(asked, "cloudwatch", `alarm:${textOf(asked.input, "AlarmName")}`));

const several: Rule = (asked) => {
  const names: unknown = asked.input["AlarmNames"];
  return (Array.isArray(names) ? names : []).map((name) => ({
    action: actionOf(asked),
    resource: arn(asked, "cloudwatch", `alarm:${String(name)}`),
  }));
};

/** CloudWatch: alarms. */
export const cloudWatch: Table = {
  PutMetricAlarm: made(named, "cloudwatch:TagResource"),
  SetAlarmState: named,
  ...each("DeleteAlarms DisableAlarmActions EnableAlarmActions", several),
  // All alarms are asked for, whichever the request names.
  DescribeAlarms: on((asked) => arn(asked, "cloudwatch", "alarm:*")),
  ...each("TagResource UntagResource ListTagsForResource", tagging("ResourceARN")),
};
