import {
  DeleteResourcePolicyCommand,
  GetTableCommand,
  GlueClient,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-glue";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { analystPermissions } from "../../access/analyst";
import { dataBucketPolicy } from "../../access/mesh/bucket-policy";
import { dayOf } from "../../access/mesh/grant";
import { gluePolicy } from "../../access/mesh/glue-policy";
import { readRequest } from "../../access/request";
import { roleBPermissions } from "../../access/role-b";
import { HUB, OTHER_SPOKE, PRODUCER, SPOKE } from "../worlds";
import { testCloud } from "../sandbox/cloud";
import { clients } from "../sandbox/gateway/clients";
import { Checkout, type Inventory } from "./checkout";
import { expectCode, Mesh } from "./mesh";

const example = (name: string) => path.resolve(__dirname, "../../examples", name);
const ENVIRONMENT = example("mesh-policy.yaml");
const REQUESTS = {
  sales: example("mesh-policy-sales.yaml"),
  returns: example("mesh-policy-returns.yaml"),
};
const OUTSIDER = "133333333335";
const ACCOUNTS = [HUB, PRODUCER, SPOKE, OTHER_SPOKE];
const ORDERS_BUCKET = "dev-orders-product-data-122222222222";
const REFUNDS_BUCKET = "dev-refunds-product-data-133333333334";

describe("data mesh by policy, on the real engine (R47, C18, L17)", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let mesh: Mesh;
  let untouched: Record<string, Inventory>;

  before(async () => {
    checkout = await Checkout.make(await testCloud());
    mesh = new Mesh(checkout, ENVIRONMENT);
    await checkout.write("Pulumi.dev.yaml", await readFile(ENVIRONMENT, "utf8"));
    await checkout.bootstrap(
      { [SPOKE]: REQUESTS.sales, [OTHER_SPOKE]: REQUESTS.returns },
      { hub: HUB, producer: { shop: PRODUCER, returns: OTHER_SPOKE } },
    );
    untouched = await checkout.inventory(...ACCOUNTS);
  });
  after(() => checkout.remove());

  it("refuses a Glue catalog whose policy somebody else wrote, and leaves it as it is", async () => {
    const glue = await (await clients()).in(GlueClient, PRODUCER);
    const PolicyInJson = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${OUTSIDER}:root` },
          Action: "glue:GetTable",
          Resource: `arn:aws:glue:us-east-1:${PRODUCER}:catalog`,
        },
      ],
    });
    await glue.send(new PutResourcePolicyCommand({ PolicyInJson }));
    try {
      const ran = await checkout.spokes("environment", "up", "dev", "--yes");
      expectCode(ran, 2);
      expect(ran.stdout + ran.stderr).to.match(
        /grants: the Glue catalog of 122222222222 has a resource policy that this environment did not write/,
      );
      expect((await checkout.inventory(PRODUCER))[PRODUCER]?.glue_policy).to.deep.equal(
        JSON.parse(PolicyInJson),
      );
    } finally {
      await glue.send(new DeleteResourcePolicyCommand({}));
    }
  });

  it("hands a request for what was not granted to the platform team, with the grant to approve", async () => {
    await mesh.grant((grants) => grants.filter(({ product }) => product !== "refunds"));
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);
    const ran = await checkout.spokes("onboard", REQUESTS.sales, "--yes");
    expectCode(ran, 4);
    expect(ran.stdout + ran.stderr).to.include(
      'products[1]: nobody has granted "refunds" to spoke "sales" of account 133333333333',
    );
    expect(ran.stdout + ran.stderr).to.match(
      /- product: refunds\n +consumer: sales\n +account: "133333333333"\n +approvedBy: ""/,
    );
    expect(await checkout.inventory(SPOKE)).to.deep.equal({ [SPOKE]: untouched[SPOKE] });
  });

  it("publishes, grants and onboards two spokes, everywhere as access/ says, and again without a change", async () => {
    await mesh.grant((grants) => grants);
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes", "--proof"), 0);
    for (const spoke of ["sales", "returns"] as const) {
      const ran = await checkout.spokes("onboard", REQUESTS[spoke], "--yes");
      expectCode(ran, 0);
      expect(ran.stdout).to.match(
        /✔ a SELECT on catalog orders as Quick, through Role A and Role B, returns/,
      );
    }
    const environment = await mesh.environment();
    const request = readRequest(
      parseDocument(await readFile(REQUESTS.sales, "utf8")).toJS(),
      "sales",
      environment,
    );
    const now = await checkout.inventory(...ACCOUNTS);
    expect(now[PRODUCER]?.glue_policy).to.deep.equal(gluePolicy(environment, "shop")?.policy);
    expect(now[OTHER_SPOKE]?.glue_policy).to.deep.equal(gluePolicy(environment, "returns")?.policy);
    expect(now[PRODUCER]?.buckets[ORDERS_BUCKET]?.policy).to.deep.equal(
      dataBucketPolicy(environment, "shop", ORDERS_BUCKET),
    );
    expect(now[OTHER_SPOKE]?.buckets[REFUNDS_BUCKET]?.policy).to.deep.equal(
      dataBucketPolicy(environment, "returns", REFUNDS_BUCKET),
    );
    expect(now[SPOKE]?.catalogs).to.deep.equal({
      orders: { type: "GLUE", parameters: { "catalog-id": PRODUCER } },
      returned: { type: "GLUE", parameters: { "catalog-id": OTHER_SPOKE } },
    });
    expect(now[SPOKE]?.roles["qs-athena-consumer-role"]?.inline).to.deep.equal({
      AthenaGlueS3Access: roleBPermissions(request, environment),
    });
    expect(now[SPOKE]?.roles["analyst"]?.inline).to.deep.equal({
      AthenaQueries: analystPermissions(request, environment),
    });

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

  for (const spoke of ["sales", "returns"] as const)
    it(`is proved, product by product, on what the accounts answer: ${spoke}`, async () => {
      const ran = await checkout.spokes("verify", spoke, "--proof");
      expectCode(ran, 0);
      expect(ran.stdout).to.match(/: all \d+ expectations of access hold/);
    });

  for (const [spoke, as, from] of [
    ["sales", "analyst", '"orders"."orders"."orders"'],
    ["sales", "role-b", '"orders"."orders"."orders"'],
    ["sales", "quick", '"orders"."orders"."orders"'],
    ["sales", "quick", '"returned"."refunds"."orders"'],
    ["returns", "quick", '"orders"."orders"."orders"'],
  ] as const)
    it(`returns rows of ${from} to ${as} of ${spoke}`, () => mesh.expectRows(spoke, as, from));

  it("denies catalog and data to a spoke without a grant, and to other roles of one that has a grant", async () => {
    for (const account of [OUTSIDER, SPOKE]) {
      const [glue, s3] = [
        await (await clients()).in(GlueClient, account),
        await (await clients()).in(S3Client, account),
      ];
      const asked = { CatalogId: PRODUCER, DatabaseName: "orders", Name: "orders" };
      const tries = [
        glue.send(new GetTableCommand(asked)),
        s3.send(new GetObjectCommand({ Bucket: ORDERS_BUCKET, Key: "orders/orders.csv" })),
      ];
      for (const refused of await Promise.allSettled(tries)) {
        expect(refused.status).to.equal("rejected");
        expect((refused as PromiseRejectedResult).reason)
          .to.have.property("name")
          .that.matches(/^AccessDenied/);
      }
    }
  });

  it("denies the query after the grant was revoked, and no other", async () => {
    await mesh.grant((grants) =>
      grants.filter(({ product, consumer }) => product !== "orders" || consumer !== "sales"),
    );
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);
    await mesh.expectDenied(
      "sales",
      "quick",
      '"orders"."orders"."orders"',
      /not authorized to perform: glue:GetTable/,
    );
    await mesh.expectRows("returns", "quick", '"orders"."orders"."orders"');
    await mesh.expectRows("sales", "analyst", '"returned"."refunds"."orders"');
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
      "quick",
      '"orders"."orders"."orders"',
      /not authorized to perform: glue:GetTable/,
    );
    await mesh.expectRows("sales", "quick", '"orders"."orders"."orders"');
    const refused = await checkout.spokes("onboard", REQUESTS.returns, "--yes");
    expectCode(refused, 4);
    expect(refused.stdout + refused.stderr).to.include(`ended on ${yesterday}`);
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
