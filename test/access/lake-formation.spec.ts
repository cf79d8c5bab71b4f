import { expect } from "chai";
import { bootstrapTemplate, producerBootstrap, spokeBootstrap } from "../../access/bootstrap";
import type { Environment } from "../../access/environment";
import { InputError } from "../../access/faults";
import { gluePolicy } from "../../access/mesh/glue-policy";
import {
  lakeGrants,
  lakeLocations,
  lakeRolePermissions,
  lakeRoleTrust,
  locationArn,
} from "../../access/mesh/lake-formation";
import { dataBucketPolicy } from "../../access/mesh/bucket-policy";
import { faultsInEnvironment } from "../../access/request";
import { roleBPermissions } from "../../access/role-b";
import { environmentWith, OTHER_SPOKE, PRODUCER, REGION, requestWith, SPOKE } from "../worlds";

const TRUSTED = ["arn:aws:iam::100000000000:user/platform"];
const GLUE = `arn:aws:glue:${REGION}:${PRODUCER}`;
const READ_SHARED = [
  "glue:BatchGetPartition",
  "glue:GetDatabase",
  "glue:GetDatabases",
  "glue:GetPartition",
  "glue:GetPartitions",
  "glue:GetTable",
  "glue:GetTables",
];
const inRegion = { StringEquals: { "aws:RequestedRegion": REGION } };
const ours = { StringEquals: { "aws:ResourceAccount": PRODUCER } };
const carts = { database: "carts", tables: ["open"], prefixes: ["s3://shop-lake/carts/"] };
const stock = { database: "stock", prefixes: ["s3://shop-lake/stock/", "s3://shop-stock/"] };
const toSales = { product: "shop", consumer: "sales", account: SPOKE, approvedBy: "Ada" };

/** An environment that shares one product by Lake Formation; `changes` are laid over it. */
function lake(changes: Readonly<Record<string, unknown>> = {}): Environment {
  return environmentWith({
    producers: { shop: { account: PRODUCER } },
    products: { shop: { producer: "shop", via: "lakeFormation", data: [carts, stock] } },
    grants: [toSales, { ...toSales, consumer: "returns", account: OTHER_SPOKE }],
    ...changes,
  });
}
const request = requestWith({
  connectors: [],
  sampleData: false,
  analyst: true,
  products: [{ product: "shop", as: "web-shop" }],
});

function faultsOf(build: () => unknown): string[] {
  try {
    build();
    return [];
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.faults.map(({ path, message }) => `${path}: ${message}`);
    throw thrown;
  }
}

