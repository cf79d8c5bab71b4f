import { AthenaClient, CreateDataCatalogCommand, CreateWorkGroupCommand } from "@aws-sdk/client-athena";
import { CreateDatabaseCommand, CreateTableCommand, GlueClient } from "@aws-sdk/client-glue";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { PRODUCER, REGION, allowInvoke, needsConnector, sharedConnector } from "../connector/producer";
import { clients } from "./clients";
import type { Clients } from "./clients";
import { ended, fault, rows, rowsOf } from "./queries";
import type { Row } from "./queries";
import { refusal } from "./refusal";

const SPOKE = "130000000811";
const OUTSIDER = "130000000812";
const [DATA, RESULTS] = [`data-${SPOKE}`, `results-${SPOKE}`];
const WORKGROUP = "sales";
const SPILL = `spill-acct1dynamodb-${PRODUCER}`;
const FUNCTION = `arn:aws:lambda:${REGION}:${PRODUCER}:function:acct1dynamodb`;

const allow = (Action: string | string[], Resource: string | string[]): object => ({
  Effect: "Allow",
  Action,
  Resource,
});
const athenaArn = (resource: string): string => `arn:aws:athena:${REGION}:${SPOKE}:${resource}`;
const glueArn = (resource: string): string => `arn:aws:glue:${REGION}:${SPOKE}:${resource}`;

/** What a join of the connector's table with one of Glue's needs, one permission by one. */
const PERMISSIONS = {
  "athena:StartQueryExecution": allow("athena:StartQueryExecution", athenaArn(`workgroup/${WORKGROUP}`)),
  "athena:GetQueryExecution": allow("athena:GetQueryExecution", athenaArn(`workgroup/${WORKGROUP}`)),
  "athena:GetQueryResults": allow("athena:GetQueryResults", athenaArn(`workgroup/${WORKGROUP}`)),
  "athena:GetDataCatalog": allow("athena:GetDataCatalog", athenaArn("datacatalog/acct1dynamodb")),
  "lambda:InvokeFunction": allow("lambda:InvokeFunction", FUNCTION),
  "s3:GetObject of the spill": allow("s3:GetObject", `arn:aws:s3:::${SPILL}/athena-spill/*`),
  "glue:GetDatabase": allow("glue:GetDatabase", [glueArn("catalog"), glueArn("database/default")]),
  "glue:GetTable": allow("glue:GetTable", [
    glueArn("catalog"),
    glueArn("database/sales"),
    glueArn("table/sales/orders"),
  ]),
  "s3:ListBucket of the data": {
    ...allow("s3:ListBucket", `arn:aws:s3:::${DATA}`),
    Condition: { StringLike: { "s3:prefix": "orders/*" } },
  },
  "s3:GetObject of the data": allow("s3:GetObject", `arn:aws:s3:::${DATA}/orders/*`),
  "s3:GetBucketLocation": allow("s3:GetBucketLocation", `arn:aws:s3:::${RESULTS}`),
  "s3:PutObject": allow("s3:PutObject", `arn:aws:s3:::${RESULTS}/athena/*`),
  "s3:GetObject of the result": allow("s3:GetObject", `arn:aws:s3:::${RESULTS}/athena/*`),
};
type Permission = keyof typeof PERMISSIONS;

const MUSIC = 'SELECT * FROM "acct1dynamodb"."default"."music" ORDER BY songtitle';
const JOIN =
  "SELECT o.id, o.quantity, m.artist, m.price FROM sales.orders o " +
  'JOIN "acct1dynamodb"."default"."music" m ON m.songtitle = o.song WHERE o.quantity > 1 ORDER BY o.id';
const LARGE = 'SELECT songtitle, length(lyrics) AS letters FROM acct1dynamodb."default".large ORDER BY 1';

