import {
  BatchWriteItemCommand,
  CreateBackupCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeImportCommand,
  ImportTableCommand,
  PutItemCommand,
  QueryCommand,
  RestoreTableFromBackupCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ours } from "./emulators";
import type { Emulator } from "./emulators";

type Item = Record<string, AttributeValue>;

const ITEM: Item = {
  pk: { S: "ä" },
  sk: { N: "1.50" },
  text: { S: "" },
  bytes: { B: Uint8Array.from([0, 255]) },
  truth: { BOOL: false },
  nothing: { NULL: true },
  texts: { SS: ["x", "y"] },
  numbers: { NS: ["1", "2"] },
  blobs: { BS: [Uint8Array.from([7])] },
  songs: { L: [{ S: "first" }, { M: { inner: { N: "1" } } }] },
  facts: { M: { nested: { M: { deep: { L: [] } } } } },
  plays: { N: "1" },
};

const ITEM_IN_JSON: Item = { pk: { S: "ä" }, songs: { L: [{ M: { inner: { N: "1" } } }] } };

const KEY = { pk: { S: "ä" }, sk: { N: "1.50" } };

describe("moto: the state of tables", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-moto-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** What an end and a new start leave of what `ask` sees. */
  async function beforeAndAfter(
    make: (dynamodb: DynamoDBClient) => Promise<void>,
    ask: (dynamodb: DynamoDBClient) => Promise<unknown>,
  ): Promise<readonly [unknown, unknown]> {
    const state = path.join(folder, "state");
    const first = await ours(state);
    await make(first.dynamodb);
    const before = await ask(first.dynamodb);
    await first.close();
    const second = await ours(state);
    const after = await ask(second.dynamodb);
    await second.close();
    return [before, after];
  }

  it("is the same after a new start: every type of value, updated and restored items, tables without items", async () => {
    const [before, after] = await beforeAndAfter(
      async (dynamodb) => {
        for (const TableName of ["Music", "Empty"])
          await dynamodb.send(
            new CreateTableCommand({
              TableName,
              BillingMode: "PAY_PER_REQUEST",
              AttributeDefinitions: [
                { AttributeName: "pk", AttributeType: "S" },
                { AttributeName: "sk", AttributeType: "N" },
              ],
              KeySchema: [
                { AttributeName: "pk", KeyType: "HASH" },
                { AttributeName: "sk", KeyType: "RANGE" },
              ],
            }),
          );
        const TableName = "Music";
        for (const Item of [ITEM, { ...KEY, sk: { N: "2" } }, { pk: { S: "gone" }, sk: { N: "3" } }])
          await dynamodb.send(new PutItemCommand({ TableName, Item }));
        await dynamodb.send(new DeleteItemCommand({ TableName, Key: { pk: { S: "gone" }, sk: { N: "3" } } }));
        const backup = await dynamodb.send(new CreateBackupCommand({ TableName, BackupName: "first" }));
        await dynamodb.send(
          new RestoreTableFromBackupCommand({
            TargetTableName: "Restored",
            BackupArn: backup.BackupDetails?.BackupArn ?? "",
          }),
        );
        const updates = [
          "SET songs = list_append(songs, :list), facts.extra = :map REMOVE truth",
          "SET songs[0] = :map",
          "ADD plays :one, texts :more",
          "DELETE numbers :fewer",
        ];
        const values: Item = {
          ":list": { L: [{ M: { x: { S: "appended" } } }] },
          ":map": { M: { y: { L: [{ N: "9" }] } } },
          ":one": { N: "1" },
          ":more": { SS: ["z"] },
          ":fewer": { NS: ["1"] },
        };
        for (const UpdateExpression of updates)
          await dynamodb.send(
            new UpdateItemCommand({
              TableName,
              Key: KEY,
              UpdateExpression,
              ExpressionAttributeValues: used(UpdateExpression, values),
            }),
          );
      },
      async (dynamodb) =>
        Promise.all(
          ["Music", "Empty", "Restored"].map(async (TableName) => {
            const { Items } = await dynamodb.send(new ScanCommand({ TableName }));
            return Items;
          }),
        ),
    );
    expect(after).to.deep.equal(before);
    expect((before as Item[][]).map((items) => items.length)).to.deep.equal([2, 0, 2]);
    expect((before as Item[][])[2]?.[0]).to.deep.equal(ITEM);
  });

  it("is the same after a new start: more items than are written at once, in a table without a sort key", async () => {
    const TableName = "Many";
    const [before, after] = await beforeAndAfter(
      async (dynamodb) => {
        await dynamodb.send(
          new CreateTableCommand({
            TableName,
            BillingMode: "PAY_PER_REQUEST",
            AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "N" }],
            KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
          }),
        );
        const writes = Array.from({ length: 2100 }, (_, i) => ({
          PutRequest: { Item: { pk: { N: String(i) } } },
        }));
        for (let i = 0; i < writes.length; i += 25)
          await dynamodb.send(
            new BatchWriteItemCommand({ RequestItems: { [TableName]: writes.slice(i, i + 25) } }),
          );
      },
      async (dynamodb) => {
        const { Items } = await dynamodb.send(new ScanCommand({ TableName }));
        const one = await dynamodb.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: "pk = :pk",
            ExpressionAttributeValues: { ":pk": { N: "7" } },
          }),
        );
        return [Items, one.Items];
      },
    );
    expect(after).to.deep.equal(before);
    expect((before as Item[][]).map((items) => items.length)).to.deep.equal([2100, 1]);
  });

  /** Names of the files beside the state file -> when they were written. */
  async function besides(): Promise<ReadonlyMap<string, number>> {
    const blobs = path.join(folder, "state.blobs");
    const names = await readdir(blobs);
    return new Map(
      await Promise.all(
        names.map(async (name) => [name, (await stat(path.join(blobs, name))).mtimeMs] as const),
      ),
    );
  }

  it("writes what is large once, into files beside the state, and removes them when nobody needs them", async () => {
    const state = path.join(folder, "state");
    const TableName = "Imported";
    const lines = Array.from({ length: 6000 }, (_, i) => JSON.stringify({ Item: { pk: { S: `${i}` } } }));
    const Bucket = "source";
    const large = Buffer.alloc(3_000_000, "large");
    const save = (emulator: Emulator): Promise<unknown> =>
      fetch(`http://127.0.0.1:${emulator.port}/_sandbox/save`, { method: "POST" });
    const seen = async ({ dynamodb, ...emulator }: Emulator): Promise<unknown[]> => {
      const { Count } = await dynamodb.send(new ScanCommand({ TableName, Select: "COUNT" }));
      const { Body } = await s3Of({ dynamodb, ...emulator }).send(
        new GetObjectCommand({ Bucket, Key: "large" }),
      );
      return [Count, large.equals(Buffer.from((await Body?.transformToByteArray()) ?? []))];
    };

    const first = await ours(state);
    const s3 = s3Of(first);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "large", Body: large }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "items", Body: lines.join("\n") }));
    await first.dynamodb.send(importing("items"));
    await save(first);
    const written = await besides();
    expect(written.size).to.equal(2);
    await s3.send(new PutObjectCommand({ Bucket, Key: "small", Body: "small" }));
    await save(first);
    expect([...(await besides())]).to.deep.equal([...written]);
    expect(await seen(first)).to.deep.equal([6000, true]);
    await first.dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: "more" } } }));
    await first.close();

    const second = await ours(state);
    expect(await seen(second)).to.deep.equal([6001, true]);
    await s3Of(second).send(new DeleteObjectCommand({ Bucket, Key: "large" }));
    await second.dynamodb.send(new DeleteTableCommand({ TableName }));
    await second.close();
    expect((await besides()).size).to.equal(0);
  });

  it("is not used when a file beside it is another than was written", async () => {
    const state = path.join(folder, "state");
    const first = await ours(state);
    await s3Of(first).send(new CreateBucketCommand({ Bucket: "source" }));
    const Body = Buffer.alloc(3_000_000, "large");
    await s3Of(first).send(new PutObjectCommand({ Bucket: "source", Key: "large", Body }));
    await first.close();
    const [name = ""] = (await besides()).keys();
    await writeFile(path.join(folder, "state.blobs", name), "other");
    const started = await ours(state).catch((error: unknown) => String(error));
    expect(started).to.equal("Error: moto ended with exit code 3 at its start");
  });

  it("is the same after a new start: an import, and what it has brought", async () => {
    let ImportArn: string | undefined;
    const [before, after] = await beforeAndAfter(
      async (dynamodb) => {
        const s3 = s3Of({ dynamodb });
        await s3.send(new CreateBucketCommand({ Bucket: "source" }));
        const Body = JSON.stringify({ Item: ITEM_IN_JSON });
        await s3.send(new PutObjectCommand({ Bucket: "source", Key: "a", Body }));
        const { ImportTableDescription: made } = await dynamodb.send(importing("a"));
        ImportArn = made?.ImportArn;
      },
      async (dynamodb) => [
        (await dynamodb.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription,
        (await dynamodb.send(new ScanCommand({ TableName: "Imported" }))).Items,
      ],
    );
    expect(after).to.deep.equal(before);
    expect((before as [object, Item[]])[1]).to.deep.equal([ITEM_IN_JSON]);
  });
});

function s3Of({ dynamodb: { config } }: Pick<Emulator, "dynamodb">): S3Client {
  const { endpoint, region, credentials } = config;
  return new S3Client({ region, credentials, ...(endpoint === undefined ? {} : { endpoint }) });
}

/** Makes the table `Imported` of an object in the bucket `source`. */
function importing(key: string): ImportTableCommand {
  return new ImportTableCommand({
    S3BucketSource: { S3Bucket: "source", S3KeyPrefix: key },
    InputFormat: "DYNAMODB_JSON",
    TableCreationParameters: {
      TableName: "Imported",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    },
  });
}

/** The values that an expression uses; DynamoDB refuses others. */
function used<T>(expression: string, values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => expression.includes(name)));
}
