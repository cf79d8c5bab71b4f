/** Who is kept out of the chain. */
import { AthenaClient, ListWorkGroupsCommand } from "@aws-sdk/client-athena";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  DecryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { bucketArn, roleArn } from "../../access/arn";
import { policyDocument, policyText } from "../../access/document";
import {
  type Connector,
  connectorArn,
  dataSourceArnOf,
  roleBName,
  sampleDataBucketName,
  shareRoleName,
} from "../../access/names";
import { tablesRoleArn } from "../../access/tables";
import { type Clients, type Credentials, overPlainHttp } from "../sandbox/clients";
import { BOOTSTRAP_OUTSIDERS, type BootstrapOutsider, asBootstrapRole } from "./bootstrap-outsiders";
import { type Tried, whileCareless, whileUnbound } from "./careless";
import { STRANGER } from "./changes";
import { newDataSource } from "./data-sources";
import { ELSEWHERE, type Outsider } from "./outsider";
import { type Chain, SPILLED, connectorRoleArn, resultsOf } from "./scenario";
import { letStrangerTake } from "./taken-bucket";
import { type Who, grantOnKey, roleOf, sessionOf, share } from "./works";

/** What a role that queries must not do besides. */
type Besides =
  | "in another Region"
  | "beside the prefix"
  | "decrypts by itself"
  | "decrypts of another bucket"
  | "lists a stranger's spill bucket"
  | "reads a stranger's spill bucket"
  | "lists a stranger's results bucket"
  | "writes into a stranger's results bucket";

export type OutsiderName =
  | "Role B of a stranger"
  | "Role A for no data source"
  | "another role of the hub"
  | "another data source"
  | "another data source to a spoke's own Role A"
  | "share role of a stranger"
  | "another role of the producer shares"
  | "invocation by a stranger"
  | "connector lists tables of another Region"
  | "tables role lists tables of another Region"
  | "another role of the producer becomes the tables role"
  | "connector draws in another Region"
  | "connector encrypts by itself"
  | "connector encrypts for another bucket"
  | "connector into a stranger's bucket"
  | "connector trusts a stranger's bucket"
  | "another role of the producer encrypts"
  | "producer decrypts by itself"
  | "producer decrypts of another bucket"
  | "grant of more than to decrypt"
  | "grant for any bucket"
  | "spilled rows by another role of the spoke"
  | "spilled rows by a stranger"
  | "list by another role of the spoke"
  | "list by a stranger"
  | "plain HTTP"
  | BootstrapOutsider
  | `${Who} ${Besides}`;

