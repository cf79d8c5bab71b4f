/**
 * Federated queries, through AWS's connector: how long they take warm, and a table that is too large for its answers.
 *
 *     npm run bench -- queries [--items 200000]
 *
 * In a sandbox of its own a producer imports a table of items of about 1 KB, and a spoke is onboarded. The seeds' query on
 * the sample table runs as Role B and as the spoke's analyst, in turns with a query of no table, which is the yardstick: what
 * Athena's calls cost here. Then Role B selects all of the large table, and each item's row is looked for in the result; the
 * yardstick is the Scan of the table, page after page. The memory is that of all processes of the sandbox, and what each had
 * of it when it was most.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import type { QueryExecution } from "@aws-sdk/client-athena";
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { SandboxPlace } from "../sandbox/sandbox";
import { enteredQuick, enterSandbox, resetSandbox, sandboxStatus, startSandbox } from "../sandbox/sandbox";
import { ADMINISTRATOR_ROLE } from "../sandbox/world";
import { compareRows, importTable } from "./large-table";
import { measure, processorTime, watchMemory } from "./measured-process";
import type { WatchedMemory } from "./measured-process";
import { projectIn, requestFor } from "./project";
import { type Figure, report } from "./promise";
import { spreadOf } from "./spread";

const ROOT = path.dirname(__dirname);
const HUB = "111111111111";
const PRODUCER = "122222222222";
const SPOKE = "133333330001";
const WORKGROUP = "bench-s1";
const LARGE = "Large";
const IMPORT = `bench-import-${PRODUCER}`;

const SAMPLE = 'SELECT * FROM "acct1dynamodb"."default"."music"';
const OF_NO_TABLE = "SELECT 1";
const ALL_OF_LARGE = 'SELECT id, number, text FROM "acct1dynamodb"."default"."large"';

/** Rounds of the warm queries, and how many come before that are not counted: the first starts the connector. */
const ROUNDS = 15;
const WARM_UP = 3;

/** Seconds that a warm query of the sample table may take, and MiB that a sandbox may take. */
const MOST_SECONDS = 1;
const MOST_MEMORY = 1.5 * 1024;

/** Milliseconds between two looks at a query. */
const LOOK_AGAIN = 10;

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { items: { type: "string", default: "200000" } } });
  const items = Number(values.items);
  if (!Number.isInteger(items) || items < 1)
    throw new Error(`--items ${values.items} is not a number of items`);
  const folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-bench-"));
  const place = { name: "bench-queries", folder: path.join(folder, "sandbox") };
  try {
    enterSandbox(await startSandbox(place));
    // The emulator and the connector's JVM are the gateway's children.
    const gateway = (await processesOf(place)).find(({ name }) => name === "gateway");
    const memory = watchMemory(gateway?.pid ?? 0);
    const producer = await inProducer();
    const imported = await timed(() => importTable(producer, { table: LARGE, items, bucket: IMPORT }));
    await onboard(folder);
    const figures = [
      ...(await measureSample()),
      ...(await measureLarge({ items, imported, producer, used: () => processorTimes(place) })),
    ];
    memory.end();
    report([...figures, ...memoryFigures(memory, await processesOf(place))]);
  } finally {
    await resetSandbox(place);
    await rm(folder, { recursive: true, force: true });
  }
}

async function onboard(folder: string): Promise<void> {
  const project = await projectIn(folder, ["Music", LARGE]);
  const request = path.join(project, "s1.yaml");
  await writeFile(request, `${requestFor(1)}analyst: true\n`);
  const spokes = path.join(ROOT, "automation/bin/spokes.js");
  for (const args of [
    ["environment", "up", "bench", "--yes"],
    ["onboard", request, "--yes"],
  ])
    await measure(process.execPath, [spokes, ...args], { cwd: project, env: process.env });
}

/** The query of the sample table, again and again, as both roles that may. */
async function measureSample(): Promise<Figure[]> {
  const roles = { "Role B": await roleB(), "the analyst": await assumed("analyst", SPOKE) };
  const clients = Object.entries(roles).map(([name, credentials]) => ({
    name,
    athena: new AthenaClient({ credentials }),
    took: { sample: [] as number[], ofNoTable: [] as number[] },
  }));
  for (let round = -WARM_UP; round < ROUNDS; round += 1)
    for (const { athena, took } of clients) {
      const ofNoTable = await timed(() => rowsOf(athena, OF_NO_TABLE, 1));
      const sample = await timed(() => rowsOf(athena, SAMPLE, SAMPLE_ROWS));
      if (round < 0) continue;
      took.ofNoTable.push(ofNoTable);
      took.sample.push(sample);
    }
  return clients.flatMap(({ name, took }): Figure[] => [
    {
      name: `the sample table as ${name}, warm`,
      unit: "s",
      digits: 2,
      spread: spreadOf(took.sample),
      promise: { of: "median", is: "below", limit: MOST_SECONDS },
    },
    {
      name: `the same, to a query of no table as ${name}`,
      unit: "times as long",
      digits: 1,
      spread: spreadOf(took.sample.map((seconds, i) => seconds / (took.ofNoTable[i] ?? NaN))),
    },
  ]);
}

const SAMPLE_ROWS = 4;

interface Producer {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
}

async function inProducer(): Promise<Producer> {
  const credentials = await assumed(ADMINISTRATOR_ROLE, PRODUCER);
  return { dynamodb: new DynamoDBClient({ credentials }), s3: new S3Client({ credentials }) };
}

