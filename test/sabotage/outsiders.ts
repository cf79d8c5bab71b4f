/** Who is kept out of the chain. */
import { AthenaClient, ListWorkGroupsCommand } from "@aws-sdk/client-athena";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { roleArn } from "../../access/arn";
import { type PolicyDocument, policyDocument, policyText } from "../../access/document";
import {
  type Connector,
  connectorArn,
  connectorRoleName,
  dataSourceArnOf,
  resultsPlace,
  roleBName,
  sampleDataBucketName,
} from "../../access/names";
import { type Clients, type Credentials, overPlainHttp } from "../sandbox/clients";
import { STRANGER, changesOf } from "./changes";
import { newDataSource } from "./data-sources";
import type { DeployedDocument } from "./deployed";
import { type Chain, SPILLED } from "./scenario";
import { type Who, sessionOf } from "./works";

/**
 * An attempt that must be refused as long as nothing is taken away. It rejects with the refusal.
 *
 * @param document the document of which something is taken away: whose bucket is tried
 */
type Attempt = (chain: Chain, document: Pick<DeployedDocument, "account" | "address">) => Promise<unknown>;

/** An outsider. */
export interface Outsider {
  readonly attempt: Attempt;
  /** True when nothing works any more after the attempt: such rows come last. */
  readonly last?: true;
}

/** What a role that queries must not do besides. */
type Besides =
  | "in another Region"
  | "beside the prefix"
  | "lists a stranger's spill bucket"
  | "reads a stranger's spill bucket"
  | "lists a stranger's results bucket"
  | "writes into a stranger's results bucket";

export type OutsiderName =
  | "Role B of a stranger"
  | "Role A for no data source"
  | "another role of the hub"
  | "another data source"
  | "connector in another Region"
  | "connector into a stranger's bucket"
  | "connector trusts a stranger's bucket"
  | "invocation by a stranger"
  | "spilled rows by another role of the spoke"
  | "list by another role of the spoke"
  | "spilled rows by a stranger"
  | "list by a stranger"
  | "plain HTTP"
  | `${Who} ${Besides}`;

/** A Region in which nothing of ours is. */
const ELSEWHERE = "eu-west-1";

