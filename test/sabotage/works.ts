/** What works along the chain as long as nothing is taken away. */
import { randomUUID } from "node:crypto";
import * as athena from "@aws-sdk/client-athena";
import {
  CreateGrantCommand,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  type GrantConstraints,
  type GrantOperation,
  KMSClient,
  RevokeGrantCommand,
  PutKeyPolicyCommand,
} from "@aws-sdk/client-kms";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { roleArn } from "../../access/arn";
import {
  GLUE_CATALOG,
  SAMPLE_ORDERS,
  SAMPLE_TABLE,
  connectorArn,
  dataSourceArnOf,
  dataSourceIdOf,
  dataSourceNameOf,
  producerRole,
  sampleDatabaseName,
  shareRoleName,
  workgroupNameOf,
} from "../../access/names";
import { runQuery } from "../../automation/cloud/athena-query";
import type { Query } from "../../automation/cloud/cloud";
import { type Credentials, managementCredentials } from "../sandbox/clients";
import { updatedDataSource } from "./data-sources";
import {
  type Chain,
  LARGE_ROWS,
  LARGE_TABLE,
  LARGER_ROWS,
  LARGER_TABLE,
  SAMPLE_ROWS,
  producerResults,
} from "./scenario";

/** Something done along the chain. It rejects with the error that is seen when it does not work. */
export type Work = (chain: Chain) => Promise<void>;

/** Who queries. */
export const WHO = ["Quick", "analyst"] as const;
export type Who = (typeof WHO)[number];

type QueryName =
  "rows" | "spilled rows" | "spilled blocks" | "orders" | "join" | "browsing" | "list of what is spilled";

export type WorkName =
  | "data source"
  | "rows of a new connector"
  | "spilled rows of the producer"
  | "administration of the key"
  | "management of the key"
  | "grant on the key"
  | "sharing"
  | `${QueryName} as ${Who}`;

const QUERIES: Readonly<Record<QueryName, (chain: Chain, who: Who) => Promise<void>>> = {
  rows: (chain, who) => query(chain, who, `SELECT * FROM ${inConnector(chain, SAMPLE_TABLE)}`, SAMPLE_ROWS),
  "spilled rows": (chain, who) =>
    query(chain, who, `SELECT length(sound) FROM ${inConnector(chain, LARGE_TABLE)}`, LARGE_ROWS),
  "spilled blocks": (chain, who) =>
    query(chain, who, `SELECT length(sound) FROM ${inConnector(chain, LARGER_TABLE)}`, LARGER_ROWS),
  orders: (chain, who) => query(chain, who, `SELECT * FROM ${orders(chain)}`, 3),
  join: (chain, who) =>
    query(
      chain,
      who,
      `SELECT * FROM ${orders(chain)} o JOIN ${inConnector(chain, SAMPLE_TABLE)} m ON m.artist = o.artist`,
      6,
    ),
  /** What Quick's authors and Athena's query editor look at (R66). */
  browsing: browse,
  /** Athena's documentation asks for the permission; here blocks are read by their names, so that the role lists itself. */
  "list of what is spilled": async (chain, who) => {
    const { bucket, prefix } = chain.connector.spill;
    const s3 = chain.clients.with(S3Client, await sessionOf(who, chain));
    await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  },
};

export const WORKS = {
  /** Quick's check: it assumes Role A, from there Role B, and looks for the workgroup. */
  "data source": ({ clients, environment, request, roleA, roleB }: Chain) =>
    updatedDataSource(clients, environment.hub.account, {
      DataSourceId: dataSourceIdOf(request),
      Name: dataSourceNameOf(request),
      DataSourceParameters: {
        AthenaParameters: {
          WorkGroup: workgroupNameOf(request),
          RoleArn: roleA,
          ConsumerAccountRoleArn: roleB,
        },
      },
    }),
  "rows of a new connector": async (chain: Chain) => {
    await restartConnector(chain);
    await QUERIES.rows(chain, "Quick");
  },
  /** The producer's own query (R27). */
  "spilled rows of the producer": async (chain: Chain) => {
    const { clients, connector } = chain;
    const client = await clients.in(athena.AthenaClient, connector.account);
    await run(client, LARGE_ROWS, {
      sql: `SELECT length(sound) FROM "${connector.name}"."default"."${LARGE_TABLE.toLowerCase()}"`,
      workgroup: "primary",
      outputLocation: `s3://${producerResults(connector)}/`,
    });
  },
  "administration of the key": async ({ clients, connector }: Chain) => {
    const kms = await clients.in(KMSClient, connector.account);
    await kms.send(new DescribeKeyCommand({ KeyId: connector.keyAlias }));
  },
  /** As the environment's stack does, which puts the policy that is there. */
  "management of the key": async ({ clients, connector, environment, key }: Chain) => {
    const [producer = ""] = Object.keys(environment.producers);
    const RoleArn = roleArn(
      connector.region,
      connector.account,
      producerRole(environment, producer, "deployer"),
    );
    const kms = clients.with(KMSClient, await clients.assume(managementCredentials, { RoleArn }));
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: key.keyArn }));
    await kms.send(new PutKeyPolicyCommand({ KeyId: key.keyArn, Policy }));
  },
  /** What the producer does in the spoke (R17): here it registers again what it has registered. */
  sharing: async (chain: Chain) => {
    const { clients, environment, connector } = chain;
    const [producer = ""] = Object.keys(environment.producers);
    const onboarder = roleArn(
      connector.region,
      connector.account,
      producerRole(environment, producer, "onboarder"),
    );
    await share(chain, await clients.assume(managementCredentials, { RoleArn: onboarder }));
  },
  "grant on the key": async (chain: Chain) =>
    grantOnKey(chain, await chain.clients.credentials(chain.connector.account)),
  ...Object.fromEntries(
    WHO.flatMap((who) =>
      Object.entries(QUERIES).map(([query, work]): [string, Work] => [
        `${query} as ${who}`,
        (chain) => work(chain, who),
      ]),
    ),
  ),
} as Readonly<Record<WorkName, Work>>;

