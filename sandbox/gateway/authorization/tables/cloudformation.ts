import { actionOf, all, arn, each, passRole, textOf } from "../need";
import type { Asked, Rule, Table } from "../need";

const SERVICE = "cloudformation.amazonaws.com";

/** A stack by name (whatever its id) or ARN, or by the ARN of its change set. */
function stackArn(asked: Asked): string {
  const changeSet = asked.state.changeSets[textOf(asked.input, "ChangeSetName")];
  const name = textOf(asked.input, "StackName") || (changeSet?.stackId ?? "");
  return name.startsWith("arn:") ? name : arn(asked, "cloudformation", `stack/${name || "*"}/*`);
}

/** Query spells lists out: `Tags.member.1.Key`. */
function tagsOf({ input }: Asked): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let i = 1; textOf(input, `Tags.member.${i}.Key`) !== ""; i++) {
    tags[textOf(input, `Tags.member.${i}.Key`)] = textOf(input, `Tags.member.${i}.Value`);
  }
  return tags;
}

const onStack: Rule = (asked) => {
  const tags = tagsOf(asked);
  const keys = Object.keys(tags);
  const context = {
    ...(keys.length === 0 ? {} : { "aws:TagKeys": keys }),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
  return [{ action: actionOf(asked), resource: stackArn(asked), context }];
};

const role: Rule = ({ input }) => passRole(textOf(input, "RoleARN"), SERVICE);

/** CloudFormation. What its stacks make is asked of the caller when they are made. */
export const cloudFormation: Table = {
  ...each("CreateStack UpdateStack DeleteStack CreateChangeSet", all(onStack, role)),
  ...each(
    "DescribeStacks DescribeStackEvents DescribeStackResource DescribeStackResources ListStackResources GetTemplate " +
      "GetTemplateSummary DescribeChangeSet ExecuteChangeSet DeleteChangeSet ListChangeSets GetStackPolicy " +
      "SetStackPolicy UpdateTerminationProtection",
    onStack,
  ),
};
