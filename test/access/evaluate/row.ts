import type { AccessRequest, NamedPolicy, Policies } from "../../../access/evaluate";
import type { PolicyDocument, Statement } from "../../../access/document";

/** One case of the evaluator's table. */
export interface Row {
  readonly name: string;
  readonly request: AccessRequest;
  readonly policies: Policies;
  /**
   * The decision and what decided it: `allowed: trust[0], AssumeConsumerRolePolicy[0]` (policy and statement),
   * `explicit-deny: spill[1]`, `implicit-deny: role trust policy` (what had to allow and did not).
   */
  readonly expected: string;
  /** The AWS document that the row follows. */
  readonly source: string;
}

/** A named policy of the statements given. */
export function policy(name: string, ...statements: readonly Statement[]): NamedPolicy {
  const document: PolicyDocument = { Version: "2012-10-17", Statement: statements };
  return { name, document };
}

/** Pages of AWS's documentation, by what they settle. */
export const aws = {
  evaluation: "IAM user guide: Policy evaluation logic (reference_policies_evaluation-logic)",
  crossAccount:
    "IAM user guide: Cross-account policy evaluation logic (reference_policies_evaluation-logic-cross-account)",
  boundaries: "IAM user guide: Permissions boundaries for IAM entities (access_policies_boundaries)",
  session: "IAM user guide: Session policies (access_policies#policies_session)",
  principal: "IAM user guide: AWS JSON policy elements: Principal (reference_policies_elements_principal)",
  notPrincipal:
    "IAM user guide: AWS JSON policy elements: NotPrincipal (reference_policies_elements_notprincipal)",
  action: "IAM user guide: IAM JSON policy elements: Action (reference_policies_elements_action)",
  notAction: "IAM user guide: IAM JSON policy elements: NotAction (reference_policies_elements_notaction)",
  resource: "IAM user guide: IAM JSON policy elements: Resource (reference_policies_elements_resource)",
  notResource:
    "IAM user guide: IAM JSON policy elements: NotResource (reference_policies_elements_notresource)",
  operators: "IAM user guide: Condition operators (reference_policies_elements_condition_operators)",
  arnOperators:
    "IAM user guide: Condition operators, ARN (reference_policies_elements_condition_operators#Conditions_ARN)",
  ifExists:
    "IAM user guide: Condition operators, IfExists (reference_policies_elements_condition_operators#Conditions_IfExists)",
  manyValues:
    "IAM user guide: Creating a condition with multiple keys or values (reference_policies_multi-value-conditions)",
  variables: "IAM user guide: Variables and tags (reference_policies_variables)",
  version: "IAM user guide: IAM JSON policy elements: Version (reference_policies_elements_version)",
  keys: "IAM user guide: AWS global condition context keys (reference_policies_condition-keys)",
  confusedDeputy: "IAM user guide: The confused deputy problem (confused-deputy)",
  externalId:
    "IAM user guide: Access to accounts owned by third parties (id_roles_create_for-user_externalid)",
  assumeRole: "STS API reference: AssumeRole (API_AssumeRole)",
  callerIdentity: "STS API reference: GetCallerIdentity (API_GetCallerIdentity)",
  passRole:
    "IAM user guide: Granting a user permissions to pass a role to an AWS service (id_roles_use_passrole)",
  serviceControl: "Organizations user guide: SCP evaluation (orgs_manage_policies_scps_evaluation)",
  serviceControlExempt: "Organizations user guide: Service control policies (orgs_manage_policies_scps)",
  resourceControl: "Organizations user guide: Resource control policies (orgs_manage_policies_rcps)",
  lambda:
    "Lambda developer guide: Granting function access to other accounts (permissions-function-cross-account)",
  bucket: "S3 user guide: Bucket policy examples (example-bucket-policies)",
  glue: "Glue developer guide: Granting cross-account access (cross-account-access)",
  athenaActions: "Service authorization reference: Amazon Athena (list_amazonathena)",
  quickActions: "Service authorization reference: Amazon QuickSight (list_amazonquicksight)",
  federation: "Athena user guide: Enabling cross-account federated queries (xacct-fed-query-enable)",
  keyPolicy: "KMS developer guide: Key policies (key-policies)",
  keyPolicyDefault: "KMS developer guide: Default key policy (key-policy-default)",
  keyAcross:
    "KMS developer guide: Allowing users in other accounts to use a KMS key (key-policy-modifying-external-accounts)",
  grants: "KMS developer guide: Grants in AWS KMS (grants)",
  grantConstraints: "KMS developer guide: Using grant constraints (create-grant-overview#grant-constraints)",
  keyConditions: "KMS developer guide: Condition keys for AWS KMS (conditions-kms)",
  leadingKeys:
    "DynamoDB developer guide: Using IAM policy conditions for fine-grained access control (specifying-conditions)",
  tablePolicy: "DynamoDB developer guide: Using resource-based policies (access-control-resource-based)",
} as const;
