import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type {
  AttributeValue,
  CreateTableCommandInput,
  DynamoDBClient,
  QueryCommandInput,
  ScanCommandInput,
} from "@aws-sdk/client-dynamodb";
import { expect } from "chai";
import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ours, plain } from "./emulators";
import type { Emulator } from "./emulators";
import { refusal } from "../gateway/refusal";

type KeyType = "S" | "N" | "B";
type Item = Record<string, AttributeValue>;

interface Shape {
  readonly hash: KeyType;
  readonly range: KeyType | undefined;
  /** Whether the index has a sort key. */
  readonly sorted: boolean;
  readonly projection: "ALL" | "KEYS_ONLY";
}

type Write =
  | { readonly kind: "put" | "delete"; readonly item: Item }
  | { readonly kind: "update"; readonly item: Item; readonly band: AttributeValue };

type Read =
  | { readonly kind: "scan"; readonly input: Omit<ScanCommandInput, "TableName"> }
  | { readonly kind: "query"; readonly input: Omit<QueryCommandInput, "TableName"> };

/** Few values, so that items meet: in partitions, in the values of an index, in the order of N and not of S. */
const VALUES: Readonly<Record<KeyType, readonly AttributeValue[]>> = {
  S: ["a", "b", "10", "9", "ä"].map((S) => ({ S })),
  N: ["1", "9", "10", "-1", "0.5"].map((N) => ({ N })),
  B: [[1], [9], [10, 1], [255]].map((bytes) => ({ B: Uint8Array.from(bytes) })),
};

const valueOf = (type: KeyType): fc.Arbitrary<AttributeValue> => fc.constantFrom(...VALUES[type]);

const anything: fc.Arbitrary<AttributeValue> = fc.constantFrom<AttributeValue>(
  { S: "" },
  { S: "text" },
  { N: "3" },
  { BOOL: false },
  { NULL: true },
  { B: Uint8Array.from([0, 1, 2]) },
  { SS: ["x", "y"] },
  { NS: ["1", "2"] },
  { BS: [Uint8Array.from([7])] },
  { L: [] },
  { L: [{ S: "first" }, { M: { inner: { N: "1" } } }] },
  { M: {} },
  { M: { nested: { S: "deep" }, more: { L: [{ BOOL: true }] } } },
);

const keyOf = (shape: Shape): fc.Arbitrary<Item> =>
  shape.range === undefined
    ? fc.record({ pk: valueOf(shape.hash) })
    : fc.record({ pk: valueOf(shape.hash), sk: valueOf(shape.range) });

const itemOf = (shape: Shape): fc.Arbitrary<Item> =>
  fc
    .tuple(
      keyOf(shape),
      fc.record(
        { band: valueOf("S"), place: valueOf("N"), extra: anything, amount: valueOf("N") },
        { requiredKeys: [] },
      ),
    )
    .map(([key, rest]) => ({ ...rest, ...key }));

const writeOf = (shape: Shape): fc.Arbitrary<Write> =>
  fc.oneof(
    { weight: 5, arbitrary: itemOf(shape).map((item): Write => ({ kind: "put", item })) },
    { weight: 1, arbitrary: keyOf(shape).map((item): Write => ({ kind: "delete", item })) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(keyOf(shape), valueOf("S"))
        .map(([item, band]): Write => ({ kind: "update", item, band })),
    },
  );

const often = <T>(what: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(what, { nil: undefined, freq: 2 });
const seldom = <T>(what: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: what });

const narrowing = fc.record({
  Limit: often(fc.integer({ min: 1, max: 4 })),
  FilterExpression: seldom(fc.constantFrom("attribute_exists(extra)", "amount <> extra")),
  ProjectionExpression: seldom(fc.constantFrom("pk", "extra, amount", "extra[0], place")),
  ConsistentRead: seldom(fc.constant(true)),
  ReturnConsumedCapacity: seldom(fc.constantFrom("TOTAL" as const, "INDEXES" as const)),
});

const scanOf = (shape: Shape): fc.Arbitrary<Read> =>
  fc
    .tuple(
      narrowing,
      fc.record({
        IndexName: fc.constantFrom(undefined, undefined, undefined, "bands", "bands", "absent"),
        Select: seldom(fc.constant("COUNT" as const)),
        // moto has no segments for binary keys.
        Segment: shape.hash === "B" ? fc.constant(undefined) : seldom(fc.integer({ min: 0, max: 2 })),
      }),
    )
    .map(([narrow, { Segment, Select, ...rest }]) => ({
      kind: "scan",
      input: {
        ...narrow,
        ...rest,
        ...(Segment === undefined ? {} : { Segment, TotalSegments: 3 }),
        ...(Select === undefined || narrow.ProjectionExpression !== undefined ? {} : { Select }),
      },
    }));

