/** The chains that are sabotaged: environments with a spoke each, brought up by the `spokes` command. */
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { stringify } from "yaml";
import type { PolicyDocument, Statement } from "../../access/document";
import { type Environment, readEnvironment } from "../../access/environment";
import { type Connector, SAMPLE_TABLE, analystArn, catalogsOf, roleAArn, roleBArn } from "../../access/names";
import { type SpokeRequest, readRequest, registrationOf } from "../../access/request";
import { differences } from "../../automation/verify/documents";
import { ADMINISTRATOR_ROLE, ORGANIZATION } from "../../sandbox/world";
import { ENVIRONMENT_KEY } from "../../stacks/configuration";
import { Checkout } from "../integration/checkout";
import { Clients } from "../sandbox/clients";
import type { TestCloud } from "../sandbox/cloud";
import { type BuiltDocument, builtDocuments } from "./documents";
import { type DeployedDocument, deployedDocuments } from "./deployed";
import { Sessions } from "./sessions";

/** A scope under which documents look different. */
export interface Scenario {
  /** Also the environment's. */
  readonly name: string;
  /** The last two digits of its accounts: each scenario has its own. */
  readonly accounts: string;
  /** Laid over the environment. */
  readonly scope: Readonly<Record<string, unknown>>;
}

/** Between them the scenarios have every form of every document. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "alpha", accounts: "01", scope: { roleA: "pattern", producerGrants: "accounts" } },
  { name: "beta", accounts: "02", scope: { roleA: "list", producerGrants: "organization" } },
  { name: "gamma", accounts: "03", scope: { roleA: "pattern", producerGrants: "roles" } },
];

const REGION = "us-east-1";
const SPOKE = "sales";
const CONNECTOR = "acct1dynamodb";

/** A table whose rows do not fit into an answer of Lambda, so that the connector spills them. */
export const LARGE_TABLE = "Recordings";
export const LARGE_ROWS = 20;

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

export function planOf({ name, accounts, scope }: Scenario): Plan {
  const accountOf = (role: number) => `1${role}00000000${accounts}`;
  const written = {
    region: REGION,
    organization: ORGANIZATION.id,
    hub: {
      account: accountOf(1),
      assumeRole: ADMINISTRATOR_ROLE,
      quick: { owners: ["group/bi-admins"], authors: ["group/bi-authors"] },
    },
    producers: {
      music: {
        account: accountOf(2),
        assumeRole: ADMINISTRATOR_ROLE,
        sampleData: true,
        connectors: { [CONNECTOR]: { tables: [SAMPLE_TABLE, LARGE_TABLE] } },
      },
    },
    ...scope,
  };
  const wanted = {
    spoke: SPOKE,
    environment: name,
    account: accountOf(3),
    assumeRole: ADMINISTRATOR_ROLE,
    region: REGION,
    sampleData: true,
    analyst: true,
    connectors: [{ from: "music" }],
  };
  const request = readRequest(wanted, "request.yaml");
  const spokes = { [SPOKE]: registrationOf(request, readEnvironment(name, written)) };
  const environment = readEnvironment(name, { ...written, spokes });
  return {
    written: { environment: written, request: wanted },
    environment,
    request,
    documents: builtDocuments(environment, [request]),
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
  /** What access/ deployed, as it is in the accounts. */
  readonly documents: readonly (DeployedDocument & Pick<BuiltDocument, "title">)[];
}

/** Brings a chain up. @throws Error when a command fails, or a document is not what access/ builds */
export async function bringUp(scenario: Scenario, cloud: TestCloud): Promise<Chain> {
  const { written, environment, request, documents } = planOf(scenario);
  const [catalog] = catalogsOf(request, environment);
  const analyst = analystArn(request, environment);
  if (catalog === undefined || analyst === undefined) throw new Error("the spoke lacks catalog or analyst");
  const { connector } = catalog;
  const clients = new Clients(cloud.endpoint);
  await makeLargeTable(clients, connector.account);
  const checkout = await Checkout.make(cloud);
  try {
    const config = { config: { [ENVIRONMENT_KEY]: written.environment } };
    await checkout.write(`Pulumi.${scenario.name}.yaml`, stringify(config));
    await command(checkout, "environment", "up", scenario.name, "--yes");
    const file = await checkout.write("request.yaml", stringify(written.request));
    await command(checkout, "onboard", file, "--yes");
  } finally {
    await checkout.remove();
  }
  const s3 = await clients.in(S3Client, connector.account);
  const { bucket: Bucket, prefix } = connector.spill;
  await s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}${SPILLED}`, Body: "rows" }));
  const accounts = [...new Set(documents.map(({ account }) => account))];
  const deployed = await Promise.all(accounts.map((account) => deployedDocuments(clients, account)));
  return {
    scenario,
    environment,
    request,
    connector,
    catalog: catalog.catalog,
    roleA: roleAArn(environment),
    roleB: roleBArn(request, environment),
    analyst,
    clients,
    sessions: new Sessions(clients),
    documents: compared(documents, deployed.flat()),
  };
}

async function command(checkout: Checkout, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await checkout.spokes(...args);
  if (code !== 0) throw new Error(`spokes ${args.join(" ")} ended with code ${code}\n${stdout}\n${stderr}`);
}

/** Rows of 300 KB each, so that few of them do. */
async function makeLargeTable(clients: Clients, account: string): Promise<void> {
  const dynamoDb = await clients.in(DynamoDBClient, account);
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: LARGE_TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "Id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "Id", KeyType: "HASH" }],
    }),
  );
  for (let row = 0; row < LARGE_ROWS; row += 1)
    await dynamoDb.send(
      new PutItemCommand({
        TableName: LARGE_TABLE,
        Item: { Id: { S: `recording ${row}` }, Sound: { S: String.fromCharCode(97 + row).repeat(300_000) } },
      }),
    );
}

/** Lambda gives a function's statements back in an order of its own. */
function bySid({ Statement }: PolicyDocument): Statement[] {
  return [...Statement].sort(({ Sid: a = "" }, { Sid: b = "" }) => (a < b ? -1 : 1));
}

/** What is in the accounts, with the title of each document. @throws Error naming what is not as access/ builds it */
function compared(
  built: readonly BuiltDocument[],
  deployed: readonly DeployedDocument[],
): Chain["documents"] {
  const placeOf = ({ account, address }: Pick<BuiltDocument, "account" | "address">) =>
    `${account}/${address}`;
  const found = new Map(deployed.map((document) => [placeOf(document), document]));
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
    return there === undefined ? [] : [{ ...there, title: document.title }];
  });
}
