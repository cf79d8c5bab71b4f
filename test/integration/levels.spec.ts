import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { readRequest } from "../../access/request";
import { levelsOf } from "../../access/level";
import { dataSetsOf } from "../../access/data-set";
import { dataSourceArnOf, dataSourceIdOf, roleBArn, roleBName, workgroupNameOf } from "../../access/names";
import { dataSetPermissions, dataSourcePermissions } from "../../access/quick";
import { registrationOf } from "../../access/request";
import { roleBPermissions, roleBTrust } from "../../access/role-b";
import { differences } from "../../automation/verify/documents";
import { environmentWith, HUB, PRODUCER } from "../worlds";
import { testCloud } from "../sandbox/cloud";
import { Checkout } from "./checkout";

const EXAMPLE = path.resolve(__dirname, "../../examples/classifications.yaml");
const SPOKE = "133333333335";
const ACCOUNTS = [HUB, PRODUCER, SPOKE];

/** The request of the example. */
const request = readRequest(
  {
    spoke: "finance",
    environment: "dev",
    account: SPOKE,
    region: "us-east-1",
    sampleData: true,
    datasets: { orders: { database: "finance", table: "orders" } },
    classifications: {
      confidential: {
        connectors: [{ from: "music" }],
        workgroup: { managedResults: true },
        dataSource: { authors: ["group/bi-admins"] },
        datasets: {
          music: {
            catalog: "acct1dynamodb",
            database: "default",
            table: "music",
            columns: { artist: "STRING", songtitle: "STRING", awards: "DECIMAL" },
            importMode: "SPICE",
          },
        },
      },
    },
  },
  EXAMPLE,
);

