import { resourceRule } from "../frame/rule";
import { accountOf } from "../reading/account";
import { demands } from "../reading/document";
import { statementsIn } from "../reading/policy-documents";
import { types } from "../reading/types";

export const keyPolicyForeign = resourceRule({
  name: "key-policy-foreign",
  summary: "A key policy lets another account in for named roles only, and for no more than it needs",
  severity: "high",
  requirements: ["R13", "C23", "L16"],
  references: ["checkov CKV_AWS_33", "checkov CKV2_AWS_64", "prowler kms_key_not_publicly_accessible"],
  remedy:
    'allow the account kms:Decrypt (and what else its roles need) with ArnLike {"aws:PrincipalArn": ...}, or by kms:ViaService',
  types: [types.key, types.keyPolicy],
  *check(resource) {
    const account = accountOf(resource);
    for (const statement of statementsIn(resource, "key")) {
      if (!statement.allows) continue;
      for (const entry of statement.principals) {
        if (entry.form !== "account" || entry.account === account) continue;
        if (
          !demands(
            statement,
            "aws:PrincipalArn",
            "aws:PrincipalOrgID",
            "kms:ViaService",
            "kms:GrantConstraintType",
          )
        )
          yield `${statement.label} opens the key to all of account ${entry.account}`;
        const wide = statement.actions.filter((action) => action === "*" || action.toLowerCase() === "kms:*");
        if (statement.notAction || wide.length > 0)
          yield `${statement.label} lets account ${entry.account} do ${statement.notAction ? "all but a few things" : wide.join(", ")} with the key`;
      }
    }
    if (resource.inputs.flag("bypassPolicyLockoutSafetyCheck"))
      yield "the check that keeps the account from locking itself out of the key is bypassed";
  },
});