const queryOf = (shape: Shape): fc.Arbitrary<Read> =>
  fc
    .record({
      narrow: narrowing,
      forward: fc.option(fc.boolean(), { nil: undefined }),
      indexed: fc.boolean(),
      value: valueOf(shape.hash),
      band: valueOf("S"),
      compared: fc.constantFrom("", "", " AND # = :sort", " AND # > :sort", " AND # <= :sort"),
      sort: valueOf(shape.range ?? "S"),
      place: valueOf("N"),
    })
    .map(({ narrow, forward, indexed, value, band, compared, sort, place }) => {
      const sortKey = indexed ? (shape.sorted ? "place" : undefined) : shape.range && "sk";
      const condition = sortKey === undefined ? "" : compared.replace("#", sortKey);
      return {
        kind: "query",
        input: {
          ...narrow,
          ...(indexed ? { IndexName: "bands" } : {}),
          ...(forward === undefined ? {} : { ScanIndexForward: forward }),
          KeyConditionExpression: `${indexed ? "band" : "pk"} = :hash${condition}`,
          ExpressionAttributeValues: {
            ":hash": indexed ? band : value,
            ...(condition === "" ? {} : { ":sort": indexed ? place : sort }),
          },
        },
      };
    });

const story = fc
  .record<Shape>({
    hash: fc.constantFrom("S", "N", "B"),
    range: fc.constantFrom(undefined, "S", "N", "B"),
    sorted: fc.boolean(),
    projection: fc.constantFrom("ALL", "KEYS_ONLY"),
  })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      before: fc.array(writeOf(shape), { minLength: 5, maxLength: 25 }),
      reads: fc.array(fc.oneof(scanOf(shape), queryOf(shape)), { minLength: 2, maxLength: 6 }),
      between: fc.array(writeOf(shape), { minLength: 1, maxLength: 4 }),
    }),
  );

describe("moto: pages of Scan and Query", () => {
  let folder: string;
  let changed: Emulator;
  let unchanged: Emulator;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-moto-"));
    [changed, unchanged] = await Promise.all([ours(path.join(folder, "state")), plain()]);
  });

  after(async () => {
    await Promise.all([changed.close(), unchanged.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const both = async <T>(ask: (dynamodb: DynamoDBClient) => Promise<T>): Promise<T> => {
    const [one, other] = await Promise.all([ask(changed.dynamodb), ask(unchanged.dynamodb)]);
    expect(one).to.deep.equal(other);
    return one;
  };

  it("answers what moto answers, page by page, in the same order, whatever was written between", async function () {
    this.timeout(120_000);
    let tables = 0;
    await fc.assert(
      fc.asyncProperty(story, async ({ shape, before: first, reads, between }) => {
        const TableName = `t${(tables += 1)}`;
        await both((dynamodb) => made(dynamodb, TableName, shape));
        for (const write of first) await both((dynamodb) => written(dynamodb, TableName, write));
        for (const read of reads) await both((dynamodb) => pages(dynamodb, TableName, read));
        for (const write of between) await both((dynamodb) => written(dynamodb, TableName, write));
        for (const read of reads) await both((dynamodb) => pages(dynamodb, TableName, read));
        await both(async (dynamodb) => {
          await dynamodb.send(new DeleteTableCommand({ TableName }));
        });
      }),
      { numRuns: 25, seed: 4 },
    );
  });

  it("answers 1 MB at a time", async () => {
    const items = Array.from({ length: 25 }, (_, i) => ({
      pk: { S: "one" },
      sk: { N: String((i * 7) % 25) },
      text: { S: "x".repeat(90_000) },
    }));
    const shape: Shape = { hash: "S", range: "N", sorted: false, projection: "ALL" };
    await both((dynamodb) => made(dynamodb, "large", shape));
    await both(async (dynamodb) => {
      const large = items.map((Item) => ({ PutRequest: { Item } }));
      await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { large } }));
    });
    const hash = {
      KeyConditionExpression: "pk = :hash",
      ExpressionAttributeValues: { ":hash": { S: "one" } },
    };
    const reads: readonly Read[] = [
      { kind: "scan", input: {} },
      { kind: "query", input: hash },
      { kind: "query", input: { ...hash, ScanIndexForward: false } },
    ];
    for (const read of reads) {
      const answers = await both((dynamodb) => pages(dynamodb, "large", read));
      expect(answers.map(({ Count }) => Count)).to.deep.equal([11, 11, 3]);
    }
  });

  it("sees an item where an update has put it", async () => {
    const shape: Shape = { hash: "S", range: undefined, sorted: false, projection: "ALL" };
    const item = { pk: { S: "a" }, band: { S: "10" } };
    const read: Read = { kind: "scan", input: { IndexName: "bands" } };
    const bands = async (): Promise<unknown[]> => {
      const [answer] = await both((dynamodb) => pages(dynamodb, "moving", read));
      return ((answer?.["Items"] ?? []) as Item[]).map(({ band }) => band?.S);
    };
    await both((dynamodb) => made(dynamodb, "moving", shape));
    for (const write of [item, { pk: { S: "b" }, band: { S: "9" } }])
      await both((dynamodb) => written(dynamodb, "moving", { kind: "put", item: write }));
    expect(await bands()).to.deep.equal(["10", "9"]);
    await both((dynamodb) => written(dynamodb, "moving", { kind: "update", item, band: { S: "ä" } }));
    expect(await bands()).to.deep.equal(["9", "ä"]);
  });

  it("has segments of tables with a binary key", async () => {
    await made(changed.dynamodb, "binary", { hash: "B", range: undefined, sorted: false, projection: "ALL" });
    for (const pk of VALUES.B)
      await changed.dynamodb.send(new PutItemCommand({ TableName: "binary", Item: { pk } }));
    const segments = await Promise.all(
      [0, 1, 2].map((Segment) =>
        changed.dynamodb.send(new ScanCommand({ TableName: "binary", Segment, TotalSegments: 3 })),
      ),
    );
    const found = segments.flatMap(({ Items }) => Items ?? []).map(({ pk }) => Array.from(pk?.B ?? []));
    expect(found).to.have.deep.members([[1], [9], [10, 1], [255]]);
  });

  it("refuses to start at what is no key of the table", async () => {
    await made(changed.dynamodb, "starts", { hash: "S", range: "N", sorted: false, projection: "ALL" });
    const keys: readonly Item[] = [
      { pk: { S: "a" } },
      { pk: { N: "1" }, sk: { N: "1" } },
      { extra: { S: "a" } },
    ];
    for (const ExclusiveStartKey of keys) {
      const scan = changed.dynamodb.send(new ScanCommand({ TableName: "starts", ExclusiveStartKey }));
      const { code, status, message } = await refusal(scan);
      expect([code, status, message]).to.deep.equal([
        "ValidationException",
        400,
        "The provided starting key is invalid",
      ]);
    }
  });
});