/** Selects all of the large table as Role B. */
async function measureLarge({
  items,
  imported,
  producer: { dynamodb },
  used,
}: {
  readonly items: number;
  /** Seconds that the import took. */
  readonly imported: number;
  readonly producer: Producer;
  readonly used: () => Promise<ProcessorTimes>;
}): Promise<Figure[]> {
  const scanned = await timed(async () => {
    let count = 0;
    for await (const { Count = 0 } of paginateScan({ client: dynamodb }, { TableName: LARGE }))
      count += Count;
    if (count !== items) throw new Error(`Scan answered ${count} items of ${items}`);
  });
  const credentials = await roleB();
  const athena = new AthenaClient({ credentials });
  let query: QueryExecution = {};
  const before = await used();
  const queried = await timed(async () => {
    query = await ended(athena, ALL_OF_LARGE);
  });
  const after = await used();
  const { OutputLocation = "" } = query.ResultConfiguration ?? {};
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(OutputLocation) ?? [];
  const { Body } = await new S3Client({ credentials }).send(new GetObjectCommand({ Bucket, Key }));
  await compareRows(Body as Readable, items);
  const named = `${items.toLocaleString("en")} items of 1 KB`;
  const once = (value: number) => spreadOf([value]);
  const bytes = query.Statistics?.DataScannedInBytes ?? 0;
  return [
    { name: `${named}: imported`, unit: "s", digits: 1, spread: once(imported) },
    { name: `${named}: scanned`, unit: "s", digits: 1, spread: once(scanned) },
    { name: `${named}: selected as Role B, each row once`, unit: "s", digits: 1, spread: once(queried) },
    { name: "the same, to the Scan", unit: "times as long", digits: 1, spread: once(queried / scanned) },
    ...Object.entries(after).map(([name, seconds]): Figure => ({
      name: `processor time of ${name} meanwhile`,
      unit: "s",
      digits: 1,
      spread: once(seconds - (before[name] ?? 0)),
    })),
    { name: "bytes scanned", unit: "MiB", spread: once(bytes / 2 ** 20) },
  ];
}

/** Process of the sandbox -> seconds of processors that it has used. */
type ProcessorTimes = Readonly<Record<string, number>>;

/** @throws Error when the sandbox does not run */
async function processesOf(place: SandboxPlace): Promise<readonly { name: string; pid: number }[]> {
  const status = await sandboxStatus(place);
  if (status.state !== "running") throw new Error("the sandbox has ended");
  return status.processes;
}

async function processorTimes(place: SandboxPlace): Promise<ProcessorTimes> {
  const used = (await processesOf(place)).map(
    async ({ name, pid }) => [name, await processorTime(pid)] as const,
  );
  return Object.fromEntries(
    (await Promise.all(used)).flatMap(([name, seconds]) => (seconds === undefined ? [] : [[name, seconds]])),
  );
}

function memoryFigures(
  { peak, last, shares }: WatchedMemory,
  processes: readonly { readonly name: string; readonly pid: number }[],
): Figure[] {
  if (peak === undefined || last === undefined) return [];
  return [
    { name: "memory of all processes afterwards", unit: "MiB", spread: spreadOf([last]) },
    {
      name: "memory of all processes at most",
      unit: "MiB",
      spread: spreadOf([peak]),
      promise: { of: "most", is: "below", limit: MOST_MEMORY },
    },
    ...processes.map(({ name, pid }): Figure => ({
      name: `of these, ${name}`,
      unit: "MiB",
      spread: spreadOf([shares.get(pid) ?? 0]),
    })),
  ];
}

/** Runs a query to its end and reads its rows. @throws Error when they are not as many */
async function rowsOf(athena: AthenaClient, sql: string, expected: number): Promise<void> {
  const { QueryExecutionId } = await ended(athena, sql);
  const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }));
  // The first one has the names of the columns.
  const rows = (ResultSet?.Rows?.length ?? 0) - 1;
  if (rows !== expected) throw new Error(`${sql} answered ${rows} rows of ${expected}`);
}

/** @throws Error when the query does not succeed */
async function ended(athena: AthenaClient, QueryString: string): Promise<QueryExecution> {
  const started = await athena.send(new StartQueryExecutionCommand({ QueryString, WorkGroup: WORKGROUP }));
  for (;;) {
    const { QueryExecutionId } = started;
    const { QueryExecution = {} } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State, StateChangeReason = "" } = QueryExecution.Status ?? {};
    if (State === "SUCCEEDED") return QueryExecution;
    if (State === "FAILED" || State === "CANCELLED")
      throw new Error(`${QueryString}: ${State}: ${StateChangeReason}`);
    await pause(LOOK_AGAIN);
  }
}

/** Role B as Quick gets it, by both hops. */
async function roleB(): Promise<Credentials> {
  const quick = await enteredQuick();
  const dataSource = `arn:aws:quicksight:us-east-1:${HUB}:datasource/${WORKGROUP}`;
  const acted = await quick?.({ dataSource, scopedDown: true });
  if (acted === undefined || "refused" in acted)
    throw new Error(`Quick cannot be Role B: ${acted?.reason ?? "this is no sandbox"}`);
  return acted;
}

/** A role of an account, from its administrator. */
async function assumed(role: string, account: string): Promise<Credentials> {
  const arnOf = (name: string) => `arn:aws:iam::${account}:role/${name}`;
  const assume = async (RoleArn: string, credentials?: Credentials): Promise<Credentials> => {
    const sts = new STSClient(credentials === undefined ? {} : { credentials });
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: "bench" }),
    );
    return {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    };
  };
  const administrator = await assume(arnOf(ADMINISTRATOR_ROLE));
  return role === ADMINISTRATOR_ROLE ? administrator : assume(arnOf(role), administrator);
}

/** Seconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
