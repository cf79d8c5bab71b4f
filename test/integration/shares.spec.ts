import {
  AthenaClient,
  CreateDataCatalogCommand,
  DeleteDataCatalogCommand,
  ListTableMetadataCommand,
} from "@aws-sdk/client-athena";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { connectorPermissions } from "../../access/connector";
import { readEnvironment } from "../../access/environment";
import { producerConnector } from "../../access/names";
import { readRequest } from "../../access/request";
import { sharePermissions, SHARE_POLICY, shareRoleTrust, sharesOf } from "../../access/share";
import { tablesRolePermissions, tablesRoleTrust } from "../../access/tables";
import { testCloud } from "../sandbox/cloud";
import { needsConnector } from "../sandbox/connector/producer";
import { clients, managementCredentials } from "../sandbox/gateway/clients";
import { HUB, OTHER_SPOKE, PRODUCER, SPOKE } from "../worlds";
import { Checkout, type Inventory, type Ran } from "./checkout";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const ENVIRONMENT = "shared-connectors.yaml";
const PARTNERS = "shared-connectors-partners.yaml";
const CHARTS = "122222222223";
const ACCOUNTS = [HUB, PRODUCER, CHARTS, SPOKE, OTHER_SPOKE];

function expectCode(ran: Ran, code: number): void {
  expect(ran.code, `${ran.stdout}\n${ran.stderr}`).to.equal(code);
}