export const OUTSIDERS: Readonly<Record<OutsiderName, Outsider>> = {
  /** A data source of the hub that leads out of the organization, to a role that is called like ours. */
  "Role B of a stranger": {
    attempt: async ({ clients, environment, request, roleA }) => {
      const ConsumerAccountRoleArn = await roleOfStranger(clients, roleBName(request, environment));
      await newDataSource(clients, environment.hub.account, {
        DataSourceId: "stranger",
        Name: "stranger",
        DataSourceParameters: { AthenaParameters: { RoleArn: roleA, ConsumerAccountRoleArn } },
      });
    },
  },
  /** Role A without Quick. */
  "Role A for no data source": {
    attempt: async ({ clients, sessions, roleA, roleB }) =>
      clients.assume(await sessions.of(roleA), { RoleArn: roleB }),
  },
  /** The hub's administrator, who can read what the external id is. */
  "another role of the hub": {
    attempt: async ({ clients, environment, request, roleB }) =>
      clients.assume(await clients.credentials(environment.hub.account), {
        RoleArn: roleB,
        ExternalId: dataSourceArnOf(request, environment),
      }),
  },
  /** Another data source of the hub on the same roles. A spoke's own Role A would keep it out, too. */
  "another data source": {
    attempt: (chain, tried) =>
      whileCareless(chain, tried, "aws:SourceArn", () =>
        whileCareless(chain, tried, "sts:ExternalId", () =>
          newDataSource(chain.clients, chain.environment.hub.account, {
            DataSourceId: "another",
            Name: "another",
            DataSourceParameters: {
              AthenaParameters: { RoleArn: chain.roleA, ConsumerAccountRoleArn: chain.roleB },
            },
          }),
        ),
      ),
  },
  /** It gets no further than there. */
  "another data source to a spoke's own Role A": {
    attempt: async ({ clients, environment, roleA, roleB }) => {
      const another = newDataSource(clients, environment.hub.account, {
        DataSourceId: "another",
        Name: "another",
        DataSourceParameters: { AthenaParameters: { RoleArn: roleA, ConsumerAccountRoleArn: roleB } },
      });
      await another.catch((error: unknown) => {
        if (!(error instanceof Error && error.message.includes(": Role A to Role B: "))) throw error;
      });
    },
  },
  /** A role that is called like those by which this producer shares. */
  "share role of a stranger": {
    attempt: async ({ clients, environment, connector }, tried) => {
      const RoleArn = await roleOfStranger(clients, shareRoleName("Create", connector.account, environment));
      await clients.assume(await asBootstrapRole(clients, tried), { RoleArn });
    },
  },
  "another role of the producer shares": {
    attempt: async (chain) => share(chain, await chain.clients.credentials(chain.connector.account)),
  },
  "invocation by a stranger": {
    attempt: async ({ clients, connector }) =>
      (await clients.in(LambdaClient, STRANGER)).send(
        new InvokeCommand({ FunctionName: connectorArn(connector), InvocationType: "DryRun" }),
      ),
  },

  "connector lists tables of another Region": {
    attempt: async (chain) =>
      chain.clients.with(DynamoDBClient, await asConnector(chain), ELSEWHERE).send(new ListTablesCommand({})),
  },
  "tables role lists tables of another Region": {
    attempt: async ({ clients, sessions, connector }) =>
      clients
        .with(DynamoDBClient, await sessions.of(tablesRole(connector)), ELSEWHERE)
        .send(new ListTablesCommand({})),
  },
  "another role of the producer becomes the tables role": {
    attempt: async ({ clients, connector }) =>
      clients.assume(await clients.credentials(connector.account), { RoleArn: tablesRole(connector) }),
  },
  "connector draws in another Region": {
    attempt: async (chain) =>
      chain.clients
        .with(KMSClient, await asConnector(chain), ELSEWHERE)
        .send(new GenerateRandomCommand({ NumberOfBytes: 12 })),
  },
  /** By the key's ARN, and not for S3. */
  "connector encrypts by itself": {
    attempt: async (chain) => encrypt(chain, await asConnector(chain)),
  },
  "connector encrypts for another bucket": {
    attempt: (chain) => {
      const { clients, connector, key } = chain;
      const written = new PutObjectCommand({ Bucket: key.otherBucket, Key: "another", Body: "another" });
      return whileUnbound(
        chain,
        connectorRoleArn(connector),
        inOtherBucket(chain, "s3:PutObject"),
        async () => clients.with(S3Client, await asConnector(chain)).send(written),
      );
    },
  },
  /** The spill bucket was given up, and a stranger took the name. */
  "connector into a stranger's bucket": {
    last: true,
    attempt: async (chain) => put(await asConnector(chain), chain, chain.connector.spill),
  },
  "connector trusts a stranger's bucket": {
    last: true,
    attempt: async (chain) => list(await asConnector(chain), chain, chain.connector.spill),
  },

  "another role of the producer encrypts": {
    attempt: async (chain) => encrypt(chain, await chain.clients.credentials(chain.connector.account)),
  },
  "producer decrypts by itself": {
    attempt: async (chain) => decrypt(chain, await chain.clients.credentials(chain.connector.account)),
  },
  "producer decrypts of another bucket": {
    attempt: async (chain) => readOther(chain, await chain.clients.credentials(chain.connector.account)),
  },
  "grant of more than to decrypt": {
    attempt: async (chain, tried) =>
      grantOnKey(chain, await granting(chain, tried), { operations: ["Decrypt", "GenerateDataKey"] }),
  },
  "grant for any bucket": {
    attempt: async (chain, tried) => grantOnKey(chain, await granting(chain, tried), { constraints: "none" }),
  },

  "spilled rows by another role of the spoke": {
    attempt: async (chain) => readSpill(chain, await chain.clients.credentials(chain.request.account)),
  },
  "spilled rows by a stranger": {
    attempt: async (chain) => readSpill(chain, await asStranger(chain)),
  },
  "list by another role of the spoke": {
    attempt: async (chain) => listSpill(chain, await chain.clients.credentials(chain.request.account)),
  },
  "list by a stranger": { attempt: async (chain) => listSpill(chain, await asStranger(chain)) },

  /** The bucket's own administrator, over plain HTTP. */
  "plain HTTP": {
    attempt: async ({ clients }, { account, address }) => {
      const s3 = overPlainHttp(await clients.in(S3Client, account));
      await s3.send(new ListObjectsV2Command({ Bucket: address.replace("bucket/", "") }));
    },
  },
  ...BOOTSTRAP_OUTSIDERS,
  ...besides("Quick"),
  ...besides("analyst"),
};

/** Whether nothing works any more after the attempt. */
export function isLastAttempt(name: OutsiderName): boolean {
  return OUTSIDERS[name].last === true;
}

