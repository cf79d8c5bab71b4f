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
const NOTHING = { Version: "2012-10-17" as const, Statement: [] };
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

  it("by Lake Formation: an environment registers, grants and opts accounts in, with the grant option (C18)", async () => {
    const environment = environmentWith({
      producers: { shop: { account: PRODUCER } },
      products: {
        orders: {
          producer: "shop",
          via: "lakeFormation",
          data: [{ database: "shop", prefixes: ["s3://shop-data/orders/"] }],
        },
      },
      grants: [grant],
    });
    const registered = await recordRegistrations(() => environmentStack(environment));
    const made = registered.filter(({ type }) => type.startsWith("aws:lakeformation/"));
    const table = { catalogId: PRODUCER, databaseName: "shop", wildcard: true };
    expect(made.map(({ type, inputs, protect }) => ({ type, inputs, protect }))).to.have.deep.members([
      {
        type: "aws:lakeformation/resource:Resource",
        inputs: {
          arn: "arn:aws:s3:::shop-data/orders",
          roleArn: `arn:aws:iam::${PRODUCER}:role/dev-shop-lake-formation`,
          hybridAccessEnabled: true,
        },
        protect: false,
      },
      {
        type: "aws:lakeformation/permissions:Permissions",
        inputs: {
          principal: SPOKE,
          table,
          permissions: ["DESCRIBE", "SELECT"],
          permissionsWithGrantOptions: ["DESCRIBE", "SELECT"],
        },
        protect: false,
      },
      ...[{ database: { catalogId: PRODUCER, name: "shop" } }, { table }].map((target) => ({
        type: "aws:lakeformation/optIn:OptIn",
        inputs: { principals: [{ dataLakePrincipalIdentifier: SPOKE }], resourceDatas: [target] },
        protect: false,
      })),
    ]);
    expect(
      registered.find(({ type }) => type === "aws:glue/resourcePolicy:ResourcePolicy")?.inputs,
    ).to.deep.equal({
      policy: policyText(gluePolicy(environment, "shop")?.policy ?? NOTHING),
      enableHybrid: "TRUE",
    });

    const spoke = await recordRegistrations(
      () => spokeStack(requestWith({ connectors: [], analyst: false, products: [{ product: "orders" }] })),
      { stackOutputs: { environment } },
    );
    const roleB = `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`;
    const ofSpoke = spoke.filter(
      ({ type, name }) => type.startsWith("aws:lakeformation/") || name.startsWith("sales-products-orders"),
    );
    expect(ofSpoke.map(({ type, inputs }) => ({ type, inputs }))).to.have.deep.members([
      {
        type: "aws:glue/catalogDatabase:CatalogDatabase",
        inputs: { name: "orders", targetDatabase: { catalogId: PRODUCER, databaseName: "shop" } },
      },
      {
        type: "aws:lakeformation/permissions:Permissions",
        inputs: {
          principal: roleB,
          database: { catalogId: SPOKE, name: "orders" },
          permissions: ["DESCRIBE"],
        },
      },
      {
        type: "aws:lakeformation/permissions:Permissions",
        inputs: { principal: roleB, table, permissions: ["DESCRIBE", "SELECT"] },
      },
      ...[{ database: { catalogId: PRODUCER, name: "shop" } }, { table }].map((target) => ({
        type: "aws:lakeformation/optIn:OptIn",
        inputs: { principals: [{ dataLakePrincipalIdentifier: roleB }], resourceDatas: [target] },
      })),
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
