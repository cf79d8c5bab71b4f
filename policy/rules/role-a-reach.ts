import { stackRule } from "../frame/rule";
import { covers, demands } from "../reading/document";
import { rolesOf } from "../reading/roles";

export const roleAReach = stackRule({
  name: "role-a-reach",
  summary: "Role A may assume the roles of its spokes only: by name, and in the organization",
  severity: "high",
  requirements: ["R52", "R67", "C12", "C24", "L4"],
  references: ["prowler iam_no_custom_policy_permissive_role_assumption"],
  remedy:
    'name the roles, or a pattern of names with StringEquals {"aws:ResourceOrgID": "<your organization>"} where the account is a wildcard',
  subjects: rolesOf,
  *check(role) {
    if (!role.isRoleA) return;
    for (const statement of role.permissions) {
      if (!statement.allows || !covers(statement, "sts:AssumeRole")) continue;
      if (statement.notResource) {
        yield `${statement.label} lets Role A assume every role but those it names`;
        continue;
      }
      for (const resource of statement.resources) {
        const [, account = "", name = ""] =
          /^arn:[^:]*:iam::([^:]*):role\/(?:.*\/)?([^/]*)$/.exec(resource) ?? [];
        if (/^[*?]*$/.test(name))
          yield `${statement.label} lets Role A assume ${resource}, whatever its name`;
        else if (/[*?]/.test(account) && !demands(statement, "aws:ResourceOrgID"))
          yield `${statement.label} lets Role A assume ${resource} in any account of the world`;
      }
    }
  },
});
