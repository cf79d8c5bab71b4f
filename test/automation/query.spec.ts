import { rm } from "node:fs/promises";
import { expect } from "chai";
import { NotExecuted, QueryFailed } from "../../automation/cloud/cloud";
import { RunnerError } from "../../automation/failure";
import { Interrupt } from "../../automation/interrupt";
import { query, type QueryOptions } from "../../automation/query";
import { spokeNamed } from "../../automation/spoke-name";
import { environmentWith, registeredSales, requestWith, SPOKE } from "../worlds";
import { type Chain, chain, failureOf, onboardedState, onboardInto } from "./chain";

const CALLER = "arn:aws:iam::100000000000:user/platform";
const OWN = "arn:aws:iam::133333333333:role/athena-spokes-spoke-deployer-dev";
const ANALYST = "arn:aws:iam::133333333333:role/analyst";
const ROLE_A = "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a";
const ROLE_B = "arn:aws:iam::133333333333:role/qs-athena-consumer-role";
const OUTSIDER = "arn:aws:iam::133333333333:role/outsider";
const DATA_SOURCE = "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-sales";
const MUSIC = 'SELECT * FROM "acct1dynamodb"."default"."music"';
const WORKGROUP = "workgroup dev-sales";
const CONNECTOR = "connector acct1dynamodb of producer music in 122222222222 (catalog acct1dynamodb)";
const RESULTS = "results below s3://dev-sales-athena-results-133333333333/results/";
const SPILL = "dev-music-athena-spill-122222222222";

