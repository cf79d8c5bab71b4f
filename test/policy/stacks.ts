/** What the project itself makes, as stacks of a policy pack: roles and buckets that rules find nothing wrong with. */
import { privateBucketPolicy } from "../../access/bucket";
import { policyText } from "../../access/document";
import { roleAPermissions, roleATrust } from "../../access/role-a";
import { roleBPermissions, roleBTrust } from "../../access/role-b";
import { types } from "../../policy/reading/types";
import { environmentWith, HUB, PRODUCER, requestWith, SPOKE } from "../worlds";
import type { Written } from "./world";

const environment = environmentWith();
const request = requestWith();
const [roleADocument] = roleAPermissions(environment).values();
if (roleADocument === undefined) throw new Error("Role A has a document");

export const roleA: Written = {
  type: types.role,
  name: "role-a",
  account: HUB,
  props: { name: "qs-athena-cross-account-role-a", assumeRolePolicy: policyText(roleATrust(environment)) },
};

export const roleAPolicy: Written = {
  type: types.rolePolicy,
  name: "role-a-policy",
  account: HUB,
  props: {
    name: "AssumeConsumerRolePolicy",
    role: "qs-athena-cross-account-role-a",
    policy: policyText(roleADocument),
  },
};

export const roleB: Written = {
  type: types.role,
  name: "role-b",
  account: SPOKE,
  props: { name: "qs-athena-consumer-role", assumeRolePolicy: policyText(roleBTrust(request, environment)) },
};

export const roleBPolicy: Written = {
  type: types.rolePolicy,
  name: "role-b-policy",
  account: SPOKE,
  props: {
    name: "AthenaGlueS3Access",
    role: "qs-athena-consumer-role",
    policy: policyText(roleBPermissions(request, environment)),
  },
};

export const workgroup: Written = {
  type: types.workgroup,
  name: "workgroup",
  props: {
    name: "dev-sales",
    configuration: {
      enforceWorkgroupConfiguration: true,
      bytesScannedCutoffPerQuery: 10_737_418_240,
      resultConfiguration: {
        outputLocation: `s3://dev-sales-athena-results-${SPOKE}/results/`,
        expectedBucketOwner: SPOKE,
        encryptionConfiguration: { encryptionOption: "SSE_S3" },
      },
    },
  },
};

/** The workgroup with some of its configuration changed. */
export function workgroupWith(configuration: Readonly<Record<string, unknown>>): readonly Written[] {
  return [
    {
      ...workgroup,
      props: {
        ...workgroup.props,
        configuration: { ...(workgroup.props["configuration"] as object), ...configuration },
      },
    },
  ];
}

const BUCKET = `dev-music-athena-spill-${PRODUCER}`;

/** The connector's function and its spill bucket with all settings; the settings take the bucket's name from the bucket. */
export const spill: readonly Written[] = [
  { type: types.bucket, name: "spill", account: PRODUCER, props: { bucket: BUCKET } },
  {
    type: types.publicAccessBlock,
    name: "access-block",
    account: PRODUCER,
    from: { bucket: ["spill"] },
    props: {
      bucket: BUCKET,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
  },
  {
    type: types.ownershipControls,
    name: "ownership",
    account: PRODUCER,
    from: { bucket: ["spill"] },
    props: { bucket: BUCKET, rule: { objectOwnership: "BucketOwnerEnforced" } },
  },
  {
    type: types.bucketEncryption,
    name: "encryption",
    account: PRODUCER,
    from: { bucket: ["spill"] },
    props: { bucket: BUCKET, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
  },
  {
    type: types.bucketLifecycle,
    name: "lifecycle",
    account: PRODUCER,
    from: { bucket: ["spill"] },
    props: {
      bucket: BUCKET,
      rules: [
        {
          id: "abandoned",
          status: "Enabled",
          filter: { prefix: "" },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
        { id: "expiry", status: "Enabled", filter: { prefix: "" }, expiration: { days: 1 } },
      ],
    },
  },
  {
    type: types.bucketPolicy,
    name: "bucket-policy",
    account: PRODUCER,
    from: { bucket: ["spill"] },
    props: { bucket: BUCKET, policy: policyText(privateBucketPolicy("us-east-1", BUCKET)) },
  },
  {
    type: types.lambdaFunction,
    name: "connector",
    account: PRODUCER,
    from: { environment: ["spill"] },
    props: {
      name: "acct1dynamodb",
      role: `arn:aws:iam::${PRODUCER}:role/athena-connector-acct1dynamodb`,
      environment: {
        variables: { spill_bucket: BUCKET, spill_prefix: "athena-spill/acct1dynamodb", disable_glue: "true" },
      },
    },
  },
];

/** The data source as the project makes it, through Cloud Control. */
export const dataSource: Written = {
  type: types.extension,
  name: "sales",
  account: HUB,
  props: {
    type: "AWS::QuickSight::DataSource",
    properties: {
      AwsAccountId: HUB,
      DataSourceId: "dev-sales",
      Type: "ATHENA",
      DataSourceParameters: {
        AthenaParameters: {
          WorkGroup: "dev-sales",
          RoleArn: `arn:aws:iam::${HUB}:role/qs-athena-cross-account-role-a`,
          ConsumerAccountRoleArn: `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`,
        },
      },
      Permissions: [
        {
          Principal: `arn:aws:quicksight:us-east-1:${HUB}:group/default/bi-admins`,
          Actions: [
            "quicksight:DescribeDataSource",
            "quicksight:UpdateDataSourcePermissions",
            "quicksight:DeleteDataSource",
          ],
        },
      ],
      Tags: [{ Key: "athena-spokes:environment", Value: "dev" }],
    },
  },
};

/** The data source with some of its CloudFormation properties changed. */
export function dataSourceWith(properties: Readonly<Record<string, unknown>>, name = "sales"): Written {
  return {
    ...dataSource,
    name,
    props: {
      ...dataSource.props,
      properties: { ...(dataSource.props["properties"] as object), ...properties },
    },
  };
}
