import { actionOf, arn, each, made, tagContext, tagKeyContext, tagsIn, textOf } from "../need";
import type { Asked, Rule, Table } from "../need";

/** Log groups are asked for with what is in them (`...:log-stream:`), which is why policies name them with `:*`. */
const onGroup: Rule = (asked) => [
  {
    action: actionOf(asked),
    resource: `${groupArn(asked)}:log-stream:${textOf(asked.input, "logStreamName")}`,
  },
];

function groupArn(asked: Asked): string {
  const given = textOf(asked.input, "logGroupIdentifier") || textOf(asked.input, "logGroupName");
  return given.startsWith("arn:") ? given.replace(/:\*$/, "") : arn(asked, "logs", `log-group:${given}`);
}

/** Tags are asked for on the group's own ARN, without `:*`. */
const tagged: Rule = (asked) => [
  {
    action: actionOf(asked),
    resource: textOf(asked.input, "resourceArn").replace(/:\*$/, ""),
    context: {
      ...tagContext(tagsIn(asked.input["tags"])),
      ...tagKeyContext(asked.input["tagKeys"]),
    },
  },
];

/** CloudWatch Logs: log groups and their streams. */
export const logs: Table = {
  CreateLogGroup: made(onGroup, "logs:TagResource", "tags"),
  ...each(
    "DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey DescribeLogStreams " +
      "FilterLogEvents CreateLogStream DeleteLogStream GetLogEvents PutLogEvents DescribeMetricFilters " +
      "PutMetricFilter DeleteMetricFilter DescribeSubscriptionFilters DeleteSubscriptionFilter " +
      "TagLogGroup UntagLogGroup ListTagsLogGroup",
    onGroup,
  ),
  // All groups are asked for, whatever prefix the request names.
  DescribeLogGroups: (asked) => [{ action: actionOf(asked), resource: "*" }],
  ...each("TagResource UntagResource ListTagsForResource", tagged),
};
