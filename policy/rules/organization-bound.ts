import { resourceRule } from "../frame/rule";
import { accountBounds, demands, type DocumentStatement, ORGANIZATION_KEYS } from "../reading/document";
import { statementsIn, typesHolding } from "../reading/policy-documents";

export const organizationBound = resourceRule({
  name: "organization-bound",
  summary: "A policy that allows everybody something bounds them to the organization",
  severity: "critical",
  requirements: ["R12", "R36", "C24", "L15", "L17"],
  references: [
    "checkov CKV_AWS_70",
    "checkov CKV_AWS_33",
    "checkov CKV_AWS_60",
    "prowler s3_bucket_public_access",
    "prowler kms_key_not_publicly_accessible",
    "prowler glue_data_catalogs_not_publicly_accessible",
    "prowler secretsmanager_not_publicly_accessible",
    "cloudsplaining AssumableByAnyPrincipal",
    "Access Analyzer CheckNoPublicAccess",
  ],
  remedy: 'name accounts, or add StringEquals {"aws:PrincipalOrgID": "<your organization>"}',
  types: typesHolding("trust", "resource", "key"),
  *check(resource) {
    for (const statement of statementsIn(resource, "trust", "resource", "key")) {
      if (!statement.allows) continue;
      if (statement.notPrincipal)
        yield `${statement.label} allows everybody but those it names (NotPrincipal)`;
      else if (statement.principals.some(({ form }) => form === "everyone") && !isBound(statement))
        yield `${statement.label} allows everybody ${statement.actions.join(", ")}`;
    }
  },
});

function isBound(statement: DocumentStatement): boolean {
  // Whose the accounts are is for known-accounts to judge.
  return demands(statement, ...ORGANIZATION_KEYS) || accountBounds(statement).length > 0;
}
