/** All rules, in the order in which they are told. */
import type { Rule } from "./frame/rule";
import { bucketEncrypted } from "./rules/bucket-encrypted";
import { bucketPrivate } from "./rules/bucket-private";
import { bucketTlsOnly } from "./rules/bucket-tls-only";
import { confusedDeputy } from "./rules/confused-deputy";
import { connectorRole } from "./rules/connector-role";
import { costTags } from "./rules/cost-tags";
import { dataSourceGroups } from "./rules/data-source-groups";
import { dataSourceOwner } from "./rules/data-source-owner";
import { dataSourcePrincipals } from "./rules/data-source-principals";
import { documentSize } from "./rules/document-size";
import { effectivePolicies } from "./rules/effective-policies";
import { exactExternalId } from "./rules/exact-external-id";
import { explicitProvider } from "./rules/explicit-provider";
import { keyPolicyForeign } from "./rules/key-policy-foreign";
import { keyRotation } from "./rules/key-rotation";
import { knownAccounts } from "./rules/known-accounts";
import { lambdaConcurrency } from "./rules/lambda-concurrency";
import { lambdaGrant } from "./rules/lambda-grant";
import { lambdaSecrets } from "./rules/lambda-secrets";
import { noAccessKeys } from "./rules/no-access-keys";
import { oneRegion } from "./rules/one-region";
import { organizationBound } from "./rules/organization-bound";
import { outputLocation } from "./rules/output-location";
import { passRole } from "./rules/pass-role";
import { primaryWorkgroup } from "./rules/primary-workgroup";
import { providerAccount } from "./rules/provider-account";
import { regionBound } from "./rules/region-bound";
import { resultsOwnAccount } from "./rules/results-own-account";
import { roleANoData } from "./rules/role-a-no-data";
import { roleAReach } from "./rules/role-a-reach";
import { roleBPerDataSource } from "./rules/role-b-per-data-source";
import { roleBScope } from "./rules/role-b-scope";
import { roleBWrites } from "./rules/role-b-writes";
import { roleNames } from "./rules/role-names";
import { spillBucketAlone } from "./rules/spill-bucket-alone";
import { spillLifecycle } from "./rules/spill-lifecycle";
import { tableDeletionProtection } from "./rules/table-deletion-protection";
import { tableRecovery } from "./rules/table-recovery";
import { wholeAccountTrust } from "./rules/whole-account-trust";
import { workgroupBucketOwner } from "./rules/workgroup-bucket-owner";
import { workgroupCutoff } from "./rules/workgroup-cutoff";
import { workgroupEncrypted } from "./rules/workgroup-encrypted";
import { workgroupEnforced } from "./rules/workgroup-enforced";

export const rules: readonly Rule[] = [
  confusedDeputy,
  wholeAccountTrust,
  exactExternalId,
  organizationBound,
  knownAccounts,
  roleANoData,
  roleAReach,
  roleBScope,
  roleBWrites,
  resultsOwnAccount,
  roleBPerDataSource,
  roleNames,
  passRole,
  noAccessKeys,
  effectivePolicies,
  regionBound,
  documentSize,
  lambdaGrant,
  connectorRole,
  lambdaSecrets,
  lambdaConcurrency,
  bucketPrivate,
  bucketEncrypted,
  bucketTlsOnly,
  spillLifecycle,
  spillBucketAlone,
  oneRegion,
  keyRotation,
  keyPolicyForeign,
  workgroupEnforced,
  workgroupEncrypted,
  workgroupCutoff,
  workgroupBucketOwner,
  outputLocation,
  primaryWorkgroup,
  tableRecovery,
  tableDeletionProtection,
  dataSourceOwner,
  dataSourcePrincipals,
  dataSourceGroups,
  costTags,
  explicitProvider,
  providerAccount,
];