describe("levels of classification, on the real engine (R72)", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let untouched: unknown;
  let prepared: unknown;

  before(async () => {
    checkout = await Checkout.make(await testCloud());
    await checkout.write("Pulumi.dev.yaml", await checkout.read("examples/dev.yaml"));
    await checkout.bootstrap({ [SPOKE]: EXAMPLE });
    untouched = await checkout.inventory(...ACCOUNTS);
    expectDone(await checkout.spokes("environment", "up", "dev", "--yes"));
    prepared = await checkout.inventory(...ACCOUNTS);
    expectDone(await checkout.spokes("onboard", EXAMPLE, "--yes"));
  });

  after(() => checkout.remove());

  it("make a data source and a Role B each, with their very documents (R61, R62, R65, C4)", async () => {
    const { [HUB]: hub, [SPOKE]: spoke } = await checkout.inventory(...ACCOUNTS);
    const environment = environmentWith({ spokes: { finance: registrationOf(request, environmentWith()) } });
    const levels = levelsOf(request);
    expect(Object.keys(hub?.data_sources ?? {})).to.have.members(levels.map(dataSourceIdOf));
    for (const level of levels) {
      const source = hub?.data_sources[dataSourceIdOf(level)];
      expect(source).to.deep.include({ status: "CREATION_SUCCESSFUL" });
      expect(source?.parameters).to.deep.equal({
        AthenaParameters: {
          WorkGroup: workgroupNameOf(level),
          RoleArn: "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a",
          ConsumerAccountRoleArn: roleBArn(level, environment),
        },
      });
      const shared = source?.permissions as Record<string, string[]>;
      expect(Object.keys(shared)).to.have.members(
        dataSourcePermissions(level, environment).map(({ principal }) => principal),
      );
      expect(spoke?.roles[roleBName(level, environment)]).to.deep.include({
        trust: roleBTrust(level, environment),
        inline: { AthenaGlueS3Access: roleBPermissions(level, environment) },
      });
    }
  });

  it("have datasets on their own data source, shared as it is; SPICE is filled as Role B (R66)", async () => {
    const { [HUB]: hub } = await checkout.inventory(...ACCOUNTS);
    const environment = environmentWith();
    const wanted = levelsOf(request).flatMap((level) =>
      dataSetsOf(level, environment).map(({ id, name, importMode, table, columns }) => [
        id,
        {
          name,
          import_mode: importMode,
          tables: {
            table: {
              RelationalTable: {
                DataSourceArn: dataSourceArnOf(level, environment),
                Catalog: table.catalog,
                Schema: table.database,
                Name: table.table,
                InputColumns: columns.map((column) => ({ Name: column.name, Type: column.type })),
              },
            },
          },
          permissions: Object.fromEntries(
            dataSetPermissions(level, environment).map(({ principal, actions }) => [
              principal,
              [...actions].sort(),
            ]),
          ),
          ingestions: importMode === "SPICE" ? [{ status: "COMPLETED", rows: 4 }] : [],
          tags: { "athena-spokes:environment": "dev", "athena-spokes:spoke": "finance" },
        },
      ]),
    );
    expect(wanted.map(([id]) => id)).to.deep.equal(["dev-finance_orders", "dev-finance--confidential_music"]);
    expect(hub?.data_sets).to.deep.equal(Object.fromEntries(wanted));
  });

  async function queried(code: number, sql: string, ...args: string[]): Promise<Record<string, unknown>> {
    const ran = await checkout.spokes("query", sql, "--spoke", "finance", "--as", "quick", "--json", ...args);
    expect(ran.code, ran.stdout + ran.stderr).to.equal(code);
    return JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
  }

  const CONFIDENTIAL = ["--classification", "confidential"];
  const ORDERS = "SELECT order_id FROM finance.orders ORDER BY order_id";
  const MUSIC = 'SELECT songtitle FROM "acct1dynamodb"."default"."music" ORDER BY songtitle';

  const reached = [
    { name: "the general level its orders", sql: ORDERS, args: [], rows: ["1", "2", "3"] },
    {
      name: "what is confidential the producer's table",
      sql: MUSIC,
      args: CONFIDENTIAL,
      rows: ["Call Me Today", "Happy Day", "Howdy", "PartiQL Rocks"],
    },
  ];
  for (const { name, sql, args, rows } of reached)
    it(`query as Quick through their own Role B: ${name} (R37)`, async () => {
      const { result } = (await queried(0, sql, ...args)) as { result: Record<string, unknown> };
      expect(result["rows"]).to.deep.equal(rows.map((row) => [row]));
      // Athena keeps what is confidential itself.
      expect(result["outputLocation"]).to.match(
        args === CONFIDENTIAL ? /^undefined$/ : /^s3:\/\/dev-finance-athena-results-/,
      );
    });

  const refused = [
    {
      name: "the general level to the connector",
      sql: MUSIC,
      args: [],
      reason:
        /assumed-role\/qs-athena-consumer-role\/\S+ is not authorized to perform: athena:GetDataCatalog/,
    },
    {
      name: "what is confidential to the orders",
      sql: ORDERS,
      args: CONFIDENTIAL,
      reason: /qs-athena-consumer-role-dev-confidential\/\S+ is not authorized to perform: glue:GetTable/,
    },
  ];
  for (const { name, sql, args, reason } of refused)
    it(`lead nobody into each other's data: ${name} (R70)`, async () => {
      const { error } = (await queried(1, sql, ...args)) as { error: { message: string } };
      expect(error.message).to.match(reason);
    });

  it("say which classifications there are", async () => {
    const { error } = (await queried(2, ORDERS, "--classification", "secret")) as {
      error: { message: string };
    };
    expect(error.message).to.match(/^spoke finance has no classification "secret" \(it has confidential\)/);
  });

  it("are verified, listed and onboarded again without a change", async () => {
    const verified = await checkout.spokes("verify", "finance", "--json");
    expectDone(verified);
    const { result } = JSON.parse(verified.stdout.trim().split("\n").at(-1) ?? "") as {
      result: { rungs: { id: string; status: string }[] };
    };
    const passed = result.rungs.filter(({ status }) => status === "passed").map(({ id }) => id);
    expect(passed).to.include.members([
      "role-b",
      "quick:AwsDataCatalog",
      "role-b@confidential",
      "permission:acct1dynamodb@confidential",
      "quick:acct1dynamodb@confidential",
      "dataset:orders",
      "quick-dataset:orders",
      "data-source@confidential",
      "dataset:music@confidential",
      "ingestion:music@confidential",
      "quick-dataset:music@confidential",
      "shared@confidential",
      "browse@confidential",
    ]);
    const listed = await checkout.spokes("list", "--json");
    const rows = JSON.parse(listed.stdout.trim().split("\n").at(-1) ?? "") as {
      result: { dataSource: string; status: string }[];
    };
    expect(rows.result.map(({ dataSource, status }) => [dataSource, status])).to.deep.equal([
      ["dev-finance", "CREATION_SUCCESSFUL"],
      ["dev-finance--confidential", "CREATION_SUCCESSFUL"],
    ]);
    const before = [await checkout.state("dev"), await checkout.state("dev-finance")];
    const again = await checkout.spokes("onboard", EXAMPLE, "--yes");
    expectDone(again);
    expect(again.stdout).to.match(/nothing changed/);
    expect([await checkout.state("dev"), await checkout.state("dev-finance")]).to.deep.equal(before);
  });

  it("change a dataset in place, and fill it when it is to be in SPICE (R66)", async () => {
    const written = parseDocument(await checkout.read("examples/classifications.yaml"));
    written.setIn(["datasets", "orders", "name"], "All orders");
    written.setIn(["datasets", "orders", "importMode"], "SPICE");
    const file = await checkout.write("changed.yaml", written.toString());
    const { [HUB]: before } = await checkout.inventory(HUB);
    // Verification waits until Quick is done.
    expectDone(await checkout.spokes("onboard", file, "--yes"));
    const { [HUB]: after } = await checkout.inventory(HUB);
    expect(after?.data_sets).to.deep.equal({
      ...before?.data_sets,
      "dev-finance_orders": {
        ...before?.data_sets["dev-finance_orders"],
        name: "All orders",
        import_mode: "SPICE",
        ingestions: [{ status: "COMPLETED", rows: 3 }],
      },
    });
    expect((await checkout.spokes("onboard", file, "--yes")).stdout).to.match(/nothing changed/);
  });

  it("leave nothing behind (R76)", async () => {
    // Queries have left results, which are people's.
    expectDone(await checkout.spokes("offboard", "finance", "--yes", "--delete-data"));
    expect(differences(prepared, await checkout.inventory(...ACCOUNTS))).to.deep.equal([]);
    expectDone(await checkout.spokes("environment", "destroy", "dev", "--yes"));
    expect(differences(untouched, await checkout.inventory(...ACCOUNTS))).to.deep.equal([]);
  });
});

function expectDone(ran: { code: number; stdout: string; stderr: string }): void {
  expect(ran.code, ran.stdout + ran.stderr).to.equal(0);
}
