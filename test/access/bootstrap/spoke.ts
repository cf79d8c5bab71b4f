/** What the role of a spoke's account is expected to have. */
import type { Granted } from "./granted";

const SPOKE_DEPLOYER = {
  MakeRolesUnderBoundary: {
    Action: [
      "iam:CreateRole",
      "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ],
    Resource: [
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      "arn:aws:iam::133333333333:role/analyst",
    ],
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::133333333333:policy/athena-spokes-spoke-boundary-dev",
      },
    },
  },
  RemoveRolesUnderBoundary: {
    Action: ["iam:DeleteRole", "iam:DeleteRolePolicy"],
    Resource: [
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      "arn:aws:iam::133333333333:role/analyst",
    ],
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::133333333333:policy/athena-spokes-spoke-boundary-dev",
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
    Resource: [
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      "arn:aws:iam::133333333333:role/analyst",
    ],
  },
  MakeBuckets: {
    Action: "s3:CreateBucket",
    Resource: [
      "arn:aws:s3:::dev-sales-athena-results-133333333333",
      "arn:aws:s3:::dev-sales-athena-data-133333333333",
    ],
  },
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
    Resource: [
      "arn:aws:s3:::dev-sales-athena-results-133333333333",
      "arn:aws:s3:::dev-sales-athena-data-133333333333",
    ],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  EmptyBuckets: {
    Action: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    Resource: [
      "arn:aws:s3:::dev-sales-athena-results-133333333333/*",
      "arn:aws:s3:::dev-sales-athena-data-133333333333/*",
    ],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  Workgroups: {
    Action: [
      "athena:CreateWorkGroup",
      "athena:DeleteWorkGroup",
      "athena:GetWorkGroup",
      "athena:ListTagsForResource",
      "athena:TagResource",
      "athena:UntagResource",
      "athena:UpdateWorkGroup",
    ],
    Resource: ["arn:aws:athena:us-east-1:133333333333:workgroup/dev-sales"],
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
    Resource: ["arn:aws:athena:us-east-1:133333333333:datacatalog/acct1dynamodb"],
  },
  ReadHistory: {
    Action: ["athena:BatchGetQueryExecution", "athena:ListQueryExecutions"],
    Resource: ["arn:aws:athena:us-east-1:133333333333:workgroup/dev-sales"],
  },
  ReadTrail: {
    Action: "cloudtrail:LookupEvents",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  FindData: {
    Action: ["glue:GetDatabase", "glue:GetTables"],
    Resource: [
      "arn:aws:glue:us-east-1:133333333333:catalog",
      "arn:aws:glue:us-east-1:133333333333:database/sales",
      "arn:aws:glue:us-east-1:133333333333:table/sales/*",
    ],
  },
  QueryAsAnalyst: { Action: "sts:AssumeRole", Resource: ["arn:aws:iam::133333333333:role/analyst"] },
  ReadBoundary: {
    Action: ["iam:GetPolicy", "iam:GetPolicyVersion"],
    Resource: "arn:aws:iam::133333333333:policy/athena-spokes-spoke-boundary-dev",
  },
  ReadCatalogPolicy: {
    Action: "glue:GetResourcePolicy",
    Resource: "arn:aws:glue:us-east-1:133333333333:catalog",
  },
  FindOrganization: { Action: "organizations:DescribeOrganization", Resource: "*" },
  SampleDatabase: {
    Action: [
      "glue:CreateDatabase",
      "glue:CreateTable",
      "glue:DeleteDatabase",
      "glue:DeleteTable",
      "glue:GetPartitionIndexes",
      "glue:GetTable",
      "glue:GetTags",
      "glue:TagResource",
      "glue:UntagResource",
      "glue:UpdateDatabase",
      "glue:UpdateTable",
    ],
    Resource: [
      "arn:aws:glue:us-east-1:133333333333:catalog",
      "arn:aws:glue:us-east-1:133333333333:database/sales",
      "arn:aws:glue:us-east-1:133333333333:table/sales/*",
      "arn:aws:glue:us-east-1:133333333333:userDefinedFunction/sales/*",
    ],
  },
  SampleObjects: {
    Action: ["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"],
    Resource: ["arn:aws:s3:::dev-sales-athena-data-133333333333/*"],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
} as const;

const SPOKE_BOUNDARY = {
  AthenaInRegion: {
    Action: [
      "athena:GetCatalogs",
      "athena:GetExecutionEngine",
      "athena:GetExecutionEngines",
      "athena:GetNamespace",
      "athena:GetNamespaces",
      "athena:GetQueryExecutions",
      "athena:GetTable",
      "athena:GetTables",
      "athena:ListDataCatalogs",
      "athena:ListEngineVersions",
      "athena:ListWorkGroups",
      "athena:RunQuery",
    ],
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  AthenaWorkgroups: {
    Action: [
      "athena:BatchGetQueryExecution",
      "athena:CancelQueryExecution",
      "athena:GetQueryExecution",
      "athena:GetQueryResults",
      "athena:GetQueryResultsStream",
      "athena:GetWorkGroup",
      "athena:ListQueryExecutions",
      "athena:StartQueryExecution",
      "athena:StopQueryExecution",
    ],
    Resource: ["arn:aws:athena:us-east-1:133333333333:workgroup/dev-sales"],
  },
  AthenaCatalogs: {
    Action: [
      "athena:GetDataCatalog",
      "athena:GetDatabase",
      "athena:GetTableMetadata",
      "athena:ListDatabases",
      "athena:ListTableMetadata",
    ],
    Resource: [
      "arn:aws:athena:us-east-1:133333333333:datacatalog/AwsDataCatalog",
      "arn:aws:athena:us-east-1:133333333333:datacatalog/acct1dynamodb",
    ],
  },
  GlueRead: {
    Action: [
      "glue:BatchGetPartition",
      "glue:GetCatalog",
      "glue:GetCatalogs",
      "glue:GetDatabase",
      "glue:GetDatabases",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:GetTable",
      "glue:GetTables",
    ],
    Resource: [
      "arn:aws:glue:us-east-1:133333333333:catalog",
      "arn:aws:glue:us-east-1:133333333333:database/sales",
      "arn:aws:glue:us-east-1:133333333333:table/sales/*",
      "arn:aws:glue:us-east-1:133333333333:database/default",
      "arn:aws:glue:us-east-1:133333333333:table/default/*",
    ],
  },
  ReadData: {
    Action: ["s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"],
    Resource: [
      "arn:aws:s3:::dev-sales-athena-data-133333333333",
      "arn:aws:s3:::dev-sales-athena-data-133333333333/*",
    ],
  },
  WriteResults: {
    Action: [
      "s3:AbortMultipartUpload",
      "s3:GetBucketLocation",
      "s3:GetObject",
      "s3:ListBucket",
      "s3:ListBucketMultipartUploads",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
    ],
    Resource: [
      "arn:aws:s3:::dev-sales-athena-results-133333333333",
      "arn:aws:s3:::dev-sales-athena-results-133333333333/*",
    ],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  InvokeConnectors: {
    Action: "lambda:InvokeFunction",
    Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
  },
  ReadSpill: {
    Action: ["s3:GetObject", "s3:ListBucket"],
    Resource: [
      "arn:aws:s3:::dev-music-athena-spill-122222222222",
      "arn:aws:s3:::dev-music-athena-spill-122222222222/*",
    ],
  },
} as const;

const ANY_SPOKE_DEPLOYER = {
  MakeRolesUnderBoundary: {
    Action: [
      "iam:CreateRole",
      "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ],
    Resource: [
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role-dev-*",
      "arn:aws:iam::133333333333:role/analyst",
      "arn:aws:iam::133333333333:role/analyst-dev-*",
      "arn:aws:iam::133333333333:role/athena-connector-*dynamodb",
    ],
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::133333333333:policy/athena-spokes-spoke-boundary-dev",
      },
    },
  },
  RemoveRolesUnderBoundary: {
    Action: ["iam:DeleteRole", "iam:DeleteRolePolicy"],
    Resource: [
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role-dev-*",
      "arn:aws:iam::133333333333:role/analyst",
      "arn:aws:iam::133333333333:role/analyst-dev-*",
      "arn:aws:iam::133333333333:role/athena-connector-*dynamodb",
    ],
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::133333333333:policy/athena-spokes-spoke-boundary-dev",
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
    Resource: [
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role-dev-*",
      "arn:aws:iam::133333333333:role/analyst",
      "arn:aws:iam::133333333333:role/analyst-dev-*",
      "arn:aws:iam::133333333333:role/athena-connector-*dynamodb",
    ],
  },
  PassConnectorRoles: {
    Action: "iam:PassRole",
    Resource: ["arn:aws:iam::133333333333:role/athena-connector-*dynamodb"],
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
    Resource: ["arn:aws:lambda:us-east-1:133333333333:function:*dynamodb"],
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
      "arn:aws:logs:us-east-1:133333333333:log-group:/aws/lambda/*dynamodb",
      "arn:aws:logs:us-east-1:133333333333:log-group:/aws/lambda/*dynamodb:*",
    ],
  },
  FindLogGroups: {
    Action: "logs:DescribeLogGroups",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  FindTables: {
    Action: "dynamodb:DescribeTable",
    Resource: ["arn:aws:dynamodb:us-east-1:133333333333:table/*"],
  },
  MakeBuckets: {
    Action: "s3:CreateBucket",
    Resource: [
      "arn:aws:s3:::dev-*-athena-results-133333333333",
      "arn:aws:s3:::dev-*-athena-spill-133333333333",
    ],
  },
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
    Resource: [
      "arn:aws:s3:::dev-*-athena-results-133333333333",
      "arn:aws:s3:::dev-*-athena-spill-133333333333",
    ],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  EmptyBuckets: {
    Action: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    Resource: [
      "arn:aws:s3:::dev-*-athena-results-133333333333/*",
      "arn:aws:s3:::dev-*-athena-spill-133333333333/*",
    ],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  Workgroups: {
    Action: [
      "athena:CreateWorkGroup",
      "athena:DeleteWorkGroup",
      "athena:GetWorkGroup",
      "athena:ListTagsForResource",
      "athena:TagResource",
      "athena:UntagResource",
      "athena:UpdateWorkGroup",
    ],
    Resource: ["arn:aws:athena:us-east-1:133333333333:workgroup/dev-*"],
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
    Resource: [
      "arn:aws:athena:us-east-1:133333333333:datacatalog/acct1dynamodb",
      "arn:aws:athena:us-east-1:133333333333:datacatalog/*dynamodb",
    ],
  },
  FindWorkgroups: {
    Action: "athena:GetWorkGroup",
    Resource: ["arn:aws:athena:us-east-1:133333333333:workgroup/primary"],
  },
  ReadHistory: {
    Action: ["athena:BatchGetQueryExecution", "athena:ListQueryExecutions"],
    Resource: [
      "arn:aws:athena:us-east-1:133333333333:workgroup/dev-*",
      "arn:aws:athena:us-east-1:133333333333:workgroup/primary",
    ],
  },
  ReadTrail: {
    Action: "cloudtrail:LookupEvents",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  FindData: {
    Action: ["glue:GetDatabase", "glue:GetTables"],
    Resource: [
      "arn:aws:glue:us-east-1:133333333333:catalog",
      "arn:aws:glue:us-east-1:133333333333:database/*",
      "arn:aws:glue:us-east-1:133333333333:table/*/*",
    ],
  },
  QueryAsAnalyst: {
    Action: "sts:AssumeRole",
    Resource: ["arn:aws:iam::133333333333:role/analyst", "arn:aws:iam::133333333333:role/analyst-dev-*"],
  },
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
    Resource: ["arn:aws:kms:us-east-1:133333333333:alias/dev-*-athena-spill"],
  },
  FindKeys: {
    Action: "kms:DescribeKey",
    Resource: "arn:aws:kms:us-east-1:133333333333:key/*",
    Condition: { StringLike: { "kms:RequestAlias": ["alias/dev-*-athena-spill"] } },
  },
  FindAliases: {
    Action: ["kms:ListAliases", "kms:ListKeys"],
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  ReadBoundary: SPOKE_DEPLOYER.ReadBoundary,
  ReadCatalogPolicy: SPOKE_DEPLOYER.ReadCatalogPolicy,
  ReadBucketPolicies: {
    Action: "s3:GetBucketPolicy",
    Resource: ["arn:aws:s3:::*"],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  FindOrganization: SPOKE_DEPLOYER.FindOrganization,
} as const;

const ANY_SPOKE_BOUNDARY = {
  AthenaInRegion: SPOKE_BOUNDARY.AthenaInRegion,
  AthenaWorkgroups: {
    Action: [
      "athena:BatchGetQueryExecution",
      "athena:CancelQueryExecution",
      "athena:GetQueryExecution",
      "athena:GetQueryResults",
      "athena:GetQueryResultsStream",
      "athena:GetWorkGroup",
      "athena:ListQueryExecutions",
      "athena:StartQueryExecution",
      "athena:StopQueryExecution",
    ],
    Resource: [
      "arn:aws:athena:us-east-1:133333333333:workgroup/dev-*",
      "arn:aws:athena:us-east-1:133333333333:workgroup/primary",
    ],
  },
  AthenaCatalogs: {
    Action: [
      "athena:GetDataCatalog",
      "athena:GetDatabase",
      "athena:GetTableMetadata",
      "athena:ListDatabases",
      "athena:ListTableMetadata",
    ],
    Resource: [
      "arn:aws:athena:us-east-1:133333333333:datacatalog/AwsDataCatalog",
      "arn:aws:athena:us-east-1:133333333333:datacatalog/acct1dynamodb",
      "arn:aws:athena:us-east-1:133333333333:datacatalog/*dynamodb",
    ],
  },
  GlueRead: {
    Action: [
      "glue:BatchGetPartition",
      "glue:GetCatalog",
      "glue:GetCatalogs",
      "glue:GetDatabase",
      "glue:GetDatabases",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:GetTable",
      "glue:GetTables",
    ],
    Resource: [
      "arn:aws:glue:us-east-1:133333333333:catalog",
      "arn:aws:glue:us-east-1:133333333333:database/*",
      "arn:aws:glue:us-east-1:133333333333:table/*/*",
      "arn:aws:glue:us-east-1:133333333333:database/default",
      "arn:aws:glue:us-east-1:133333333333:table/default/*",
    ],
  },
  ReadData: {
    Action: ["s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"],
    Resource: ["arn:aws:s3:::*", "arn:aws:s3:::*/*"],
  },
  WriteResults: {
    Action: [
      "s3:AbortMultipartUpload",
      "s3:GetBucketLocation",
      "s3:GetObject",
      "s3:ListBucket",
      "s3:ListBucketMultipartUploads",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
    ],
    Resource: [
      "arn:aws:s3:::dev-*-athena-results-133333333333",
      "arn:aws:s3:::dev-*-athena-results-133333333333/*",
    ],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  InvokeConnectors: {
    Action: "lambda:InvokeFunction",
    Resource: [
      "arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb",
      "arn:aws:lambda:us-east-1:133333333333:function:*dynamodb",
    ],
  },
  ReadSpill: {
    Action: ["s3:GetObject", "s3:ListBucket"],
    Resource: [
      "arn:aws:s3:::dev-music-athena-spill-122222222222",
      "arn:aws:s3:::dev-music-athena-spill-122222222222/*",
      "arn:aws:s3:::dev-*-athena-spill-133333333333",
      "arn:aws:s3:::dev-*-athena-spill-133333333333/*",
    ],
  },
  DecryptSpill: {
    Action: "kms:Decrypt",
    Resource: ["arn:aws:kms:us-east-1:133333333333:key/*"],
    Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
  },
  ReadTables: {
    Action: ["dynamodb:DescribeTable", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"],
    Resource: [
      "arn:aws:dynamodb:us-east-1:133333333333:table/*",
      "arn:aws:dynamodb:us-east-1:133333333333:table/*/index/*",
    ],
  },
  ListTables: {
    Action: "dynamodb:ListTables",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  CheckSpillBucket: { Action: "s3:ListBucket", Resource: ["arn:aws:s3:::dev-*-athena-spill-133333333333"] },
  Spill: { Action: "s3:PutObject", Resource: ["arn:aws:s3:::dev-*-athena-spill-133333333333/*"] },
  WriteLogs: {
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: ["arn:aws:logs:us-east-1:133333333333:log-group:/aws/lambda/*dynamodb:*"],
  },
  EncryptSpill: {
    Action: "kms:GenerateDataKey",
    Resource: "arn:aws:kms:us-east-1:133333333333:key/*",
    Condition: { "ForAnyValue:StringLike": { "kms:ResourceAliases": ["alias/dev-*-athena-spill"] } },
  },
  DrawNonces: {
    Action: "kms:GenerateRandom",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
} as const;

const SPOKE_WITH_CONNECTORS_OF_ITS_OWN_DEPLOYER = {
  MakeRolesUnderBoundary: {
    Action: [
      "iam:CreateRole",
      "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ],
    Resource: [
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      "arn:aws:iam::133333333333:role/athena-connector-salesdynamodb",
    ],
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::133333333333:policy/athena-spokes-spoke-boundary-dev",
      },
    },
  },
  RemoveRolesUnderBoundary: {
    Action: ["iam:DeleteRole", "iam:DeleteRolePolicy"],
    Resource: [
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      "arn:aws:iam::133333333333:role/athena-connector-salesdynamodb",
    ],
    Condition: {
      ArnEquals: {
        "iam:PermissionsBoundary": "arn:aws:iam::133333333333:policy/athena-spokes-spoke-boundary-dev",
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
    Resource: [
      "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      "arn:aws:iam::133333333333:role/athena-connector-salesdynamodb",
    ],
  },
  PassConnectorRoles: {
    Action: "iam:PassRole",
    Resource: ["arn:aws:iam::133333333333:role/athena-connector-salesdynamodb"],
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
    Resource: ["arn:aws:lambda:us-east-1:133333333333:function:salesdynamodb"],
  },
  FetchImage: ANY_SPOKE_DEPLOYER.FetchImage,
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
      "arn:aws:logs:us-east-1:133333333333:log-group:/aws/lambda/salesdynamodb",
      "arn:aws:logs:us-east-1:133333333333:log-group:/aws/lambda/salesdynamodb:*",
    ],
  },
  FindLogGroups: ANY_SPOKE_DEPLOYER.FindLogGroups,
  FindTables: {
    Action: "dynamodb:DescribeTable",
    Resource: ["arn:aws:dynamodb:us-east-1:133333333333:table/Orders"],
  },
  MakeBuckets: { Action: "s3:CreateBucket", Resource: ["arn:aws:s3:::dev-sales-athena-spill-133333333333"] },
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
    Resource: ["arn:aws:s3:::dev-sales-athena-spill-133333333333"],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  EmptyBuckets: {
    Action: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"],
    Resource: ["arn:aws:s3:::dev-sales-athena-spill-133333333333/*"],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
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
    Resource: ["arn:aws:athena:us-east-1:133333333333:datacatalog/salesdynamodb"],
  },
  FindWorkgroups: ANY_SPOKE_DEPLOYER.FindWorkgroups,
  FindResultsPlaces: {
    Action: "s3:ListBucket",
    Resource: ["arn:aws:s3:::own-results"],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  ReadHistory: {
    Action: ["athena:BatchGetQueryExecution", "athena:ListQueryExecutions"],
    Resource: ["arn:aws:athena:us-east-1:133333333333:workgroup/primary"],
  },
  ReadTrail: {
    Action: "cloudtrail:LookupEvents",
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  FindData: {
    Action: ["glue:GetDatabase", "glue:GetTables"],
    Resource: [
      "arn:aws:glue:us-east-1:133333333333:catalog",
      "arn:aws:glue:us-east-1:133333333333:database/crm",
      "arn:aws:glue:us-east-1:133333333333:table/crm/*",
    ],
  },
  MakeKeys: ANY_SPOKE_DEPLOYER.MakeKeys,
  NameKeys: {
    Action: ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
    Resource: ["arn:aws:kms:us-east-1:133333333333:alias/dev-sales-athena-spill"],
  },
  FindKeys: {
    Action: "kms:DescribeKey",
    Resource: "arn:aws:kms:us-east-1:133333333333:key/*",
    Condition: { StringLike: { "kms:RequestAlias": ["alias/dev-sales-athena-spill"] } },
  },
  FindAliases: ANY_SPOKE_DEPLOYER.FindAliases,
  ReadBoundary: SPOKE_DEPLOYER.ReadBoundary,
  ReadCatalogPolicy: SPOKE_DEPLOYER.ReadCatalogPolicy,
  ReadBucketPolicies: {
    Action: "s3:GetBucketPolicy",
    Resource: ["arn:aws:s3:::own-results", "arn:aws:s3:::crm-data"],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  FindOrganization: SPOKE_DEPLOYER.FindOrganization,
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
    Resource: "arn:aws:dynamodb:us-east-1:133333333333:table/Music",
  },
} as const;

const SPOKE_WITH_CONNECTORS_OF_ITS_OWN_BOUNDARY = {
  ...ANY_SPOKE_BOUNDARY,
  AthenaWorkgroups: {
    Action: [
      "athena:BatchGetQueryExecution",
      "athena:CancelQueryExecution",
      "athena:GetQueryExecution",
      "athena:GetQueryResults",
      "athena:GetQueryResultsStream",
      "athena:GetWorkGroup",
      "athena:ListQueryExecutions",
      "athena:StartQueryExecution",
      "athena:StopQueryExecution",
    ],
    Resource: ["arn:aws:athena:us-east-1:133333333333:workgroup/primary"],
  },
  AthenaCatalogs: {
    Action: [
      "athena:GetDataCatalog",
      "athena:GetDatabase",
      "athena:GetTableMetadata",
      "athena:ListDatabases",
      "athena:ListTableMetadata",
    ],
    Resource: [
      "arn:aws:athena:us-east-1:133333333333:datacatalog/AwsDataCatalog",
      "arn:aws:athena:us-east-1:133333333333:datacatalog/salesdynamodb",
    ],
  },
  GlueRead: {
    Action: [
      "glue:BatchGetPartition",
      "glue:GetCatalog",
      "glue:GetCatalogs",
      "glue:GetDatabase",
      "glue:GetDatabases",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:GetTable",
      "glue:GetTables",
    ],
    Resource: [
      "arn:aws:glue:us-east-1:133333333333:catalog",
      "arn:aws:glue:us-east-1:133333333333:database/crm",
      "arn:aws:glue:us-east-1:133333333333:table/crm/*",
      "arn:aws:glue:us-east-1:133333333333:database/default",
      "arn:aws:glue:us-east-1:133333333333:table/default/*",
    ],
  },
  ReadData: {
    Action: ["s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"],
    Resource: ["arn:aws:s3:::crm-data", "arn:aws:s3:::crm-data/*"],
  },
  WriteResults: {
    Action: [
      "s3:AbortMultipartUpload",
      "s3:GetBucketLocation",
      "s3:GetObject",
      "s3:ListBucket",
      "s3:ListBucketMultipartUploads",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
    ],
    Resource: ["arn:aws:s3:::own-results", "arn:aws:s3:::own-results/*"],
    Condition: { StringEquals: { "aws:ResourceAccount": "133333333333" } },
  },
  InvokeConnectors: {
    Action: "lambda:InvokeFunction",
    Resource: [
      "arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb",
      "arn:aws:lambda:us-east-1:133333333333:function:salesdynamodb",
    ],
  },
  ReadSpill: {
    Action: ["s3:GetObject", "s3:ListBucket"],
    Resource: [
      "arn:aws:s3:::dev-music-athena-spill-122222222222",
      "arn:aws:s3:::dev-music-athena-spill-122222222222/*",
      "arn:aws:s3:::dev-sales-athena-spill-133333333333",
      "arn:aws:s3:::dev-sales-athena-spill-133333333333/*",
    ],
  },
  ReadTables: {
    Action: ["dynamodb:DescribeTable", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"],
    Resource: [
      "arn:aws:dynamodb:us-east-1:133333333333:table/Orders",
      "arn:aws:dynamodb:us-east-1:133333333333:table/Orders/index/*",
      "arn:aws:dynamodb:us-east-1:133333333333:table/orders",
      "arn:aws:dynamodb:us-east-1:133333333333:table/orders/index/*",
    ],
  },
  CheckSpillBucket: {
    Action: "s3:ListBucket",
    Resource: ["arn:aws:s3:::dev-sales-athena-spill-133333333333"],
  },
  Spill: { Action: "s3:PutObject", Resource: ["arn:aws:s3:::dev-sales-athena-spill-133333333333/*"] },
  WriteLogs: {
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: ["arn:aws:logs:us-east-1:133333333333:log-group:/aws/lambda/salesdynamodb:*"],
  },
  EncryptSpill: {
    Action: "kms:GenerateDataKey",
    Resource: "arn:aws:kms:us-east-1:133333333333:key/*",
    Condition: { "ForAnyValue:StringLike": { "kms:ResourceAliases": ["alias/dev-sales-athena-spill"] } },
  },
} as const;

/** Title of the case -> name of the role or boundary -> Sid -> what it grants. */
export const SPOKE: Readonly<Record<string, Granted>> = {
  spoke: {
    "athena-spokes-spoke-deployer-dev": SPOKE_DEPLOYER,
    "athena-spokes-spoke-boundary-dev": SPOKE_BOUNDARY,
  },
  "any spoke": {
    "athena-spokes-spoke-deployer-dev": ANY_SPOKE_DEPLOYER,
    "athena-spokes-spoke-boundary-dev": ANY_SPOKE_BOUNDARY,
  },
  "spoke with connectors of its own": {
    "athena-spokes-spoke-deployer-dev": SPOKE_WITH_CONNECTORS_OF_ITS_OWN_DEPLOYER,
    "athena-spokes-spoke-boundary-dev": SPOKE_WITH_CONNECTORS_OF_ITS_OWN_BOUNDARY,
  },
};
