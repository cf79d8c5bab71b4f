import { GetTableCommand, GlueClient } from "@aws-sdk/client-glue";
import { LakeFormationClient, PutDataLakeSettingsCommand } from "@aws-sdk/client-lakeformation";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { analystPermissions } from "../../access/analyst";
import { dayOf } from "../../access/mesh/grant";
import { gluePolicy } from "../../access/mesh/glue-policy";
import { lakeRolePermissions, lakeRoleTrust } from "../../access/mesh/lake-formation";
import { readRequest } from "../../access/request";
import { roleBPermissions } from "../../access/role-b";
import { testCloud } from "../sandbox/cloud";
import { clients } from "../sandbox/gateway/clients";
import { HUB, OTHER_SPOKE, PRODUCER, SPOKE } from "../worlds";
import { Checkout, type Inventory } from "./checkout";
import { expectCode, Mesh } from "./mesh";

const example = (name: string) => path.resolve(__dirname, "../../examples", name);
const ENVIRONMENT = example("mesh-lake-formation.yaml");
const REQUESTS = {
  sales: example("mesh-lake-formation-sales.yaml"),
  returns: example("mesh-lake-formation-returns.yaml"),
};
const OUTSIDER = "133333333335";
const ACCOUNTS = [HUB, PRODUCER, SPOKE, OTHER_SPOKE];
const BUCKET = "dev-orders-product-data-122222222222";
const ORDERS = { Table: { CatalogId: PRODUCER, DatabaseName: "orders", Name: "orders" } };
const DATABASE = { Database: { CatalogId: PRODUCER, Name: "orders" } };
const READ = ["DESCRIBE", "SELECT"];
const roleIn = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;

