import {
  AthenaClient,
  BatchGetQueryExecutionCommand,
  CreateWorkGroupCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetQueryRuntimeStatisticsCommand,
  ListQueryExecutionsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  UpdateWorkGroupCommand,
} from "@aws-sdk/client-athena";
import type { StartQueryExecutionCommandInput } from "@aws-sdk/client-athena";
import { CreateDatabaseCommand, CreateTableCommand, GlueClient } from "@aws-sdk/client-glue";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { Queries } from "../../../sandbox/gateway/athena/queries";
import type { Cloud } from "../../../sandbox/gateway/context";
import type { GatewayState } from "../../../sandbox/gateway/state";
import { clients } from "./clients";
import type { Clients } from "./clients";
import { ended, fault, rows, rowsOf } from "./queries";
import type { Row } from "./queries";
import { refusal } from "./refusal";

const ACCOUNT = "130000000831";
const STRANGER = "230000000831";
const BUCKET = `results-${ACCOUNT}`;
const UNKNOWN = "00000000-0000-0000-0000-000000000000";

describe("gateway: Athena's query executions", () => {
  let made: Clients;
  let athena: AthenaClient;

  const group = (Name: string, configuration: object): Promise<unknown> =>
    athena.send(new CreateWorkGroupCommand({ Name, Configuration: configuration }));

  /** A new role of the account, with these statements. */
  const as = async (RoleName: string, ...statements: object[]): Promise<AthenaClient> => {
    const iam = await made.in(IAMClient, ACCOUNT);
    const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
    const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
    const trust = document({ Effect: "Allow", Principal, Action: "sts:AssumeRole" });
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    const own = { RoleName, PolicyName: "own", PolicyDocument: document(...statements) };
    await iam.send(new PutRolePolicyCommand(own));
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${RoleName}`;
    return made.with(AthenaClient, await made.assume(await made.credentials(ACCOUNT), { RoleArn }));
  };

  before(async () => {
    made = await clients();
    athena = await made.in(AthenaClient, ACCOUNT);
    const s3 = await made.in(S3Client, ACCOUNT);
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await s3.send(new CreateBucketCommand({ Bucket: `data-${ACCOUNT}` }));
    await s3.send(
      new PutObjectCommand({
        Bucket: `data-${ACCOUNT}`,
        Key: "big/a.csv",
        Body: `${"x".repeat(5_500_000)}\n`,
      }),
    );
    await s3.send(
      new PutObjectCommand({
        Bucket: `data-${ACCOUNT}`,
        Key: "big/b.csv",
        Body: `${"y".repeat(5_500_000)}\n`,
      }),
    );
    const glue = await made.in(GlueClient, ACCOUNT);
    for (const Name of ["sales", "default"])
      await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name } }));
    for (const [DatabaseName, Name] of [
      ["sales", "big"],
      ["default", "Notes"],
    ] as const)
      await glue.send(
        new CreateTableCommand({
          DatabaseName,
          TableInput: {
            Name: Name.toLowerCase(),
            PartitionKeys: Name === "Notes" ? [{ Name: "day", Type: "string", Comment: "of writing" }] : [],
            StorageDescriptor: {
              Location: `s3://data-${ACCOUNT}/${Name}/`,
              Columns: [{ Name: "line", Type: "string" }],
              SerdeInfo: { SerializationLibrary: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe" },
            },
          },
        }),
      );
    await group("plain", { ResultConfiguration: { OutputLocation: `s3://${BUCKET}/plain` } });
  });

  const plain = (
    QueryString: string,
    more: Partial<StartQueryExecutionCommandInput> = {},
  ): StartQueryExecutionCommandInput => ({
    QueryString,
    WorkGroup: "plain",
    ...more,
  });
  const first = async (
    sql: string,
    more: Partial<StartQueryExecutionCommandInput> = {},
  ): Promise<Row | undefined> => (await rows(athena, plain(sql, more)))[1];

  it("are shown as Athena shows them", async () => {
    const { Status, Statistics, QueryExecutionId, ...query } = await ended(
      athena,
      plain("SELECT 1", { QueryExecutionContext: { Catalog: "AwsDataCatalog", Database: "sales" } }),
    );
    expect(query).to.deep.equal({
      Query: "SELECT 1",
      StatementType: "DML",
      SubstatementType: "SELECT",
      ResultConfiguration: { OutputLocation: `s3://${BUCKET}/plain/${QueryExecutionId ?? ""}.csv` },
      QueryExecutionContext: { Catalog: "awsdatacatalog", Database: "sales" },
      WorkGroup: "plain",
      EngineVersion: { SelectedEngineVersion: "AUTO", EffectiveEngineVersion: "Athena engine version 3" },
    });
    expect(Status).to.have.keys("State", "SubmissionDateTime", "CompletionDateTime");
    expect(Statistics).to.include({ DataScannedInBytes: 0 });
    const { QueryRuntimeStatistics } = await athena.send(
      new GetQueryRuntimeStatisticsCommand({ QueryExecutionId }),
    );
    expect(QueryRuntimeStatistics?.Rows).to.deep.equal({ InputBytes: 0, OutputRows: 1, OutputBytes: 12 });
  });

  it("describe their columns with Athena's types, and write values as Athena does", async () => {
    const { QueryExecutionId, Status } = await ended(
      athena,
      plain(
        "SELECT CAST(1 AS tinyint) a, 2 b, CAST(3 AS bigint) c, CAST(1.5 AS decimal(10,2)) d, 1e20 e, CAST(0.1 AS double) f, 'x' g, true h, " +
          "DATE '2020-01-01' i, TIMESTAMP '2020-01-01 12:34:56.789123' j, ARRAY[1, NULL] k, MAP(ARRAY['b','a'], ARRAY[1,2]) l, " +
          "CAST(1.5 AS real) m, sum(2) n, count(*) FROM (VALUES (1))",
      ),
    );
    expect(Status?.State, Status?.StateChangeReason).to.equal("SUCCEEDED");
    const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }));
    const infos = ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
    expect(infos.map(({ Name, Type, Precision, Scale }) => [Name, Type, Precision, Scale])).to.deep.equal([
      ["a", "tinyint", 3, 0],
      ["b", "integer", 10, 0],
      ["c", "bigint", 19, 0],
      ["d", "decimal", 10, 2],
      ["e", "double", 17, 0],
      ["f", "double", 17, 0],
      ["g", "varchar", 2147483647, 0],
      ["h", "boolean", 0, 0],
      ["i", "date", 0, 0],
      ["j", "timestamp", 3, 0],
      ["k", "array", 0, 0],
      ["l", "map", 0, 0],
      ["m", "float", 17, 0],
      ["n", "bigint", 19, 0],
      ["_col14", "bigint", 19, 0],
    ]);
    expect(infos[6]).to.deep.equal({
      ...{ CatalogName: "hive", SchemaName: "", TableName: "", Name: "g", Label: "g", Type: "varchar" },
      ...{ Precision: 2147483647, Scale: 0, Nullable: "UNKNOWN", CaseSensitive: true },
    });
    expect((await rowsOf(athena, QueryExecutionId))[1]).to.deep.equal(
      [
        "1",
        "2",
        "3",
        "1.50",
        "1.0E20",
        "0.1",
        "x",
        "true",
        "2020-01-01",
        "2020-01-01 12:34:56.789123",
      ].concat(["[1, null]", "{a=2, b=1}", "1.5", "2", "1"]),
    );
  });

  it("come page by page, the header first", async () => {
    const { QueryExecutionId } = await ended(
      athena,
      plain("SELECT i, repeat('é\"', 700) AS t FROM range(2500) r(i) ORDER BY i"),
    );
    const sizes: number[] = [];
    let NextToken: string | undefined;
    const seen: string[] = [];
    do {
      const page = await athena.send(
        new GetQueryResultsCommand({
          QueryExecutionId,
          MaxResults: 1000,
          ...(NextToken === undefined ? {} : { NextToken }),
        }),
      );
      const of = page.ResultSet?.Rows ?? [];
      sizes.push(of.length);
      seen.push(...of.map(({ Data }) => Data?.[0]?.VarCharValue ?? ""));
      for (const { Data } of of.slice(1)) expect(Data?.[1]?.VarCharValue).to.equal('é"'.repeat(700));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).to.deep.equal([1000, 1000, 501]);
    expect(seen).to.deep.equal(["i", ...Array.from({ length: 2500 }, (_, i) => String(i))]);
    for (const wrong of [{ MaxResults: 1001 }, { MaxResults: 0 }, { NextToken: "!" }])
      expect(
        (await refusal(athena.send(new GetQueryResultsCommand({ QueryExecutionId, ...wrong })))).code,
      ).to.equal("InvalidRequestException");
  });

  it("are started once for one token", async () => {
    const ClientRequestToken = "t".repeat(32);
    const start = (input: Partial<StartQueryExecutionCommandInput> = {}): Promise<string | undefined> =>
      athena
        .send(new StartQueryExecutionCommand(plain("SELECT 1", { ClientRequestToken, ...input })))
        .then(({ QueryExecutionId }) => QueryExecutionId);
    const [one, two] = await Promise.all([start(), start()]);
    expect(two).to.equal(one);
    expect(await start()).to.equal(one);
    expect(await refusal(start({ QueryString: "SELECT 2" }))).to.deep.equal({
      code: "InvalidRequestException",
      status: 400,
      message: "Idempotent parameters do not match",
    });
    expect((await refusal(start({ ClientRequestToken: "short" }))).message).to.equal(
      "1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32",
    );
  });

  it("are listed by workgroup, the newest first, and got in one call", async () => {
    await group("listed", { ResultConfiguration: { OutputLocation: `s3://${BUCKET}/listed/` } });
    const ids: (string | undefined)[] = [];
    for (const sql of ["SELECT 1", "SELECT nothing"])
      ids.unshift((await ended(athena, { QueryString: sql, WorkGroup: "listed" })).QueryExecutionId);
    const { QueryExecutionIds } = await athena.send(new ListQueryExecutionsCommand({ WorkGroup: "listed" }));
    expect(QueryExecutionIds).to.deep.equal(ids);
    const { QueryExecutions, UnprocessedQueryExecutionIds } = await athena.send(
      new BatchGetQueryExecutionCommand({
        QueryExecutionIds: [...ids, UNKNOWN].filter((id) => id !== undefined),
      }),
    );
    expect(QueryExecutions?.map(({ Status }) => Status?.State)).to.deep.equal(["FAILED", "SUCCEEDED"]);
    expect(UnprocessedQueryExecutionIds).to.deep.equal([
      {
        QueryExecutionId: UNKNOWN,
        ErrorCode: "InvalidRequestException",
        ErrorMessage: `QueryExecution ${UNKNOWN} was not found`,
      },
    ]);
  });

  it("are stopped, and give their places to others", async () => {
    const sql = "SELECT count(*) FROM range(3000000) a(i), range(3000000) b(j) WHERE i * j % 7 = 3";
    // As many as run at a time.
    const ids: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++)
      ids.push((await athena.send(new StartQueryExecutionCommand(plain(sql)))).QueryExecutionId);
    for (const QueryExecutionId of ids) {
      const results = new GetQueryResultsCommand({ QueryExecutionId });
      expect((await refusal(athena.send(results))).message).to.match(
        /^Query has not yet finished\. Current state: (QUEUED|RUNNING)$/,
      );
      await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
      expect(QueryExecution?.Status?.State).to.equal("CANCELLED");
      expect(QueryExecution?.Status?.StateChangeReason).to.equal("Query cancelled by user");
      expect((await refusal(athena.send(results))).message).to.equal("Could not find results");
    }
    expect(await first("SELECT 1")).to.deep.equal(["1"]);
  });

  it("are FAILED when the sandbox was stopped while they ran", () => {
    const query = {
      ...{
        id: "q",
        account: ACCOUNT,
        region: "us-east-1",
        workGroup: "plain",
        query: "SELECT 1",
        parameters: [],
      },
      ...{
        statementType: "DML",
        substatementType: "SELECT",
        token: "t",
        results: { OutputLocation: "s3://b/q.csv" },
      },
      ...{ submitted: 1, bytesScanned: 0 },
    } as const;
    const key = `${ACCOUNT}/us-east-1/q`;
    const states = ["QUEUED", "RUNNING", "SUCCEEDED", "CANCELLED"] as const;
    const after = states.map((state) => {
      const kept = { queryExecutions: { [key]: { ...query, state } } } as unknown as GatewayState;
      const cloud = { state: kept, changed: () => undefined } as unknown as Cloud;
      new Queries(cloud, () => expect.fail("nothing is run"), "/nowhere").endInterrupted();
      return [kept.queryExecutions[key]?.state, kept.queryExecutions[key]?.reason];
    });
    const stopped = ["FAILED", "the sandbox was stopped while the query ran"];
    expect(after).to.deep.equal([stopped, stopped, ["SUCCEEDED", undefined], ["CANCELLED", undefined]]);
  });

  it("run several at a time, and the others after them", async () => {
    const many = await Promise.all(Array.from({ length: 12 }, (_, i) => first(`SELECT ${i}`)));
    expect(many).to.deep.equal(Array.from({ length: 12 }, (_, i) => [String(i)]));
  });

  it("have no rows when they failed, or when the result was deleted", async () => {
    const failed = await ended(athena, plain("SELECT nothing"));
    expect(
      await refusal(athena.send(new GetQueryResultsCommand({ QueryExecutionId: failed.QueryExecutionId }))),
    ).to.deep.equal({
      code: "InvalidRequestException",
      status: 400,
      message: "Query did not finish successfully. Final query state: FAILED",
    });
    const { QueryExecutionId } = await ended(athena, plain("SELECT 1"));
    const s3 = await made.in(S3Client, ACCOUNT);
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `plain/${QueryExecutionId ?? ""}.csv` }));
    expect((await refusal(athena.send(new GetQueryResultsCommand({ QueryExecutionId })))).message).to.equal(
      "Could not find results",
    );
  });

  describe("whose results Athena keeps (R71)", () => {
    const kept = { QueryString: "SELECT 'kept' AS how", WorkGroup: "kept" };
    before(() => group("kept", { ManagedQueryResultsConfiguration: { Enabled: true } }));

    it("need no place in S3, and are read by the right to the workgroup alone", async () => {
      const { ManagedQueryResultsConfiguration, ResultConfiguration } = await ended(athena, kept);
      expect([ManagedQueryResultsConfiguration, ResultConfiguration]).to.deep.equal([
        { Enabled: true },
        undefined,
      ]);
      expect(await rows(athena, kept)).to.deep.equal([["how"], ["kept"]]);
      const inGroup = (name: string) => ({
        Effect: "Allow",
        Action: ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"],
        Resource: `arn:aws:athena:us-east-1:${ACCOUNT}:workgroup/${name}`,
      });
      const reader = await as("reads-kept", inGroup("kept"));
      const other = await as("reads-plain", inGroup("plain"));
      expect(await rows(reader, kept)).to.deep.equal([["how"], ["kept"]]);
      const { QueryExecutionId } = await ended(athena, kept);
      expect((await refusal(other.send(new GetQueryResultsCommand({ QueryExecutionId })))).code).to.equal(
        "AccessDeniedException",
      );
    });

    it("take no place from the client or the configuration", async () => {
      const message = "ManagedQueryResultsConfiguration and ResultConfiguration cannot be set together.";
      const ResultConfiguration = { OutputLocation: `s3://${BUCKET}/` };
      const both = { ...kept, ResultConfiguration };
      expect((await refusal(athena.send(new StartQueryExecutionCommand(both)))).message).to.equal(message);
      const configuration = { ManagedQueryResultsConfiguration: { Enabled: true }, ResultConfiguration };
      expect((await refusal(group("both", configuration))).message).to.equal(message);
    });
  });

  describe("in their workgroup (R71)", () => {
    it("are cancelled when they scan more than it allows", async () => {
      await group("cheap", {
        BytesScannedCutoffPerQuery: 10_000_000,
        ResultConfiguration: { OutputLocation: `s3://${BUCKET}/` },
      });
      const input = { QueryString: "SELECT count(*) FROM sales.big", WorkGroup: "cheap" };
      const { Status } = await ended(athena, input);
      expect([Status?.State, Status?.StateChangeReason]).to.deep.equal([
        "CANCELLED",
        "Bytes scanned limit was exceeded",
      ]);
      expect(await rows(athena, { ...input, WorkGroup: "plain" })).to.deep.equal([["_col0"], ["2"]]);
    });

    it("are refused when it is disabled, or not there", async () => {
      await group("closed", { ResultConfiguration: { OutputLocation: `s3://${BUCKET}/` } });
      await athena.send(new UpdateWorkGroupCommand({ WorkGroup: "closed", State: "DISABLED" }));
      for (const [WorkGroup, message] of [
        ["closed", "WorkGroup closed is disabled."],
        ["nothing", "WorkGroup nothing is not found."],
      ])
        expect(await refusal(ended(athena, { QueryString: "SELECT 1", WorkGroup }))).to.deep.equal({
          code: "InvalidRequestException",
          status: 400,
          message,
        });
    });

    it("go where the client says, unless it enforces its own place", async () => {
      const ResultConfiguration = { OutputLocation: `s3://${BUCKET}/client/` };
      const enforced = await ended(athena, plain("SELECT 1", { ResultConfiguration }));
      expect(enforced.ResultConfiguration?.OutputLocation).to.match(/\/plain\//);
      await group("free", {
        EnforceWorkGroupConfiguration: false,
        ResultConfiguration: { OutputLocation: `s3://${BUCKET}/free/` },
      });
      const own = await ended(athena, { QueryString: "SELECT 1", WorkGroup: "free", ResultConfiguration });
      expect(own.ResultConfiguration?.OutputLocation).to.match(/\/client\//);
      const groups = await ended(athena, { QueryString: "SELECT 1", WorkGroup: "free" });
      expect(groups.ResultConfiguration?.OutputLocation).to.match(/\/free\//);
    });

    const places: readonly (readonly [title: string, results: object | undefined, message: RegExp])[] = [
      [
        "no place",
        undefined,
        /^No output location provided\. An output location is required either through the Workgroup/,
      ],
      [
        "a malformed place (e8)",
        { OutputLocation: "https://s3.amazonaws.com/b/" },
        /^outputLocation is not a valid S3 path\.$/,
      ],
      [
        "a bucket that is not there",
        { OutputLocation: "s3://nowhere-831/" },
        /^Unable to verify\/create output bucket nowhere-831 \(The specified bucket does not exist\)$/,
      ],
      [
        "somebody else's bucket (C22)",
        { OutputLocation: `s3://${BUCKET}/`, ExpectedBucketOwner: STRANGER },
        /^Unable to verify\/create output bucket results-\d+ \(it does not belong to the expected owner "230000000831"\)$/,
      ],
      [
        "a bucket of another Region (e4)",
        { OutputLocation: "s3://elsewhere-831/" },
        /is in the same region and try again\./,
      ],
    ];
    for (const [title, ResultConfiguration, message] of places)
      it(`are refused with ${title}`, async () => {
        if (title.includes("Region")) {
          const there = await made.in(S3Client, ACCOUNT, "eu-west-1");
          await there.send(
            new CreateBucketCommand({
              Bucket: "elsewhere-831",
              CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
            }),
          );
        }
        const input = {
          QueryString: "SELECT 1",
          ...(ResultConfiguration === undefined ? {} : { ResultConfiguration }),
        };
        const said = await refusal(ended(athena, input));
        expect([said.code, said.status]).to.deep.equal(["InvalidRequestException", 400]);
        expect(said.message).to.match(message);
      });

    it("encrypt results with its key, which the caller must be allowed to use, to write and to read (R13)", async () => {
      const kms = await made.in(KMSClient, ACCOUNT);
      const KmsKey = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
      await group("keyed", {
        ResultConfiguration: {
          OutputLocation: `s3://${BUCKET}/keyed/`,
          EncryptionConfiguration: { EncryptionOption: "SSE_KMS", KmsKey },
        },
      });
      const input = { QueryString: "SELECT 1 AS a", WorkGroup: "keyed" };
      const own = { Effect: "Allow", Action: ["athena:*", "s3:*"], Resource: "*" };
      const keyed = (Action: string) => ({
        ...{ Effect: "Allow", Action, Resource: KmsKey },
        Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
      });
      const { state, reason } = await fault(await as("no-key", own), input);
      expect(state).to.equal("FAILED");
      expect(reason).to.match(
        /^Access denied when writing output to url: .* is not authorized to perform: kms:GenerateDataKey on resource: /,
      );
      const writer = await as("writer", own, keyed("kms:GenerateDataKey"));
      const { QueryExecutionId, Status } = await ended(writer, input);
      expect(Status?.State, Status?.StateChangeReason).to.equal("SUCCEEDED");
      expect((await refusal(rowsOf(writer, QueryExecutionId))).message).to.contain(
        "is not authorized to perform: kms:Decrypt on resource:",
      );
      expect(await rowsOf(await as("reader", own, keyed("kms:Decrypt")), QueryExecutionId)).to.deep.equal([
        ["a"],
        ["1"],
      ]);
      const s3 = await made.in(S3Client, ACCOUNT);
      const head = await s3.send(
        new HeadObjectCommand({ Bucket: BUCKET, Key: `keyed/${QueryExecutionId ?? ""}.csv` }),
      );
      expect([head.ServerSideEncryption, head.SSEKMSKeyId]).to.deep.equal(["aws:kms", KmsKey]);
    });
  });

  describe("of SQL", () => {
    const answers: readonly (readonly [sql: string, ...row: (string | null)[]])[] = [
      ["WITH a AS (SELECT 1 x), b AS (SELECT x + 1 y FROM a) SELECT y FROM b", "2"],
      [
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r",
        "15",
      ],
      ["SELECT count(*) FROM default.notes", "0"],
      ['SELECT count(*) FROM AWSDATACATALOG."Default"."NOTES" AS n', "0"],
      ["SELECT count(*) FROM notes WHERE notes.line = 'x'", "0"],
      ["SELECT count(*) FROM default.notes n JOIN sales.big b ON n.line = b.line", "0"],
      ["SELECT x FROM UNNEST(ARRAY[7]) AS t(x)", "7"],
      [
        "SELECT 1234567890123456789 + 1, 12345678901234567890123",
        "1234567890123456790",
        "12345678901234567890123",
      ],
      [
        "SELECT date_format(TIMESTAMP '2020-01-02 03:04:05', '%Y-%m-%d %H:%i:%s %M')",
        "2020-01-02 03:04:05 January",
      ],
      ["SELECT date_parse('2020-01-02 03:04', '%Y-%m-%d %H:%i')", "2020-01-02 03:04:00.000"],
      [
        "SELECT date_add('day', 1, DATE '2020-01-31'), date_diff('day', DATE '2020-01-01', DATE '2020-01-31')",
        "2020-02-01 00:00:00.000",
        "30",
      ],
      [
        "SELECT from_unixtime(1577836800), to_unixtime(TIMESTAMP '2020-01-01 00:00:00')",
        "2020-01-01 00:00:00.000",
        "1.5778368E9",
      ],
      [
        "SELECT json_extract_scalar('{\"a\":\"x\"}', '$.a'), regexp_like('abc', 'b'), cardinality(ARRAY[1,2])",
        "x",
        "true",
        "2",
      ],
      ["SELECT array_join(transform(ARRAY[1,2], x -> x * 2), '-'), approx_distinct(1)", "2-4", "1"],
      ["-- SELECT 2\n/* SELECT 3; */ SELECT '--;' ;", "--;"],
    ];
    for (const [sql, ...row] of answers)
      it(`answers ${sql.replace("\n", " ")}`, async () => {
        expect(await first(sql)).to.deep.equal(row);
      });

    it("puts parameters in the place of ?: expressions, or else texts", async () => {
      expect(
        await first("SELECT ?, ?, ?, ?, '?'", { ExecutionParameters: ["'a'", "1 + 1", "it's", "abc"] }),
      ).to.deep.equal(["a", "2", "it's", "abc", "?"]);
      expect(
        await first("SELECT ?", { ExecutionParameters: ["(SELECT count(*) FROM sales.big)"] }),
      ).to.deep.equal(["(SELECT count(*) FROM sales.big)"]);
      expect(
        (await refusal(ended(athena, plain("SELECT ?, ?", { ExecutionParameters: ["1"] })))).message,
      ).to.equal("Incorrect number of parameters: expected 2 but found 1");
    });

    it("lists databases and tables, and describes a table, without a header", async () => {
      expect(await rows(athena, plain("SHOW DATABASES"))).to.deep.equal([["default"], ["sales"]]);
      expect(await rows(athena, plain("show databases like 's*'"))).to.deep.equal([["sales"]]);
      expect(await rows(athena, plain("SHOW TABLES IN sales"))).to.deep.equal([["big"]]);
      expect(await rows(athena, plain("DESCRIBE default.notes"))).to.deep.equal(
        [
          "line                \tstring              \t                    ",
          "day                 \tstring              \tof writing          ",
          "",
          "# Partition Information",
          "# col_name          \tdata_type           \tcomment             ",
          "",
          "day                 \tstring              \tof writing          ",
        ].map((line) => [line]),
      );
      for (const sql of ["EXPLAIN SELECT 1", "/* explain */ explain SELECT 1"])
        expect((await rows(athena, plain(sql)))[0]).to.deep.equal(["Query Plan"]);
    });

    const failures: readonly (readonly [sql: string, reason: string, type: number])[] = [
      [
        "SELECT *\nFROM sales.nothing",
        "TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.sales.nothing' does not exist",
        1301,
      ],
      ["SELECT * FROM nothing.big", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nothing' does not exist", 1301],
      [
        'SELECT * FROM "nothing"."sales"."big"',
        "CATALOG_NOT_FOUND: line 1:15: Catalog 'nothing' does not exist",
        1301,
      ],
      [
        "SELECT line, nope FROM sales.big",
        "COLUMN_NOT_FOUND: line 1:14: Column 'nope' cannot be resolved or requester is not authorized to access requested resources",
        1006,
      ],
      [
        "SELECT b.nope FROM sales.big b",
        "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester is not authorized to access requested resources",
        1006,
      ],
      ["SELECT nope(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nope' not registered", 1303],
      ["SELECT CAST('x' AS int)", "INVALID_CAST_ARGUMENT: Could not convert string 'x' to INT32", 1100],
    ];
    for (const [sql, reason, type] of failures)
      it(`fails: ${sql.replace("\n", " ")}`, async () => {
        const { Status } = await ended(athena, plain(sql));
        expect([Status?.State, Status?.StateChangeReason]).to.deep.equal(["FAILED", reason]);
        expect(Status?.AthenaError).to.deep.equal({
          ErrorCategory: 2,
          ErrorType: type,
          Retryable: false,
          ErrorMessage: reason,
        });
      });

    const malformed: readonly (readonly [sql: string, message: string])[] = [
      ["SELECT 1 FORM x y", "line 1:15: mismatched input 'x'"],
      ["SELECT (1", "line 1:10: mismatched input '<EOF>'"],
      ["SELECT 1; SELECT 2", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"],
    ];
    for (const [sql, message] of malformed)
      it(`is refused: ${sql}`, async () => {
        expect(await refusal(ended(athena, plain(sql)))).to.deep.equal({
          code: "InvalidRequestException",
          status: 400,
          message,
        });
      });

    it("reaches neither files nor the network nor settings", async () => {
      for (const sql of [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "../../etc/passwd"',
        "SELECT (SELECT count(*) FROM read_blob('/etc/*'))",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table('x')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM json_execute_serialized_sql('{}')",
        "SELECT current_setting('temp_directory')",
        "SELECT getenv('HOME')",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM pg_catalog.pg_class",
        "SELECT * FROM temp.main.x",
        'SELECT * FROM "memory".main.x',
        "SELECT * FROM default.duckdb_tables",
        "WITH f AS MATERIALIZED (SELECT * FROM parquet_scan('/x')) SELECT * FROM f",
        "SELECT x FROM UNNEST(ARRAY[1]) t(x), LATERAL (SELECT * FROM sniff_csv('/etc/passwd'))",
      ]) {
        const { state, reason } = await fault(athena, plain(sql));
        expect([sql, state]).to.deep.equal([sql, "FAILED"]);
        expect([sql, reason]).to.satisfy(
          ([, said]: string[]) =>
            /^(FUNCTION_NOT_FOUND|TABLE_NOT_FOUND|SCHEMA_NOT_FOUND|CATALOG_NOT_FOUND|NOT_SUPPORTED): /.test(
              said ?? "",
            ),
          `${sql}: ${reason}`,
        );
      }
      for (const sql of [
        "ATTACH '/tmp/x.db'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "SET memory_limit = '1TB'",
        "FROM read_csv('/etc/passwd')",
        "SUMMARIZE SELECT 1",
        "SELECT * FROM (DESCRIBE sales.big)",
        "SELECT * FROM (SHOW ALL TABLES)",
        "(PIVOT sales.big ON line)",
        "EXPLAIN COPY (SELECT 1) TO '/tmp/x'",
      ])
        expect([sql, (await refusal(ended(athena, plain(sql)))).code]).to.deep.equal([
          sql,
          "InvalidRequestException",
        ]);
      for (const sql of [
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO t VALUES (1)",
        "DROP TABLE sales.big",
        "UNLOAD (SELECT 1) TO 's3://x/'",
      ])
        expect(await refusal(ended(athena, plain(sql)))).to.deep.include({
          code: "NotImplemented",
          status: 501,
        });
    });
  });
});
