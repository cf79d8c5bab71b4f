import { actionOf, arn, each, made, on, passRole, structures, tagging, textOf } from "../need";
import type { Asked, Rule, Table } from "../need";

/** A rule of the default bus has no bus in its ARN. */
function ruleArn(asked: Asked, name: string): string {
  const bus = textOf(asked.input, "EventBusName").replace(/^.*\//, "");
  return arn(asked, "events", `rule/${bus === "" || bus === "default" ? "" : `${bus}/`}${name}`);
}

const named = (parameter: string): Rule => on((asked) => ruleArn(asked, textOf(asked.input, parameter)));

/** Targets that EventBridge reaches by a role are handed that role. */
const targeted: Rule = (asked) => {
  const targets = structures(asked.input, "Targets");
  return [
    {
      action: actionOf(asked),
      resource: ruleArn(asked, textOf(asked.input, "Rule")),
      context: { "events:TargetArn": targets.map((target) => textOf(target, "Arn")) },
    },
    ...targets.flatMap((target) => passRole(textOf(target, "RoleArn"), "events.amazonaws.com")),
  ];
};

/** EventBridge: rules and their targets. */
export const events: Table = {
  PutRule: made(named("Name"), "events:TagResource"),
  ...each("DeleteRule DescribeRule DisableRule EnableRule", named("Name")),
  PutTargets: targeted,
  ...each("ListTargetsByRule RemoveTargets", named("Rule")),
  ...each("TagResource UntagResource ListTagsForResource", tagging("ResourceARN")),
};