describe("products by Lake Formation (R47, C18)", () => {
  const open = { table: { catalogId: PRODUCER, databaseName: "carts", name: "open" } };
  const all = { table: { catalogId: PRODUCER, databaseName: "stock", wildcard: true } };
  const databases = ["carts", "stock"].map((name) => ({ database: { catalogId: PRODUCER, name } }));
  const toEach = (targets: readonly object[]) =>
    [SPOKE, OTHER_SPOKE].flatMap((account) => targets.map((target) => ({ account, target })));

  it("are granted to the accounts of their grants, each once, and opted in to with their databases", () => {
    expect(lakeGrants(lake(), "shop")).to.deep.equal({
      permissions: toEach([open, all]),
      optIns: toEach([...databases, open, all]),
    });
    const twice = lake({ grants: [toSales, { ...toSales, consumer: "people" }] });
    expect(lakeGrants(twice, "shop").permissions).to.have.lengthOf(2);
    const own = lake({ grants: [{ ...toSales, account: PRODUCER }] });
    expect(lakeGrants(own, "shop")).to.deep.equal({ permissions: [], optIns: [] });
  });

  it("opt nobody in where the location is not in hybrid mode", () => {
    const alone = lake({
      products: { shop: { producer: "shop", via: "lakeFormation", hybrid: false, data: [carts, stock] } },
    });
    expect(lakeGrants(alone, "shop")).to.deep.equal({ permissions: toEach([open, all]), optIns: [] });
    expect(lakeLocations(alone, "shop").map(({ hybrid }) => hybrid)).to.deep.equal([false, false, false]);
  });

  it("have locations that one role reads, which Lake Formation alone becomes, for its own account", () => {
    const environment = lake();
    expect(lakeLocations(environment, "shop").map((each) => locationArn(REGION, each))).to.deep.equal([
      "arn:aws:s3:::shop-lake/carts",
      "arn:aws:s3:::shop-lake/stock",
      "arn:aws:s3:::shop-stock",
    ]);
    expect(lakeRoleTrust(environment, "shop")).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "LakeFormationReadsLocations",
          Effect: "Allow",
          Principal: { Service: "lakeformation.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: {
            ArnLike: { "aws:SourceArn": `arn:aws:lakeformation:${REGION}:${PRODUCER}:*` },
            StringEquals: { "aws:SourceAccount": PRODUCER },
          },
        },
      ],
    });
    expect(lakeRolePermissions(environment, "shop")).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ListData1",
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: "arn:aws:s3:::shop-lake",
          Condition: { ...ours, StringLike: { "s3:prefix": ["carts/*", "stock/*"] } },
        },
        {
          Sid: "ListData2",
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: "arn:aws:s3:::shop-stock",
          Condition: { ...ours, StringLike: { "s3:prefix": ["*"] } },
        },
        {
          Sid: "ReadData",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: [
            "arn:aws:s3:::shop-lake/carts/*",
            "arn:aws:s3:::shop-lake/stock/*",
            "arn:aws:s3:::shop-stock/*",
          ],
          Condition: ours,
        },
      ],
    });
  });

  it("name no consumer in the producer's policies, but let RAM share (L17)", () => {
    const shared = gluePolicy(lake(), "shop");
    expect(shared?.hybrid).to.equal(true);
    expect(shared?.policy.Statement.map(({ Sid }) => Sid)).to.deep.equal(["ShareByLakeFormation"]);
    expect(gluePolicy(lake({ grants: [] }), "shop")).to.equal(undefined);
    expect(dataBucketPolicy(lake(), "shop", "shop-lake").Statement).to.have.lengthOf(1);
  });

  it("are read by Role B through links, with credentials of Lake Formation and nothing of S3", () => {
    const { Statement } = roleBPermissions(request, lake());
    const inSpoke = (resource: string) => `arn:aws:glue:${REGION}:${SPOKE}:${resource}`;
    expect(
      Statement.filter(({ Sid }) => /Product|Link|Lake|Data(?!base)|Catalogs/.test(Sid ?? "")),
    ).to.deep.equal([
      {
        Sid: "AthenaCatalogs",
        Effect: "Allow",
        Action: [
          "athena:GetDataCatalog",
          "athena:GetDatabase",
          "athena:GetTableMetadata",
          "athena:ListDatabases",
          "athena:ListTableMetadata",
        ],
        Resource: [`arn:aws:athena:${REGION}:${SPOKE}:datacatalog/AwsDataCatalog`],
      },
      {
        Sid: "GlueReadProducts",
        Effect: "Allow",
        Action: READ_SHARED,
        Resource: [
          `${GLUE}:catalog`,
          `${GLUE}:database/carts`,
          `${GLUE}:table/carts/open`,
          `${GLUE}:database/stock`,
          `${GLUE}:table/stock/*`,
        ],
      },
      {
        Sid: "GlueReadLinks",
        Effect: "Allow",
        Action: READ_SHARED,
        Resource: [
          inSpoke("catalog"),
          inSpoke("database/web_shop_carts"),
          inSpoke("table/web_shop_carts/*"),
          inSpoke("database/web_shop_stock"),
          inSpoke("table/web_shop_stock/*"),
        ],
      },
      {
        Sid: "LakeFormationCredentials",
        Effect: "Allow",
        Action: "lakeformation:GetDataAccess",
        Resource: "*",
        Condition: inRegion,
      },
    ]);
  });

  const orders = { producer: "shop", data: [carts] };
  const wrong: { name: string; changes: Record<string, unknown>; faults: string[] }[] = [
    {
      name: "a policy on a database that Lake Formation alone decides on",
      changes: {
        products: {
          shop: { producer: "shop", via: "lakeFormation", hybrid: false, data: [carts] },
          orders: { ...orders, data: [{ ...carts, prefixes: ["s3://elsewhere/"] }] },
        },
      },
      faults: [
        'products.orders.via: Lake Formation alone decides on database "carts", which product "shop" shares without hybrid mode, so that a policy lets nobody in: write `hybrid: true` there, or `via: lakeFormation` here',
      ],
    },
    {
      name: "a policy on a location within one that Lake Formation alone decides on",
      changes: {
        products: {
          shop: { producer: "shop", via: "lakeFormation", hybrid: false, data: [carts] },
          orders: {
            producer: "shop",
            data: [{ database: "orders", prefixes: ["s3://shop-lake/carts/today/"] }],
          },
        },
      },
      faults: [
        'products.orders.via: Lake Formation alone decides on location "s3://shop-lake/carts/today/", which product "shop" shares without hybrid mode, so that a policy lets nobody in: write `hybrid: true` there, or `via: lakeFormation` here',
      ],
    },
    {
      name: "two modes of one location",
      changes: {
        products: {
          shop: { producer: "shop", via: "lakeFormation", hybrid: false, data: [carts] },
          orders: { ...orders, via: "lakeFormation" },
        },
      },
      faults: [
        'products.orders.hybrid: product "shop" shares database "carts" without hybrid mode, and a location has one mode: write the same for both',
      ],
    },
    {
      name: "a mode of what no location is registered for, and sample data that IAM could not open",
      changes: {
        products: {
          shop: { producer: "shop", via: "lakeFormation", hybrid: false, sampleData: true },
          orders: { ...orders, hybrid: false },
        },
      },
      faults: [
        "products.orders.hybrid: the key is about products that Lake Formation shares: leave it out, or write `via: lakeFormation`",
        "products.shop.hybrid: the sample data is open to whom IAM lets in, in hybrid mode only: leave the key out",
      ],
    },
    {
      name: "a grant to the organization",
      changes: { grants: [{ product: "shop", organization: true, approvedBy: "Ada" }] },
      faults: [
        'grants[0].organization: product "shop" is shared by Lake Formation, whose grants name accounts here: write consumer and account of each spoke',
      ],
    },
  ];
  for (const { name, changes, faults } of wrong)
    it(`refuse ${name}`, () => {
      expect(faultsOf(() => lake(changes))).to.deep.equal(faults);
    });

  it("stand beside a policy on the same data in hybrid mode", () => {
    const products = {
      shop: { producer: "shop", via: "lakeFormation", data: [carts] },
      orders,
    };
    expect(faultsOf(() => lake({ products }))).to.deep.equal([]);
  });

  const requests: { name: string; written: Record<string, unknown>; faults: string[] }[] = [
    {
      name: "a product of the very account",
      written: { account: PRODUCER, products: [{ product: "shop" }] },
      faults: [
        'products[0].product: "shop" is in this very account, where Lake Formation shares nothing: name its databases under data',
      ],
    },
    {
      name: "the name of a database that the request reads already",
      written: {
        data: [{ database: "a_carts", prefixes: ["s3://sales-data/"] }],
        products: [{ product: "shop", as: "a" }],
      },
      faults: [
        'products[0].as: the request\'s own data has the database name "a_carts" already: give the product another name with `as`',
      ],
    },
    {
      name: "what can be a catalog's name and no database's",
      written: { products: [{ product: "shop", as: "a@b" }] },
      faults: ["carts", "stock"].map(
        (database) =>
          `products[0].as: "a@b_${database}" is to be the name of a database: use lower-case letters, digits, _ and -`,
      ),
    },
  ];
  for (const { name, written, faults } of requests)
    it(`are refused in a request with ${name}`, () => {
      const asked = requestWith({ connectors: [], sampleData: false, ...written });
      expect(
        faultsInEnvironment(asked, lake()).map(({ path, message }) => `${path}: ${message}`),
      ).to.deep.equal(faults);
    });
});