describe("data mesh by Lake Formation, on the real engine (R47, C18, L18)", function () {
  this.timeout(300_000);
  let checkout: Checkout;
  let mesh: Mesh;
  let untouched: Record<string, Inventory>;

  before(async () => {
    checkout = await Checkout.make(await testCloud());
    mesh = new Mesh(checkout, ENVIRONMENT);
    await checkout.write("Pulumi.dev.yaml", await readFile(ENVIRONMENT, "utf8"));
    await checkout.bootstrap(
      { [SPOKE]: REQUESTS.sales, [OTHER_SPOKE]: REQUESTS.returns },
      { hub: HUB, producer: { shop: PRODUCER } },
    );
    untouched = await checkout.inventory(...ACCOUNTS);
  });
  after(() => checkout.remove());

  it("refuses a deployer that does not administer the data lake, and makes nothing", async () => {
    const lake = await (await clients()).in(LakeFormationClient, PRODUCER);
    await lake.send(new PutDataLakeSettingsCommand({ DataLakeSettings: { DataLakeAdmins: [] } }));
    const ran = await checkout.spokes("environment", "up", "dev", "--yes");
    expectCode(ran, 2);
    expect(ran.stdout + ran.stderr).to.match(
      /products\.orders\.via: Lake Formation lets administrators of the data lake of 122222222222 grant only, and \S+athena-spokes-producer-deployer-dev is none/,
    );
    expect(await checkout.inventory(PRODUCER)).to.deep.equal({ [PRODUCER]: untouched[PRODUCER] });
    await lake.send(
      new PutDataLakeSettingsCommand({
        DataLakeSettings: {
          DataLakeAdmins: [
            { DataLakePrincipalIdentifier: roleIn(PRODUCER, "athena-spokes-producer-deployer-dev") },
          ],
        },
      }),
    );
  });

  it("publishes and grants, and proves the plan of a spoke before anything of it exists", async () => {
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);
    const planned = await checkout.spokes("preview", REQUESTS.sales, "--proof");
    expectCode(planned, 0);
    expect(planned.stdout).to.match(/all \d+ expectations of access hold/);
  });

  for (const spoke of ["sales", "returns"] as const)
    it(`onboards ${spoke}, whose queries on the product return`, async () => {
      const ran = await checkout.spokes("onboard", REQUESTS[spoke], "--yes");
      expectCode(ran, 0);
      expect(ran.stdout).to.match(/✔ a SELECT on product orders as analyst returns/);
    });

  it("proves the access as the accounts have it", async () => {
    const proved = await checkout.spokes("verify", "sales", "--proof");
    expectCode(proved, 0);
    expect(proved.stdout).to.match(/all \d+ expectations of access hold/);
  });

  it("is everywhere as access/ says", async () => {
    const environment = await mesh.environment();
    const request = readRequest(
      parseDocument(await readFile(REQUESTS.sales, "utf8")).toJS(),
      "sales",
      environment,
    );
    const now = await checkout.inventory(...ACCOUNTS);
    expect(now[PRODUCER]?.glue_policy).to.deep.equal(gluePolicy(environment, "shop")?.policy);
    expect(now[PRODUCER]?.roles["dev-shop-lake-formation"]).to.deep.include({
      trust: lakeRoleTrust(environment, "shop"),
      inline: { ReadLocations: lakeRolePermissions(environment, "shop") },
    });
    expect(now[PRODUCER]?.lake_formation).to.deep.equal({
      locations: {
        [`arn:aws:s3:::${BUCKET}/orders`]: {
          role: roleIn(PRODUCER, "dev-shop-lake-formation"),
          hybrid: true,
        },
      },
      grants: [
        [SPOKE, ORDERS, READ, READ],
        [OTHER_SPOKE, ORDERS, READ, READ],
      ],
      opt_ins: [
        [SPOKE, DATABASE],
        [SPOKE, ORDERS],
        [OTHER_SPOKE, DATABASE],
        [OTHER_SPOKE, ORDERS],
      ],
    });
    expect(now[SPOKE]?.links).to.deep.equal({
      shop_orders: { CatalogId: PRODUCER, DatabaseName: "orders" },
    });
    const link = { Database: { CatalogId: SPOKE, Name: "shop_orders" } };
    const readers = ["analyst", "qs-athena-consumer-role"].map((name) => roleIn(SPOKE, name));
    expect(now[SPOKE]?.lake_formation).to.deep.equal({
      locations: {},
      grants: readers.flatMap((reader) => [
        [reader, link, ["DESCRIBE"], []],
        [reader, ORDERS, READ, []],
      ]),
      opt_ins: readers.flatMap((reader) => [
        [reader, DATABASE],
        [reader, ORDERS],
      ]),
    });
    expect(now[SPOKE]?.roles["qs-athena-consumer-role"]?.inline).to.deep.equal({
      AthenaGlueS3Access: roleBPermissions(request, environment),
    });
    expect(now[SPOKE]?.roles["analyst"]?.inline).to.deep.equal({
      AthenaQueries: analystPermissions(request, environment),
    });
  });

  it("changes nothing when it is run again", async () => {
    const states = () =>
      Promise.all(["dev", "dev-sales", "dev-returns"].map((stack) => checkout.state(stack)));
    const before = await states();
    for (const again of [
      ["environment", "up", "dev", "--yes"],
      ["onboard", REQUESTS.sales, "--yes"],
      ["onboard", REQUESTS.returns, "--yes"],
    ]) {
      const ran = await checkout.spokes(...again);
      expectCode(ran, 0);
      expect(ran.stdout).to.match(/nothing (has )?changed/i);
    }
    expect(await states()).to.deep.equal(before);
  });

  for (const [spoke, as, from] of [
    ["sales", "analyst", '"shop_orders"."orders"'],
    ["sales", "role-b", '"shop_orders"."orders"'],
    ["sales", "quick", '"shop_orders"."orders"'],
    ["returns", "analyst", '"orders"."orders"'],
  ] as const)
    it(`returns rows of ${from} to ${as} of ${spoke}`, () => mesh.expectRows(spoke, as, from));

  it("denies catalog and data to an account without a grant, and the objects to everybody but Lake Formation's role", async () => {
    const made = await clients();
    const asked = { CatalogId: PRODUCER, DatabaseName: "orders", Name: "orders" };
    const glue = await made.in(GlueClient, OUTSIDER);
    const object = new GetObjectCommand({ Bucket: BUCKET, Key: "orders/orders.csv" });
    const [outsider, spoke] = [await made.in(S3Client, OUTSIDER), await made.in(S3Client, SPOKE)];
    const tries = [glue.send(new GetTableCommand(asked)), outsider.send(object), spoke.send(object)];
    for (const refused of await Promise.allSettled(tries)) {
      expect(refused.status).to.equal("rejected");
      expect((refused as PromiseRejectedResult).reason)
        .to.have.property("name")
        .that.matches(/^AccessDenied/);
    }
  });

  it("denies the query after the grant was revoked, and no other", async () => {
    await mesh.grant((grants) => grants.filter(({ consumer }) => consumer !== "sales"));
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);
    await mesh.expectDenied(
      "sales",
      "quick",
      '"shop_orders"."orders"',
      /not authorized to perform: glue:GetTable|Insufficient Lake Formation permission/,
    );
    await mesh.expectRows("returns", "analyst", '"orders"."orders"');
    expectCode(await checkout.spokes("onboard", REQUESTS.sales, "--yes"), 4);
  });

  it("leaves a grant out that has ended, says so, and denies the query from then on", async () => {
    const yesterday = dayOf(new Date(Date.now() - 24 * 60 * 60 * 1000));
    await mesh.grant((grants) =>
      grants.map((entry) => (entry["consumer"] === "returns" ? { ...entry, until: yesterday } : entry)),
    );
    const ran = await checkout.spokes("environment", "up", "dev", "--yes");
    expectCode(ran, 0);
    expect(ran.stdout + ran.stderr).to.include(
      `grant of orders to returns (133333333334), approved by ada@example.com, ended on ${yesterday}`,
    );
    await mesh.expectDenied(
      "returns",
      "analyst",
      '"orders"."orders"',
      /not authorized to perform: glue:GetTable|Insufficient Lake Formation permission/,
    );
    await mesh.expectRows("sales", "quick", '"shop_orders"."orders"');
  });

  it("goes without leaving anything", async () => {
    for (const command of [
      // Results of queries would be kept otherwise.
      ["offboard", "sales", "--yes", "--delete-data"],
      ["offboard", "returns", "--yes", "--delete-data"],
      ["environment", "destroy", "dev", "--yes"],
    ])
      expectCode(await checkout.spokes(...command), 0);
    expect(await checkout.inventory(...ACCOUNTS)).to.deep.equal(untouched);
  });
});