export const OUTSIDERS: Readonly<Record<OutsiderName, Outsider>> = {
  /** A data source of the hub that leads out of the organization, to a role that is called like ours. */
  "Role B of a stranger": {
    attempt: async (chain) => {
      const { clients, environment, request, roleA } = chain;
      const ConsumerAccountRoleArn = await made(clients, STRANGER, roleBName(request, environment));
      await newDataSource(clients, environment.hub.account, {
        DataSourceId: "stranger",
        Name: "stranger",
        DataSourceParameters: { AthenaParameters: { RoleArn: roleA, ConsumerAccountRoleArn } },
      });
    },
  },
  /** Role A without Quick, while Role B asks for no external id. */
  "Role A for no data source": {
    attempt: async ({ clients, sessions, documents, roleA, roleB }) => {
      const trust = documents.find(({ title }) => title === "Role B's trust");
      const careless = changesOf(trust?.document ?? policyDocument()).find(
        ({ what }) => what === "without sts:ExternalId",
      );
      if (trust === undefined || careless === undefined)
        throw new Error("Role B's trust asks for no external id");
      const asRoleA = await sessions.of(roleA);
      await trust.put(careless.document);
      try {
        await clients.assume(asRoleA, { RoleArn: roleB });
      } finally {
        await trust.put(trust.document);
      }
    },
  },
  /** The hub's administrator, who can read what the external id is. */
  "another role of the hub": {
    attempt: async ({ clients, environment, request, roleB }) =>
      clients.assume(await clients.credentials(environment.hub.account), {
        RoleArn: roleB,
        ExternalId: dataSourceArnOf(request, environment),
      }),
  },
  /** Another data source of the hub on the same roles. */
  "another data source": {
    attempt: ({ clients, environment, roleA, roleB }) =>
      newDataSource(clients, environment.hub.account, {
        DataSourceId: "another",
        Name: "another",
        DataSourceParameters: { AthenaParameters: { RoleArn: roleA, ConsumerAccountRoleArn: roleB } },
      }),
  },
  "connector in another Region": {
    attempt: async (chain) =>
      chain.clients.with(DynamoDBClient, await asConnector(chain), ELSEWHERE).send(new ListTablesCommand({})),
  },
  "invocation by a stranger": {
    attempt: async ({ clients, connector }) => invoked(await clients.in(LambdaClient, STRANGER), connector),
  },
  "spilled rows by another role of the spoke": {
    attempt: async ({ clients, request, connector }) =>
      readSpill(await clients.in(S3Client, request.account), connector),
  },
  "list by another role of the spoke": {
    attempt: async ({ clients, request, connector }) =>
      listSpill(await clients.in(S3Client, request.account), connector),
  },
  "spilled rows by a stranger": {
    attempt: async (chain) => readSpill(await strangerCalledRoleB(chain), chain.connector),
  },
  "list by a stranger": {
    attempt: async (chain) => listSpill(await strangerCalledRoleB(chain), chain.connector),
  },
  /** The bucket's own administrator, over plain HTTP. */
  "plain HTTP": {
    attempt: async ({ clients }, { account, address }) => {
      const s3 = overPlainHttp(await clients.in(S3Client, account));
      await s3.send(new ListObjectsV2Command({ Bucket: address.replace("bucket/", "") }));
    },
  },
  /** The spill bucket was given up, and a stranger took the name. */
  "connector into a stranger's bucket": {
    last: true,
    attempt: async (chain) => {
      const { bucket, prefix } = chain.connector.spill;
      const s3 = await inTakenBucket(chain, bucket, await asConnector(chain));
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}rows`, Body: "rows" }));
    },
  },
  "connector trusts a stranger's bucket": {
    last: true,
    attempt: async (chain) => {
      const { bucket } = chain.connector.spill;
      const s3 = await inTakenBucket(chain, bucket, await asConnector(chain));
      await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    },
  },
  ...byWho("Role B"),
  ...byWho("analyst"),
};

/** What a role that queries could do besides. */
function byWho<Name extends Who>(who: Name) {
  const of = (outsiders: Record<string, Outsider>) =>
    Object.fromEntries(
      Object.entries(outsiders).map(([name, outsider]) => [`${who} ${name}`, outsider]),
    ) as Readonly<Record<`${Name} ${Besides}`, Outsider>>;
  return of({
    "in another Region": {
      attempt: async (chain) =>
        chain.clients
          .with(AthenaClient, await sessionOf(who, chain), ELSEWHERE)
          .send(new ListWorkGroupsCommand({})),
    },
    "beside the prefix": {
      attempt: async (chain) =>
        chain.clients
          .with(S3Client, await sessionOf(who, chain))
          .send(new ListObjectsV2Command({ Bucket: sampleDataBucketName(chain.request) })),
    },
    "lists a stranger's spill bucket": {
      last: true,
      attempt: async (chain) => {
        const { bucket } = chain.connector.spill;
        const s3 = await inTakenBucket(chain, bucket, await sessionOf(who, chain));
        await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      },
    },
    "reads a stranger's spill bucket": {
      last: true,
      attempt: async (chain) => {
        const { connector } = chain;
        await readSpill(
          await inTakenBucket(chain, connector.spill.bucket, await sessionOf(who, chain)),
          connector,
        );
      },
    },
    "lists a stranger's results bucket": {
      last: true,
      attempt: async (chain) => {
        const { bucket } = resultsPlace(chain.request);
        const s3 = await inTakenBucket(chain, bucket, await sessionOf(who, chain));
        await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      },
    },
    /** Results of queries would go out of the organization (C22). */
    "writes into a stranger's results bucket": {
      last: true,
      attempt: async (chain) => {
        const { bucket, prefix } = resultsPlace(chain.request);
        const s3 = await inTakenBucket(chain, bucket, await sessionOf(who, chain));
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}rows`, Body: "rows" }));
      },
    },
  });
}