describe("bootstrap of accounts that share by Lake Formation (R47, C18)", () => {
  const administer = (...more: string[]) => ({
    Sid: "LakeFormation",
    Effect: "Allow",
    Action: [
      "lakeformation:CreateLakeFormationOptIn",
      "lakeformation:DeleteLakeFormationOptIn",
      "lakeformation:GetDataLakeSettings",
      "lakeformation:GrantPermissions",
      "lakeformation:ListLakeFormationOptIns",
      "lakeformation:ListPermissions",
      "lakeformation:RevokePermissions",
      ...more,
    ].sort(),
    Resource: "*",
    Condition: inRegion,
  });
  const administrator = (role: string) => ({
    Type: "AWS::LakeFormation::DataLakeSettings",
    Properties: {
      Admins: [{ DataLakePrincipalIdentifier: { "Fn::GetAtt": [role, "Arn"] } }],
      MutationType: "APPEND",
    },
  });
  const resourcesOf = (template: object) =>
    (template as { Resources: Record<string, unknown> }).Resources["DataLakeAdministrator"];

  it("a producer's deployer makes the locations' role under a boundary, registers, grants and shares", () => {
    const made = producerBootstrap(lake(), "shop", TRUSTED);
    const { roles, boundary } = made;
    const role = `arn:aws:iam::${PRODUCER}:role/dev-shop-lake-formation`;
    const bounds = `arn:aws:iam::${PRODUCER}:policy/athena-spokes-producer-boundary-dev`;
    expect(roles.get("athena-spokes-producer-deployer-dev")?.permissions.Statement).to.deep.equal([
      {
        Sid: "MakeRolesUnderBoundary",
        Effect: "Allow",
        Action: [
          "iam:CreateRole",
          "iam:PutRolePolicy",
          "iam:UpdateAssumeRolePolicy",
          "iam:UpdateRole",
          "iam:UpdateRoleDescription",
        ],
        Resource: [role],
        Condition: { ArnEquals: { "iam:PermissionsBoundary": bounds } },
      },
      {
        Sid: "RemoveRolesUnderBoundary",
        Effect: "Allow",
        Action: ["iam:DeleteRole", "iam:DeleteRolePolicy"],
        Resource: [role],
        Condition: { ArnEquals: { "iam:PermissionsBoundary": bounds } },
      },
      {
        Sid: "ReadAndTagRoles",
        Effect: "Allow",
        Action: [
          "iam:GetRole",
          "iam:GetRolePolicy",
          "iam:ListAttachedRolePolicies",
          "iam:ListInstanceProfilesForRole",
          "iam:ListRolePolicies",
          "iam:TagRole",
          "iam:UntagRole",
        ],
        Resource: [role],
      },
      {
        Sid: "GluePolicy",
        Effect: "Allow",
        Action: ["glue:DeleteResourcePolicy", "glue:GetResourcePolicy", "glue:PutResourcePolicy"],
        Resource: `${GLUE}:catalog`,
      },
      {
        Sid: "FindData",
        Effect: "Allow",
        Action: ["glue:GetDatabase", "glue:GetTables"],
        Resource: [
          `${GLUE}:catalog`,
          ...["carts", "stock"].flatMap((name) => [`${GLUE}:database/${name}`, `${GLUE}:table/${name}/*`]),
        ],
      },
      {
        Sid: "PassLakeRoles",
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: [role],
        Condition: { StringEquals: { "iam:PassedToService": "lakeformation.amazonaws.com" } },
      },
      administer(
        "lakeformation:DeregisterResource",
        "lakeformation:DescribeResource",
        "lakeformation:RegisterResource",
      ),
      {
        Sid: "MakeLakeShares",
        Effect: "Allow",
        Action: "ram:CreateResourceShare",
        Resource: "*",
        Condition: {
          StringEquals: {
            "ram:RequestedResourceType": ["glue:Catalog", "glue:Database", "glue:Table"],
          },
        },
      },
      {
        Sid: "LakeShares",
        Effect: "Allow",
        Action: [
          "ram:AssociateResourceShare",
          "ram:DeleteResourceShare",
          "ram:DisassociateResourceShare",
          "ram:UpdateResourceShare",
        ],
        Resource: `arn:aws:ram:${REGION}:*:resource-share/*`,
        Condition: { StringLike: { "ram:ResourceShareName": "LakeFormation*" } },
      },
      {
        Sid: "ReadBoundary",
        Effect: "Allow",
        Action: ["iam:GetPolicy", "iam:GetPolicyVersion"],
        Resource: bounds,
      },
    ]);
    expect(boundary.document.Statement).to.deep.equal([
      {
        Sid: "ReadLocations",
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: [
          "arn:aws:s3:::shop-lake",
          "arn:aws:s3:::shop-lake/carts/*",
          "arn:aws:s3:::shop-lake/stock/*",
          "arn:aws:s3:::shop-stock",
          "arn:aws:s3:::shop-stock/*",
        ],
        Condition: ours,
      },
    ]);
    expect(resourcesOf(bootstrapTemplate(made))).to.deep.equal(administrator("ProducerDeployer"));
  });

  for (const [what, requests, links] of [
    ["of its request", [request], ["web_shop_carts", "web_shop_stock"]],
    ["with default names", [], ["shop_carts", "shop_stock"]],
  ] as const)
    it(`a spoke's deployer ${what} makes its links alone, and gives on what was granted`, () => {
      const made = spokeBootstrap(lake(), SPOKE, TRUSTED, requests);
      const inSpoke = (resource: string) => `arn:aws:glue:${REGION}:${SPOKE}:${resource}`;
      const statements = made.roles.get("athena-spokes-spoke-deployer-dev")?.permissions.Statement ?? [];
      expect(statements.filter(({ Sid }) => Sid === "Links" || Sid === "LakeFormation")).to.deep.equal([
        {
          Sid: "Links",
          Effect: "Allow",
          Action: [
            "glue:CreateDatabase",
            "glue:DeleteDatabase",
            "glue:GetDatabase",
            "glue:GetTags",
            "glue:TagResource",
            "glue:UntagResource",
            "glue:UpdateDatabase",
          ],
          Resource: [
            inSpoke("catalog"),
            ...links.flatMap((link) => [
              inSpoke(`database/${link}`),
              inSpoke(`table/${link}/*`),
              inSpoke(`userDefinedFunction/${link}/*`),
            ]),
          ],
        },
        administer(),
      ]);
      expect(
        made.boundary.document.Statement.find(({ Sid }) => Sid === "LakeFormationCredentials"),
      ).to.deep.equal({
        Sid: "LakeFormationCredentials",
        Effect: "Allow",
        Action: "lakeformation:GetDataAccess",
        Resource: "*",
        Condition: inRegion,
      });
      expect(resourcesOf(bootstrapTemplate(made))).to.deep.equal(administrator("SpokeDeployer"));
    });

  it("a spoke without such products administers no data lake", () => {
    const made = spokeBootstrap(lake(), SPOKE, TRUSTED, [requestWith({ connectors: [] })]);
    expect(made.administersLake).to.equal(false);
    expect(resourcesOf(bootstrapTemplate(made))).to.equal(undefined);
  });
});
