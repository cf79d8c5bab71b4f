/** The chains that are sabotaged: environments with a spoke each, brought up by the `spokes` command. */
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { stringify } from "yaml";
import { roleArn } from "../../access/arn";
import type { PolicyDocument, Statement } from "../../access/document";
import { type Environment, readEnvironment } from "../../access/environment";
import {
  type Connector,
  type Place,
  SAMPLE_ORDERS,
  SAMPLE_TABLE,
  analystArn,
  catalogsOf,
  connectorRoleName,
  resultsPlace,
  roleAArn,
  roleBArn,
} from "../../access/names";
import { type SpokeRequest, readRequest, registrationOf } from "../../access/request";
import { differences } from "../../automation/verify/documents";
import { type ActInSandbox, enteredQuick } from "../../sandbox/sandbox";
import { ORGANIZATION } from "../../sandbox/world";
import { ENVIRONMENT_KEY } from "../../stacks/configuration";
import { Checkout } from "../integration/checkout";
import { Clients } from "../sandbox/clients";
import type { TestCloud } from "../sandbox/cloud";
import { type BuiltDocument, accountsOfTables, bootstrapDocuments, builtDocuments } from "./documents";
import { type DeployedDocument, deployedDocuments } from "./deployed";
import { Lifecycle } from "./lifecycle";
import { type KeyMaterial, keyMaterial } from "./key-material";
import { Sessions } from "./sessions";

/** A scope under which documents look different. */
export interface Scenario {
  /** Also the environment's. */
  readonly name: string;
  /** The last two digits of its accounts: each scenario has its own. */
  readonly accounts: string;
  /** Laid over the environment. */
  readonly scope: Readonly<Record<string, unknown>>;
  /** Whether the producer registers its catalog in the spoke, by the share role there. Default: the spoke does. */
  readonly shared?: true;
  /** Whether the connector's tables are in an account of their own, which has a role for it. Default: they are beside it. */
  readonly tablesElsewhere?: true;
}

/** Between them the scenarios have every form of every document. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "alpha",
    accounts: "01",
    scope: { roleA: "pattern", producerGrants: "accounts", keyAccess: "policy" },
  },
  {
    name: "beta",
    accounts: "02",
    scope: { roleA: "list", producerGrants: "organization", keyAccess: "policy" },
    tablesElsewhere: true,
  },
  {
    name: "gamma",
    accounts: "03",
    scope: { roleA: "dedicated", producerGrants: "roles", keyAccess: "grants" },
    shared: true,
  },
];

const REGION = "us-east-1";
const SPOKE = "sales";
const CONNECTOR = "acct1dynamodb";

/** How many rows the sample table has. */
export const SAMPLE_ROWS = 4;

/** A table whose rows do not fit into an answer of Lambda, so that the connector spills them, in one block. */
export const LARGE_TABLE = "Recordings";
export const LARGE_ROWS = 20;

/**
 * A table whose rows need more than one block. AWS's connector says nothing when it may not write the last block, and
 * the rows in it are missing; that it may not write one before is its error (S3BlockSpiller, getSpillLocations).
 */
export const LARGER_TABLE = "Concerts";
export const LARGER_ROWS = 90;

/** The key below the connector's prefix of an object that is in the spill bucket all the time. */
export const SPILLED = "rows";

/** What a scenario is made of: what a person would write, and what access/ reads from it. */
export interface Plan {
  readonly written: { readonly environment: unknown; readonly request: unknown };
  /** With the spoke in its list. */
  readonly environment: Environment;
  readonly request: SpokeRequest;
  readonly documents: readonly BuiltDocument[];
}

export function planOf({ name, accounts, scope, shared, tablesElsewhere }: Scenario): Plan {
  const accountOf = (role: number) => `1${role}00000000${accounts}`;
  const written = {
    region: REGION,
    organization: ORGANIZATION.id,
    hub: {
      account: accountOf(1),
      quick: { owners: ["group/bi-admins"], authors: ["group/bi-authors"] },
    },
    producers: {
      music: {
        account: accountOf(2),
        ...(tablesElsewhere === undefined ? { sampleData: true } : {}),
        ...(shared === undefined ? {} : { registersCatalogs: true }),
        connectors: {
          [CONNECTOR]: {
            tables: [SAMPLE_TABLE, LARGE_TABLE, LARGER_TABLE],
            customerManagedKey: true,
            ...(tablesElsewhere === undefined ? {} : { tablesIn: { account: accountOf(4) } }),
          },
        },
      },
    },
    ...scope,
  };
  const wanted = {
    spoke: SPOKE,
    environment: name,
    account: accountOf(3),
    region: REGION,
    sampleData: true,
    analyst: true,
    connectors: [{ from: "music", ...(shared === undefined ? {} : { registeredBy: "producer" }) }],
    datasets: { orders: { database: SPOKE, table: SAMPLE_ORDERS, importMode: "SPICE" } },
  };
  const request = readRequest(wanted, "request.yaml");
  const spokes = { [SPOKE]: registrationOf(request, readEnvironment(name, written)) };
  const environment = readEnvironment(name, { ...written, spokes });
  return {
    written: { environment: written, request: wanted },
    environment,
    request,
    documents: [...bootstrapDocuments(environment, request), ...builtDocuments(environment, [request])],
  };
}

