import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AddPermissionCommand, LambdaClient, RemovePermissionCommand } from "@aws-sdk/client-lambda";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import {
  connectorPermissions,
  connectorTrust,
  invokeStatement,
  spokeInvokeGrants,
} from "../../access/connector";
import { analystPermissions, analystTrust } from "../../access/analyst";
import { privateBucketPolicy, spillBucketPolicy } from "../../access/bucket";
import { producerConnector } from "../../access/names";
import { dataSourcePermissions } from "../../access/quick";
import { roleAPermissions, roleATrust } from "../../access/role-a";
import { roleBPermissions, roleBTrust } from "../../access/role-b";
import { environmentWith, HUB, OTHER_SPOKE, PRODUCER, registeredSales, requestWith, SPOKE } from "../worlds";
import { compareRecorded } from "../oracle/recorded";
import { Clients } from "../sandbox/clients";
import { testCloud } from "../sandbox/cloud";
import { clients } from "../sandbox/gateway/clients";
import { needsConnector } from "../sandbox/connector/producer";
import { Checkout, type Inventory, type Ran } from "./checkout";
import { recordDecisions, recordedDecisions } from "./decisions";
import { REFUSALS, RUNGS, WORLD } from "./ladder";

const ROOT = path.resolve(__dirname, "../..");
const EMEA = "133333333335";
const APAC = "133333333336";
const ACCOUNTS = [HUB, PRODUCER, SPOKE, OTHER_SPOKE, EMEA, APAC];

/** Fails with what the command said, which is what one wants to read then. */
function expectCode(ran: Ran, code: number): void {
  expect(ran.code, `${ran.stdout}\n${ran.stderr}`).to.equal(code);
}

function get<T>(record: Record<string, T>, key: string): T {
  const value = record[key];
  if (value === undefined) throw new Error(`there is no ${key}, only ${Object.keys(record).join(", ")}`);
  return value;
}

