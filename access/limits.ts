/** AWS's hard limits that documents and requests are held to. Characters as IAM counts them: without white space. */
export const limits = {
  /** Inline policies of a role, together (IAM quotas). */
  roleInlinePolicies: 10_240,
  /** Inline policies of a user, together (IAM quotas). */
  userInlinePolicies: 2_048,
  /** Inline policies of a group, together (IAM quotas). */
  groupInlinePolicies: 5_120,
  /** One managed policy (IAM quotas). */
  managedPolicy: 6_144,
  /** Managed policies attached to a role, before a quota increase (IAM quotas). */
  managedPoliciesPerRole: 10,
  /** A role's trust policy, before a quota increase (IAM quotas). */
  trustPolicy: 2_048,
  /** A function's resource policy, bytes (Lambda quotas). */
  functionPolicy: 20_480,
  /** A bucket policy, bytes: 20 KB (Amazon S3 user guide). */
  bucketPolicy: 20_480,
  /** A key policy, bytes: 32 KB (KMS quotas). */
  keyPolicy: 32_768,
  /** A Glue catalog's resource policy, bytes: 10 KB (AWS Glue developer guide). */
  gluePolicy: 10_240,
  /** A queue's policy, bytes (Amazon SQS policy quotas). */
  queuePolicy: 8_192,
  /** A topic's policy, bytes: 30 KB (Amazon SNS API permissions, policy quotas). */
  topicPolicy: 30_720,
  /** An event pattern (EventBridge quotas). */
  eventPattern: 2_048,
  /** A CloudFormation template that is handed over inline, bytes (CloudFormation quotas). */
  templateBody: 51_200,
  /** Users and groups that a Quick data source or dataset is shared with (DescribeDataSourcePermissions, ...DataSetPermissions). */
  dataSourcePrincipals: 64,
} as const;