describe("connectors shared both ways, and one that reads another account's table, on the real engine", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let request: string;
  let untouched: Record<string, Inventory>;
  let prepared: Record<string, Inventory>;

  const example = (name: string) => readFile(path.join(EXAMPLES, name), "utf8");
  const environment = async () => {
    const { config } = parseDocument(await checkout.read("Pulumi.dev.yaml")).toJS() as {
      config: Record<string, unknown>;
    };
    return readEnvironment("dev", config["athena-spokes:environment"]);
  };
  /** The example, whose second producer has a second connector for a table of its own. */
  const twoConnectors = async () => {
    const file = parseDocument(await example(ENVIRONMENT));
    const connectors = ["config", "athena-spokes:environment", "producers", "charts", "connectors"];
    file.setIn([...connectors, "labelsdynamodb"], file.createNode({ tables: ["Labels"] }));
    return file.toString();
  };
  const requested = async () => readRequest(parseDocument(await example(PARTNERS)).toJS(), PARTNERS);

  before(async () => {
    checkout = await Checkout.make(await testCloud());
    const dynamo = await (await clients()).in(DynamoDBClient, CHARTS);
    await dynamo.send(
      new CreateTableCommand({
        TableName: "Labels",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "Label", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "Label", KeyType: "HASH" }],
      }),
    );
    await dynamo.send(new PutItemCommand({ TableName: "Labels", Item: { Label: { S: "Acme Records" } } }));
    // The accounts are prepared for what comes later, too.
    await checkout.write("Pulumi.dev.yaml", await twoConnectors());
    request = await checkout.write("partners.yaml", await example(PARTNERS));
    await checkout.deployTemplate(HUB, "hub");
    await checkout.deployTemplate(PRODUCER, "producer", "music");
    await checkout.deployTemplate(PRODUCER, "tables", PRODUCER);
    await checkout.deployTemplate(CHARTS, "producer", "charts");
    await checkout.deployTemplate(SPOKE, "spoke", request);
    await checkout.deployTemplate(OTHER_SPOKE, "spoke", path.join(EXAMPLES, "people.yaml"));
    untouched = await checkout.inventory(...ACCOUNTS);
    await checkout.write("Pulumi.dev.yaml", await example(ENVIRONMENT));
  });

  after(async () => {
    await checkout.remove();
  });

  it("brings up an environment: one connector by AWS's application, one with a role beside another account's table (R25, C11)", async () => {
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes", "--proof"), 0);
    prepared = await checkout.inventory(...ACCOUNTS);
    const read = await environment();
    const connector = producerConnector(read, "charts", "chartsdynamodb");
    expect(prepared[PRODUCER]?.roles["athena-tables-dev-chartsdynamodb"]).to.deep.include({
      trust: tablesRoleTrust(connector, read.organization),
      inline: { AthenaConnectorTables: tablesRolePermissions(connector, ["Music"]) },
      attached: {},
    });
    expect(prepared[CHARTS]?.functions["chartsdynamodb"]?.variables).to.deep.include({
      cross_account_role_arn: "arn:aws:iam::122222222222:role/athena-tables-dev-chartsdynamodb",
      disable_spill_encryption: "true",
    });
    expect(prepared[PRODUCER]?.applications).to.deep.equal({
      "serverlessrepo-acct1dynamodb": "CREATE_COMPLETE",
    });
    expect(prepared[PRODUCER]?.functions["acct1dynamodb"]).to.deep.include({
      role: "arn:aws:iam::122222222222:role/athena-connector-acct1dynamodb",
      package: "Image",
      variables: {
        disable_spill_encryption: "false",
        spill_bucket: "dev-music-athena-spill-122222222222",
        spill_prefix: "athena-spill/acct1dynamodb",
      },
    });
    const again = await checkout.spokes("environment", "up", "dev", "--yes");
    expect(again.stdout).to.include("dev: nothing changed");
  });

  it("onboards a spoke before a producer shares its catalog by hand, and once it has, and tells that it stays (R15)", async () => {
    const changed = parseDocument(await example(PARTNERS));
    const sharedBy = "athena-spokes-producer-onboarder-dev";
    for (const [key, value] of Object.entries({ sharePermissions: "create-only", sharedBy }))
      changed.setIn(["connectors", 0, key], value);
    const byHand = await checkout.write("by-hand.yaml", changed.toString());
    await checkout.deployTemplate(SPOKE, "spoke", byHand);
    const onboarded = await checkout.spokes("onboard", byHand, "--yes");
    expectCode(onboarded, 0);
    expect(onboarded.stdout).to.include(
      `catalog acct1dynamodb is not there yet, which ${sharedBy} of music shares by hand`,
    );
    const all = await clients();
    let as = managementCredentials;
    for (const role of [`${PRODUCER}:role/${sharedBy}`, `${SPOKE}:role/AthenaCrossAccountCreate-${PRODUCER}`])
      as = await all.assume(as, { RoleArn: `arn:aws:iam::${role}` });
    const functionArn = `arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb`;
    await all.with(AthenaClient, as).send(
      new CreateDataCatalogCommand({
        Name: "acct1dynamodb",
        Type: "LAMBDA",
        Parameters: { function: functionArn },
      }),
    );
    const again = await checkout.spokes("onboard", byHand, "--yes");
    expectCode(again, 0);
    expect(again.stdout).to.match(/nothing (has )?changed/i);
    expect(again.stdout).to.not.include("is not there yet");
    const gone = await checkout.spokes("offboard", "partners", "--yes", "--delete-data");
    expectCode(gone, 0);
    expect(gone.stdout).to.match(/Athena catalog acct1dynamodb\s*│ on purpose/);
    const athena = await all.in(AthenaClient, SPOKE);
    await athena.send(new DeleteDataCatalogCommand({ Name: "acct1dynamodb" }));
    await checkout.deployTemplate(SPOKE, "spoke", request);
    expect(await checkout.inventory(...ACCOUNTS)).to.deep.equal(prepared);
  });

  it("gives a producer a second connector, with a table, a role and a prefix of its own (R10, R11)", async () => {
    await checkout.write("Pulumi.dev.yaml", await twoConnectors());
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes", "--proof"), 0);
    prepared = await checkout.inventory(...ACCOUNTS);
    const charts = prepared[CHARTS];
    expect(Object.keys(charts?.functions ?? {}).sort()).to.deep.equal(["chartsdynamodb", "labelsdynamodb"]);
    const connector = producerConnector(await environment(), "charts", "labelsdynamodb");
    expect(charts?.roles["athena-connector-labelsdynamodb"]?.inline).to.deep.equal({
      AthenaConnector: connectorPermissions(connector, ["Labels"]),
    });
  });

  it("onboards a spoke: one catalog made by the producer, the other by the spoke (R14-R18, R30, R32, C1, C26)", async () => {
    expectCode(await checkout.spokes("onboard", request, "--yes", "--proof"), 0);
    const [read, wanted] = [await environment(), await requested()];
    const spoke = (await checkout.inventory(SPOKE))[SPOKE];
    const [share] = sharesOf(wanted, read);
    if (share === undefined) throw new Error("the request shares a connector");
    expect(share.roles).to.deep.equal([
      "AthenaCrossAccountCreate-122222222222",
      "AthenaCrossAccountFederated-122222222222",
    ]);
    for (const role of share.roles)
      expect(spoke?.roles[role]).to.deep.include({
        trust: shareRoleTrust(share, read),
        inline: { [SHARE_POLICY]: sharePermissions(share, wanted) },
        attached: {},
      });
    expect(Object.keys(spoke?.catalogs ?? {}).sort()).to.deep.equal(["acct1dynamodb", "chartsdynamodb"]);
  });

  it("finds nothing to change when run again", async () => {
    const before = [await checkout.state("dev"), await checkout.state("dev-partners")];
    const ran = await checkout.spokes("onboard", request, "--yes");
    expectCode(ran, 0);
    expect(ran.stdout).to.match(/nothing (has )?changed/i);
    expect([await checkout.state("dev"), await checkout.state("dev-partners")]).to.deep.equal(before);
  });

  it("is proved, role by role, on what the accounts answer (R16, C9-C11)", async () => {
    const ran = await checkout.spokes("verify", "partners", "--proof");
    expectCode(ran, 0);
    expect(ran.stdout).to.match(/dev-partners: all \d+ expectations of access hold/);
  });

  for (const catalog of ["acct1dynamodb", "chartsdynamodb"])
    it(`returns the rows behind ${catalog} to the analyst and to Quick, and none to others (R31, R33, R37, C11)`, async function () {
      needsConnector(this);
      const sql = `SELECT artist FROM "${catalog}"."default"."music" WHERE awards > 9`;
      const queried = async (as: string, code: number) => {
        const ran = await checkout.spokes("query", sql, "--spoke", "partners", "--as", as, "--json");
        expectCode(ran, code);
        return JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "") as {
          result?: { rows: unknown };
          error?: { message: string };
        };
      };
      for (const as of ["analyst", "quick"])
        expect((await queried(as, 0)).result?.rows).to.deep.equal([["Acme Band"]]);
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
        expect((await queried(`${SPOKE}:outsider`, 1)).error?.message).to.match(
          /is not authorized to perform/,
        );
      } finally {
        await iam.send(new DeleteRoleCommand({ RoleName: "outsider" }));
      }
    });

  it("denies the spoke the connector that it did not ask for, whoever of it asks (R10, R11, C8)", async function () {
    needsConnector(this);
    const name = "labelsdynamodb";
    const functionArn = `arn:aws:lambda:us-east-1:${CHARTS}:function:${name}`;
    const athena = await (await clients()).in(AthenaClient, SPOKE);
    // The spoke's administrator can make a catalog that leads there, and nothing more.
    await athena.send(
      new CreateDataCatalogCommand({ Name: name, Type: "LAMBDA", Parameters: { function: functionArn } }),
    );
    try {
      const sql = `SELECT label FROM "${name}"."default"."labels"`;
      for (const as of ["analyst", "quick", `${SPOKE}:OrganizationAccountAccessRole`]) {
        const ran = await checkout.spokes("query", sql, "--spoke", "partners", "--as", as);
        expectCode(ran, 1);
        expect(ran.stdout + ran.stderr, as).to.match(/is not authorized to perform/);
      }
      const listed = await (
        await (await clients()).in(AthenaClient, CHARTS)
      ).send(new ListTableMetadataCommand({ CatalogName: name, DatabaseName: "default" }));
      expect(listed.TableMetadataList?.map((table) => table.Name)).to.deep.equal(["labels"]);
    } finally {
      await athena.send(new DeleteDataCatalogCommand({ Name: name }));
    }
  });

  it("makes the catalog anew when the spoke registers it itself, and the roles go (R2)", async () => {
    const changed = parseDocument(await example(PARTNERS));
    changed.setIn(["connectors", 0], { from: "music" });
    const consumer = await checkout.write("consumer.yaml", changed.toString());
    expectCode(await checkout.spokes("onboard", consumer, "--yes"), 0);
    const spoke = (await checkout.inventory(SPOKE))[SPOKE];
    expect(Object.keys(spoke?.catalogs ?? {}).sort()).to.deep.equal(["acct1dynamodb", "chartsdynamodb"]);
    expect(
      Object.keys(spoke?.roles ?? {}).filter((name) => name.startsWith("AthenaCrossAccount")),
    ).to.deep.equal([]);
    expectCode(await checkout.spokes("onboard", request, "--yes"), 0);
  });

  it("refuses a second spoke at the connector that spills without encryption of its own (R6)", async () => {
    const second = parseDocument(await example(PARTNERS));
    second.set("spoke", "rivals");
    second.set("account", "133333333334");
    const ran = await checkout.spokes(
      "onboard",
      await checkout.write("rivals.yaml", second.toString()),
      "--yes",
    );
    expectCode(ran, 2);
    expect(ran.stdout + ran.stderr).to.match(/spokes partners, rivals would read from each other/);
  });

  it("onboards a consumer without Quick, whose analyst alone queries (R28-R31, R33)", async function () {
    needsConnector(this);
    const people = path.join(EXAMPLES, "people.yaml");
    const before = (await checkout.inventory(HUB))[HUB];
    expectCode(await checkout.spokes("onboard", people, "--yes"), 0);
    const again = await checkout.spokes("onboard", people, "--yes");
    expect(again.stdout).to.match(/nothing (has )?changed/i);
    const now = await checkout.inventory(HUB, OTHER_SPOKE);
    expect(now[HUB]).to.deep.equal(before);
    const made = Object.keys(now[OTHER_SPOKE]?.roles ?? {});
    expect(made).to.include("analyst").and.to.not.include("qs-athena-consumer-role");
    const sql = `SELECT artist FROM "acct1dynamodb"."default"."music" WHERE awards > 9`;
    const queried = await checkout.spokes("query", sql, "--spoke", "people", "--json");
    expectCode(queried, 0);
    expect(queried.stdout).to.include('"rows":[["Acme Band"]]');
    expectCode(await checkout.spokes("query", sql, "--spoke", "people", "--as", "quick"), 2);
    const outsider = await checkout.spokes("query", sql, "--spoke", "people", "--as", `${SPOKE}:analyst`);
    expectCode(outsider, 1);
    expectCode(await checkout.spokes("offboard", "people", "--yes", "--delete-data"), 0);
  });

  it("leaves nothing behind when all is undone (R34)", async () => {
    expectCode(await checkout.spokes("offboard", "partners", "--yes", "--delete-data"), 0);
    expect(await checkout.inventory(...ACCOUNTS)).to.deep.equal(prepared);
    expectCode(await checkout.spokes("environment", "destroy", "dev", "--yes", "--delete-data"), 0);
    expect(await checkout.inventory(...ACCOUNTS)).to.deep.equal(untouched);
  });
});
