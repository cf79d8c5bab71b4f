import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { rowsOf } from "../../../sandbox/federation/blocks";
import type { Cell } from "../../../sandbox/federation/blocks";
import { ConnectorError, FederatedConnector } from "../../../sandbox/federation/connector";
import type { FederatedTable, Part, Scan } from "../../../sandbox/federation/connector";
import { clients } from "../gateway/clients";
import type { Clients } from "../gateway/clients";
import { PRODUCER, needsConnector, sharedConnector } from "../connector/producer";

function text(row: Record<string, Cell>, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : expect.fail(`${column} is no text`);
}

describe("federation: AWS's DynamoDB connector", () => {
  let made: Clients;
  let connector: FederatedConnector;
  let bucket: string;

  before(async function () {
    needsConnector(this);
    made = await clients();
    const { arn, spill } = await sharedConnector(made);
    bucket = spill.bucket;
    const lambda = await made.in(LambdaClient, PRODUCER);
    const s3 = await made.in(S3Client, PRODUCER);
    connector = new FederatedConnector(
      {
        functionArn: arn,
        invoke: async (request) => {
          const { FunctionError, Payload } = await lambda.send(
            new InvokeCommand({ FunctionName: arn, Payload: request }),
          );
          return { isError: FunctionError !== undefined, payload: Buffer.from(Payload ?? []) };
        },
        readObject: async (Bucket, Key) => {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
          return Buffer.from((await Body?.transformToByteArray()) ?? []);
        },
      },
      {
        account: PRODUCER,
        arn: `arn:aws:iam::${PRODUCER}:user/analyst`,
        queryId: "q",
        catalogName: "acct1dynamodb",
      },
    );
  });

  const parts = async (table: FederatedTable, scan?: Scan): Promise<Part[]> => {
    const all: Part[] = [];
    for await (const part of connector.scan(table, scan)) all.push(part);
    return all;
  };
  const rows = async (table: FederatedTable, scan?: Scan): Promise<Record<string, Cell>[]> =>
    (await parts(table, scan))
      .flatMap((part) => rowsOf(part.rows))
      .sort((a, b) => (text(a, "SongTitle") < text(b, "SongTitle") ? -1 : 1));
  const spilled = async (): Promise<number> => {
    const s3 = await made.in(S3Client, PRODUCER);
    return (await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount ?? 0;
  };

  it("answers a ping", async () => {
    expect(await connector.ping()).to.deep.include({ sourceType: "ddb", serDeVersion: 5 });
  });

  it("lists schemas, and tables over several pages", async () => {
    expect(await connector.schemas()).to.deep.equal(["default"]);
    const names: string[] = [];
    for await (const { tableName } of connector.tables("default", 4)) names.push(tableName);
    const more = Array.from({ length: 13 }, (_, i) => `table${10 + i}`);
    expect(names.sort()).to.deep.equal(["large", "music", ...more]);
  });

  it("reads a table's schema: names as written, numbers as decimals", async () => {
    const { schema, name, partitionColumns } = await connector.table("default", "music");
    expect(name).to.deep.equal({ schemaName: "default", tableName: "music" });
    expect(partitionColumns).to.deep.equal([]);
    const fields = Object.fromEntries(schema.fields.map((field) => [field.name, String(field.type)]));
    expect(fields).to.deep.equal({
      Artist: "Utf8",
      SongTitle: "Utf8",
      AlbumTitle: "Utf8",
      Awards: "Decimal[38e+9]",
      Price: "Decimal[38e+9]",
    });
  });

  const song = (
    Artist: string,
    SongTitle: string,
    AlbumTitle: string,
    Awards: string,
    Price: string,
  ): object => ({
    Artist,
    SongTitle,
    AlbumTitle,
    Awards,
    Price,
  });
  const music = [
    song("No One You Know", "Call Me Today", "Somewhat Famous", "1", "2.5"),
    song("Acme Band", "Happy Day", "Songs About Life", "10", "0.99"),
    song("No One You Know", "My Dog Spot", "Hey Now", "2", "-0.1"),
    song("Acme Band", "PartiQL Rocks", "Another Album Title", "1234567890123456789", "1.000000001"),
  ];

  it("reads every row, with its numbers exact", async () => {
    expect(await rows(await connector.table("default", "music"))).to.deep.equal(music);
  });

  it("reads the columns asked for, in their order", async () => {
    const found = await parts(await connector.table("default", "music"), { columns: ["Price", "SongTitle"] });
    expect(found.map((part) => part.rows.schema.fields.map(({ name }) => name))).to.deep.equal([
      ["Price", "SongTitle"],
    ]);
    expect(found.flatMap((part) => rowsOf(part.rows)).map((row) => row["Price"])).to.have.members([
      "2.5",
      "0.99",
      "-0.1",
      "1.000000001",
    ]);
  });

  const predicates: [string, NonNullable<Scan["predicate"]>, string[]][] = [
    ["the hash key", { Artist: { oneOf: ["Acme Band"] } }, ["Happy Day", "PartiQL Rocks"]],
    [
      "hash key and sort key",
      {
        Artist: { oneOf: ["Acme Band", "No One You Know"] },
        SongTitle: { from: { value: "M", inclusive: true } },
      },
      ["My Dog Spot", "PartiQL Rocks"],
    ],
    ["one number", { Price: { oneOf: ["1.000000001"] } }, ["PartiQL Rocks"]],
    [
      "a range of numbers",
      { Price: { from: { value: 0.99, inclusive: false } } },
      ["Call Me Today", "PartiQL Rocks"],
    ],
    [
      "both ends of a range",
      { Awards: { from: { value: 2, inclusive: true }, to: { value: 10, inclusive: true } } },
      ["Happy Day", "My Dog Spot"],
    ],
    ["no value", { Artist: { oneOf: ["Nobody"] } }, []],
  ];
  for (const [name, predicate, songs] of predicates)
    it(`hands a predicate over: ${name}`, async () => {
      const found = await rows(await connector.table("default", "music"), { predicate });
      expect(found.map((row) => row["SongTitle"])).to.deep.equal(songs);
    });

  it("fetches and decrypts what the connector spilled, in one block or several", async () => {
    const table = await connector.table("default", "large");
    const lyrics = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i));
    const before = await spilled();
    for (const [blockBytes, blocks] of [
      [16_000_000, [1, 1]],
      [2_000_000, [3, 20]],
    ] as const) {
      const found = await parts(table, { blockBytes });
      expect(found.length).to.be.within(blocks[0], blocks[1]);
      for (const { spilledTo } of found) expect(spilledTo).to.match(/^athena-spill\/q\//);
      const all = found.flatMap((part) => rowsOf(part.rows)).map((row) => text(row, "Lyrics"));
      expect(all.map((lyric) => `${lyric.length} ${lyric.charAt(0)}`).sort()).to.deep.equal(
        lyrics.map((letter) => `380000 ${letter}`),
      );
    }
    expect((await spilled()) - before).to.be.greaterThan(3);
  });

  it("is refused an answer above Lambda's 6 MB", async () => {
    const table = await connector.table("default", "large");
    let fault: unknown;
    await parts(table, { inlineBytes: 100_000_000 }).catch((error: unknown) => (fault = error));
    expect(fault).to.be.instanceOf(ConnectorError);
    expect((fault as ConnectorError).errorType).to.equal("Function.ResponseSizeTooLarge");
    expect((fault as ConnectorError).errorMessage).to.equal(
      "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    );
  });

  it("says in Athena's words what the connector throws", async () => {
    let fault: unknown;
    await connector.table("default", "nothing").catch((error: unknown) => (fault = error));
    expect(fault).to.be.instanceOf(ConnectorError);
    const { message, errorType, errorMessage } = fault as ConnectorError;
    expect(message).to.equal(
      `GENERIC_USER_ERROR: Encountered an exception[${errorType}] from your LambdaFunction[arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb] executed in context[retrieving meta-data] with message[${errorMessage}]`,
    );
    // DynamoDB does not say whether a table is there to a role that may not look.
    expect(errorMessage).to.match(
      /^User: arn:aws:sts::\d{12}:assumed-role\/\S+ is not authorized to perform: dynamodb:\w+ on resource: \S+:table\/nothing /,
    );
    expect(errorType).to.match(/^(com\.amazonaws|software\.amazon)/);
  });
});
