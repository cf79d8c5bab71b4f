import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { Document } from "yaml";
import { readEnvironment } from "../../access/environment";
import { updateEnvironment } from "../../automation/environment";
import { RunnerError } from "../../automation/failure";
import { readRequestFile } from "../../automation/files/request-file";
import { preview } from "../../automation/preview";
import { HUB, ORGANIZATION, OTHER_SPOKE, PRODUCER, REGION, SPOKE } from "../worlds";
import { chain, type Chain, failureOf } from "./chain";
import { resourceOf } from "./fake-engine";

const grantToSales = { product: "orders", consumer: "sales", account: SPOKE, approvedBy: "Ada" };
const ended = { ...grantToSales, until: "2020-02-29" };

/** What is written of an environment that publishes one product. */
function written(grants: readonly object[], changes: object = {}) {
  return {
    region: REGION,
    organization: ORGANIZATION,
    hub: { account: HUB, quick: { owners: ["group/bi-admins"] } },
    producers: { shop: { account: PRODUCER } },
    products: {
      orders: {
        producer: "shop",
        data: [{ database: "shop", tables: ["orders"], prefixes: ["s3://shop-data/orders/"] }],
      },
    },
    grants,
    ...changes,
  };
}

describe("products and grants, on an engine and an AWS in memory (R47)", () => {
  let world: Chain;

  const configure = (grants: readonly object[]) =>
    writeFile(
      path.join(world.project, "Pulumi.dev.yaml"),
      new Document({ config: { "athena-spokes:environment": written(grants) } }).toString(),
    );
  const deploy = (grants: readonly object[], changes: object = {}) => {
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: readEnvironment("dev", written(grants, changes)) },
      resources: [resourceOf("role", "qs-athena-cross-account-role-a", HUB)],
      pending: [],
    });
  };
  const request = async () => {
    const file = path.join(world.project, "request.yaml");
    const text = {
      spoke: "sales",
      environment: "dev",
      account: SPOKE,
      region: REGION,
      products: [{ product: "orders" }],
    };
    await writeFile(file, new Document(text).toString());
    return readRequestFile(file);
  };
  const refusalOf = async (operation: Promise<unknown>): Promise<RunnerError> => {
    const thrown = await failureOf(operation);
    if (!(thrown instanceof RunnerError)) throw thrown;
    return thrown;
  };
  const advisories = () =>
    world.messages.flatMap((message) => (message.code === "advisory" ? [message.text] : []));

  beforeEach(async () => {
    world = await chain();
    world.engine.plans.clear();
    const shop = world.cloud.account(PRODUCER);
    shop.databases.set("shop", ["orders"]);
    shop.buckets.set("shop-data", { keys: [] });
    await configure([grantToSales]);
    deploy([grantToSales]);
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  it("plans a granted product, without entering the producer's account", async () => {
    world.cloud.refused.add(PRODUCER);
    await preview(world.context, await request());
    expect(advisories()).to.deep.equal([]);
  });

  const unapproved = [
    {
      name: "nobody granted",
      grants: [{ ...grantToSales, consumer: "returns", account: OTHER_SPOKE }],
      message: 'nobody has granted "orders" to spoke "sales" of account 133333333333',
      isOnPatch: true,
    },
    {
      name: "was granted until a day that is over",
      grants: [ended],
      message: "the grant of orders to sales (133333333333), approved by Ada, ended on 2020-02-29",
      isOnPatch: false,
    },
  ];
  for (const { name, grants, message, isOnPatch } of unapproved)
    it(`hands on a request for a product that ${name}: exit code 4`, async () => {
      await configure(grants);
      deploy(grants);
      const error = await refusalOf(preview(world.context, await request()));
      expect(error).to.include({ code: "platform.needed", exitCode: 4 });
      expect(error.faults).to.deep.equal([
        {
          path: "products[0]",
          message: `${message}: its grant belongs into Pulumi.dev.yaml, then \`spokes environment up dev\``,
        },
      ]);
      expect(error.attachment).to.equal(
        isOnPatch
          ? `# add to ${path.join(world.project, "Pulumi.dev.yaml")}\nconfig:\n  athena-spokes:environment:\n    grants:\n      - product: orders\n        consumer: sales\n        account: "133333333333"\n        approvedBy: "" # who approves writes the name here; with \`until: "2027-03-31"\` the grant ends\n`
          : undefined,
      );
    });

  it("asks for an update of the environment when the grant was not deployed", async () => {
    deploy([]);
    const error = await refusalOf(preview(world.context, await request()));
    expect(error).to.include({ exitCode: 4 });
    expect(error.faults.map(({ message }) => message)).to.deep.equal([
      '"orders" is granted in Pulumi.dev.yaml, but not deployed: run `spokes environment up dev`',
    ]);
  });

  it("says which grants have ended when the environment is updated", async () => {
    await configure([ended]);
    await updateEnvironment(world.context, "dev");
    expect(advisories()).to.deep.equal([
      "grant of orders to sales (133333333333), approved by Ada, ended on 2020-02-29: it is left out of all documents; renew its `until`, or remove it",
    ]);
  });

  const foreign: { name: string; make: () => void; path: string; message: RegExp }[] = [
    {
      name: "a Glue policy that somebody else wrote",
      make: () => {
        world.cloud.account(PRODUCER).gluePolicy = { Version: "2012-10-17", Statement: [] };
      },
      path: "grants",
      message: /^the Glue catalog of 122222222222 has a resource policy that this environment did not write/,
    },
    {
      name: "a bucket policy that somebody else wrote",
      make: () => {
        world.cloud.account(PRODUCER).buckets.set("shop-data", { policy: {}, keys: [] });
      },
      path: "grants",
      message: /^bucket "shop-data" of 122222222222 has a policy that this environment did not write/,
    },
    {
      name: "a bucket of another account",
      make: () => {
        world.cloud.account(PRODUCER).buckets.delete("shop-data");
        world.cloud.account(PRODUCER).foreignBuckets.add("shop-data");
      },
      path: "products.orders.data[0].prefixes[0]",
      message: /^bucket "shop-data" is not in account 122222222222/,
    },
    {
      name: "a table that is not there",
      make: () => {
        world.cloud.account(PRODUCER).databases.set("shop", ["customers"]);
      },
      path: "products.orders.data[0].tables[0]",
      message: /^there is no table "orders" in Glue database "shop" \(known are customers\)/,
    },
    {
      name: "a database that is not there",
      make: () => {
        world.cloud.account(PRODUCER).databases.delete("shop");
      },
      path: "products.orders.data[0].database",
      message: /^there is no Glue database "shop" in 122222222222/,
    },
  ];
  for (const { name, make, path: place, message } of foreign)
    it(`refuses to bring an environment up over ${name}`, async () => {
      make();
      const error = await refusalOf(updateEnvironment(world.context, "dev"));
      expect(error).to.include({ code: "preflight.failed", exitCode: 2 });
      expect(error.faults.map((fault) => fault.path)).to.deep.equal([place]);
      expect(error.faults[0]?.message).to.match(message);
      expect(world.engine.calls).to.deep.equal([]);
    });

  describe("shared by Lake Formation (C18)", () => {
    const lake = {
      products: { orders: { ...written([]).products.orders, via: "lakeFormation" } },
    };
    const administrator = (account: string, kind: string) =>
      `arn:aws:iam::${account}:role/athena-spokes-${kind}-deployer-dev`;
    beforeEach(async () => {
      await writeFile(
        path.join(world.project, "Pulumi.dev.yaml"),
        new Document({ config: { "athena-spokes:environment": written([grantToSales], lake) } }).toString(),
      );
      deploy([grantToSales], lake);
      world.cloud.account(SPOKE).administrators = [administrator(SPOKE, "spoke")];
    });

    it("an environment is refused whose deployer does not administer the producer's data lake", async () => {
      const error = await refusalOf(updateEnvironment(world.context, "dev"));
      expect(error.faults).to.deep.equal([
        {
          whose: "input",
          path: "products.orders.via",
          message: `Lake Formation lets administrators of the data lake of ${PRODUCER} grant only, and ${administrator(PRODUCER, "producer")} is none: deploy the template of \`spokes bootstrap producer shop\` again, which makes it one, or add it under "Data lake administrators"`,
        },
      ]);
      expect(world.engine.calls).to.deep.equal([]);
    });

    it("a request is planned by who administers the spoke's data lake", async () => {
      await preview(world.context, await request());
      world.cloud.account(SPOKE).administrators = [];
      const error = await refusalOf(preview(world.context, await request()));
      expect(error.faults.map(({ path: place }) => place)).to.deep.equal(["products[0].product"]);
      expect(error.faults[0]?.message).to.include(`${administrator(SPOKE, "spoke")} is none`);
    });

    it("a request is refused whose link has the name of somebody else's database", async () => {
      world.cloud.account(SPOKE).databases.set("orders", []);
      const error = await refusalOf(preview(world.context, await request()));
      expect(error.faults).to.deep.equal([
        {
          path: "products[0].as",
          message: `Glue database "orders" exists in ${SPOKE} and belongs to somebody else, having no tags of ours: choose another name under products[0].as`,
        },
      ]);
    });
  });

  it("goes on over the policies that the environment's own stack wrote", async () => {
    const shop = world.cloud.account(PRODUCER);
    shop.gluePolicy = { Version: "2012-10-17", Statement: [] };
    shop.buckets.set("shop-data", { policy: {}, keys: [] });
    const state = world.engine.states.get("dev");
    if (state === undefined) throw new Error("the environment is deployed");
    world.engine.states.set("dev", {
      ...state,
      resources: [
        resourceOf("Glue policy", "shop-products-glue-policy", PRODUCER),
        resourceOf("bucket policy", "shop-data", PRODUCER),
        ...state.resources,
      ],
    });
    expect(await updateEnvironment(world.context, "dev")).to.include({ changed: false });
  });
});
