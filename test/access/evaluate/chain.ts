/** The chain of the seeds, as this project writes it: accounts, names and documents that the rows share. */
import type { AccessRequest, Caller } from "../../../access/evaluate";
import { policy } from "./row";

/** First digit the organization (1 ours, 9 a stranger's), second the role: 1 hub, 2 producer, 3 spoke. */
export const hub = "110000000001";
export const otherHub = "110000000002";
export const producer = "120000000001";
export const spoke = "130000000001";
export const otherSpoke = "130000000002";
export const stranger = "930000000001";
export const organization = "o-athenaspokes";
export const region = "us-east-1";

/** Every account that begins with 1 is in our organization. */
export function organizationOf(account: string): string | undefined {
  return account.startsWith("1") ? organization : undefined;
}

export const roleA = `arn:aws:iam::${hub}:role/qs-athena-cross-account-role-a`;
export const roleB = `arn:aws:iam::${spoke}:role/qs-athena-consumer-role`;
export const otherRoleB = `arn:aws:iam::${otherSpoke}:role/qs-athena-consumer-role`;
export const dataSource = `arn:aws:quicksight:${region}:${hub}:datasource/dev-sales`;
export const workgroup = `arn:aws:athena:${region}:${spoke}:workgroup/quick-dev`;
export const connector = `arn:aws:lambda:${region}:${producer}:function:acct1dynamodb`;
export const spill = "arn:aws:s3:::spill-dev-producer";
export const results = "arn:aws:s3:::results-dev-sales";
export const data = "arn:aws:s3:::data-sales";
export const key = `arn:aws:kms:${region}:${producer}:key/11111111-2222-3333-4444-555555555555`;

export const quick: Caller = { type: "service", name: "quicksight.amazonaws.com" };
export const asRoleA: Extract<Caller, { type: "role" }> = {
  type: "role",
  arn: roleA,
  session: "quick",
  id: "AROAROLEAROLEAROLEA1",
};
export const asRoleB: Extract<Caller, { type: "role" }> = {
  type: "role",
  arn: roleB,
  session: "athena",
  id: "AROAROLEBROLEBROLEB1",
};
export const analyst: Caller = {
  type: "user",
  arn: `arn:aws:iam::${spoke}:user/analyst`,
  id: "AIDAANALYSTANALYST01",
};

/** What every request over HTTPS from the workgroup's Region carries. */
export const overTls = { "aws:SecureTransport": "true", "aws:RequestedRegion": region };

export const roleATrust = policy("role-a-trust", {
  Effect: "Allow",
  Principal: { Service: "quicksight.amazonaws.com" },
  Action: "sts:AssumeRole",
  Condition: {
    StringEquals: { "aws:SourceAccount": hub },
    ArnLike: { "aws:SourceArn": `arn:aws:quicksight:*:${hub}:datasource/*` },
  },
});

export const assumeConsumerRoles = policy("AssumeConsumerRolePolicy", {
  Effect: "Allow",
  Action: "sts:AssumeRole",
  Resource: "arn:aws:iam::*:role/qs-athena-consumer-role",
  Condition: {
    StringLike: { "sts:ExternalId": `arn:aws:quicksight:${region}:${hub}:datasource/*` },
    StringEquals: { "aws:ResourceOrgID": organization },
  },
});

export const roleBTrust = policy("role-b-trust", {
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${hub}:root` },
  Action: "sts:AssumeRole",
  Condition: {
    StringEquals: { "sts:ExternalId": dataSource },
    ArnEquals: { "aws:PrincipalArn": roleA },
  },
});

export const dataAccess = policy(
  "AthenaGlueS3Access",
  {
    Sid: "RunQueries",
    Effect: "Allow",
    Action: [
      "athena:StartQueryExecution",
      "athena:GetQueryExecution",
      "athena:GetQueryResults",
      "athena:GetWorkGroup",
    ],
    Resource: workgroup,
  },
  {
    Sid: "ListCatalogs",
    Effect: "Allow",
    Action: ["athena:ListDataCatalogs", "athena:ListWorkGroups"],
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": region } },
  },
  {
    Sid: "ReadMetadata",
    Effect: "Allow",
    Action: ["glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"],
    Resource: [
      `arn:aws:glue:${region}:${spoke}:catalog`,
      `arn:aws:glue:${region}:${spoke}:database/sales`,
      `arn:aws:glue:${region}:${spoke}:table/sales/*`,
    ],
  },
  { Sid: "ReadData", Effect: "Allow", Action: "s3:GetObject", Resource: `${data}/orders/*` },
  {
    Sid: "WriteResults",
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
    Resource: `${results}/quick/*`,
    Condition: { StringEquals: { "aws:ResourceAccount": spoke } },
  },
);

export const useConnector = policy(
  "UseConnector",
  { Sid: "Invoke", Effect: "Allow", Action: "lambda:InvokeFunction", Resource: connector },
  { Sid: "ReadSpill", Effect: "Allow", Action: "s3:GetObject", Resource: `${spill}/athena-spill/*` },
  { Sid: "ListSpill", Effect: "Allow", Action: "s3:ListBucket", Resource: spill },
  {
    Sid: "DecryptSpill",
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: key,
    Condition: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
  },
);

export const connectorPolicy = policy("connector-policy", {
  Sid: "CrossAccountInvocationStatement",
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${spoke}:root` },
  Action: "lambda:InvokeFunction",
  Resource: connector,
});

export const spillPolicy = policy(
  "spill-policy",
  {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [spill, `${spill}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  },
  {
    Sid: "ReadSpill",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${spoke}:root` },
    Action: "s3:GetObject",
    Resource: `${spill}/*`,
    Condition: {
      ArnLike: { "aws:PrincipalArn": [roleB, `arn:aws:iam::${spoke}:user/analyst`] },
    },
  },
  {
    Sid: "ListSpill",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${spoke}:root` },
    Action: "s3:ListBucket",
    Resource: spill,
    Condition: { ArnLike: { "aws:PrincipalArn": [roleB, `arn:aws:iam::${spoke}:user/analyst`] } },
  },
);

export const keyPolicy = policy(
  "key-policy",
  {
    Sid: "Enable IAM policies",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${producer}:root` },
    Action: "kms:*",
    Resource: "*",
  },
  {
    Sid: "Allow use of the key",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${spoke}:root` },
    Action: "kms:Decrypt",
    Resource: "*",
    Condition: {
      StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` },
      ArnLike: { "aws:PrincipalArn": roleB },
    },
  },
);

export const fullAccess = policy("FullAWSAccess", { Effect: "Allow", Action: "*", Resource: "*" });

/** Quick assumes Role A for one of its data sources. */
export function quickAssumes(context: Record<string, string>): AccessRequest {
  return { caller: quick, action: "sts:AssumeRole", resource: roleA, context, organizationOf };
}

/** A caller assumes Role B, with the external id if one is given. */
export function assumesRoleB(
  caller: Caller,
  externalId: string | undefined,
  resource = roleB,
): AccessRequest {
  return {
    caller,
    action: "sts:AssumeRole",
    resource,
    context: externalId === undefined ? {} : { "sts:ExternalId": externalId },
    organizationOf,
  };
}

/** A caller does something with one resource. */
export function does(
  caller: Caller,
  action: string,
  resource: string,
  more: { readonly owner?: string; readonly context?: Record<string, string | readonly string[]> } = {},
): AccessRequest {
  return {
    caller,
    action,
    resource,
    context: { ...overTls, ...more.context },
    organizationOf,
    ...(more.owner === undefined ? {} : { resourceAccount: more.owner }),
  };
}
