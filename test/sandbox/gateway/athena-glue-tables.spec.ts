import { AthenaClient, CreateDataCatalogCommand, ListDatabasesCommand } from "@aws-sdk/client-athena";
import {
  CreateDatabaseCommand,
  CreatePartitionCommand,
  CreateTableCommand,
  GlueClient,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-glue";
import type { Column } from "@aws-sdk/client-glue";
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect } from "chai";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { clients } from "./clients";
import type { Clients } from "./clients";
import { ended, fault, rows } from "./queries";
import type { Row } from "./queries";
import { refusal } from "./refusal";

const ACCOUNT = "130000000821";
const OTHER = "130000000822";
const DATA = `data-${ACCOUNT}`;
const RESULTS = `s3://results-${ACCOUNT}/`;
const LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
const OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde";
const JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe";
const PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";

const columns = (text: string): Column[] =>
  text.split("; ").map((part) => {
    const [Name = "", Type = ""] = part.split(" ");
    return { Name, Type };
  });

describe("gateway: Athena's queries over Glue tables", () => {
  let made: Clients;
  let athena: AthenaClient;
  let s3: S3Client;
  let glue: GlueClient;

  before(async () => {
    made = await clients();
    athena = await made.in(AthenaClient, ACCOUNT);
    s3 = await made.in(S3Client, ACCOUNT);
    glue = await made.in(GlueClient, ACCOUNT);
    for (const Bucket of [DATA, `results-${ACCOUNT}`]) await s3.send(new CreateBucketCommand({ Bucket }));
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "sales" } }));
  });

  const put = async (Key: string, Body: string | Buffer): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: DATA, Key, Body }));
  };

  async function table(
    Name: string,
    of: string,
    SerializationLibrary: string,
    {
      serde = {},
      keys = "",
      parameters = {},
    }: { serde?: Record<string, string>; keys?: string; parameters?: Record<string, string> } = {},
  ): Promise<void> {
    await glue.send(
      new CreateTableCommand({
        DatabaseName: "sales",
        TableInput: {
          Name,
          Parameters: parameters,
          ...(keys === "" ? {} : { PartitionKeys: columns(keys) }),
          StorageDescriptor: {
            Location: `s3://${DATA}/${Name}`,
            Columns: columns(of),
            SerdeInfo: { SerializationLibrary, Parameters: serde },
          },
        },
      }),
    );
  }

  const select = (QueryString: string): Promise<Row[]> =>
    rows(athena, {
      QueryString,
      QueryExecutionContext: { Database: "sales" },
      ResultConfiguration: { OutputLocation: RESULTS },
    });
  const failing = (QueryString: string): ReturnType<typeof fault> =>
    fault(athena, {
      QueryString,
      QueryExecutionContext: { Database: "sales" },
      ResultConfiguration: { OutputLocation: RESULTS },
    });

  it("CSV of LazySimpleSerDe: what cannot be read is NULL, quotes mean nothing, fields may be missing or too many", async () => {
    await put(
      "lazy/a.csv",
      'i|s|d|b|t\n1|"x|1.50|TRUE|2020-01-01 10:00:00\nx|\\N|y|maybe|z\r\n3\n4|e\\|f|2|false|2020-01-01|9',
    );
    await put("lazy/b.csv.gz", gzipSync("i|s|d|b|t\n5|é|-1|true|\n"));
    await put("lazy/.hidden", "9|9|9|9|9\n");
    await put("lazyother/c.csv", "8|8|8|8|8\n");
    await table("lazy", "i int; s string; d decimal(10,2); b boolean; t timestamp", LAZY, {
      serde: { "field.delim": "|", "escape.delim": "\\" },
      parameters: { "skip.header.line.count": "1" },
    });
    expect(await select("SELECT * FROM lazy ORDER BY i NULLS FIRST")).to.deep.equal([
      ["i", "s", "d", "b", "t"],
      [null, "N", null, null, null],
      ["1", '"x', "1.50", "true", "2020-01-01 10:00:00.000"],
      ["3", null, null, null, null],
      ["4", "e|f", "2.00", "false", "2020-01-01 00:00:00.000"],
      ["5", "é", "-1.00", "true", null],
    ]);
  });

  it("CSV of OpenCSVSerde: quotes, escapes, days and milliseconds; bad data fails the query", async () => {
    await put("quoted/a.csv", '1,"a, ""b"" \\"c\\"",18262,1577836800123\n"2","",0,0\n');
    await table("quoted", "i int; s string; d date; t timestamp", OPEN_CSV, {
      serde: { separatorChar: ",", quoteChar: '"', escapeChar: "\\" },
    });
    expect(await select("SELECT * FROM quoted ORDER BY i")).to.deep.equal([
      ["i", "s", "d", "t"],
      ["1", 'a, "b" "c"', "2020-01-01", "2020-01-01 00:00:00.123"],
      ["2", "", "1970-01-01", "1970-01-01 00:00:00.000"],
    ]);
    await put("broken/a.csv", "one\n");
    await table("broken", "i int", OPEN_CSV);
    expect(await failing("SELECT * FROM broken")).to.deep.equal({
      state: "FAILED",
      reason: "HIVE_BAD_DATA: Could not convert string 'one' to INT32",
    });
  });

  it("JSON: members in any case, nested types, whole numbers with all their digits; broken lines as the SerDe says", async () => {
    await put(
      "json/a.json",
      '{"Id":1,"Name":"x","tags":["a","b"],"place":{"lat":1.5,"n":null},"big":1234567890123456789}\n{"id":2,"name":null,"m":{"k":1}}\n\n',
    );
    const of =
      "id int; name string; tags array<string>; place struct<lat:double,n:int>; big decimal(38,3); m map<string,int>";
    await table("json", of, JSON_SERDE);
    expect(await select("SELECT * FROM json ORDER BY id")).to.deep.equal([
      ["id", "name", "tags", "place", "big", "m"],
      ["1", "x", "[a, b]", "{lat=1.5, n=null}", "1234567890123456789.000", null],
      ["2", null, null, null, null, "{k=1}"],
    ]);
    expect(await select("SELECT tags[1] AS first, place.lat FROM json WHERE id = 1")).to.deep.equal([
      ["first", "lat"],
      ["a", "1.5"],
    ]);
    for (const lenient of ["false", "true"]) {
      await put(`brokenjson${lenient}/a.json`, '{"id":1}\n{"id":\n');
      await table(`brokenjson${lenient}`, "id int", JSON_SERDE, {
        serde: { "ignore.malformed.json": lenient },
      });
    }
    expect(await failing("SELECT * FROM brokenjsonfalse")).to.deep.equal({
      state: "FAILED",
      reason: "HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException",
    });
    expect(await select("SELECT id FROM brokenjsontrue ORDER BY 1 NULLS FIRST")).to.deep.equal([
      ["id"],
      [null],
      ["1"],
    ]);
  });

  describe("Parquet in partitions", () => {
    before(async () => {
      const folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-parquet-"));
      const duckDb = await (await DuckDBInstance.create(":memory:")).connect();
      const file = path.join(folder, "x.parquet");
      for (const year of [2023, 2024, 2025]) {
        await duckDb.run(
          `COPY (SELECT i AS "Id", 'y${year}-' || i AS note, repeat('x', 2000) AS filler FROM range(3) t(i)) TO '${file}'`,
        );
        await put(`events/year=${year}/part-0`, await readFile(file));
      }
      duckDb.closeSync();
      await rm(folder, { recursive: true });
      await table("events", "id bigint; note string; missing int", PARQUET, {
        keys: "year int; country string",
      });
      for (const year of ["2023", "2024", "2025"])
        await glue.send(
          new CreatePartitionCommand({
            DatabaseName: "sales",
            TableName: "events",
            PartitionInput: {
              Values: [year, year === "2025" ? "__HIVE_DEFAULT_PARTITION__" : "de"],
              StorageDescriptor: {
                Location: `s3://${DATA}/events/year=${year}/`,
                Columns: columns("id bigint; note string; missing int"),
                SerdeInfo: { SerializationLibrary: PARQUET },
              },
            },
          }),
        );
    });

    it("shows every row with the values of its partition", async () => {
      expect(
        await select("SELECT count(*), count(missing), count(country), sum(id), min(year) FROM events"),
      ).to.deep.equal([
        ["_col0", "_col1", "_col2", "_col3", "_col4"],
        ["9", "0", "6", "9", "2023"],
      ]);
      expect(await select("SELECT note FROM events WHERE year = 2024 AND id > 1")).to.deep.equal([
        ["note"],
        ["y2024-2"],
      ]);
    });

    const pruned: readonly (readonly [where: string, rows: string, partitions: number])[] = [
      ["year = 2024", "3", 1],
      ["2024 < year", "3", 1],
      ["year IN (2023, 2025)", "6", 2],
      ["year BETWEEN 2024 AND 2030", "6", 2],
      ["country = 'de'", "6", 2],
      ["country = 'fr'", "0", 0],
      ["year = 2024 OR country = 'de'", "6", 3],
      ["year + 0 = 2024", "3", 3],
      ["country IS NULL", "3", 3],
      ["year = '2024'", "3", 3],
    ];
    for (const [where, count, partitions] of pruned)
      it(`reads ${partitions} of 3 partitions for ${where}`, async () => {
        const input = (QueryString: string): object => ({
          QueryString,
          QueryExecutionContext: { Database: "sales" },
          ResultConfiguration: { OutputLocation: RESULTS },
        });
        const all = await ended(athena, input("SELECT count(note) FROM events") as { QueryString: string });
        const some = await ended(
          athena,
          input(`SELECT count(note) FROM events WHERE ${where}`) as { QueryString: string },
        );
        expect(some.Status?.State, some.Status?.StateChangeReason).to.equal("SUCCEEDED");
        // Three files of nearly the same size.
        const part = (all.Statistics?.DataScannedInBytes ?? 0) / 3;
        expect(Math.round((some.Statistics?.DataScannedInBytes ?? 0) / part)).to.equal(partitions);
        expect((await select(`SELECT count(note) FROM events WHERE ${where}`))[1]).to.deep.equal([count]);
      });
  });

  it("objects and places whose names have to be written otherwise in a URL", async () => {
    const keys = ["odd/x y+%41&.csv", "odd/a//b.csv", "odd/ü/../c#?.csv", "odd/d=1/e'.csv"];
    for (const [i, key] of keys.entries()) await put(key, `${i}\n`);
    await table("odd", "i int", LAZY);
    const input = {
      QueryString: "SELECT i FROM sales.odd ORDER BY 1",
      ResultConfiguration: { OutputLocation: `${RESULTS}a b/ü+%/` },
    };
    expect(await rows(athena, input)).to.deep.equal([["i"], ["0"], ["1"], ["2"], ["3"]]);
  });

  it("no other place than a bucket, whatever a table's location says", async () => {
    const places = [`${DATA}?prefix=lazy`, "moto-api", `x%2F..%2F${DATA}`, "nobody-has-this-bucket-821"];
    for (const [i, bucket] of places.entries()) {
      await glue.send(
        new CreateTableCommand({
          DatabaseName: "sales",
          TableInput: {
            Name: `place${i}`,
            StorageDescriptor: {
              Location: `s3://${bucket}/x`,
              Columns: columns("line string"),
              SerdeInfo: { SerializationLibrary: LAZY },
            },
          },
        }),
      );
      expect(await failing(`SELECT * FROM place${i}`)).to.deep.equal({
        state: "FAILED",
        reason:
          "HIVE_CURSOR_ERROR: The specified bucket does not exist (Service: Amazon S3; Status Code: 404; " +
          `Error Code: NoSuchBucket) (Path: s3://${bucket}/x/)`,
      });
    }
  });

  it("says what it does not read", async () => {
    await table("orc", "i int", "org.apache.hadoop.hive.ql.io.orc.OrcSerde");
    await table("iceberg", "i int", PARQUET, { parameters: { table_type: "ICEBERG" } });
    await table("projected", "i int", LAZY, {
      parameters: { "projection.enabled": "true" },
      keys: "day string",
    });
    for (const [name, why] of [
      ["orc", 'has the SerDe "org.apache.hadoop.hive.ql.io.orc.OrcSerde"'],
      ["iceberg", "is a table of ICEBERG"],
      ["projected", "uses partition projection"],
    ])
      expect(await failing(`SELECT * FROM ${name ?? ""}`)).to.deep.equal({
        state: "FAILED",
        reason: `NOT_SUPPORTED: table sales.${name ?? ""} ${why ?? ""}, which the sandbox does not read`,
      });
  });

  it("reads another account's Glue through a GLUE catalog, when both sides allow it (R18)", async () => {
    await made.credentials(OTHER);
    const other = await made.in(AthenaClient, OTHER);
    await other.send(
      new CreateDataCatalogCommand({ Name: "theirs", Type: "GLUE", Parameters: { "catalog-id": ACCOUNT } }),
    );
    const bucket = await made.in(S3Client, OTHER);
    await bucket.send(new CreateBucketCommand({ Bucket: `results-${OTHER}` }));
    const input = {
      QueryString: 'SELECT i FROM "theirs"."sales"."lazy" WHERE i = 5',
      ResultConfiguration: { OutputLocation: `s3://results-${OTHER}/` },
    };
    const closed = await fault(other, input);
    expect(closed.state).to.equal("FAILED");
    expect(closed.reason).to.match(
      /^Insufficient permissions to execute the query\. .* glue:GetTable on resource: arn:aws:glue:us-east-1:130000000821:catalog because no resource-based policy allows the glue:GetTable action/,
    );
    expect((await refusal(other.send(new ListDatabasesCommand({ CatalogName: "theirs" })))).code).to.equal(
      "MetadataException",
    );

    const arn = (resource: string): string => `arn:aws:glue:us-east-1:${ACCOUNT}:${resource}`;
    const policy = (Action: string[], Resource: string[]): string =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${OTHER}:root` }, Action, Resource }],
      });
    await glue.send(
      new PutResourcePolicyCommand({
        PolicyInJson: policy(
          ["glue:GetTable", "glue:GetDatabases"],
          [arn("catalog"), arn("database/sales"), arn("table/sales/*")],
        ),
      }),
    );
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket: DATA,
        Policy: policy(["s3:ListBucket", "s3:GetObject"], [`arn:aws:s3:::${DATA}`, `arn:aws:s3:::${DATA}/*`]),
      }),
    );
    expect(await rows(other, input)).to.deep.equal([["i"], ["5"]]);
    const { DatabaseList } = await other.send(new ListDatabasesCommand({ CatalogName: "theirs" }));
    expect(DatabaseList?.map(({ Name }) => Name)).to.deep.equal(["sales"]);
  });
});
