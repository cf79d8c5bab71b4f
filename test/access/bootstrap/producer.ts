/** What the roles of a producer's account are expected to have. */
import type { Granted } from "./granted";

const PRODUCER_DEPLOYER = {
  MakeRolesUnderBoundary: {
    Action: [
      "iam:CreateRole",
      "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ],
    Resource: ["arn:aws:iam::122222222222:role/athena-connector-acct1dynamodb"],
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::122222222222:policy/athena-spokes-producer-boundary-dev",
      },
    },
  },
  RemoveRolesUnderBoundary: {
    Action: ["iam:DeleteRole", "iam:DeleteRolePolicy"],
    Resource: ["arn:aws:iam::122222222222:role/athena-connector-acct1dynamodb"],
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::122222222222:policy/athena-spokes-producer-boundary-dev",
      },
    },
  },
  ReadAndTagRoles: {
    Action: [
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:ListRolePolicies",
      "iam:TagRole",
      "iam:UntagRole",
    ],
    Resource: ["arn:aws:iam::122222222222:role/athena-connector-acct1dynamodb"],
  },
  PassConnectorRoles: {
    Action: "iam:PassRole",
    Resource: ["arn:aws:iam::122222222222:role/athena-connector-acct1dynamodb"],
    Condition: { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } },
  },
  Functions: {
    Action: [
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
    Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
  },
  FetchImage: {
    Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    Resource: "arn:aws:ecr:us-east-1:292517598671:repository/athena-federation-repository-dynamodb",
  },
  LogGroups: {
    Action: [
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:DeleteRetentionPolicy",
      "logs:ListTagsForResource",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ],
    Resource: [
      "arn:aws:logs:us-east-1:122222222222:log-group:/aws/lambda/acct1dynamodb",
      "arn:aws:logs:us-east-1:122222222222:log-group:/aws/lambda/acct1dynamodb:*",
    ],
  },
  FindLogGroups: {
    Action: "logs:DescribeLogGroups",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  MakeBuckets: { Action: "s3:CreateBucket", Resource: ["arn:aws:s3:::dev-music-athena-spill-122222222222"] },
  Buckets: {
    Action: [
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
    Resource: ["arn:aws:s3:::dev-music-athena-spill-122222222222"],
    Condition: { StringEquals: { "aws:ResourceAccount": "122222222222" } },
  },
  EmptyBuckets: {
    Action: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    Resource: ["arn:aws:s3:::dev-music-athena-spill-122222222222/*"],
    Condition: { StringEquals: { "aws:ResourceAccount": "122222222222" } },
  },
  Catalogs: {
    Action: [
      "athena:CreateDataCatalog",
      "athena:DeleteDataCatalog",
      "athena:GetDataCatalog",
      "athena:ListTagsForResource",
      "athena:TagResource",
      "athena:UntagResource",
      "athena:UpdateDataCatalog",
    ],
    Resource: ["arn:aws:athena:us-east-1:122222222222:datacatalog/acct1dynamodb"],
  },
  FindTables: {
    Action: "dynamodb:DescribeTable",
    Resource: ["arn:aws:dynamodb:us-east-1:122222222222:table/Music"],
  },
  SampleTable: {
    Action: [
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
    Resource: "arn:aws:dynamodb:us-east-1:122222222222:table/Music",
  },
} as const;

const PRODUCER_ONBOARDER = {
  GrantInvocation: {
    Action: "lambda:AddPermission",
    Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
    Condition: { StringLike: { "lambda:Principal": ["????????????"] } },
  },
  WithdrawInvocation: {
    Action: "lambda:RemovePermission",
    Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
  },
  ReadFunctions: {
    Action: ["lambda:GetFunctionConfiguration", "lambda:GetPolicy"],
    Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
  },
  ReadSpillPolicy: {
    Action: "s3:GetBucketPolicy",
    Resource: ["arn:aws:s3:::dev-music-athena-spill-122222222222"],
  },
  ReadRoles: {
    Action: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
    Resource: ["arn:aws:iam::122222222222:role/athena-connector-acct1dynamodb"],
  },
  ReadBoundary: {
    Action: ["iam:GetPolicy", "iam:GetPolicyVersion"],
    Resource: "arn:aws:iam::122222222222:policy/athena-spokes-producer-boundary-dev",
  },
  ListTables: {
    Action: "athena:ListTableMetadata",
    Resource: ["arn:aws:athena:us-east-1:122222222222:datacatalog/acct1dynamodb"],
  },
  AskConnectorsByAthena: {
    Action: "lambda:InvokeFunction",
    Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
    Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } },
  },
} as const;

const PRODUCER_BOUNDARY = {
  ReadTables: {
    Action: ["dynamodb:DescribeTable", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"],
    Resource: [
      "arn:aws:dynamodb:us-east-1:122222222222:table/Music",
      "arn:aws:dynamodb:us-east-1:122222222222:table/Music/index/*",
      "arn:aws:dynamodb:us-east-1:122222222222:table/music",
      "arn:aws:dynamodb:us-east-1:122222222222:table/music/index/*",
    ],
  },
  ListTables: {
    Action: "dynamodb:ListTables",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  CheckSpillBucket: {
    Action: "s3:ListBucket",
    Resource: ["arn:aws:s3:::dev-music-athena-spill-122222222222"],
  },
  Spill: { Action: "s3:PutObject", Resource: ["arn:aws:s3:::dev-music-athena-spill-122222222222/*"] },
  WriteLogs: {
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: ["arn:aws:logs:us-east-1:122222222222:log-group:/aws/lambda/acct1dynamodb:*"],
  },
} as const;

const PRODUCER_FOR_THE_ORGANIZATION_DEPLOYER = {
  ...PRODUCER_DEPLOYER,
  GrantInvocation: {
    Action: "lambda:AddPermission",
    Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
    Condition: { StringEquals: { "lambda:Principal": "*" } },
  },
  WithdrawInvocation: {
    Action: "lambda:RemovePermission",
    Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
  },
  ReadFunctions: {
    Action: ["lambda:GetFunctionConfiguration", "lambda:GetPolicy"],
    Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
  },
} as const;

const PRODUCER_FOR_THE_ORGANIZATION_ONBOARDER = {
  ReadFunctions: PRODUCER_ONBOARDER.ReadFunctions,
  ReadSpillPolicy: PRODUCER_ONBOARDER.ReadSpillPolicy,
  ReadRoles: PRODUCER_ONBOARDER.ReadRoles,
  ReadBoundary: PRODUCER_ONBOARDER.ReadBoundary,
  ListTables: PRODUCER_ONBOARDER.ListTables,
  AskConnectorsByAthena: PRODUCER_ONBOARDER.AskConnectorsByAthena,
} as const;

const PRODUCER_FOR_ROLES_ONBOARDER = {
  ...PRODUCER_ONBOARDER,
  GrantInvocation: {
    Action: "lambda:AddPermission",
    Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
    Condition: {
      StringLike: {
        "lambda:Principal": [
          "arn:aws:iam::????????????:role/qs-athena-consumer-role",
          "arn:aws:iam::????????????:role/qs-athena-consumer-role-dev-*",
          "arn:aws:iam::????????????:role/analyst",
          "arn:aws:iam::????????????:role/analyst-dev-*",
          "arn:aws:iam::????????????:user/analyst",
          "arn:aws:iam::????????????:user/analyst-dev-*",
          "arn:aws:iam::????????????:role/athena-reader-dev-*",
          "arn:aws:iam::????????????:user/athena-reader-dev-*",
        ],
      },
    },
  },
} as const;

const PRODUCER_WITH_A_KEY_DEPLOYER = {
  ...PRODUCER_DEPLOYER,
  MakeKeys: {
    Action: ["kms:CreateKey", "kms:TagResource"],
    Resource: "*",
    Condition: {
      Null: { "kms:ResourceAliases": "true" },
      StringEquals: { "aws:RequestTag/athena-spokes:environment": "dev", "aws:RequestedRegion": "us-east-1" },
    },
  },
  NameKeys: {
    Action: ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
    Resource: ["arn:aws:kms:us-east-1:122222222222:alias/dev-music-athena-spill"],
  },
  FindKeys: {
    Action: "kms:DescribeKey",
    Resource: "arn:aws:kms:us-east-1:122222222222:key/*",
    Condition: { StringLike: { "kms:RequestAlias": ["alias/dev-music-athena-spill"] } },
  },
  FindAliases: {
    Action: ["kms:ListAliases", "kms:ListKeys"],
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
} as const;

const PRODUCER_WITH_A_KEY_ONBOARDER = {
  ...PRODUCER_ONBOARDER,
  ReadKeys: {
    Action: ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants", "kms:ListResourceTags"],
    Resource: "arn:aws:kms:us-east-1:122222222222:key/*",
    Condition: { "ForAnyValue:StringLike": { "kms:ResourceAliases": ["alias/dev-music-athena-spill"] } },
  },
} as const;

const PRODUCER_WITH_A_KEY_BOUNDARY = {
  ...PRODUCER_BOUNDARY,
  EncryptSpill: {
    Action: "kms:GenerateDataKey",
    Resource: "arn:aws:kms:us-east-1:122222222222:key/*",
    Condition: { "ForAnyValue:StringLike": { "kms:ResourceAliases": ["alias/dev-music-athena-spill"] } },
  },
  DrawNonces: {
    Action: "kms:GenerateRandom",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
} as const;

const PRODUCER_WITH_A_KEY_AND_GRANTS_ONBOARDER = {
  ...PRODUCER_WITH_A_KEY_ONBOARDER,
  GrantDecryption: {
    Action: "kms:CreateGrant",
    Resource: "arn:aws:kms:us-east-1:122222222222:key/*",
    Condition: {
      "ForAnyValue:StringLike": { "kms:ResourceAliases": ["alias/dev-music-athena-spill"] },
      "ForAllValues:StringEquals": { "kms:GrantOperations": "Decrypt" },
      StringEquals: { "kms:GrantConstraintType": "EncryptionContextSubset" },
      StringLike: {
        "kms:GranteePrincipal": [
          "arn:aws:iam::*:role/qs-athena-consumer-role",
          "arn:aws:iam::*:role/qs-athena-consumer-role-dev-*",
          "arn:aws:iam::*:role/analyst",
          "arn:aws:iam::*:role/analyst-dev-*",
          "arn:aws:iam::*:user/analyst",
          "arn:aws:iam::*:user/analyst-dev-*",
          "arn:aws:iam::*:role/athena-reader-dev-*",
          "arn:aws:iam::*:user/athena-reader-dev-*",
        ],
      },
    },
  },
  WithdrawDecryption: {
    Action: "kms:RevokeGrant",
    Resource: "arn:aws:kms:us-east-1:122222222222:key/*",
    Condition: { "ForAnyValue:StringLike": { "kms:ResourceAliases": ["alias/dev-music-athena-spill"] } },
  },
} as const;

const PRODUCER_WITH_A_JAR_DEPLOYER = {
  MakeRolesUnderBoundary: PRODUCER_DEPLOYER.MakeRolesUnderBoundary,
  RemoveRolesUnderBoundary: PRODUCER_DEPLOYER.RemoveRolesUnderBoundary,
  ReadAndTagRoles: PRODUCER_DEPLOYER.ReadAndTagRoles,
  PassConnectorRoles: PRODUCER_DEPLOYER.PassConnectorRoles,
  Functions: PRODUCER_DEPLOYER.Functions,
  FetchJars: { Action: "s3:GetObject", Resource: ["arn:aws:s3:::artifacts/athena/dynamodb.jar"] },
  LogGroups: PRODUCER_DEPLOYER.LogGroups,
  FindLogGroups: PRODUCER_DEPLOYER.FindLogGroups,
  MakeBuckets: PRODUCER_DEPLOYER.MakeBuckets,
  Buckets: PRODUCER_DEPLOYER.Buckets,
  EmptyBuckets: PRODUCER_DEPLOYER.EmptyBuckets,
  Catalogs: PRODUCER_DEPLOYER.Catalogs,
  FindTables: PRODUCER_DEPLOYER.FindTables,
} as const;

/** What deploying AWS's application of the connector `acct1dynamodb` needs beside what its function does. */
export const APPLICATION_STATEMENTS = {
  DeployApplication: {
    Action: ["serverlessrepo:CreateCloudFormationChangeSet", "serverlessrepo:GetApplication"],
    Resource: ["arn:aws:serverlessrepo:us-east-1:292517598671:applications/AthenaDynamoDBConnector"],
  },
  ApplicationStacks: {
    Action: [
      "cloudformation:CreateChangeSet",
      "cloudformation:DeleteStack",
      "cloudformation:DescribeChangeSet",
      "cloudformation:DescribeStackEvents",
      "cloudformation:DescribeStacks",
      "cloudformation:ExecuteChangeSet",
    ],
    Resource: ["arn:aws:cloudformation:us-east-1:122222222222:stack/serverlessrepo-acct1dynamodb/*"],
  },
  TransformApplication: {
    Action: "cloudformation:CreateChangeSet",
    Resource: "arn:aws:cloudformation:us-east-1:aws:transform/Serverless-2016-10-31",
  },
} as const;

const PRODUCER_WITH_AN_APPLICATION_DEPLOYER = {
  MakeRolesUnderBoundary: PRODUCER_DEPLOYER.MakeRolesUnderBoundary,
  RemoveRolesUnderBoundary: PRODUCER_DEPLOYER.RemoveRolesUnderBoundary,
  ReadAndTagRoles: PRODUCER_DEPLOYER.ReadAndTagRoles,
  PassConnectorRoles: PRODUCER_DEPLOYER.PassConnectorRoles,
  Functions: PRODUCER_DEPLOYER.Functions,
  FetchImage: PRODUCER_DEPLOYER.FetchImage,
  ...APPLICATION_STATEMENTS,
  LogGroups: PRODUCER_DEPLOYER.LogGroups,
  FindLogGroups: PRODUCER_DEPLOYER.FindLogGroups,
  MakeBuckets: PRODUCER_DEPLOYER.MakeBuckets,
  Buckets: PRODUCER_DEPLOYER.Buckets,
  EmptyBuckets: PRODUCER_DEPLOYER.EmptyBuckets,
  Catalogs: PRODUCER_DEPLOYER.Catalogs,
  FindTables: PRODUCER_DEPLOYER.FindTables,
} as const;

/** Title of the case -> name of the role or boundary -> Sid -> what it grants. */
export const PRODUCER: Readonly<Record<string, Granted>> = {
  producer: {
    "athena-spokes-producer-deployer-dev": PRODUCER_DEPLOYER,
    "athena-spokes-producer-onboarder-dev": PRODUCER_ONBOARDER,
    "athena-spokes-producer-boundary-dev": PRODUCER_BOUNDARY,
  },
  "producer for the organization": {
    "athena-spokes-producer-deployer-dev": PRODUCER_FOR_THE_ORGANIZATION_DEPLOYER,
    "athena-spokes-producer-onboarder-dev": PRODUCER_FOR_THE_ORGANIZATION_ONBOARDER,
    "athena-spokes-producer-boundary-dev": PRODUCER_BOUNDARY,
  },
  "producer for roles": {
    "athena-spokes-producer-deployer-dev": PRODUCER_DEPLOYER,
    "athena-spokes-producer-onboarder-dev": PRODUCER_FOR_ROLES_ONBOARDER,
    "athena-spokes-producer-boundary-dev": PRODUCER_BOUNDARY,
  },
  "producer with a key": {
    "athena-spokes-producer-deployer-dev": PRODUCER_WITH_A_KEY_DEPLOYER,
    "athena-spokes-producer-onboarder-dev": PRODUCER_WITH_A_KEY_ONBOARDER,
    "athena-spokes-producer-boundary-dev": PRODUCER_WITH_A_KEY_BOUNDARY,
  },
  "producer with a key and grants": {
    "athena-spokes-producer-deployer-dev": PRODUCER_WITH_A_KEY_DEPLOYER,
    "athena-spokes-producer-onboarder-dev": PRODUCER_WITH_A_KEY_AND_GRANTS_ONBOARDER,
    "athena-spokes-producer-boundary-dev": PRODUCER_WITH_A_KEY_BOUNDARY,
  },
  "producer with an application": {
    "athena-spokes-producer-deployer-dev": PRODUCER_WITH_AN_APPLICATION_DEPLOYER,
    "athena-spokes-producer-onboarder-dev": PRODUCER_ONBOARDER,
    "athena-spokes-producer-boundary-dev": PRODUCER_BOUNDARY,
  },
  "producer with a jar": {
    "athena-spokes-producer-deployer-dev": PRODUCER_WITH_A_JAR_DEPLOYER,
    "athena-spokes-producer-onboarder-dev": PRODUCER_ONBOARDER,
    "athena-spokes-producer-boundary-dev": PRODUCER_BOUNDARY,
  },
};