/** A chain that is up. */
export interface Chain {
  readonly scenario: Scenario;
  readonly environment: Environment;
  readonly request: SpokeRequest;
  readonly connector: Connector;
  readonly catalog: string;
  readonly roleA: string;
  readonly roleB: string;
  readonly analyst: string;
  readonly clients: Clients;
  readonly sessions: Sessions;
  readonly actAsQuick: ActInSandbox;
  readonly key: KeyMaterial;
  /** What access/ deployed, as it is in the accounts. */
  readonly documents: readonly Titled[];
}

/** A deployed document, and what it is. */
export interface Titled extends DeployedDocument, Pick<BuiltDocument, "title"> {
  /** As it was put last. */
  readonly current: PolicyDocument;
}

/** Accounts in which there is nothing yet but the bootstrap roles. */
export interface Ground {
  readonly scenario: Scenario;
  readonly plan: Plan;
  readonly clients: Clients;
  readonly lifecycle: Lifecycle;
  /** Those of the bootstrap roles. */
  readonly documents: readonly Titled[];
  /** Removes what is outside of the sandbox. */
  readonly remove: () => Promise<void>;
}

/** Makes the bootstrap roles. @throws Error when a document is not what access/ builds */
export async function prepare(scenario: Scenario, cloud: TestCloud): Promise<Ground> {
  const plan = planOf(scenario);
  const { written, environment, request } = plan;
  const clients = new Clients(cloud.endpoint);
  const checkout = await Checkout.make(cloud);
  const config = { config: { [ENVIRONMENT_KEY]: written.environment } };
  await checkout.write(`Pulumi.${scenario.name}.yaml`, stringify(config));
  const file = await checkout.write("request.yaml", stringify(written.request));
  const [producer] = Object.values(environment.producers).map(({ account }) => account);
  const hub = environment.hub.account;
  if (producer === undefined) throw new Error("the environment has no producer");
  await checkout.bootstrap({ [request.account]: file }, { hub, producer });
  const [elsewhere] = accountsOfTables(environment);
  if (elsewhere !== undefined) {
    await checkout.deployTemplate(elsewhere, "tables", elsewhere);
    await makeTable(clients, elsewhere, SAMPLE_TABLE);
    await fillTable(clients, elsewhere, SAMPLE_TABLE, SAMPLE_ROWS);
  }
  for (const table of [LARGE_TABLE, LARGER_TABLE]) await makeTable(clients, elsewhere ?? producer, table);
  return {
    scenario,
    plan,
    clients,
    lifecycle: new Lifecycle(checkout, scenario.name, request.spoke, file, () => leaveSpill(clients, plan)),
    documents: await compared(clients, bootstrapDocuments(environment, request)),
    remove: () => checkout.remove(),
  };
}

/** Brings the chain up. @throws Error when a command fails, or a document is not what access/ builds */
export async function bringUp({ scenario, plan, clients, lifecycle }: Ground): Promise<Chain> {
  const { environment, request, documents } = plan;
  const [catalog] = catalogsOf(request, environment);
  const analyst = analystArn(request, environment);
  if (catalog === undefined || analyst === undefined) throw new Error("the spoke lacks catalog or analyst");
  const actAsQuick = await enteredQuick();
  if (actAsQuick === undefined) throw new Error("no sandbox was entered");
  await lifecycle.reach("spoke");
  const { account, tables } = catalog.connector;
  await fillTable(clients, tables?.account ?? account, LARGE_TABLE, LARGE_ROWS);
  await fillTable(clients, tables?.account ?? account, LARGER_TABLE, LARGER_ROWS);
  const chain = {
    scenario,
    environment,
    request,
    connector: catalog.connector,
    catalog: catalog.catalog,
    roleA: roleAArn(environment, request),
    roleB: roleBArn(request, environment),
    analyst,
    clients,
    sessions: new Sessions(clients),
    actAsQuick,
    documents: await compared(clients, documents),
  };
  await putSpilledObject(chain);
  await makeResultsBucket(chain);
  return { ...chain, key: await keyMaterial(chain) };
}