export function roleOf(who: Who, { roleB, analyst }: Chain): string {
  return who === "Quick" ? roleB : analyst;
}

/** Credentials with which to query: Quick gets to Role B along the chain, people of the spoke become the analyst. */
export async function sessionOf(who: Who, chain: Chain): Promise<Credentials> {
  const { clients, actAsQuick, request, environment, analyst } = chain;
  if (who === "analyst")
    return clients.assume(await clients.credentials(request.account), { RoleArn: analyst });
  const session = await actAsQuick({ dataSource: dataSourceArnOf(request, environment), scopedDown: true });
  if ("refused" in session) throw new Error(session.reason);
  return session;
}

/** Registers the connector's catalog in the spoke by the share role there. */
export async function share(
  { clients, environment, request, connector, catalog }: Chain,
  credentials: Credentials,
): Promise<void> {
  const role = shareRoleName("Create", connector.account, environment);
  const RoleArn = roleArn(request.region, request.account, role);
  await clients.with(athena.AthenaClient, await clients.assume(credentials, { RoleArn })).send(
    new athena.UpdateDataCatalogCommand({
      Name: catalog,
      Type: "LAMBDA",
      Parameters: { function: connectorArn(connector) },
    }),
  );
}

/** A grant that somebody tries to make. */
export interface TriedGrant {
  /** Default: just to decrypt. */
  readonly operations?: GrantOperation[];
  /** Default: for objects of the spill bucket. `none`: for everything. */
  readonly constraints?: GrantConstraints | "none";
  /** ARN. Default: the chain's. */
  readonly key?: string;
  /** Default: Role B. */
  readonly grantee?: string;
}

/** Makes a grant, which the administrator takes back. */
export async function grantOnKey(
  { clients, connector, key, roleB }: Chain,
  credentials: Credentials,
  { operations = ["Decrypt"], constraints, key: KeyId = key.keyArn, grantee = roleB }: TriedGrant = {},
): Promise<void> {
  const { GrantId } = await clients.with(KMSClient, credentials).send(
    new CreateGrantCommand({
      KeyId,
      GranteePrincipal: grantee,
      Operations: operations,
      ...(constraints === "none"
        ? {}
        : { Constraints: constraints ?? { EncryptionContextSubset: key.context } }),
    }),
  );
  const administrator = await clients.in(KMSClient, connector.account);
  await administrator.send(new RevokeGrantCommand({ KeyId, GrantId }));
}

function inConnector({ catalog }: Chain, table: string): string {
  return `"${catalog}"."default"."${table.toLowerCase()}"`;
}

function orders({ request }: Chain): string {
  return `"${GLUE_CATALOG}"."${sampleDatabaseName(request)}"."${SAMPLE_ORDERS}"`;
}

async function query(chain: Chain, who: Who, sql: string, wanted: number): Promise<void> {
  const client = chain.clients.with(athena.AthenaClient, await sessionOf(who, chain));
  await run(client, wanted, { sql, workgroup: workgroupNameOf(chain.request) });
}

async function run(client: athena.AthenaClient, wanted: number, asked: Omit<Query, "rows">): Promise<void> {
  const { rows } = await runQuery(
    { commands: athena, client, called: (_operation, call) => call() },
    // One more than there are, to notice it.
    { ...asked, rows: wanted + 1 },
    new AbortController().signal,
  );
  if (rows.length !== wanted) throw new Error(`${rows.length} of ${wanted} rows`);
}

async function browse(chain: Chain, who: Who): Promise<void> {
  const { clients, request, catalog } = chain;
  const client = clients.with(athena.AthenaClient, await sessionOf(who, chain));
  const { DataCatalogsSummary = [] } = await client.send(new athena.ListDataCatalogsCommand({}));
  expectNamed(
    catalog,
    DataCatalogsSummary.map(({ CatalogName }) => CatalogName),
  );
  const { DatabaseList = [] } = await client.send(
    new athena.ListDatabasesCommand({ CatalogName: GLUE_CATALOG }),
  );
  const database = sampleDatabaseName(request);
  expectNamed(
    database,
    DatabaseList.map(({ Name }) => Name),
  );
  const { TableMetadataList = [] } = await client.send(
    new athena.ListTableMetadataCommand({ CatalogName: GLUE_CATALOG, DatabaseName: database }),
  );
  expectNamed(
    SAMPLE_ORDERS,
    TableMetadataList.map(({ Name }) => Name),
  );
}

function expectNamed(name: string, listed: readonly (string | undefined)[]): void {
  if (!listed.includes(name)) throw new Error(`${name} is not among ${listed.join(", ")}`);
}

/** A change of its configuration gives the function a process that has not checked anything yet. */
async function restartConnector({ clients, connector }: Chain): Promise<void> {
  const lambda = await clients.in(LambdaClient, connector.account);
  const FunctionName = connector.name;
  const { Description = "" } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const [words = ""] = Description.split(" | ");
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Description: `${words} | ${randomUUID()}` }),
  );
}
