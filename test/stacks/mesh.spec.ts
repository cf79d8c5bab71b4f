import { expect } from "chai";
import { policyText } from "../../access/document";
import { dataBucketPolicy } from "../../access/mesh/bucket-policy";
import { gluePolicy } from "../../access/mesh/glue-policy";
import { environmentStack } from "../../stacks/environment";
import { spokeStack } from "../../stacks/spoke";
import { recordRegistrations } from "../components/registrations";
import { environmentWith, PRODUCER, requestWith, SPOKE } from "../worlds";

const grant = { product: "orders", consumer: "sales", account: SPOKE, approvedBy: "Ada" };
const published = (grants: readonly object[]) =>
  environmentWith({
    producers: { shop: { account: PRODUCER } },
    products: {
      orders: { producer: "shop", data: [{ database: "shop", prefixes: ["s3://shop-data/"] }] },
    },
    grants,
  });
const request = requestWith({ connectors: [], products: [{ product: "orders", as: "shop" }] });

describe("products in stacks (R47)", () => {
  it("an environment writes each document whole, and lets it go with the last grant", async () => {
    const environment = published([grant]);
    const registered = await recordRegistrations(() => environmentStack(environment));
    const made = registered.filter(({ name }) => name.startsWith("shop-products-"));
    expect(made.map(({ type, inputs, protect }) => ({ type, inputs, protect }))).to.have.deep.members([
      {
        type: "aws:s3/bucketPolicy:BucketPolicy",
        inputs: {
          bucket: "shop-data",
          policy: policyText(dataBucketPolicy(environment, "shop", "shop-data")),
        },
        protect: false,
      },
      {
        type: "aws:glue/resourcePolicy:ResourcePolicy",
        inputs: {
          policy: policyText(
            gluePolicy(environment, "shop")?.policy ?? { Version: "2012-10-17", Statement: [] },
          ),
        },
        protect: false,
      },
    ]);
    const without = await recordRegistrations(() => environmentStack(published([])));
    expect(without.filter(({ name }) => name.startsWith("shop-products-"))).to.deep.equal([]);
    expect(without.filter(({ type }) => type === "aws:s3/bucket:Bucket")).to.deep.equal([]);
  });

  it("a spoke gets a catalog of type GLUE that is the producer's", async () => {
    const registered = await recordRegistrations(() => spokeStack(request), {
      stackOutputs: { environment: published([grant]) },
    });
    const catalogs = registered.filter(({ type }) => type === "aws:athena/dataCatalog:DataCatalog");
    expect(catalogs.map(({ inputs }) => inputs)).to.deep.equal([
      {
        name: "shop",
        type: "GLUE",
        description: `Product orders in the Glue catalog of account ${PRODUCER}`,
        parameters: { "catalog-id": PRODUCER },
      },
    ]);
  });

  for (const [grants, words] of [
    [
      [],
      /nobody has granted "orders" to spoke "sales" of account 133333333333: add a grant to environment dev/,
    ],
    [[{ ...grant, until: "2020-01-01" }], /approved by Ada, ended on 2020-01-01: add a grant/],
  ] as const)
    it(`plain pulumi refuses a product ${grants.length === 0 ? "without a grant" : "whose grant has ended"}`, async () => {
      let thrown: unknown;
      await recordRegistrations(
        async () => {
          await spokeStack(request).catch((error: unknown) => (thrown = error));
        },
        { stackOutputs: { environment: published(grants) } },
      );
      expect(String(thrown)).to.match(words);
    });
});
