import {
  BatchWriteItemCommand,
  CreateBackupCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeImportCommand,
  ImportTableCommand,
  PutItemCommand,
  QueryCommand,
  RestoreTableFromBackupCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ours } from "./emulators";

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

  it("is the same after a new start: an import, and what it has brought", async () => {
    let ImportArn: string | undefined;
    const [before, after] = await beforeAndAfter(
      async (dynamodb) => {
        const { endpoint, region, credentials } = dynamodb.config;
        const s3 = new S3Client({ region, credentials, ...(endpoint === undefined ? {} : { endpoint }) });
        await s3.send(new CreateBucketCommand({ Bucket: "source" }));
        const Body = JSON.stringify({ Item: ITEM_IN_JSON });
        await s3.send(new PutObjectCommand({ Bucket: "source", Key: "a", Body }));
        const { ImportTableDescription: made } = await dynamodb.send(
          new ImportTableCommand({
            S3BucketSource: { S3Bucket: "source" },
            InputFormat: "DYNAMODB_JSON",
            TableCreationParameters: {
              TableName: "Imported",
              BillingMode: "PAY_PER_REQUEST",
              AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
              KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
            },
          }),
        );
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

/** The values that an expression uses; DynamoDB refuses others. */
function used<T>(expression: string, values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => expression.includes(name)));
}
