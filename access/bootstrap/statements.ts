/**
 * What the programs need of each service, as statements. The actions are those that Pulumi's own aws provider (which is
 * Terraform's) calls for a resource in its life, and those by which the command looks before and after.
 */
import { applicationArns, applicationStackArn, transformArn } from "../application";
import { alarmArn, ruleArn, topicArn, trailArn } from "../alarms";
import { arn, bucketArn, functionArn, keysArn, policyArn, roleArn, tableArn } from "../arn";
import { connectorLogGroup, connectorRepositoryArn } from "../connector";
import type { Condition, Statement } from "../document";
import { ENVIRONMENT_TAG } from "../tags";
import { splitS3Location } from "../written";

/** Where things are. */
export interface Where {
  readonly region: string;
  /** Twelve digits, or what CloudFormation puts in their place. */
  readonly account: string;
}

/** A statement that allows. */
export function allow(
  Sid: string,
  Action: string | readonly string[],
  Resource: string | readonly string[],
  Condition?: Condition,
): Statement {
  return { Sid, Effect: "Allow", Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}

/** In the Region only, for actions that take no resource. */
export const inRegion = ({ region }: Where): Condition => ({
  StringEquals: { "aws:RequestedRegion": region },
});

/**
 * Roles of these names, which are made under the boundary only, so that who makes them cannot get more through them than
 * the boundary has. A role of the account's own that has such a name is not under it, and nothing here puts it there: who
 * may become it, what it may do, and that it is there, is not for who makes these ("Actions, resources, and condition keys
 * for AWS Identity and Access Management", service authorization reference).
 */
export function roles(where: Where, names: readonly string[], boundary: string): Statement[] {
  return [
    underBoundary("MakeRolesUnderBoundary", where, names, boundary, [
      "iam:CreateRole",
      "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ]),
    ...leftRoles(where, names, boundary),
  ];
}

/** Looks at roles of these names, and takes away those that are under the boundary. */
export function leftRoles(where: Where, names: readonly string[], boundary: string): Statement[] {
  return [
    underBoundary("RemoveRolesUnderBoundary", where, names, boundary, [
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
    ]),
    // AWS knows no boundary in requests for these, and a tag tells nobody's role from ours, since a role is tagged as it is made.
    allow(
      "ReadAndTagRoles",
      [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
        "iam:TagRole",
        "iam:UntagRole",
      ],
      names.map((name) => roleArn(where.region, where.account, name)),
    ),
  ];
}

function underBoundary(
  Sid: string,
  { region, account }: Where,
  names: readonly string[],
  boundary: string,
  actions: readonly string[],
): Statement {
  return allow(
    Sid,
    actions,
    names.map((name) => roleArn(region, account, name)),
    { ArnEquals: { "iam:PermissionsBoundary": policyArn(region, account, boundary) } },
  );
}

/** The life of a managed policy. */
export const MANAGE_POLICIES = [
  "iam:CreatePolicy",
  "iam:CreatePolicyVersion",
  "iam:DeletePolicy",
  "iam:DeletePolicyVersion",
  "iam:GetPolicy",
  "iam:GetPolicyVersion",
  "iam:ListPolicyTags",
  "iam:ListPolicyVersions",
  "iam:TagPolicy",
  "iam:UntagPolicy",
] as const;

/** Managed policies of these names, attached to one of the roles only under the boundary. */
export function managedPolicies(
  { region, account }: Where,
  policies: string,
  role: string,
  boundary: string,
): Statement[] {
  const policy = policyArn(region, account, policies);
  return [
    allow("ManagePolicies", MANAGE_POLICIES, policy),
    allow(
      "AttachPoliciesUnderBoundary",
      ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      roleArn(region, account, role),
      {
        ArnEquals: { "iam:PermissionsBoundary": policyArn(region, account, boundary) },
        ArnLike: { "iam:PolicyARN": policy },
      },
    ),
  ];
}

/** Looks at roles with their policies. */
export function readRoles({ region, account }: Where, names: readonly string[]): Statement {
  return allow(
    "ReadRoles",
    ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
    names.map((name) => roleArn(region, account, name)),
  );
}

/** Looks at managed policies. */
export function readManagedPolicies({ region, account }: Where, policies: string): Statement {
  return allow(
    "ReadPolicies",
    ["iam:GetPolicy", "iam:GetPolicyVersion"],
    policyArn(region, account, policies),
  );
}

/** Hands roles to a service. */
export function passRoles(
  { region, account }: Where,
  Sid: string,
  names: readonly string[],
  service: string,
): Statement {
  return allow(
    Sid,
    "iam:PassRole",
    names.map((name) => roleArn(region, account, name)),
    { StringEquals: { "iam:PassedToService": service } },
  );
}

/** Buckets of these names, all of their settings. */
export function buckets({ region, account }: Where, names: readonly string[]): Statement[] {
  const Resource = names.map((name) => bucketArn(region, name));
  return [
    // A bucket that is to be made is in no account yet.
    allow("MakeBuckets", "s3:CreateBucket", Resource),
    allow(
      "Buckets",
      [
        "s3:DeleteBucket",
        "s3:DeleteBucketPolicy",
        "s3:GetAccelerateConfiguration",
        "s3:GetBucketAcl",
        "s3:GetBucketCORS",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetBucketWebsite",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
        "s3:ListTagsForResource",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:TagResource",
        "s3:UntagResource",
      ],
      Resource,
      { StringEquals: { "aws:ResourceAccount": account } },
    ),
  ];
}

/** Empties buckets, which only `--delete-data` does. */
export function emptyBuckets({ region, account }: Where, names: readonly string[]): Statement {
  return allow(
    "EmptyBuckets",
    ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    names.map((name) => bucketArn(region, name, "*")),
    { StringEquals: { "aws:ResourceAccount": account } },
  );
}

/** Functions of these names. */
export function functions({ region, account }: Where, names: readonly string[]): Statement {
  return allow(
    "Functions",
    [
      "lambda:CreateFunction",
      "lambda:DeleteFunction",
      "lambda:DeleteFunctionConcurrency",
      "lambda:GetFunction",
      "lambda:GetFunctionCodeSigningConfig",
      "lambda:GetFunctionConfiguration",
      "lambda:ListTags",
      "lambda:ListVersionsByFunction",
      "lambda:PutFunctionConcurrency",
      "lambda:TagResource",
      "lambda:UntagResource",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
    ],
    names.map((name) => functionArn(region, account, name)),
  );
}

/** What functions are made from: Lambda fetches it as whoever makes the function. */
export function code({ region }: Where, images: boolean, jars: readonly string[]): Statement[] {
  const places = jars.map(splitS3Location);
  return [
    ...(images
      ? [
          allow(
            "FetchImage",
            ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            connectorRepositoryArn(region),
          ),
        ]
      : []),
    ...(places.length === 0
      ? []
      : [
          allow(
            "FetchJars",
            "s3:GetObject",
            places.map(({ bucket, prefix }) => bucketArn(region, bucket, prefix)),
          ),
        ]),
  ];
}

/**
 * AWS's application with the stacks of these connectors. CloudFormation makes their functions with the rights of whoever
 * makes the stacks. AWS's example for Athena's connectors also has `s3:GetObject` on the repository's buckets: for the
 * code of applications whose functions are of archives, and this one's is of an image.
 */
export function applications(where: Where, connectors: readonly string[]): Statement[] {
  const { region, account } = where;
  if (connectors.length === 0) return [];
  return [
    allow(
      "DeployApplication",
      ["serverlessrepo:CreateCloudFormationChangeSet", "serverlessrepo:GetApplication"],
      applicationArns(region),
    ),
    allow(
      "ApplicationStacks",
      [
        "cloudformation:CreateChangeSet",
        "cloudformation:DeleteStack",
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeStackEvents",
        "cloudformation:DescribeStacks",
        "cloudformation:ExecuteChangeSet",
      ],
      connectors.map((connector) => applicationStackArn(region, account, connector)),
    ),
    // What the template goes through first ("Controlling access with IAM", CloudFormation user guide).
    allow("TransformApplication", "cloudformation:CreateChangeSet", transformArn(region)),
  ];
}

/** Lets principals invoke functions; `principals` is what `lambda:Principal` has to be. */
export function grantInvocation(
  { region, account }: Where,
  names: readonly string[],
  principals: Condition,
): Statement[] {
  const Resource = names.map((name) => functionArn(region, account, name));
  return [
    allow("GrantInvocation", "lambda:AddPermission", Resource, principals),
    allow("WithdrawInvocation", "lambda:RemovePermission", Resource),
  ];
}

/** Looks at functions and who may invoke them. */
export function readFunctions({ region, account }: Where, names: readonly string[]): Statement {
  return allow(
    "ReadFunctions",
    ["lambda:GetFunctionConfiguration", "lambda:GetPolicy"],
    names.map((name) => functionArn(region, account, name)),
  );
}

/** Asks connectors for their tables: by way of Athena only, and no query is allowed beside it, so that no row is read. */
export function askConnectors(functionArns: readonly string[]): Statement {
  return allow("AskConnectorsByAthena", "lambda:InvokeFunction", functionArns, {
    "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" },
  });
}

/** The functions' log groups. */
export function logGroups(where: Where, names: readonly string[]): Statement[] {
  const { region, account } = where;
  return [
    allow(
      "LogGroups",
      [
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:DeleteRetentionPolicy",
        "logs:ListTagsForResource",
        "logs:PutRetentionPolicy",
        "logs:TagResource",
        "logs:UntagResource",
      ],
      // Tags are asked for on the group's own ARN, everything else on what is in it.
      names.flatMap((name) => {
        const group = arn("logs", region, account, `log-group:${connectorLogGroup({ name })}`);
        return [group, `${group}:*`];
      }),
    ),
    // AWS defines no resource type for DescribeLogGroups; the Region is the only bound there is.
    allow("FindLogGroups", "logs:DescribeLogGroups", "*", inRegion(where)),
  ];
}

/** Athena data catalogs of these names. */
export function catalogs({ region, account }: Where, names: readonly string[]): Statement {
  return allow(
    "Catalogs",
    [
      "athena:CreateDataCatalog",
      "athena:DeleteDataCatalog",
      "athena:GetDataCatalog",
      "athena:ListTagsForResource",
      "athena:TagResource",
      "athena:UntagResource",
      "athena:UpdateDataCatalog",
    ],
    names.map((name) => arn("athena", region, account, `datacatalog/${name}`)),
  );
}

/** Looks at Athena data catalogs that others register here. */
export function readCatalogs({ region, account }: Where, names: readonly string[]): Statement {
  return allow(
    "FindSharedCatalogs",
    ["athena:GetDataCatalog", "athena:ListTagsForResource"],
    names.map((name) => arn("athena", region, account, `datacatalog/${name}`)),
  );
}

/** Lists the tables that catalogs lead to. */
export function listTables({ region, account }: Where, catalogNames: readonly string[]): Statement {
  return allow(
    "ListTables",
    "athena:ListTableMetadata",
    catalogNames.map((name) => arn("athena", region, account, `datacatalog/${name}`)),
  );
}

/** Workgroups of these names. */
export function workgroups({ region, account }: Where, names: readonly string[]): Statement {
  return allow(
    "Workgroups",
    [
      "athena:CreateWorkGroup",
      "athena:DeleteWorkGroup",
      "athena:GetWorkGroup",
      "athena:ListTagsForResource",
      "athena:TagResource",
      "athena:UntagResource",
      "athena:UpdateWorkGroup",
    ],
    names.map((name) => arn("athena", region, account, `workgroup/${name}`)),
  );
}

/** Topics of alarms with the rules and alarms that tell them, by name (R73). */
export function alarming(
  { region, account }: Where,
  { topics, rules, alarms }: Readonly<Record<"topics" | "rules" | "alarms", readonly string[]>>,
): Statement[] {
  return [
    allow(
      "AlarmTopics",
      [
        "sns:CreateTopic",
        "sns:DeleteTopic",
        "sns:GetTopicAttributes",
        "sns:ListTagsForResource",
        "sns:SetTopicAttributes",
        "sns:TagResource",
        "sns:UntagResource",
      ],
      topics.map((name) => topicArn(region, account, name)),
    ),
    allow(
      "AlarmRules",
      [
        "events:DeleteRule",
        "events:DescribeRule",
        "events:ListTagsForResource",
        "events:ListTargetsByRule",
        "events:PutRule",
        "events:PutTargets",
        "events:RemoveTargets",
        "events:TagResource",
        "events:UntagResource",
      ],
      rules.map((name) => ruleArn(region, account, name)),
    ),
    ...(alarms.length === 0
      ? []
      : [
          allow(
            "ScanAlarms",
            [
              "cloudwatch:DeleteAlarms",
              "cloudwatch:ListTagsForResource",
              "cloudwatch:PutMetricAlarm",
              "cloudwatch:TagResource",
              "cloudwatch:UntagResource",
            ],
            alarms.map((name) => alarmArn(region, account, name)),
          ),
          // All alarms are asked for, whichever the request names.
          allow("FindAlarms", "cloudwatch:DescribeAlarms", alarmArn(region, account, "*")),
        ]),
  ];
}

/** Looks whether a trail is there, and what it logs. */
export function lookAtTrail(where: Where, named: string): Statement[] {
  return [
    // AWS defines no resource type for it; the Region is the only bound there is.
    allow("FindTrails", "cloudtrail:DescribeTrails", "*", inRegion(where)),
    allow(
      "LookAtTrail",
      ["cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"],
      trailArn(where.region, named),
    ),
  ];
}

/** Looks at CloudTrail's event history. AWS defines no resource type for it; the Region is the only bound there is. */
export function readTrail(where: Where): Statement {
  return allow("ReadTrail", "cloudtrail:LookupEvents", "*", inRegion(where));
}

/** Looks at the history of queries of these workgroups. */
export function readHistory({ region, account }: Where, names: readonly string[]): Statement {
  return allow(
    "ReadHistory",
    ["athena:BatchGetQueryExecution", "athena:ListQueryExecutions"],
    names.map((name) => arn("athena", region, account, `workgroup/${name}`)),
  );
}

/** Looks at DynamoDB tables. */
export function readTables({ region, account }: Where, names: readonly string[]): Statement {
  return allow(
    "FindTables",
    "dynamodb:DescribeTable",
    names.map((name) => tableArn(region, account, name)),
  );
}

/** A DynamoDB table with its items, for sample data. */
export function sampleTable({ region, account }: Where, name: string): Statement {
  return allow(
    "SampleTable",
    [
      "dynamodb:CreateTable",
      "dynamodb:DeleteItem",
      "dynamodb:DeleteTable",
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
      "dynamodb:GetItem",
      "dynamodb:ListTagsOfResource",
      "dynamodb:PutItem",
      "dynamodb:Scan",
      "dynamodb:TagResource",
      "dynamodb:UntagResource",
      "dynamodb:UpdateContinuousBackups",
      "dynamodb:UpdateItem",
      "dynamodb:UpdateTable",
    ],
    tableArn(region, account, name),
  );
}

/**
 * Keys of these aliases. Their own policies let who makes them manage them (key.ts), and nothing here does: a key's id is
 * KMS's to choose, and its tag tells nobody's key from ours, since keys can only be tagged as they are made where every
 * key may be ("Controlling access to tags", KMS developer guide). A key with an alias, as every key in use should have one,
 * cannot be tagged even so.
 */
export function keys(where: Where, aliases: readonly string[], environment: string): Statement[] {
  const { region, account } = where;
  return [
    allow("MakeKeys", ["kms:CreateKey", "kms:TagResource"], "*", {
      // AWS defines no resource type for CreateKey.
      Null: { "kms:ResourceAliases": "true" },
      StringEquals: { [`aws:RequestTag/${ENVIRONMENT_TAG}`]: environment, "aws:RequestedRegion": region },
    }),
    allow(
      "NameKeys",
      ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
      aliases.map((alias) => arn("kms", region, account, alias)),
    ),
    // One that is not there yet has no tag.
    allow("FindKeys", "kms:DescribeKey", keysArn(region, account), {
      StringLike: { "kms:RequestAlias": aliases },
    }),
    // AWS defines no resource type for them; the Region is the only bound there is.
    allow("FindAliases", ["kms:ListAliases", "kms:ListKeys"], "*", inRegion(where)),
  ];
}

/** Looks at the keys of these aliases, and who may use them. */
export function readKeys({ region, account }: Where, aliases: readonly string[]): Statement {
  return allow(
    "ReadKeys",
    ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants", "kms:ListResourceTags"],
    keysArn(region, account),
    named(aliases),
  );
}

/** Lets roles decrypt with the keys of these aliases, and nothing else. */
export function grantDecryption(
  { region, account }: Where,
  aliases: readonly string[],
  grantees: readonly string[],
): Statement[] {
  return [
    allow("GrantDecryption", "kms:CreateGrant", keysArn(region, account), {
      ...named(aliases),
      "ForAllValues:StringEquals": { "kms:GrantOperations": "Decrypt" },
      StringEquals: { "kms:GrantConstraintType": "EncryptionContextSubset" },
      StringLike: { "kms:GranteePrincipal": grantees },
    }),
    allow("WithdrawDecryption", "kms:RevokeGrant", keysArn(region, account), named(aliases)),
  ];
}

/** About keys that have one of the aliases. */
export function named(aliases: readonly string[]): Condition {
  return { "ForAnyValue:StringLike": { "kms:ResourceAliases": aliases } };
}
