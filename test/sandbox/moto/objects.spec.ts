import { BatchWriteItemCommand, CreateTableCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { ours } from "./emulators";
import type { Emulator } from "./emulators";

const MiB = 2 ** 20;
const Bucket = "large";

const digest = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

describe("moto: large objects and what it remembers", function () {
  this.timeout(120_000);
  let folder: string;
  let emulator: Emulator;
  let s3: S3Client;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-moto-"));
    emulator = await ours(path.join(folder, "state"));
    s3 = new S3Client({
      endpoint: `http://127.0.0.1:${emulator.port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "secret" },
      forcePathStyle: true,
      maxAttempts: 1,
    });
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  after(async () => {
    s3.destroy();
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** MiB that the process has held at most, and holds. */
  async function memory(): Promise<{ readonly most: number; readonly now: number }> {
    const answer = await fetch(`http://127.0.0.1:${emulator.port}/_sandbox/health`);
    const { pid } = (await answer.json()) as { pid: number };
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const of = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
    return { most: of("VmHWM"), now: of("VmRSS") };
  }

  async function read(Key: string, Range?: string): Promise<Uint8Array> {
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket, Key, ...(Range === undefined ? {} : { Range }) }),
    );
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }

  it("answers a large object as it was put: whole, in ranges, copied, and what replaced it", async () => {
    const [first, second] = [randomBytes(7 * MiB + 1), randomBytes(6 * MiB)];
    for (const Body of [first, second]) {
      const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: "one", Body }));
      expect(ETag).to.equal(`"${digest(Body)}"`);
      await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/one` }));
      for (const Key of ["one", "copy"]) {
        expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength).to.equal(Body.length);
        expect(digest(await read(Key))).to.equal(digest(Body));
      }
      for (const [range, part] of [
        ["bytes=0-0", Body.subarray(0, 1)],
        ["bytes=1048575-3145728", Body.subarray(MiB - 1, 3 * MiB + 1)],
        ["bytes=6000000-", Body.subarray(6_000_000)],
        ["bytes=-5", Body.subarray(-5)],
      ] as const)
        expect(digest(await read("one", range)), range).to.equal(digest(part));
    }
  });

  it("answers an object in parts as it was uploaded", async () => {
    const parts = [randomBytes(6 * MiB), randomBytes(5 * MiB), randomBytes(10)];
    const upload = { Bucket, Key: "parts" };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
    const Parts = [];
    for (const [i, Body] of parts.entries()) {
      const PartNumber = i + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ ...upload, UploadId, PartNumber, Body }));
      expect(ETag).to.equal(`"${digest(Body)}"`);
      Parts.push({ PartNumber, ETag });
    }
    await s3.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } }));
    expect(digest(await read("parts"))).to.equal(digest(Buffer.concat(parts)));
  });

  it("goes on with an answer whose object is deleted meanwhile", async () => {
    const content = randomBytes(48 * MiB);
    await s3.send(new PutObjectCommand({ Bucket, Key: "gone", Body: content }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "gone" }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
    const chunks: Buffer[] = [];
    for await (const chunk of Body as Readable) chunks.push(chunk as Buffer);
    expect(digest(Buffer.concat(chunks))).to.equal(digest(content));
  });

  it("does not take a large object into its memory", async function () {
    if (!existsSync("/proc/self/status")) this.skip();
    const Body = randomBytes(128 * MiB);
    const before = await memory();
    await s3.send(new PutObjectCommand({ Bucket, Key: "huge", Body }));
    expect(digest(await read("huge"))).to.equal(digest(Body));
    expect((await read("huge", "bytes=1000-1999")).length).to.equal(1000);
    expect((await memory()).most - before.most).to.be.below(64);
  });

  it("forgets the items that it answered", async function () {
    if (!existsSync("/proc/self/status")) this.skip();
    const TableName = "many";
    const { dynamodb } = emulator;
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
    const items = Array.from({ length: 2000 }, (_, id) => ({
      PutRequest: { Item: { id: { N: String(id) } } },
    }));
    for (let first = 0; first < items.length; first += 25)
      await dynamodb.send(
        new BatchWriteItemCommand({ RequestItems: { [TableName]: items.slice(first, first + 25) } }),
      );
    const scan = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i += 1)
        expect((await dynamodb.send(new ScanCommand({ TableName, Select: "COUNT" }))).Count).to.equal(2000);
    };
    await scan(5);
    const before = await memory();
    // 100,000 copies of items: 40 MiB when they stay.
    await scan(50);
    expect((await memory()).now - before.now).to.be.below(10);
  });
});