describe("gateway: Athena's queries over a connector", () => {
  let made: Clients;

  before(async function () {
    needsConnector(this);
    made = await clients();
    await sharedConnector(made);
    await allowInvoke(made, PRODUCER, "acct1dynamodb", SPOKE);
    const spill = await made.in(S3Client, PRODUCER);
    await spill.send(
      new PutBucketPolicyCommand({
        Bucket: SPILL,
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              ...allow("s3:GetObject", `arn:aws:s3:::${SPILL}/athena-spill/*`),
              Principal: { AWS: [`arn:aws:iam::${SPOKE}:root`] },
            },
          ],
        }),
      }),
    );
    const s3 = await made.in(S3Client, SPOKE);
    for (const Bucket of [DATA, RESULTS]) await s3.send(new CreateBucketCommand({ Bucket }));
    const Body = "id,song,quantity\n1,Happy Day,3\n2,My Dog Spot,1\n3,Call Me Today,2\n4,Unknown,9\n";
    await s3.send(new PutObjectCommand({ Bucket: DATA, Key: "orders/2024.csv", Body }));
    await s3.send(new PutObjectCommand({ Bucket: DATA, Key: "orders/_SUCCESS", Body: "not data" }));
    const glue = await made.in(GlueClient, SPOKE);
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "sales" } }));
    await glue.send(
      new CreateTableCommand({
        DatabaseName: "sales",
        TableInput: {
          Name: "orders",
          Parameters: { "skip.header.line.count": "1" },
          StorageDescriptor: {
            Location: `s3://${DATA}/orders/`,
            Columns: [
              { Name: "id", Type: "int" },
              { Name: "song", Type: "string" },
              { Name: "quantity", Type: "bigint" },
            ],
            SerdeInfo: {
              SerializationLibrary: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
              Parameters: { "field.delim": "," },
            },
          },
        },
      }),
    );
    for (const account of [SPOKE, OUTSIDER]) {
      const athena = await made.in(AthenaClient, account);
      await athena.send(
        new CreateDataCatalogCommand({
          Name: "acct1dynamodb",
          Type: "LAMBDA",
          Parameters: { function: FUNCTION },
        }),
      );
    }
    const athena = await made.in(AthenaClient, SPOKE);
    await athena.send(
      new CreateWorkGroupCommand({
        Name: WORKGROUP,
        Configuration: {
          EnforceWorkGroupConfiguration: true,
          BytesScannedCutoffPerQuery: 50_000_000,
          ResultConfiguration: {
            OutputLocation: `s3://${RESULTS}/athena/`,
            ExpectedBucketOwner: SPOKE,
            EncryptionConfiguration: { EncryptionOption: "SSE_S3" },
          },
        },
      }),
    );
  });

  let roles = 0;
  /** Athena as a new role of the spoke that has every permission but one. */
  async function asRole(without?: Permission): Promise<AthenaClient> {
    const iam = await made.in(IAMClient, SPOKE);
    const RoleName = `analyst-${++roles}`;
    const document = (Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: document([
          { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${SPOKE}:root` }, Action: "sts:AssumeRole" },
        ]),
      }),
    );
    const statements = Object.entries(PERMISSIONS).flatMap(([name, statement]) =>
      name === without ? [] : [statement],
    );
    await iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument: document(statements) }),
    );
    const session = await made.assume(await made.credentials(SPOKE), {
      RoleArn: `arn:aws:iam::${SPOKE}:role/${RoleName}`,
    });
    return made.with(AthenaClient, session);
  }
  const caller = (): string => `User: arn:aws:sts::${SPOKE}:assumed-role/analyst-${roles}/test`;

  const inGroup = (QueryString: string): { QueryString: string; WorkGroup: string } => ({
    QueryString,
    WorkGroup: WORKGROUP,
  });

  const music: Row[] = [
    ["artist", "songtitle", "albumtitle", "awards", "price"],
    ["No One You Know", "Call Me Today", "Somewhat Famous", "1.000000000", "2.500000000"],
    ["Acme Band", "Happy Day", "Songs About Life", "10.000000000", "0.990000000"],
    ["No One You Know", "My Dog Spot", "Hey Now", "2.000000000", "-0.100000000"],
    ["Acme Band", "PartiQL Rocks", "Another Album Title", "1234567890123456789.000000000", "1.000000001"],
  ];

  it("return the sample items to a role with exactly the permissions needed", async () => {
    const [head = [], ...found] = await rows(await asRole(), inGroup(MUSIC));
    const order = (music[0] ?? []).map((name) => head.indexOf(name));
    expect([...head].sort()).to.deep.equal([...(music[0] ?? [])].sort());
    expect(found.map((row) => order.map((i) => row[i]))).to.deep.equal(music.slice(1));
  });

  it("join a connector's table with one of Glue's over CSV", async () => {
    expect(await rows(await asRole(), inGroup(JOIN))).to.deep.equal([
      ["id", "quantity", "artist", "price"],
      ["1", "3", "Acme Band", "0.990000000"],
      ["3", "2", "No One You Know", "2.500000000"],
    ]);
  });

  it("return every row of a table that spills", async () => {
    const query = await ended(await asRole(), inGroup(LARGE));
    expect(query.Status?.State, query.Status?.StateChangeReason).to.equal("SUCCEEDED");
    expect(query.Statistics?.DataScannedInBytes).to.be.greaterThan(20 * 380_000);
    const letters = await rows(await asRole(), inGroup(LARGE));
    expect(letters.length).to.equal(21);
    expect(new Set(letters.slice(1).map(([, length]) => length))).to.deep.equal(new Set(["380000"]));
  });

  describe("ask the connector for what they need", () => {
    const ITEM = 380_000;
    const large = 'acct1dynamodb."default".large';
    const asked: readonly (readonly [sql: string, first: string, mostItems: number])[] = [
      [`SELECT count(*) FROM ${large}`, "20", 1],
      [`SELECT max(songtitle) FROM ${large}`, "song 9", 1],
      [`SELECT length(lyrics) FROM ${large} WHERE artist = 'Large' AND songtitle = 'song 3'`, "380000", 2],
      [`SELECT count(lyrics) FROM ${large} WHERE songtitle IN ('song 3', 'song 4', 'nothing')`, "2", 3],
      [`SELECT count(lyrics) FROM ${large} WHERE songtitle = 'song 3' OR length(lyrics) > 1`, "20", 21],
      [`SELECT count(lyrics) FROM ${large} WHERE songtitle > 'song 5'`, "4", 21],
      [
        `SELECT count(a.lyrics) FROM ${large} a JOIN ${large} b ON a.songtitle = b.songtitle WHERE a.songtitle = 'song 3'`,
        "1",
        21,
      ],
      [
        `WITH s AS (SELECT * FROM ${large} WHERE songtitle <> 'song 0') SELECT songtitle FROM s ORDER BY 1 LIMIT 1`,
        "song 1",
        21,
      ],
      [`SELECT count(*) FROM (SELECT lyrics FROM ${large} LIMIT 3)`, "3", 21],
    ];
    for (const [sql, first, mostItems] of asked)
      it(`${sql.replaceAll(large, "large")} reads at most ${mostItems} of 20 items`, async () => {
        const athena = await asRole();
        const query = await ended(athena, inGroup(sql));
        expect(query.Status?.State, query.Status?.StateChangeReason).to.equal("SUCCEEDED");
        expect(query.Statistics?.DataScannedInBytes).to.be.within(1, mostItems * ITEM);
        expect((await rowsOf(athena, query.QueryExecutionId))[1]?.[0]).to.equal(first);
      });

    const numbers: readonly (readonly [where: string, titles: string[]])[] = [
      ["price = 0.99", ["Happy Day"]],
      ["awards > 2", ["Happy Day", "PartiQL Rocks"]],
      ["awards BETWEEN 1 AND 2 AND price < 0", ["My Dog Spot"]],
      ["1234567890123456789 = awards", ["PartiQL Rocks"]],
      ["price = 0.9900000000001", []],
      ["price <= -0.1", ["My Dog Spot"]],
      ["artist = 'acme band'", []],
    ];
    for (const [where, titles] of numbers)
      it(`and compare as SQL does: ${where}`, async () => {
        const sql = `SELECT songtitle FROM acct1dynamodb."default".music WHERE ${where} ORDER BY 1`;
        expect((await rows(await asRole(), inGroup(sql))).slice(1).map(([title]) => title)).to.deep.equal(
          titles,
        );
      });
  });

  const failures: readonly (readonly [
    without: Permission,
    sql: string,
    reason: (caller: string) => string,
  ])[] = [
    [
      "athena:GetDataCatalog",
      MUSIC,
      (who) =>
        `Insufficient permissions to execute the query. ${who} is not authorized to perform: athena:GetDataCatalog on resource: ` +
        `${athenaArn("datacatalog/acct1dynamodb")} because no identity-based policy allows the athena:GetDataCatalog action`,
    ],
    [
      "lambda:InvokeFunction",
      MUSIC,
      (who) =>
        `GENERIC_USER_ERROR: ${who} is not authorized to perform: lambda:InvokeFunction on resource: ${FUNCTION} ` +
        "because no identity-based policy allows the lambda:InvokeFunction action (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException)",
    ],
    [
      "s3:GetObject of the spill",
      LARGE,
      (who) =>
        `PERMISSION_DENIED: Permission denied on S3 path: s3://${SPILL}/athena-spill/KEY (${who} is not authorized to perform: s3:GetObject on resource: `,
    ],
    [
      "glue:GetDatabase",
      JOIN,
      (who) =>
        `Insufficient permissions to execute the query. ${who} is not authorized to perform: glue:GetDatabase on resource: ${glueArn("catalog")} ` +
        "because no identity-based policy allows the glue:GetDatabase action (Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException)",
    ],
    [
      "glue:GetTable",
      JOIN,
      (who) =>
        `Insufficient permissions to execute the query. ${who} is not authorized to perform: glue:GetTable on resource: ${glueArn("catalog")} ` +
        "because no identity-based policy allows the glue:GetTable action (Service: AWSGlue; Status Code: 400; Error Code: AccessDeniedException)",
    ],
    [
      "s3:ListBucket of the data",
      JOIN,
      (who) =>
        `PERMISSION_DENIED: Permission denied on S3 path: s3://${DATA}/orders/ (${who} is not authorized to perform: s3:ListBucket on resource: ` +
        `arn:aws:s3:::${DATA} because no identity-based policy allows the s3:ListBucket action (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied))`,
    ],
    [
      "s3:GetObject of the data",
      JOIN,
      (who) =>
        `PERMISSION_DENIED: Permission denied on S3 path: s3://${DATA}/orders/2024.csv (${who} is not authorized to perform: s3:GetObject on resource: ` +
        `arn:aws:s3:::${DATA}/orders/2024.csv because no identity-based policy allows the s3:GetObject action (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied))`,
    ],
    [
      "s3:PutObject",
      "SELECT 1",
      (who) =>
        `Access denied when writing output to url: s3://${RESULTS}/athena/ID.csv . Please ensure you are allowed to access the S3 bucket. ` +
        `If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key (${who} is not authorized to perform: ` +
        `s3:PutObject on resource: arn:aws:s3:::${RESULTS}/athena/ID.csv because no identity-based policy allows the s3:PutObject action)`,
    ],
  ];
  for (const [without, sql, reason] of failures)
    it(`fail without ${without}, and say so`, async () => {
      const athena = await asRole(without);
      const { Status, QueryExecutionId = "" } = await ended(athena, inGroup(sql));
      expect(Status?.State).to.equal("FAILED");
      const said = (Status?.StateChangeReason ?? "")
        .replaceAll(QueryExecutionId, "ID")
        .replace(/(athena-spill\/acct1dynamodb\/|athena-spill\/)[^ ]+ \(/, "athena-spill/KEY (");
      expect(said.slice(0, reason(caller()).length)).to.equal(reason(caller()));
      expect(Status?.AthenaError).to.include({ ErrorMessage: Status?.StateChangeReason, Retryable: false });
    });

  it("are refused without the right to start them, or to find the bucket of the result", async () => {
    expect(
      await refusal(ended(await asRole("athena:StartQueryExecution"), inGroup("SELECT 1"))),
    ).to.deep.include({
      code: "AccessDeniedException",
      status: 400,
    });
    const athena = await asRole("s3:GetBucketLocation");
    expect(await refusal(ended(athena, inGroup("SELECT 1")))).to.deep.equal({
      code: "InvalidRequestException",
      status: 400,
      message:
        `Unable to verify/create output bucket ${RESULTS} (${caller()} is not authorized to perform: s3:GetBucketLocation ` +
        `on resource: arn:aws:s3:::${RESULTS} because no identity-based policy allows the s3:GetBucketLocation action)`,
    });
  });

  it("show their rows only to those who may read them in S3 (GetQueryResults)", async () => {
    expect(await refusal(rows(await asRole("athena:GetQueryResults"), inGroup("SELECT 1")))).to.deep.include({
      code: "AccessDeniedException",
    });
    const { code, message } = await refusal(
      rows(await asRole("s3:GetObject of the result"), inGroup("SELECT 1")),
    );
    expect(code).to.equal("InvalidRequestException");
    expect(message).to.match(/^You do not seem to have access to the S3 location of your query results\./);
    expect(message).to.contain(
      `${caller()} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::${RESULTS}/athena/`,
    );
  });

  it("are closed to an account that the function's policy does not name", async () => {
    const athena = await made.in(AthenaClient, OUTSIDER);
    const s3 = await made.in(S3Client, OUTSIDER);
    await s3.send(new CreateBucketCommand({ Bucket: `results-${OUTSIDER}` }));
    const { state, reason } = await fault(athena, {
      QueryString: MUSIC,
      ResultConfiguration: { OutputLocation: `s3://results-${OUTSIDER}/` },
    });
    expect(state).to.equal("FAILED");
    expect(reason).to.contain(
      `is not authorized to perform: lambda:InvokeFunction on resource: ${FUNCTION} because no resource-based policy allows the lambda:InvokeFunction action`,
    );
  });

  it("report what the connector throws in Athena's words", async () => {
    const { state, reason } = await fault(
      await asRole(),
      inGroup('SELECT * FROM acct1dynamodb."default".nothing'),
    );
    expect(state).to.equal("FAILED");
    expect(reason).to.match(
      /^GENERIC_USER_ERROR: Encountered an exception\[[\w.]+\] from your LambdaFunction\[arn:aws:lambda:[^\]]+\] executed in context\[retrieving meta-data\] with message\[/,
    );
  });

  it("are kept as CSV where the workgroup says, encrypted as it says", async () => {
    const query = await ended(await asRole(), {
      ...inGroup("SELECT 1 AS a, NULL AS b, '' AS c, 'say \"hi\"' AS d"),
      ResultConfiguration: { OutputLocation: "s3://somewhere-else/" },
    });
    const Key = `athena/${query.QueryExecutionId ?? ""}.csv`;
    expect(query.ResultConfiguration?.OutputLocation).to.equal(`s3://${RESULTS}/${Key}`);
    const s3 = await made.in(S3Client, SPOKE);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: RESULTS, Key }));
    expect(await Body?.transformToString()).to.equal('"a","b","c","d"\n"1",,"","say ""hi"""\n');
    const { ServerSideEncryption } = await s3.send(new HeadObjectCommand({ Bucket: RESULTS, Key }));
    expect(ServerSideEncryption).to.equal("AES256");
  });
});
