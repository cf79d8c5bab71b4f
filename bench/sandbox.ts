/**
 * What the sandbox costs: permissions a request, and memory.
 *
 *     npm run bench -- sandbox
 *
 * The same requests go in turns to a sandbox that asks for permissions and to one that does not; each pair is one
 * difference. The memory is that of all processes of a sandbox in which a spoke was onboarded and verified, with AWS's
 * connector where it is installed.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { AthenaClient, GetWorkGroupCommand } from "@aws-sdk/client-athena";
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateDatabaseCommand, GetDatabaseCommand, GlueClient } from "@aws-sdk/client-glue";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { resetSandbox, sandboxStatus, startSandbox } from "../sandbox/sandbox";
import type { RunningSandbox } from "../sandbox/sandbox";
import { ADMINISTRATOR, ADMINISTRATOR_ROLE } from "../sandbox/world";
import { measure } from "./measured-process";
import { projectIn, requestFor } from "./project";
import { type Figure, report } from "./promise";
import { spreadOf } from "./spread";

const ROOT = path.dirname(__dirname);
const SPOKE = "133333333331";

/** Pairs of each request, and how many come before that are not counted. */
const PAIRS = 300;
const WARM_UP = 30;

/** Milliseconds that permissions may add to a request, and MiB that a sandbox may take. */
const MOST_ADDED = 1;
const MOST_MEMORY = 1.5 * 1024;

type Requests = Readonly<Record<string, () => Promise<unknown>>>;

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-bench-"));
  const asking = { name: "bench-asking", folder: path.join(folder, "asking") };
  const open = { name: "bench-open", folder: path.join(folder, "open") };
  try {
    const one = await startSandbox({ ...asking, iam: true });
    const other = await startSandbox({ ...open, iam: false });
    const added = await measureAdded(await prepare(one), await prepare(other));
    await resetSandbox(open);
    report([...added, ...(await measureMemory(one, asking, folder))]);
  } finally {
    await resetSandbox(asking);
    await resetSandbox(open);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes what is read, in a spoke's account, and says the requests that read it. */
async function prepare({ endpoint }: RunningSandbox): Promise<Requests> {
  const region = "us-east-1";
  const sts = new STSClient({ endpoint, region, credentials: ADMINISTRATOR });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${SPOKE}:role/${ADMINISTRATOR_ROLE}`,
      RoleSessionName: "bench",
    }),
  );
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  const settings = { endpoint, region, credentials, maxAttempts: 1 };
  const [s3, dynamodb, glue, athena] = [
    new S3Client(settings),
    new DynamoDBClient(settings),
    new GlueClient(settings),
    new AthenaClient(settings),
  ];
  const object = { Bucket: "bench-bucket", Key: "folder/object" };
  await s3.send(new CreateBucketCommand({ Bucket: object.Bucket }));
  await s3.send(new PutObjectCommand({ ...object, Body: "x".repeat(1000) }));
  const TableName = "bench";
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    }),
  );
  const Key = { pk: { S: "one" } };
  await dynamodb.send(new PutItemCommand({ TableName, Item: Key }));
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "bench" } }));
  return {
    "s3:GetObject": async () => (await s3.send(new GetObjectCommand(object))).Body?.transformToString(),
    "dynamodb:GetItem": () => dynamodb.send(new GetItemCommand({ TableName, Key })),
    "glue:GetDatabase": () => glue.send(new GetDatabaseCommand({ Name: "bench" })),
    "athena:GetWorkGroup": () => athena.send(new GetWorkGroupCommand({ WorkGroup: "primary" })),
  };
}

async function measureAdded(asking: Requests, open: Requests): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, ask] of Object.entries(asking)) {
    const askOpen = open[name];
    if (askOpen === undefined) throw new Error(`${name} is asked of one sandbox only`);
    const took: { asking: number[]; open: number[] } = { asking: [], open: [] };
    for (let pair = 0; pair < WARM_UP + PAIRS; pair += 1) {
      // In turns the one and the other first.
      const first = pair % 2 === 0 ? await timed(ask) : undefined;
      const second = await timed(askOpen);
      const times = { asking: first ?? (await timed(ask)), open: second };
      if (pair < WARM_UP) continue;
      took.asking.push(times.asking);
      took.open.push(times.open);
    }
    const added = took.asking.map((time, i) => time - (took.open[i] ?? NaN));
    const ratio = took.asking.map((time, i) => time / (took.open[i] ?? NaN));
    figures.push(
      { name: `${name} without permissions`, unit: "ms", spread: spreadOf(took.open), digits: 2 },
      {
        name: `${name}: added by permissions`,
        unit: "ms",
        spread: spreadOf(added),
        digits: 2,
        promise: { of: "median", is: "below", limit: MOST_ADDED },
      },
      { name: `${name} with permissions`, unit: "times as long", spread: spreadOf(ratio), digits: 2 },
    );
  }
  return figures;
}

async function timed(ask: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await ask();
  return performance.now() - begun;
}

/** Onboards and verifies a spoke, which asks the connector for its tables, and looks at the processes. */
async function measureMemory(
  { environment }: RunningSandbox,
  place: { readonly name: string; readonly folder: string },
  folder: string,
): Promise<Figure[]> {
  const project = await projectIn(folder);
  const request = path.join(project, "s1.yaml");
  await writeFile(request, requestFor(1));
  const spokes = path.join(ROOT, "automation/bin/spokes.js");
  const env = { ...process.env, ...environment };
  for (const args of [
    ["environment", "up", "bench", "--yes"],
    ["onboard", request, "--yes"],
    ["verify", "s1"],
  ])
    await measure(process.execPath, [spokes, ...args], { cwd: project, env });
  const status = await sandboxStatus(place);
  if (status.state !== "running") throw new Error("the sandbox has ended");
  const memory = (bytes: number) => spreadOf([bytes / 2 ** 20]);
  const total = status.processes.reduce((sum, { memory: bytes }) => sum + bytes, 0);
  return [
    ...status.processes.map(({ name, memory: bytes }): Figure => ({
      name: `memory of ${name}`,
      unit: "MiB",
      spread: memory(bytes),
    })),
    {
      name: `memory of all ${status.processes.length} processes`,
      unit: "MiB",
      spread: memory(total),
      promise: { of: "most", is: "below", limit: MOST_MEMORY },
    },
  ];
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
