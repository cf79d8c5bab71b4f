import { expect } from "chai";
import { producerBootstrap, spokeBootstrap } from "../../access/bootstrap";
import { boundaryName } from "../../access/names";
import { environmentWith, PRODUCER, REGION, requestWith, SPOKE } from "../worlds";

const TRUSTED = ["arn:aws:iam::100000000000:user/platform"];
const GLUE = `arn:aws:glue:${REGION}:${PRODUCER}`;

const environment = environmentWith({
  producers: { shop: { account: PRODUCER } },
  products: {
    orders: {
      producer: "shop",
      data: [{ database: "shop", prefixes: ["s3://shop-data/orders/", "s3://shop-archive/"] }],
    },
  },
  grants: [{ product: "orders", consumer: "sales", account: SPOKE, approvedBy: "Ada" }],
});

describe("bootstrap of accounts that share products (R47)", () => {
  it("a producer without connectors has a deployer that writes two kinds of policies and looks at the data", () => {
    const { roles, boundary } = producerBootstrap(environment, "shop", TRUSTED);
    expect([...roles.keys()]).to.deep.equal(["athena-spokes-producer-deployer-dev"]);
    expect(roles.get("athena-spokes-producer-deployer-dev")?.permissions).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "GluePolicy",
          Effect: "Allow",
          Action: ["glue:DeleteResourcePolicy", "glue:GetResourcePolicy", "glue:PutResourcePolicy"],
          Resource: `${GLUE}:catalog`,
        },
        {
          Sid: "DataBucketPolicies",
          Effect: "Allow",
          Action: ["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:ListBucket", "s3:PutBucketPolicy"],
          Resource: ["arn:aws:s3:::shop-archive", "arn:aws:s3:::shop-data"],
          Condition: { StringEquals: { "aws:ResourceAccount": PRODUCER } },
        },
        {
          Sid: "FindData",
          Effect: "Allow",
          Action: ["glue:GetDatabase", "glue:GetTables"],
          Resource: [`${GLUE}:catalog`, `${GLUE}:database/shop`, `${GLUE}:table/shop/*`],
        },
      ],
    });
    expect(boundary).to.deep.equal({
      name: boundaryName("producer", "dev"),
      document: {
        Version: "2012-10-17",
        Statement: [{ Sid: "NoRoleIsMade", Effect: "Deny", Action: "*", Resource: "*" }],
      },
    });
  });

  const request = requestWith({ connectors: [], products: [{ product: "orders", as: "shop" }] });
  for (const [what, requests, catalogs, buckets] of [
    [
      "of its request",
      [request],
      ["shop"],
      ["dev-sales-athena-data-133333333333", "shop-data", "shop-archive"],
    ],
    ["with default names", [], ["orders", "*dynamodb"], ["*"]],
  ] as const)
    it(`a spoke ${what} makes the catalogs, and its roles reach the producer's catalog and data`, () => {
      const { roles, boundary } = spokeBootstrap(environment, SPOKE, TRUSTED, requests);
      const deployer = roles.get("athena-spokes-spoke-deployer-dev")?.permissions.Statement ?? [];
      expect(deployer.find(({ Sid }) => Sid === "Catalogs")?.Resource).to.deep.equal(
        catalogs.map((name) => `arn:aws:athena:${REGION}:${SPOKE}:datacatalog/${name}`),
      );
      const most = boundary.document.Statement;
      expect(most.find(({ Sid }) => Sid === "GlueReadProducts")).to.deep.equal({
        Sid: "GlueReadProducts",
        Effect: "Allow",
        Action: [
          "glue:BatchGetPartition",
          "glue:GetDatabase",
          "glue:GetDatabases",
          "glue:GetPartition",
          "glue:GetPartitions",
          "glue:GetTable",
          "glue:GetTables",
        ],
        Resource: [`${GLUE}:catalog`, `${GLUE}:database/*`, `${GLUE}:table/*`],
      });
      expect(most.find(({ Sid }) => Sid === "ReadData")?.Resource).to.deep.equal(
        buckets.flatMap((bucket) => [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]),
      );
    });
});
