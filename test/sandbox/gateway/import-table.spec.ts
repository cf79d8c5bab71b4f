import { gzipSync } from "node:zlib";
import {
  DescribeImportCommand,
  DynamoDBClient,
  ImportTableCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { ImportTableCommandInput, ImportTableDescription } from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clients } from "./clients";
import { refusal } from "./refusal";

const ACCOUNT = "120000000611";
const OTHER = "130000000611";
const BUCKET = "import-table-611";

describe("gateway: DynamoDB's ImportTable", () => {
  let s3: S3Client;
  let dynamodb: DynamoDBClient;

  before(async () => {
    const made = await clients();
    s3 = await made.in(S3Client, ACCOUNT);
    dynamodb = await made.in(DynamoDBClient, ACCOUNT);
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });

  function put(Key: string, Body: string | Buffer): Promise<unknown> {
    return s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  }

  function importing(
    table: string,
    more: Partial<ImportTableCommandInput> = {},
    bucket = BUCKET,
  ): Promise<ImportTableDescription> {
    const input: ImportTableCommandInput = {
      S3BucketSource: { S3Bucket: bucket, S3KeyPrefix: `${table}/` },
      InputFormat: "DYNAMODB_JSON",
      TableCreationParameters: {
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      },
      ...more,
    };
    return dynamodb
      .send(new ImportTableCommand(input))
      .then(({ ImportTableDescription: description = {} }) => description);
  }

  async function items(TableName: string): Promise<unknown[]> {
    const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName }));
    return Items.sort((a, b) => String(a["pk"]?.S).localeCompare(String(b["pk"]?.S)));
  }

  const line = (item: object): string => `${JSON.stringify({ Item: item })}\n`;
  const a = { pk: { S: "a" }, list: { L: [{ N: "1" }, { M: { deep: { BOOL: true } } }] } };
  const b = { pk: { S: "b" }, text: { S: "ü" } };
  const c = { pk: { S: "c" } };

  it("makes a table of all objects below the prefix, and of no others", async () => {
    await put("Plain/1.json", line(a) + line(b));
    await put("Plain/2.json", line(c));
    await put("Plainer/3.json", line({ pk: { S: "another table's" } }));
    const done = await importing("Plain");
    expect(done).to.include({ ImportStatus: "COMPLETED", ImportedItemCount: 3, ErrorCount: 0 });
    expect(await items("Plain")).to.deep.equal([a, b, c]);
    const again = await dynamodb.send(new DescribeImportCommand({ ImportArn: done.ImportArn }));
    expect(again.ImportTableDescription).to.deep.equal(done);
  });

  it("reads objects that gzip has made smaller", async () => {
    await put("Small/1.json.gz", gzipSync(line(a) + line(b)));
    expect(await importing("Small", { InputCompressionType: "GZIP" })).to.include({ ImportedItemCount: 2 });
    expect(await items("Small")).to.deep.equal([a, b]);
  });

  it("counts what is no item of the table, and imports the rest", async () => {
    const faults = ["no JSON\n", line({ text: { S: "no key" } }), line({ pk: { N: "1" } }), "{}\n"];
    await put("Faulty/1.json", [line(a), ...faults, "\n", line(c)].join(""));
    expect(await importing("Faulty")).to.include({
      ImportStatus: "COMPLETED",
      ProcessedItemCount: 6,
      ImportedItemCount: 2,
      ErrorCount: 4,
    });
    expect(await items("Faulty")).to.deep.equal([a, c]);
  });

  const rows: readonly (readonly [title: string, more: Partial<ImportTableCommandInput>])[] = [
    ["another format", { InputFormat: "CSV" }],
    ["another compression", { InputCompressionType: "ZSTD" }],
  ];
  for (const [title, more] of rows)
    it(`says that it does not do it with ${title}`, async () => {
      const { code, status } = await refusal(importing("Refused", more));
      expect({ code, status }).to.deep.equal({ code: "NotImplemented", status: 501 });
    });

  it("says that it does not do it with the bucket of another account, and with a key of the customer's", async () => {
    const made = await clients();
    const theirs = await made.in(S3Client, OTHER);
    await theirs.send(new CreateBucketCommand({ Bucket: `${BUCKET}-theirs` }));
    expect((await refusal(importing("Refused", {}, `${BUCKET}-theirs`))).code).to.equal(
      "AccessDeniedException",
    );
    await s3.send(new CreateBucketCommand({ Bucket: `${BUCKET}-keyed` }));
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket: `${BUCKET}-keyed`,
        ServerSideEncryptionConfiguration: {
          Rules: [
            { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "alias/own" } },
          ],
        },
      }),
    );
    expect((await refusal(importing("Refused", {}, `${BUCKET}-keyed`))).code).to.equal("NotImplemented");
  });
});