describe("onboarding, on the real engine", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let untouched: Record<string, Inventory>;
  let prepared: Record<string, Inventory>;

  const example = (name: string) => path.join(ROOT, "examples", name);
  const requestFor = (spoke: string, account: string) =>
    checkout.write(
      `${spoke}.yaml`,
      `spoke: ${spoke}\nenvironment: dev\naccount: "${account}"\nregion: us-east-1\nconnectors:\n  - from: music\n`,
    );

  before(async () => {
    const cloud = await testCloud();
    checkout = await Checkout.make(cloud);
    await recordDecisions(cloud);
    await checkout.write("Pulumi.dev.yaml", await readFile(example("dev.yaml"), "utf8"));
    await checkout.bootstrap({
      [SPOKE]: example("sales.yaml"),
      [OTHER_SPOKE]: example("returns.yaml"),
      [EMEA]: undefined,
      [APAC]: undefined,
    });
    untouched = await checkout.inventory(...ACCOUNTS);
  });

  after(async () => {
    await checkout.remove();
  });

  it("brings up an environment (R24-R26, R50-R53)", async () => {
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);
    prepared = await checkout.inventory(...ACCOUNTS);
    const hub = get(prepared, HUB);
    const producer = get(prepared, PRODUCER);
    const environment = environmentWith();
    const connector = producerConnector(environment, "music", "acct1dynamodb");
    expect(get(hub.roles, "qs-athena-cross-account-role-a")).to.deep.include({
      description: "Quick Athena Cross Account - RunAsRole",
      trust: roleATrust(environment),
      inline: Object.fromEntries(roleAPermissions(environment)),
      attached: {},
    });
    expect(get(producer.roles, "athena-connector-acct1dynamodb")).to.deep.include({
      trust: connectorTrust(),
      inline: { AthenaConnector: connectorPermissions(connector, ["Music"]) },
      attached: {},
    });
    expect(get(producer.buckets, "dev-music-athena-spill-122222222222").policy).to.deep.equal(
      spillBucketPolicy(environment, "music"),
    );
    expect(get(producer.functions, "acct1dynamodb").statements).to.deep.equal([]);
    expect(producer.catalogs).to.deep.equal({
      acct1dynamodb: {
        type: "LAMBDA",
        parameters: { function: "arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb" },
      },
    });
  });

  it("onboards a spoke with a producer's connector, everywhere as access/ says (R2, R10-R12, R54-R65)", async () => {
    expectCode(await checkout.spokes("onboard", example("sales.yaml"), "--yes"), 0);
    const now = await checkout.inventory(...ACCOUNTS);
    const environment = environmentWith({ spokes: { sales: registeredSales } });
    const request = requestWith();
    const connector = producerConnector(environment, "music", "acct1dynamodb");
    const [hub, producer, spoke] = [get(now, HUB), get(now, PRODUCER), get(now, SPOKE)];

    expect(get(spoke.roles, "qs-athena-consumer-role")).to.deep.include({
      description: "Quick Athena Cross Account - Consumer Account Role",
      trust: roleBTrust(request, environment),
      inline: { AthenaGlueS3Access: roleBPermissions(request, environment) },
      attached: {},
    });
    expect(get(spoke.roles, "analyst")).to.deep.include({
      trust: analystTrust(request),
      inline: { AthenaQueries: analystPermissions(request, environment) },
      attached: {},
    });
    expect(get(producer.functions, "acct1dynamodb").statements).to.deep.equal(
      spokeInvokeGrants(request, environment, connector).map((grant) => invokeStatement(connector, grant)),
    );
    expect(get(producer.buckets, "dev-music-athena-spill-122222222222").policy).to.deep.equal(
      spillBucketPolicy(environment, "music"),
    );
    expect(get(spoke.buckets, "dev-sales-athena-results-133333333333").policy).to.deep.equal(
      privateBucketPolicy("us-east-1", "dev-sales-athena-results-133333333333"),
    );
    expect(spoke.catalogs).to.deep.equal({
      acct1dynamodb: {
        type: "LAMBDA",
        parameters: { function: "arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb" },
      },
    });
    expect(get(spoke.workgroups, "dev-sales")).to.deep.include({ state: "ENABLED" });
    expect(get(spoke.workgroups, "dev-sales").configuration).to.deep.include({
      EnforceWorkGroupConfiguration: true,
      BytesScannedCutoffPerQuery: 10737418240,
      ResultConfiguration: {
        OutputLocation: "s3://dev-sales-athena-results-133333333333/results/",
        EncryptionConfiguration: { EncryptionOption: "SSE_S3" },
        ExpectedBucketOwner: SPOKE,
      },
    });
    expect(hub.data_sources).to.deep.equal({
      "dev-sales": {
        arn: "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-sales",
        name: "Athena Cross Account - sales (dev)",
        type: "ATHENA",
        status: "CREATION_SUCCESSFUL",
        error: null,
        parameters: {
          AthenaParameters: {
            WorkGroup: "dev-sales",
            RoleArn: "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a",
            ConsumerAccountRoleArn: "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
          },
        },
        permissions: Object.fromEntries(
          dataSourcePermissions(request, environment).map(({ principal, actions }) => [
            principal,
            [...actions].sort(),
          ]),
        ),
      },
    });
  });

  it("lets boto3 climb the ladder of verification, and nobody else (R10-R12, R26-R33, R37, R66)", async function () {
    needsConnector(this);
    expect(await checkout.ladder(WORLD)).to.deep.equal({ rungs: RUNGS, refusals: REFUSALS });
  });

  it("onboards it again without a change, and says so", async () => {
    const before = [await checkout.state("dev"), await checkout.state("dev-sales")];
    const ran = await checkout.spokes("onboard", example("sales.yaml"), "--yes");
    expectCode(ran, 0);
    expect(ran.stdout).to.match(/nothing (has )?changed/i);
    expect([await checkout.state("dev"), await checkout.state("dev-sales")]).to.deep.equal(before);
  });

  /** What a query ends with: its last line, which is the result. */
  async function queried(code: number, ...args: string[]): Promise<Record<string, unknown>> {
    const ran = await checkout.spokes("query", ...args, "--spoke", "sales", "--json");
    expectCode(ran, code);
    return JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
  }

  const MUSIC = 'SELECT * FROM "acct1dynamodb"."default"."music"';
  for (const as of ["analyst", "role-b", "quick"])
    it(`returns the sample items to ${as}, out of DynamoDB through AWS's connector (R23, R24, R31, R33, R37, C8)`, async () => {
      const { result } = (await queried(0, MUSIC, "--as", as)) as { result: Record<string, unknown> };
      expect(result).to.deep.include({
        as,
        state: "SUCCEEDED",
        workgroup: "dev-sales",
        columns: ["artist", "albumtitle", "awards", "songtitle"],
        more: false,
      });
      expect(result["rows"]).to.have.deep.members([
        ["Acme Band", "Songs About Life", "10.000000000", "Happy Day"],
        ["Acme Band", "Another Album Title", "8.000000000", "PartiQL Rocks"],
        ["No One You Know", "Somewhat Famous", "1.000000000", "Call Me Today"],
        ["No One You Know", "Somewhat Famous", "2.000000000", "Howdy"],
      ]);
      expect(result["bytesScanned"]).to.be.greaterThan(0);
    });

  it("joins the producer's table with the spoke's own, as Quick (R35)", async () => {
    const sql =
      'SELECT o.order_id, o.quantity, m.songtitle FROM sales.orders o JOIN "acct1dynamodb"."default"."music" m ON o.artist = m.artist WHERE m.awards > 1 ORDER BY o.order_id, m.songtitle';
    const { result } = (await queried(0, sql, "--as", "quick")) as { result: Record<string, unknown> };
    expect(result["rows"]).to.deep.equal([
      ["1", "3", "Happy Day"],
      ["1", "3", "PartiQL Rocks"],
      ["2", "1", "Howdy"],
      ["3", "2", "Happy Day"],
      ["3", "2", "PartiQL Rocks"],
    ]);
  });

  it("denies an outsider, in the spoke's account and elsewhere, and says at which hop", async () => {
    const iam = await (await clients()).in(IAMClient, SPOKE);
    const trust = {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::100000000000:root" },
      Action: "sts:AssumeRole",
    };
    await iam.send(
      new CreateRoleCommand({
        RoleName: "outsider",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
      }),
    );
    try {
      const inside = (await queried(1, MUSIC, "--as", `${SPOKE}:outsider`)) as { error: { message: string } };
      expect(inside.error.message).to.match(
        /^hop 2 does not hold: User: \S+:assumed-role\/outsider\/\S+ is not authorized to perform: athena:StartQueryExecution on resource: \S+:workgroup\/dev-sales because no identity-based policy allows/,
      );
    } finally {
      await iam.send(new DeleteRoleCommand({ RoleName: "outsider" }));
    }
    const elsewhere = (await queried(1, MUSIC, "--as", `${OTHER_SPOKE}:OrganizationAccountAccessRole`)) as {
      error: { message: string };
    };
    expect(elsewhere.error.message).to.match(
      /^hop 2 does not hold: WorkGroup dev-sales is not found\.[^]*is an outsider to 133333333333/,
    );
  });

  it("is verified to the last rung, the trail, by queries as the analyst and as Quick (R27, R33, R37, R66, R73)", async () => {
    const ran = await checkout.spokes("verify", "sales", "--json");
    expectCode(ran, 0);
    const { result } = JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "") as {
      result: { rungs: { id: string; status: string }[] };
    };
    const rungs = Object.fromEntries(result.rungs.map(({ id, status }) => [id, status]));
    expect(rungs).to.deep.include({
      "tables:acct1dynamodb": "passed",
      "select:acct1dynamodb": "passed",
      "quick:acct1dynamodb": "passed",
      "select:AwsDataCatalog": "passed",
      "quick:AwsDataCatalog": "passed",
      browse: "passed",
      trail: "passed",
    });
    expect(Object.keys(rungs).filter((id) => rungs[id] !== "passed")).to.deep.equal([
      // The role that a spoke's stack has in a producer reads no rows there.
      "producer-select:acct1dynamodb",
    ]);
  });

  it("tells from the trails who went along the chain, and what the queries cost (R71, R73, R75)", async () => {
    const result = async (...args: string[]) => {
      const ran = await checkout.spokes(...args, "--json");
      expectCode(ran, 0);
      return (JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "") as { result: unknown }).result;
    };
    const { sessions } = (await result("audit", "sales")) as { sessions: Record<string, unknown>[] };
    const whole = sessions.filter(({ queries }) => (queries as string[]).length > 0);
    expect(whole.length).to.be.greaterThan(3);
    for (const session of whole)
      expect(session).to.deep.include({
        by: `arn:aws:sts::${HUB}:assumed-role/qs-athena-cross-account-role-a/QuickSight-RoleSession`,
        roleABy: "quicksight.amazonaws.com",
        externalId: `arn:aws:quicksight:us-east-1:${HUB}:datasource/dev-sales`,
      });
    const [sales, ...others] = (await result("costs", "--price-per-tb", "6")) as Record<string, number>[];
    expect(others).to.deep.equal([]);
    expect(sales).to.deep.include({ stack: "dev-sales", account: SPOKE, workgroup: "dev-sales" });
    expect(sales?.["queries"]).to.be.greaterThan(8);
    // Each of these small queries is billed as ten megabytes; failed ones, and SHOW, are not.
    expect((sales?.["bytesBilled"] ?? 0) % 10_000_000).to.equal(0);
    expect(sales?.["bytesBilled"]).to.be.greaterThan(50_000_000);
    expect(sales?.["price"]).to.be.closeTo(((sales?.["bytesBilled"] ?? 0) / 1e12) * 6, 1e-12);
  });

  it("onboards a spoke that deploys its own connector, without touching the first (R25, R45)", async () => {
    const before = await checkout.state("dev-sales");
    const accountsBefore = await checkout.inventory(HUB, PRODUCER, SPOKE);
    expectCode(await checkout.spokes("onboard", example("returns.yaml"), "--yes"), 0);
    expect(await checkout.state("dev-sales")).to.equal(before);
    const now = await checkout.inventory(HUB, PRODUCER, SPOKE, OTHER_SPOKE);
    expect(get(now, SPOKE)).to.deep.equal(get(accountsBefore, SPOKE));
    expect(get(now, PRODUCER)).to.deep.equal(get(accountsBefore, PRODUCER));
    const returns = get(now, OTHER_SPOKE);
    expect(returns.catalogs).to.deep.equal({
      returnsdynamodb: {
        type: "LAMBDA",
        parameters: { function: `arn:aws:lambda:us-east-1:${OTHER_SPOKE}:function:returnsdynamodb` },
      },
    });
    expect(get(returns.functions, "returnsdynamodb").statements).to.deep.equal([]);
    expect(get(get(now, HUB).data_sources, "dev-returns").status).to.equal("CREATION_SUCCESSFUL");
  });

  it("onboards two spokes at the same time and loses neither", async () => {
    const [emea, apac] = [await requestFor("emea", EMEA), await requestFor("apac", APAC)];
    const both = await Promise.all([
      checkout.spokes("onboard", emea, "--yes"),
      checkout.spokes("onboard", apac, "--yes"),
    ]);
    for (const ran of both) expectCode(ran, 0);
    const written = await checkout.read("Pulumi.dev.yaml");
    expect(written)
      .to.match(/^ +emea:$/m)
      .and.to.match(/^ +apac:$/m);
    const now = await checkout.inventory(HUB, PRODUCER);
    expect(Object.keys(get(now, HUB).data_sources)).to.have.members([
      "dev-sales",
      "dev-returns",
      "dev-emea",
      "dev-apac",
    ]);
    const registered = (account: string) => ({ account, roleB: registeredSales.roleB, producers: ["music"] });
    const environment = environmentWith({
      spokes: { sales: registeredSales, emea: registered(EMEA), apac: registered(APAC) },
    });
    expect(get(get(now, PRODUCER).buckets, "dev-music-athena-spill-122222222222").policy).to.deep.equal(
      spillBucketPolicy(environment, "music"),
    );
  });

  it("is plain Pulumi: preview, up and refresh find nothing to change, outputs are read", async () => {
    for (const stack of ["dev", "dev-sales"]) {
      expectCode(await checkout.pulumi("preview", "--stack", stack, "--expect-no-changes"), 0);
      expectCode(
        await checkout.pulumi("up", "--stack", stack, "--yes", "--skip-preview", "--expect-no-changes"),
        0,
      );
      expectCode(
        await checkout.pulumi("refresh", "--stack", stack, "--yes", "--skip-preview", "--expect-no-changes"),
        0,
      );
    }
    const outputs = await checkout.pulumi("stack", "output", "--stack", "dev-sales", "--json");
    expectCode(outputs, 0);
    expect(JSON.parse(outputs.stdout)).to.deep.include({
      dataSourceArn: "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-sales",
      roleAArn: "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a",
      roleBArn: "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
    });
  });

  it("refuses to destroy an environment that has spokes, and destroys nothing", async () => {
    const before = await checkout.inventory(HUB, PRODUCER);
    const refused = await checkout.spokes("environment", "destroy", "dev", "--yes");
    expectCode(refused, 2);
    expect(refused.stderr + refused.stdout).to.match(/apac.*emea.*returns.*sales/s);
    expect((await checkout.pulumi("destroy", "--stack", "dev", "--yes")).code).to.not.equal(0);
    expect(await checkout.inventory(HUB, PRODUCER)).to.deep.equal(before);
  });

  it("offboards one spoke, names what somebody let it in to by hand, and leaves the others as they are (R76)", async () => {
    const before = await checkout.inventory(...ACCOUNTS);
    const lambda = await new Clients((await testCloud()).endpoint).in(LambdaClient, PRODUCER);
    const byHand = { FunctionName: "acct1dynamodb", StatementId: "ByHand" };
    await lambda.send(
      new AddPermissionCommand({ ...byHand, Action: "lambda:InvokeFunction", Principal: SPOKE }),
    );
    // The results of the queries above are people's.
    const args = ["sales", "--yes", "--delete-data", "--patience", "0"];
    const refused = await checkout.spokes("offboard", ...args);
    expectCode(refused, 1);
    expect(refused.stderr).to.include(
      `dev-sales is gone but for 1 thing:\n  statement ByHand in the policy of function acct1dynamodb of ${PRODUCER}: aws lambda remove-permission --function-name acct1dynamodb --statement-id ByHand\n`,
    );
    await lambda.send(new RemovePermissionCommand(byHand));
    const again = await checkout.spokes("offboard", example("sales.yaml"));
    expectCode(again, 0);
    expect(again.stdout).to.match(/dev-sales: was gone already, and nothing is left of \d+ things/);
    const now = await checkout.inventory(...ACCOUNTS);
    expect(get(now, SPOKE)).to.deep.equal(get(untouched, SPOKE));
    for (const account of [OTHER_SPOKE, EMEA, APAC])
      expect(get(now, account)).to.deep.equal(get(before, account));
    expect(Object.keys(get(now, HUB).data_sources)).to.have.members(["dev-returns", "dev-emea", "dev-apac"]);
    expect(get(get(now, PRODUCER).functions, "acct1dynamodb").statements).to.have.length(2);
  });

  it("leaves nothing behind when all is undone (R34, R76)", async () => {
    for (const spoke of ["returns", "emea", "apac"])
      expectCode(await checkout.spokes("offboard", spoke, "--yes"), 0);
    // As Lambda makes it for what a function still had to say.
    const logs = await new Clients((await testCloud()).endpoint).in(CloudWatchLogsClient, OTHER_SPOKE);
    const group = { logGroupName: "/aws/lambda/returnsdynamodb" };
    await logs.send(new CreateLogGroupCommand(group));
    const left = await checkout.spokes("offboard", example("returns.yaml"), "--patience", "0", "--json");
    expectCode(left, 1);
    expect(left.stdout).to.include(
      `log group /aws/lambda/returnsdynamodb of ${OTHER_SPOKE}: aws logs delete-log-group --log-group-name /aws/lambda/returnsdynamodb`,
    );
    await logs.send(new DeleteLogGroupCommand(group));
    expectCode(await checkout.spokes("offboard", example("returns.yaml")), 0);
    expect(await checkout.inventory(...ACCOUNTS)).to.deep.equal(prepared);
    expectCode(await checkout.spokes("environment", "destroy", "dev", "--yes"), 0);
    expect(await checkout.inventory(...ACCOUNTS)).to.deep.equal(untouched);
  });

  it("decided all of this as the oracle does", async function () {
    // denied is mostly what the ladder tries
    needsConnector(this);
    const { decisions, left } = await recordedDecisions(await testCloud());
    expect(left).to.equal(0);
    const denied = decisions.filter(({ decision }) => decision.decision !== "allowed");
    expect(denied.length).to.be.at.least(60);
    expect(decisions.length - denied.length).to.be.at.least(140);
    for (const service of ["sts", "s3", "lambda", "kms", "athena", "glue", "dynamodb", "iam", "quicksight"]) {
      const answers = decisions
        .filter(({ request }) => request.action.startsWith(`${service}:`))
        .map(({ decision }) => decision.decision === "allowed");
      expect(new Set(answers), service).to.deep.equal(new Set([true, false]));
    }
    expect(await compareRecorded(decisions)).to.deep.equal({
      agreed: decisions.length - 1,
      known: {
        // the neighbour's use of a stranger's key
        "a KMS grant allows its grantee the operations that it names, as a statement of the key policy would": 1,
      },
      unknown: [],
    });
  });
});
