import { stackRule } from "../frame/rule";
import { coveredActions, demanded } from "../reading/document";
import { rolesOf } from "../reading/roles";

export const resultsOwnAccount = stackRule({
  name: "results-own-account",
  summary: "Role B writes into buckets of named accounts only: a bucket's name alone may be a stranger's",
  severity: "high",
  requirements: ["C22"],
  references: ["prowler s3_bucket_shadow_resource_vulnerability"],
  remedy: 'add StringEquals {"aws:ResourceAccount": "<account of the bucket>"}',
  subjects: rolesOf,
  *check(role) {
    if (!role.isRoleB) return;
    for (const statement of role.permissions) {
      if (!statement.allows) continue;
      const writes = coveredActions(statement, ["s3:PutObject*"]);
      const guarded = demanded(statement, "aws:ResourceAccount").some(({ values }) =>
        values.every((value) => /^\d{12}$/.test(value)),
      );
      if (writes.length > 0 && !guarded)
        yield `${statement.label} allows ${writes.join(", ")} whoever owns ${statement.resources.join(", ")}`;
    }
  },
});