async function made(dynamodb: DynamoDBClient, TableName: string, shape: Shape): Promise<void> {
  const { hash, range, sorted, projection } = shape;
  const input: CreateTableCommandInput = {
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: hash },
      ...(range === undefined ? [] : [{ AttributeName: "sk", AttributeType: range }]),
      { AttributeName: "band", AttributeType: "S" },
      ...(sorted ? [{ AttributeName: "place", AttributeType: "N" as const }] : []),
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      ...(range === undefined ? [] : [{ AttributeName: "sk", KeyType: "RANGE" as const }]),
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "bands",
        KeySchema: [
          { AttributeName: "band", KeyType: "HASH" },
          ...(sorted ? [{ AttributeName: "place", KeyType: "RANGE" as const }] : []),
        ],
        Projection: { ProjectionType: projection },
      },
    ],
  };
  await dynamodb.send(new CreateTableCommand(input));
}

async function written(dynamodb: DynamoDBClient, TableName: string, write: Write): Promise<void> {
  const Key = Object.fromEntries(
    Object.entries(write.item).filter(([name]) => name === "pk" || name === "sk"),
  );
  switch (write.kind) {
    case "put":
      await dynamodb.send(new PutItemCommand({ TableName, Item: write.item }));
      return;
    case "delete":
      await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
      return;
    case "update":
      await dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: "SET band = :g",
          ExpressionAttributeValues: { ":g": write.band },
        }),
      );
  }
}

/** What is answered page by page, to the last one; an error stands for the page that it ends with. */
async function pages(
  dynamodb: DynamoDBClient,
  TableName: string,
  read: Read,
): Promise<Record<string, unknown>[]> {
  const answers: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const start = ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey };
    try {
      const answer =
        read.kind === "scan"
          ? await dynamodb.send(new ScanCommand({ TableName, ...read.input, ...start }))
          : await dynamodb.send(new QueryCommand({ TableName, ...read.input, ...start }));
      ExclusiveStartKey = answer.LastEvaluatedKey;
      answers.push({ ...answer, $metadata: answer.$metadata.httpStatusCode });
    } catch (error) {
      const { name, message } = error as Error;
      return [...answers, { name, message }];
    }
  } while (ExclusiveStartKey !== undefined);
  return answers;
}
