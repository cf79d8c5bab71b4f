/**
 * What AWS's article "cross-account Athena access for Amazon Quick" has people make, with its JSON as printed: a program
 * that is not this project's.
 */
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { Provider } from "@pulumi/aws/provider";
import { ExtensionResource } from "@pulumi/aws-native/extensionResource";
import { Provider as CloudControl } from "@pulumi/aws-native/provider";

const REGION = "us-east-1";
const QUICK = "111111111111";
const CONSUMER = "133333333333";
const assumed = (account: string) => ({
  roleArn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`,
});
const account = (name: string, id: string) =>
  new Provider(name, { region: REGION, allowedAccountIds: [id], assumeRoles: [assumed(id)] });

const hub = account("hub", QUICK);
const consumer = account("consumer", CONSUMER);
const cloudControl = new CloudControl("hub-cloud-control", {
  region: REGION,
  allowedAccountIds: [QUICK],
  assumeRole: assumed(QUICK),
});

const roleA = new Role(
  "role-a",
  {
    name: "qs-athena-cross-account-role-a",
    description: "Quick Athena Cross Account - RunAsRole",
    assumeRolePolicy: `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "Service": "quicksight.amazonaws.com"
            },
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringLike": {
                "aws:SourceAccount": "${QUICK}",
                "aws:SourceArn": "arn:aws:quicksight:*:${QUICK}:datasource/*"
                }
            }
        }
    ]
}`,
  },
  { provider: hub },
);
new RolePolicy(
  "role-a-policy",
  {
    name: "AssumeConsumerRolePolicy",
    role: roleA.name,
    policy: `{
    "Version": "2012-10-17",
    "Statement": [
        {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": "arn:aws:iam::${CONSUMER}:role/qs-athena-consumer-role",
        "Condition": {
            "StringLike": {
            "sts:ExternalId": "arn:aws:quicksight:*:${QUICK}:datasource/*"
                }
            }
        }
    ]
}`,
  },
  { provider: hub },
);

const roleB = new Role(
  "role-b",
  {
    name: "qs-athena-consumer-role",
    description: "Quick Athena Cross Account - Consumer Account Role",
    assumeRolePolicy: `{
"Version": "2012-10-17",
"Statement": [
        {
        "Effect": "Allow",
        "Principal": {
        "AWS": "arn:aws:iam::${QUICK}:root"
            },
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringLike": {
            "sts:ExternalId": "arn:aws:quicksight:*:${QUICK}:datasource/*"
                }
            }
        }
    ]
}`,
  },
  { provider: consumer },
);
new RolePolicy(
  "role-b-policy",
  {
    name: "AthenaGlueS3Access",
    role: roleB.name,
    policy: `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "athena:BatchGetQueryExecution",
                "athena:CancelQueryExecution",
                "athena:GetCatalogs",
                "athena:GetExecutionEngine",
                "athena:GetExecutionEngines",
                "athena:GetNamespace",
                "athena:GetNamespaces",
                "athena:GetQueryExecution",
                "athena:GetQueryExecutions",
                "athena:GetQueryResults",
                "athena:GetQueryResultsStream",
                "athena:GetTable",
                "athena:GetTables",
                "athena:ListQueryExecutions",
                "athena:RunQuery",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
                "athena:ListWorkGroups",
                "athena:ListEngineVersions",
                "athena:GetWorkGroup",
                "athena:GetDataCatalog",
                "athena:GetDatabase",
                "athena:GetTableMetadata",
                "athena:ListDataCatalogs",
                "athena:ListDatabases",
                "athena:ListTableMetadata"
            ],
            "Resource": [
        "arn:aws:athena:${REGION}:${CONSUMER}:workgroup/primary",
        "arn:aws:athena:${REGION}:${CONSUMER}:datacatalog/AwsDataCatalog"
      ]
        },
        {
            "Effect": "Allow",
            "Action": [
                "glue:GetCatalog",
                "glue:GetCatalogs",
                "glue:GetDatabase",
                "glue:GetDatabases",
                "glue:GetTable",
                "glue:GetTables",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:BatchGetPartition"
            ],
            "Resource": [ "arn:aws:glue:${REGION}:${CONSUMER}:catalog",
                        "arn:aws:glue:${REGION}:${CONSUMER}:database/sales",
                        "arn:aws:glue:${REGION}:${CONSUMER}:table/sales/*"
                    ]
        },
        {
            "Effect": "Allow",
            "Action": [
                "s3:GetBucketLocation",
                "s3:GetObject",
                "s3:PutObject",
                "s3:AbortMultipartUpload",
                "s3:ListBucket",
                "s3:ListBucketMultipartUploads",
                "s3:ListMultipartUploadParts"
            ],
            "Resource": [
                "arn:aws:s3:::sales-data",
                "arn:aws:s3:::sales-data/*",
                "arn:aws:s3:::aws-athena-query-results-*",
                "arn:aws:s3:::aws-athena-query-results-*/*"
            ]
        }
    ]
}`,
  },
  { provider: consumer },
);

new ExtensionResource(
  "data-source",
  {
    type: "AWS::QuickSight::DataSource",
    createOnly: ["AwsAccountId", "DataSourceId", "Type"],
    properties: {
      AwsAccountId: QUICK,
      DataSourceId: "athena-cross-account",
      Name: "Athena Cross Account - Consumer Data",
      Type: "ATHENA",
      DataSourceParameters: {
        AthenaParameters: {
          WorkGroup: "primary",
          RoleArn: `arn:aws:iam::${QUICK}:role/qs-athena-cross-account-role-a`,
          ConsumerAccountRoleArn: `arn:aws:iam::${CONSUMER}:role/qs-athena-consumer-role`,
        },
      },
      // The article's Python sets no permissions.
    },
  },
  { provider: cloudControl },
);