describe("a query along the chain", () => {
  let world: Chain;
  beforeEach(async () => {
    world = await chain();
    const environment = environmentWith({ spokes: { sales: registeredSales } });
    world.engine.states.set("dev", { stack: "dev", outputs: { environment }, resources: [], pending: [] });
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...onboardedState() });
    onboardInto(world.cloud);
    world.cloud.account(SPOKE).rows = [
      ["artist", "awards"],
      ["Acme Band", "10"],
      ["No One", null],
    ];
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  /** What acts as Quick, as in a sandbox. */
  const asQuick: Chain["context"]["actAsQuick"] = () =>
    Promise.resolve({ accessKeyId: "ASIA", secretAccessKey: "secret" });

  async function run(sql: string, options: QueryOptions = {}, actAsQuick?: typeof asQuick) {
    const context = { ...world.context, ...(actAsQuick === undefined ? {} : { actAsQuick }) };
    return query(context, await spokeNamed(world.project, "sales"), sql, options);
  }

  async function refusal(sql: string, options: QueryOptions = {}, actAsQuick?: typeof asQuick) {
    const error = await failureOf(run(sql, options, actAsQuick));
    if (error instanceof RunnerError) return error;
    throw error;
  }

  /** The hops that were told, each as a line; the one that did not hold begins with a cross. */
  function toldHops(): string[] {
    return world.messages.flatMap((message) => {
      if (message.code !== "hop") return [];
      const { from, action, to } = message.hop;
      return [`${message.holds ? "" : "x "}${from} ${action} ${to}`];
    });
  }

  const toAnalyst = [`${CALLER} sts:AssumeRole ${OWN}`, `${OWN} sts:AssumeRole ${ANALYST}`];
  const toRoleB = (roleA: string) => [
    `Quick for data source ${DATA_SOURCE} sts:AssumeRole ${ROLE_A}`,
    `${roleA} sts:AssumeRole ${ROLE_B}`,
  ];
  const toData = (role: string) => [
    `${role} athena:StartQueryExecution ${WORKGROUP} of 133333333333`,
    `${WORKGROUP} lambda:InvokeFunction ${CONNECTOR}`,
    `${WORKGROUP} s3:PutObject ${RESULTS}`,
  ];

  it("runs as the analyst, answers the rows and tells each hop (R31, R33)", async () => {
    const result = await run(MUSIC);
    expect(result).to.deep.include({
      stack: "dev-sales",
      as: "analyst",
      roleArn: ANALYST,
      workgroup: "dev-sales",
      state: "SUCCEEDED",
      columns: ["artist", "awards"],
      rows: [
        ["Acme Band", "10"],
        ["No One", null],
      ],
      more: false,
      bytesScanned: 42,
    });
    expect(world.cloud.account(SPOKE).queries).to.deep.equal([
      { sql: MUSIC, workgroup: "dev-sales", rows: 100, as: ANALYST },
    ]);
    expect(toldHops()).to.deep.equal([...toAnalyst, ...toData(ANALYST)]);
    expect(result.hops.map(({ from, action, to }) => `${from} ${action} ${to}`)).to.deep.equal(toldHops());
  });

  it("says in workgroup primary where results go: the spoke's roles write nowhere else (C5, R93)", async () => {
    const outputLocation = "s3://results/quick/";
    const request = requestWith({ workgroup: { name: "primary", outputLocation } });
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...onboardedState(request) });
    await run(MUSIC);
    expect(world.cloud.account(SPOKE).queries).to.deep.equal([
      { sql: MUSIC, workgroup: "primary", outputLocation, rows: 100, as: ANALYST },
    ]);
  });

  for (const [as, roleA] of [
    ["quick", `${ROLE_A}, scoped down by Quick to Role B`],
    ["role-b", ROLE_A],
  ] as const)
    it(`runs as ${as} where somebody can act as Quick (R37, R69)`, async () => {
      const asked: unknown[] = [];
      await run(MUSIC, { as }, (wanted) => {
        asked.push(wanted);
        return Promise.resolve({ accessKeyId: "ASIA", secretAccessKey: "secret" });
      });
      expect(asked).to.deep.equal([{ dataSource: DATA_SOURCE, scopedDown: as === "quick" }]);
      expect(toldHops()).to.deep.equal([...toRoleB(roleA), ...toData(ROLE_B)]);
    });

  it("becomes no analyst that is a user, and says how that one queries", async () => {
    const request = requestWith({ analyst: "user/analyst" });
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...onboardedState(request) });
    expect((await run(MUSIC, {}, asQuick)).as).to.equal("role-b");
    const error = await refusal(MUSIC, { as: "analyst" });
    expect(error).to.include({ code: "query.unavailable", exitCode: 2 });
    expect(error.message).to.equal(
      `nobody becomes arn:aws:iam::${SPOKE}:user/analyst, a user: query with its own password in Athena's console, or with its own keys, in workgroup dev-sales`,
    );
  });

  for (const as of ["quick", "role-b"])
    it(`says that on AWS nobody but Quick is ${as}, and what to do instead, with exit 2`, async () => {
      const error = await refusal(MUSIC, { as });
      expect(error).to.include({ code: "query.unavailable", exitCode: 2 });
      expect(error.message).to.equal(
        `nobody but Quick can query as ${as}: Role A trusts quicksight.amazonaws.com only, and Role B only Role A; query --as analyst, or build a dataset on data source ${DATA_SOURCE} in Quick; in a rehearsal, --sandbox can`,
      );
      expect(world.cloud.account(SPOKE).queries).to.deep.equal([]);
    });

  it("runs as Role B where the spoke has no analyst, and says that there is none when it is asked for", async () => {
    const request = requestWith({ analyst: false });
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...onboardedState(request) });
    expect((await run(MUSIC, {}, asQuick)).as).to.equal("role-b");
    const error = await refusal(MUSIC, { as: "analyst" });
    expect(error).to.include({ code: "query.unavailable", exitCode: 2 });
    expect(error.message).to.match(/^spoke sales has no analyst: add `analyst: true` to its request/);
  });

  it("hands on catalog, database, limit and patience, and says whether there are more rows", async () => {
    const result = await run("SELECT * FROM orders", {
      catalog: "AwsDataCatalog",
      database: "sales",
      limit: 1,
      timeout: 7,
    });
    expect([result.rows, result.more]).to.deep.equal([[["Acme Band", "10"]], true]);
    expect(world.cloud.account(SPOKE).queries).to.deep.equal([
      {
        sql: "SELECT * FROM orders",
        workgroup: "dev-sales",
        catalog: "AwsDataCatalog",
        database: "sales",
        rows: 1,
        patience: 7000,
        as: ANALYST,
      },
    ]);
  });

  const glue = `${WORKGROUP} glue:GetTable Glue Data Catalog of 133333333333 (catalog AwsDataCatalog)`;
  const lambda = `${WORKGROUP} lambda:InvokeFunction ${CONNECTOR}`;
  for (const [sql, catalog, expected] of [
    ["SELECT 1", undefined, []],
    ["SELECT * FROM orders", "acct1dynamodb", [lambda]],
    ["SELECT * FROM ACCT1DYNAMODB.default.music", undefined, [lambda]],
    ["SELECT 'acct1dynamodb.x' -- acct1dynamodb.x\n/* acct1dynamodb.x */", undefined, []],
    ["SELECT * FROM sales.orders", undefined, [glue]],
    [
      `SELECT * FROM "AwsDataCatalog"."sales"."orders" JOIN ${MUSIC.slice(14)} ON true`,
      undefined,
      [lambda, glue],
    ],
  ] as const)
    it(`goes by the catalogs that are named in ${JSON.stringify(sql)}`, async () => {
      await run(sql, catalog === undefined ? {} : { catalog });
      expect(toldHops().slice(3, -1)).to.deep.equal(expected);
    });

  it("as an outsider is denied, with the hop and the way to go", async () => {
    world.cloud.account(SPOKE).roles.set("outsider", { trust: {}, policies: new Map(), tags: {} });
    const words =
      "User: arn:aws:sts::133333333333:assumed-role/outsider/athena-spokes is not authorized to perform: athena:StartQueryExecution on resource: arn:aws:athena:us-east-1:133333333333:workgroup/dev-sales because no identity-based policy allows the athena:StartQueryExecution action";
    world.cloud.account(SPOKE).refusal = new Error(words);
    const error = await refusal(MUSIC, { as: `${SPOKE}:outsider` });
    expect(error).to.include({ code: "query.failed", exitCode: 1 });
    expect(error.message).to.equal(
      [
        `hop 2 does not hold: ${words}`,
        `  ${OUTSIDER} -> athena:StartQueryExecution -> ${WORKGROUP} of 133333333333`,
        `  ${OUTSIDER} has no right to query here, which is as it should be for an outsider: query --as analyst`,
      ].join("\n"),
    );
    expect(toldHops()).to.deep.equal([
      `${CALLER} sts:AssumeRole ${OUTSIDER}`,
      `x ${OUTSIDER} athena:StartQueryExecution ${WORKGROUP} of 133333333333`,
    ]);
  });

  it("says which role cannot be assumed", async () => {
    const error = await refusal(MUSIC, { as: OUTSIDER });
    expect(error.message).to.equal(
      [
        "hop 1 does not hold: AccessDenied: there is no outsider",
        `  ${CALLER} -> sts:AssumeRole -> ${OUTSIDER}`,
        "  name a role that the credentials in use may assume, or query --as analyst",
      ].join("\n"),
    );
  });

  for (const [refused, hops] of [
    [ROLE_A, 1],
    [ROLE_B, 2],
  ] as const)
    it(`says that Quick's chain ends at ${refused} (e1, e7)`, async () => {
      const reason = "is not authorized to perform: sts:AssumeRole";
      const error = await refusal(MUSIC, { as: "quick" }, () => Promise.resolve({ refused, reason }));
      expect(error.code).to.equal("query.failed");
      expect(error.message).to.match(
        new RegExp(`^hop ${hops} does not hold: ${reason}\n.* -> ${refused}\n.*e1, e7`),
      );
      expect(toldHops().map((hop) => hop.startsWith("x "))).to.deep.equal(
        Array.from({ length: hops }, (_, index) => index === hops - 1),
      );
    });

  const denied = (action: string, resource: string) =>
    `User: arn:aws:sts::133333333333:assumed-role/analyst/athena-spokes is not authorized to perform: ${action} on resource: ${resource}`;
  const failures: readonly {
    name: string;
    reason: string;
    hop?: RegExp;
    remedy: RegExp;
    exit: 1 | 2;
  }[] = [
    {
      name: "the connector may not be invoked (R29, R31)",
      reason: `GENERIC_USER_ERROR: ${denied("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb")}`,
      hop: /^hop 4 does not hold: .*\n {2}query q-1: FAILED\n {2}\S+analyst -> lambda:InvokeFunction -> connector acct1dynamodb of producer music/m,
      remedy: /`spokes verify dev-sales` says which document/,
      exit: 1,
    },
    {
      name: "what was spilled may not be read (e2)",
      reason: `GENERIC_USER_ERROR: ${denied("s3:GetObject", `"arn:aws:s3:::${SPILL}/athena-spill/acct1dynamodb/x"`)}`,
      hop: new RegExp(`-> s3:GetObject -> spill bucket ${SPILL}`),
      remedy: /\(e2, R7\)/,
      exit: 1,
    },
    {
      name: "the spill is refused in S3's own words (e2)",
      reason: `Access Denied (Service: Amazon S3; Status Code: 403) reading s3://${SPILL}/athena-spill/acct1dynamodb/x`,
      hop: new RegExp(`-> s3:GetObject -> spill bucket ${SPILL}`),
      remedy: /\(e2, R7\)/,
      exit: 1,
    },
    {
      name: "the key may not be used (e3)",
      reason: denied("kms:Decrypt", "arn:aws:kms:us-east-1:122222222222:key/1"),
      hop: /-> kms:Decrypt -> the key of the objects/,
      remedy: /\(e3, C23\)/,
      exit: 1,
    },
    {
      name: "the Regions differ (e4)",
      reason: "GENERIC_USER_ERROR: the function is in another region",
      remedy: /\(e4, R9\)/,
      exit: 2,
    },
    {
      name: "the results cannot be written (e8)",
      reason:
        "Access denied when writing output to url: s3://dev-sales-athena-results-133333333333/results/x.csv . Please ensure you are allowed to access the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key",
      hop: /-> s3:PutObject -> results below s3:\/\/dev-sales-athena-results/,
      remedy: /\(e8\)/,
      exit: 1,
    },
    {
      name: "the output location is none (e8)",
      reason: "No output location provided. An output location is required",
      remedy: /\(e8\)/,
      exit: 1,
    },
    {
      name: "the connector may not read its table (e9)",
      reason:
        "GENERIC_USER_ERROR: User: arn:aws:sts::122222222222:assumed-role/athena-connector-acct1dynamodb/acct1dynamodb is not authorized to perform: dynamodb:Scan on resource: x",
      hop: /^hop 5 does not hold: [^]*athena-connector-acct1dynamodb -> dynamodb:Scan -> the DynamoDB table/,
      remedy:
        /\(e9\): correct the table's name, or add it to the connector's tables and run `spokes environment up dev`/,
      exit: 1,
    },
    {
      name: "the connector may not spill",
      reason: `GENERIC_USER_ERROR: User: arn:aws:sts::122222222222:assumed-role/athena-connector-acct1dynamodb/acct1dynamodb is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::${SPILL}/x"`,
      hop: /athena-connector-acct1dynamodb -> s3:PutObject -> what it spills to/,
      remedy: /run `spokes environment up dev`/,
      exit: 1,
    },
    {
      name: "a Glue database is not the request's",
      reason: `Insufficient permissions: ${denied("glue:GetTable", "arn:aws:glue:us-east-1:133333333333:database/hr")}`,
      hop: /-> glue:GetTable -> Glue Data Catalog of 133333333333/,
      remedy: /the request opens Glue database sales: name one in the SQL or with --database/,
      exit: 1,
    },
    {
      name: "objects are outside the request's prefixes",
      reason: `PERMISSION_DENIED: ${denied("s3:GetObject", '"arn:aws:s3:::dev-sales-athena-data-133333333333/hr/x"')}`,
      hop: /-> s3:GetObject -> the tables' objects in S3/,
      remedy: /add the place under data\[\]\.prefixes/,
      exit: 1,
    },
    {
      name: "the workgroup is not there, since the role is another account's",
      reason: "WorkGroup dev-sales is not found.",
      hop: /athena:StartQueryExecution -> workgroup dev-sales/,
      remedy: /spokes verify dev-sales/,
      exit: 1,
    },
    {
      name: "the workgroup is disabled",
      reason: "WorkGroup dev-sales is disabled.",
      hop: /^hop 3 does not hold: [^]*athena:StartQueryExecution -> workgroup dev-sales/,
      remedy: /spokes verify dev-sales/,
      exit: 1,
    },
    {
      name: "the table is not there",
      reason: "TABLE_NOT_FOUND: line 1:15: Table 'acct1dynamodb.default.musik' does not exist",
      remedy: /the catalogs are AwsDataCatalog, acct1dynamodb/,
      exit: 2,
    },
    {
      name: "too much was scanned (R71)",
      reason: "Query cancelled! : Bytes scanned limit was exceeded",
      remedy: /more than 10737418240 bytes \(R71\)/,
      exit: 2,
    },
    {
      name: "too many queries run (L22)",
      reason: "TooManyRequestsException: Rate exceeded",
      remedy: /\(L22\): try again later/,
      exit: 1,
    },
  ];
  for (const { name, reason, hop, remedy, exit } of failures)
    it(`explains that ${name}`, async () => {
      world.cloud.account(SPOKE).refusal = new QueryFailed("q-1", "FAILED", reason);
      const error = await refusal(MUSIC);
      expect(error).to.include({ code: "query.failed", exitCode: exit });
      expect(error.message).to.include(reason).and.to.include("\n  query q-1: FAILED");
      expect(error.message).to.match(remedy);
      if (hop !== undefined) expect(error.message).to.match(hop);
    });

  it("shows a reason that it does not know as it is", async () => {
    world.cloud.account(SPOKE).refusal = new QueryFailed("q-1", "FAILED", "GENERIC_INTERNAL_ERROR: oops");
    expect((await refusal(MUSIC)).message).to.equal(
      "the query failed: GENERIC_INTERNAL_ERROR: oops\n  query q-1: FAILED",
    );
  });

  it("says when nothing here executes queries", async () => {
    world.cloud.account(SPOKE).refusal = new NotExecuted("athena:StartQueryExecution");
    expect(await refusal(MUSIC)).to.include({ code: "query.unavailable", exitCode: 2 });
  });

  for (const [sql, message] of [
    ["", /^there is no query: write it in quotes/],
    [" \n", /^there is no query/],
    ["x".repeat(262_145), /^the query has 262145 bytes, Athena takes 262144 \(L22\)/],
  ] as const)
    it(`refuses a query of ${sql.length} characters before anything is asked`, async () => {
      const error = await refusal(sql);
      expect(error).to.include({ code: "input.invalid", exitCode: 2 });
      expect(error.message).to.match(message);
      expect(world.cloud.account(SPOKE).queries).to.deep.equal([]);
    });

  for (const as of ["Analyst", "arn:aws:iam::133333333333:user/alice", "13333:x", ""])
    it(`refuses to be ${JSON.stringify(as)}`, async () => {
      const error = await refusal(MUSIC, { as });
      expect(error).to.include({ code: "input.invalid", exitCode: 2 });
      expect(error.message).to.include(`"${as}" is nobody to query as: write analyst, role-b, quick`);
    });

  it("passes an interrupt on as it is", async () => {
    world.interrupt.abort(new Interrupt("SIGINT", false));
    expect(await failureOf(run(MUSIC))).to.include({ code: "interrupted" });
  });
});
