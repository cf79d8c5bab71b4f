import { stackRule } from "../frame/rule";
import { rolesOf } from "../reading/roles";

/** All that Role A needs, and what may go with an assumption. */
const HARMLESS = ["sts:assumerole", "sts:tagsession", "sts:setsourceidentity"];

export const roleANoData = stackRule({
  name: "role-a-no-data",
  summary: "Role A may only go on into Role B; it holds no permission on data",
  severity: "critical",
  requirements: ["R36", "R52", "R74"],
  references: [],
  remedy: "leave Role A nothing but sts:AssumeRole on Role B, and give data permissions to Role B",
  subjects: rolesOf,
  *check(role) {
    if (!role.isRoleA) return;
    for (const { label, allows, actions, notAction } of role.permissions) {
      if (!allows) continue;
      if (notAction) yield `${label} lets Role A do everything but ${actions.join(", ")}`;
      const others = notAction ? [] : actions.filter((action) => !HARMLESS.includes(action.toLowerCase()));
      if (others.length > 0) yield `${label} lets Role A do ${others.join(", ")}`;
    }
    for (const arn of role.unseenPolicies)
      yield `Role A has the managed policy ${arn}, which this stack does not make`;
  },
});
