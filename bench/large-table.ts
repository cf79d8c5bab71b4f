/** A table of items of about 1 KB, each of which can be told from its row. */
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { type DynamoDBClient, ImportTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";

/** Items in an object that is imported. */
const OBJECT_ITEMS = 10_000;

/** Imports the table from a bucket that it makes. @throws Error when not every item is there */
export async function importTable(
  { s3, dynamodb }: { readonly s3: S3Client; readonly dynamodb: DynamoDBClient },
  { table, items, bucket }: { readonly table: string; readonly items: number; readonly bucket: string },
): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (let first = 0; first < items; first += OBJECT_ITEMS) {
    const ids = Array.from({ length: Math.min(OBJECT_ITEMS, items - first) }, (_, i) => first + i);
    const Body = gzipSync(ids.map((id) => `${JSON.stringify({ Item: itemOf(id) })}\n`).join(""));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${table}/${first}.json.gz`, Body }));
  }
  const { ImportTableDescription: done } = await dynamodb.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket: bucket, S3KeyPrefix: `${table}/` },
      InputFormat: "DYNAMODB_JSON",
      InputCompressionType: "GZIP",
      TableCreationParameters: {
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      },
    }),
  );
  if (done?.ImportStatus !== "COMPLETED" || done.ImportedItemCount !== items)
    throw new Error(
      `of ${items} items ${done?.ImportedItemCount ?? 0} were imported: ${done?.FailureMessage ?? done?.ImportStatus ?? ""}`,
    );
}

function itemOf(id: number): Record<string, object> {
  return { id: { S: String(id) }, number: { N: String(id * 7) }, text: { S: textOf(id) } };
}

/** A kilobyte that no other item has. */
function textOf(id: number): string {
  return createHash("sha256").update(String(id)).digest("hex").repeat(16);
}

/**
 * Compares the rows of `SELECT id, number, text` in a result file with the items.
 *
 * @throws Error when an item's row is missing, comes twice or is another
 */
export async function compareRows(result: Readable, items: number): Promise<void> {
  const seen = new Uint8Array(items);
  let rows = 0;
  for await (const line of createInterface({ input: result, crlfDelay: Infinity })) {
    if (rows === 0 && line === '"id","number","text"') continue;
    const id = Number(/^"(\d+)"/.exec(line)?.[1] ?? NaN);
    // The connector says numbers as decimals of nine digits after the point.
    if (line !== `"${id}","${id * 7}.000000000","${textOf(id)}"` || !(id < items))
      throw new Error(`there is no item of the row ${line.slice(0, 200)}`);
    if (seen[id] === 1) throw new Error(`the row of item ${id} comes twice`);
    seen[id] = 1;
    rows += 1;
  }
  if (rows !== items) throw new Error(`${rows} rows of ${items} came back, without item ${seen.indexOf(0)}`);
}