function besides<Name extends Who>(who: Name): Readonly<Record<`${Name} ${Besides}`, Outsider>> {
  const outsiders: Record<Besides, Outsider> = {
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
    /** Not by way of S3. */
    "decrypts by itself": {
      attempt: async (chain) => decrypt(chain, await sessionOf(who, chain)),
    },
    "decrypts of another bucket": {
      attempt: (chain) =>
        whileUnbound(chain, roleOf(who, chain), inOtherBucket(chain, "s3:GetObject"), async () =>
          readOther(chain, await sessionOf(who, chain)),
        ),
    },
    "lists a stranger's spill bucket": {
      last: true,
      attempt: async (chain) => list(await sessionOf(who, chain), chain, chain.connector.spill),
    },
    "reads a stranger's spill bucket": {
      last: true,
      attempt: async (chain) => {
        await letStrangerTake(chain, chain.connector.spill.bucket);
        await readSpill(chain, await sessionOf(who, chain));
      },
    },
    "lists a stranger's results bucket": {
      last: true,
      attempt: async (chain) => list(await sessionOf(who, chain), chain, resultsOf(chain)),
    },
    /** Results of queries would go out of the organization. */
    "writes into a stranger's results bucket": {
      last: true,
      attempt: async (chain) => put(await sessionOf(who, chain), chain, resultsOf(chain)),
    },
  };
  const named = Object.entries(outsiders).map(([name, outsider]) => [`${who} ${name}`, outsider]);
  return Object.fromEntries(named) as Record<`${Name} ${Besides}`, Outsider>;
}

/** Who makes grants: under the key's policy its administrator, under a policy of the onboarder that. */
function granting({ clients, connector }: Chain, tried: Tried): Promise<Credentials> {
  return tried.address.startsWith("role/")
    ? asBootstrapRole(clients, tried)
    : clients.credentials(connector.account);
}

/** ARN of the role beside the connector's tables. */
function tablesRole(connector: Connector): string {
  const role = tablesRoleArn(connector);
  if (role === undefined) throw new Error("the connector reads tables of its own account");
  return role;
}

function asConnector({ sessions, connector }: Chain): Promise<Credentials> {
  return sessions.of(connectorRoleArn(connector));
}

/** A session of a role of Role B's name in a stranger's account, which may do everything there. */
async function asStranger({ clients, environment, request }: Chain): Promise<Credentials> {
  const RoleArn = await roleOfStranger(clients, roleBName(request, environment));
  return clients.assume(await clients.credentials(STRANGER), { RoleArn });
}

/** Makes a role of the stranger that trusts everybody and may do everything, unless it is there. Returns its ARN. */
async function roleOfStranger(clients: Clients, RoleName: string): Promise<string> {
  const iam = await clients.in(IAMClient, STRANGER);
  const everybody = policyDocument({ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" });
  const everything = policyDocument({ Effect: "Allow", Action: "*", Resource: "*" });
  try {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policyText(everybody) }));
  } catch (error) {
    if (!(error instanceof Error && error.name === "EntityAlreadyExistsException")) throw error;
  }
  const PolicyDocument = policyText(everything);
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "Everything", PolicyDocument }));
  return roleArn("us-east-1", STRANGER, RoleName);
}

async function readSpill({ clients, connector: { spill } }: Chain, credentials: Credentials): Promise<void> {
  await read(clients.with(S3Client, credentials), spill.bucket, `${spill.prefix}${SPILLED}`);
}

async function readOther({ clients, key }: Chain, credentials: Credentials): Promise<void> {
  await read(clients.with(S3Client, credentials), key.otherBucket, key.object);
}

async function read(s3: S3Client, Bucket: string, Key: string): Promise<void> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  await Body?.transformToByteArray();
}

async function listSpill({ clients, connector: { spill } }: Chain, credentials: Credentials): Promise<void> {
  const { bucket: Bucket, prefix: Prefix } = spill;
  await clients.with(S3Client, credentials).send(new ListObjectsV2Command({ Bucket, Prefix }));
}

/** Lists a bucket that a stranger has taken. */
async function list(
  credentials: Credentials,
  chain: Chain,
  { bucket }: Pick<Connector["spill"], "bucket">,
): Promise<void> {
  await letStrangerTake(chain, bucket);
  await chain.clients.with(S3Client, credentials).send(new ListObjectsV2Command({ Bucket: bucket }));
}

/** Writes into a bucket that a stranger has taken. */
async function put(
  credentials: Credentials,
  chain: Chain,
  { bucket, prefix }: Connector["spill"],
): Promise<void> {
  await letStrangerTake(chain, bucket);
  const object = new PutObjectCommand({ Bucket: bucket, Key: `${prefix}another`, Body: "another" });
  await chain.clients.with(S3Client, credentials).send(object);
}

async function encrypt({ clients, key }: Chain, credentials: Credentials): Promise<void> {
  await clients
    .with(KMSClient, credentials)
    .send(
      new GenerateDataKeyCommand({ KeyId: key.keyArn, KeySpec: "AES_256", EncryptionContext: key.context }),
    );
}

async function decrypt({ clients, key }: Chain, credentials: Credentials): Promise<void> {
  await clients
    .with(KMSClient, credentials)
    .send(new DecryptCommand({ CiphertextBlob: key.ciphertext, EncryptionContext: key.context }));
}

function inOtherBucket({ connector, key }: Chain, action: string) {
  return {
    Effect: "Allow",
    Action: action,
    Resource: bucketArn(connector.region, key.otherBucket, "*"),
  } as const;
}
