/** A producer with the seeds' Music table and AWS's connector on it, made as the project's components make it. */
import type { Context } from "mocha";
import { BatchWriteItemCommand, CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { connectorPermissions, connectorTrust, connectorVariables } from "../../../access/connector";
import type { CreateFunctionCommandInput } from "@aws-sdk/client-lambda";
import { type Connector, connectorRoleName } from "../../../access/names";
import { locations } from "../../../sandbox/installation.js";
import type { Clients } from "../gateway/clients";

/** The class of AWS's connector. */
export const HANDLER = "com.amazonaws.athena.connectors.dynamodb.DynamoDBCompositeHandler";

export const REGION = "us-east-1";

export type Item = Readonly<Record<string, AttributeValue>>;

/** The sample items of seed 001, with numbers that a double would not keep. */
export const MUSIC: readonly Item[] = [
  music("Acme Band", "Happy Day", "Songs About Life", "10", "0.99"),
  music("Acme Band", "PartiQL Rocks", "Another Album Title", "1234567890123456789", "1.000000001"),
  music("No One You Know", "Call Me Today", "Somewhat Famous", "1", "2.50"),
  music("No One You Know", "My Dog Spot", "Hey Now", "2", "-0.1"),
];

function music(Artist: string, SongTitle: string, AlbumTitle: string, Awards: string, Price: string): Item {
  return {
    Artist: { S: Artist },
    SongTitle: { S: SongTitle },
    AlbumTitle: { S: AlbumTitle },
    Awards: { N: Awards },
    Price: { N: Price },
  };
}

/** Leaves out the specs that need the connector where it is not installed, and says so. */
export function needsConnector(context: Context): void {
  if (locations().connector !== undefined) return;
  process.stdout.write(
    "    not run: AWS's connector is not installed (npm start installs it with JDK 17+ and Maven)\n",
  );
  context.skip();
}

/** The connector that `makeConnector` makes in an account. */
export function connectorOf(account: string, name: string): Connector & { readonly arn: string } {
  const bucket = `spill-${name}-${account}`;
  return {
    account,
    region: REGION,
    name,
    arn: `arn:aws:lambda:${REGION}:${account}:function:${name}`,
    spill: { account, bucket, prefix: "athena-spill/" },
  };
}

const IMAGE = {
  PackageType: "Image",
  Code: {
    ImageUri: `292517598671.dkr.ecr.${REGION}.amazonaws.com/athena-federation-repository-dynamodb:2026.33.1`,
  },
  ImageConfig: { Command: [HANDLER] },
} satisfies Partial<CreateFunctionCommandInput>;

// The sandbox runs the jar that it installed itself, whatever the function was made of.
const JAR = {
  Runtime: "java17",
  Handler: HANDLER,
  Code: { ZipFile: Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64") },
} satisfies Partial<CreateFunctionCommandInput>;

/** Makes tables, spill bucket, execution role and function. `variables` are set beside the connector's own. */
export async function makeConnector(
  clients: Clients,
  connector: Connector & { readonly arn: string },
  tables: Readonly<Record<string, readonly Item[]>>,
  variables: Readonly<Record<string, string>> = {},
  from: "image" | "jar" = "image",
): Promise<void> {
  const { account, name } = connector;
  for (const [table, items] of Object.entries(tables)) await makeTable(clients, account, table, items);
  const s3 = await pathStyle(clients, account);
  await s3.send(new CreateBucketCommand({ Bucket: connector.spill.bucket }));

  const iam = await clients.in(IAMClient, account);
  const RoleName = connectorRoleName(connector);
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(connectorTrust()) }),
  );
  const PolicyDocument = JSON.stringify(connectorPermissions(connector, Object.keys(tables)));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "connector", PolicyDocument }));

  const lambda = await clients.in(LambdaClient, account);
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: Role?.Arn ?? "",
      ...(from === "image" ? IMAGE : JAR),
      Timeout: 60,
      MemorySize: 3008,
      Environment: { Variables: { ...connectorVariables(connector), ...variables } },
    }),
  );
}

/** Lets an account, or a role, invoke the function. */
export async function allowInvoke(
  clients: Clients,
  account: string,
  name: string,
  Principal: string,
): Promise<void> {
  const lambda = await clients.in(LambdaClient, account);
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: name,
      StatementId: `invoke-${Principal.replace(/\W+/g, "-")}`,
      Action: "lambda:InvokeFunction",
      Principal,
    }),
  );
}

/** A client of S3 that finds buckets at an IP address. */
export async function pathStyle(clients: Clients, account: string): Promise<S3Client> {
  return clients.in(S3Client, account, REGION);
}

async function makeTable(
  clients: Clients,
  account: string,
  TableName: string,
  items: readonly Item[],
): Promise<void> {
  const dynamodb = await clients.in(DynamoDBClient, account);
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "Artist", AttributeType: "S" },
        { AttributeName: "SongTitle", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "Artist", KeyType: "HASH" },
        { AttributeName: "SongTitle", KeyType: "RANGE" },
      ],
    }),
  );
  // DynamoDB takes 25 at a time.
  for (let i = 0; i < items.length; i += 25) {
    const requests = items.slice(i, i + 25).map((Item) => ({ PutRequest: { Item: { ...Item } } }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
  }
}

/** The account of `sharedConnector`. */
export const PRODUCER = "120000000801";

/** Bytes that 20 items of `Large` hold, more than Lambda lets an answer be. */
const LARGE = 380_000;

let shared: Promise<ReturnType<typeof connectorOf>> | undefined;

/**
 * The connector `acct1dynamodb` of the producer, with the tables Music and Large (20 items, 7.6 MB), and 13 tables
 * more: made once for all specs, so that they share its JVM.
 */
export function sharedConnector(clients: Clients): Promise<ReturnType<typeof connectorOf>> {
  shared ??= (async () => {
    const connector = connectorOf(PRODUCER, "acct1dynamodb");
    const large = Array.from({ length: 20 }, (_, i) => ({
      Artist: { S: "Large" },
      SongTitle: { S: `song ${i}` },
      Lyrics: { S: String.fromCharCode(97 + i).repeat(LARGE) },
    }));
    const more = Array.from({ length: 13 }, (_, i) => [`Table${10 + i}`, []] as const);
    const tables = { Music: MUSIC, Large: large, ...Object.fromEntries(more) };
    await makeConnector(clients, connector, tables);
    return connector;
  })();
  return shared;
}