/** Whether nothing works any more after the attempt. */
export function isLastAttempt(name: OutsiderName): boolean {
  return OUTSIDERS[name].last === true;
}

function asConnector({ sessions, connector }: Chain): Promise<Credentials> {
  return sessions.of(roleArn(connector.region, connector.account, connectorRoleName(connector)));
}

function invoked(lambda: LambdaClient, connector: Connector): Promise<unknown> {
  return lambda.send(new InvokeCommand({ FunctionName: connectorArn(connector), InvocationType: "DryRun" }));
}

async function readSpill(s3: S3Client, { spill }: Connector): Promise<void> {
  const at = { Bucket: spill.bucket, Key: `${spill.prefix}${SPILLED}` };
  const { Body } = await s3.send(new GetObjectCommand(at));
  await Body?.transformToByteArray();
}

async function listSpill(s3: S3Client, { spill }: Connector): Promise<void> {
  await s3.send(new ListObjectsV2Command({ Bucket: spill.bucket, Prefix: spill.prefix }));
}

/** A session of a role of Role B's name in a stranger's account, which may do everything there. */
async function strangerCalledRoleB(chain: Chain): Promise<S3Client> {
  const { clients, sessions, environment, request } = chain;
  const role = await made(clients, STRANGER, roleBName(request, environment));
  return clients.with(S3Client, await sessions.of(role));
}

/** Makes a role that trusts everybody and may do everything, unless it is there already. Returns its ARN. */
async function made(clients: Clients, account: string, RoleName: string): Promise<string> {
  const iam = await clients.in(IAMClient, account);
  const everybody: PolicyDocument = policyDocument({
    Effect: "Allow",
    Principal: { AWS: "*" },
    Action: "sts:AssumeRole",
  });
  const everything = policyDocument({ Effect: "Allow", Action: "*", Resource: "*" });
  try {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policyText(everybody) }));
  } catch (error) {
    if (!(error instanceof Error && error.name === "EntityAlreadyExistsException")) throw error;
  }
  await iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: "Everything",
      PolicyDocument: policyText(everything),
    }),
  );
  return `arn:aws:iam::${account}:role/${RoleName}`;
}

/**
 * A client of a bucket that was given up, and whose name a stranger has taken, who lets everybody of
 * the chain do everything there.
 */
async function inTakenBucket(chain: Chain, Bucket: string, credentials: Credentials): Promise<S3Client> {
  const { clients } = chain;
  const stranger = await clients.in(S3Client, STRANGER);
  if (!(await isIn(stranger, Bucket))) {
    await giveUp(chain, Bucket);
    await stranger.send(new CreateBucketCommand({ Bucket }));
    const open = policyDocument({
      Effect: "Allow",
      Principal: { AWS: [...new Set(chain.documents.map(({ account }) => `arn:aws:iam::${account}:root`))] },
      Action: "s3:*",
      Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
    });
    await stranger.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText(open) }));
    const Key = `${chain.connector.spill.prefix}${SPILLED}`;
    await stranger.send(new PutObjectCommand({ Bucket, Key, Body: "rows" }));
  }
  return clients.with(S3Client, credentials);
}

async function isIn(s3: S3Client, bucket: string): Promise<boolean> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  return Buckets.some(({ Name }) => Name === bucket);
}

async function giveUp({ clients, documents }: Chain, Bucket: string): Promise<void> {
  const owner = documents.find(({ address }) => address === `bucket/${Bucket}`)?.account;
  if (owner === undefined) throw new Error(`no account of ours has a bucket ${Bucket}`);
  const s3 = await clients.in(S3Client, owner);
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket }))
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
}