/** Puts an object into the spill bucket, not encrypted by its key: that is for the connector alone. */
async function leaveSpill(clients: Clients, { environment, request }: Plan): Promise<void> {
  for (const { connector } of catalogsOf(request, environment)) {
    const { bucket: Bucket, prefix } = connector.spill;
    const s3 = await clients.in(S3Client, connector.account);
    await s3.send(
      new PutObjectCommand({ Bucket, Key: `${prefix}left`, Body: "rows", ServerSideEncryption: "AES256" }),
    );
  }
}

/** Puts the object as the connector would: nobody else has the key to write with. */
async function putSpilledObject({
  clients,
  sessions,
  connector,
}: Pick<Chain, "clients" | "sessions" | "connector">): Promise<void> {
  const s3 = clients.with(S3Client, await sessions.of(connectorRoleArn(connector)));
  const { bucket: Bucket, prefix } = connector.spill;
  await s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}${SPILLED}`, Body: "rows" }));
}

/** Where the producer's own queries write: that is no part of what is deployed. */
export function producerResults({ spill }: Connector): string {
  return `${spill.bucket}-results`;
}

async function makeResultsBucket({
  clients,
  connector,
}: Pick<Chain, "clients" | "connector">): Promise<void> {
  const s3 = await clients.in(S3Client, connector.account);
  await s3.send(new CreateBucketCommand({ Bucket: producerResults(connector) }));
}

/** ARN of a connector's execution role. */
export function connectorRoleArn(connector: Connector): string {
  return roleArn(connector.region, connector.account, connectorRoleName(connector));
}

/** Where the spoke's results go. */
export function resultsOf({ request }: Pick<Chain, "request">): Place {
  const place = resultsPlace(request);
  if (place === undefined) throw new Error("the request leaves its results to Athena");
  return place;
}

async function makeTable(clients: Clients, account: string, TableName: string): Promise<void> {
  const dynamoDb = await clients.in(DynamoDBClient, account);
  await dynamoDb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "Id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "Id", KeyType: "HASH" }],
    }),
  );
}

/** Rows of 300 KB each, so that few of them do. */
async function fillTable(clients: Clients, account: string, TableName: string, rows: number): Promise<void> {
  const dynamoDb = await clients.in(DynamoDBClient, account);
  for (let row = 0; row < rows; row += 1)
    await dynamoDb.send(
      new PutItemCommand({
        TableName,
        Item: {
          Id: { S: `recording ${row}` },
          Sound: { S: String.fromCharCode(97 + (row % 26)).repeat(300_000) },
        },
      }),
    );
}

/** Lambda gives a function's statements back in an order of its own. */
function bySid({ Statement }: PolicyDocument): Statement[] {
  return [...Statement].sort(({ Sid: a = "" }, { Sid: b = "" }) => (a < b ? -1 : 1));
}

/** What is in the accounts, with the title of each document. @throws Error naming what is not as access/ builds it */
async function compared(clients: Clients, built: readonly BuiltDocument[]): Promise<Titled[]> {
  const accounts = [...new Set(built.map(({ account }) => account))];
  const deployed = await Promise.all(accounts.map((account) => deployedDocuments(clients, account)));
  const placeOf = ({ account, address }: Pick<BuiltDocument, "account" | "address">) =>
    `${account}/${address}`;
  const found = new Map(deployed.flat().map((document) => [placeOf(document), document]));
  const known = new Set(built.map(placeOf));
  const faults = [
    ...[...found.keys()]
      .filter((place) => !known.has(place))
      .map((place) => `${place} is deployed, and no document of test/sabotage/documents.ts`),
    ...built.flatMap((document) => {
      const there = found.get(placeOf(document))?.document;
      return differences(bySid(document.document), there && bySid(there), placeOf(document));
    }),
  ];
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return built.flatMap((document) => {
    const there = found.get(placeOf(document));
    return there === undefined ? [] : [titled(there, document.title)];
  });
}

function titled(deployed: DeployedDocument, title: BuiltDocument["title"]): Titled {
  let current = deployed.document;
  return {
    ...deployed,
    title,
    get current() {
      return current;
    },
    put: async (document) => {
      await deployed.put(document);
      current = document;
    },
  };
}
