import { expect } from "chai";
import { type AccessRequest, decide } from "../../access/evaluate";
import { bucketArn, rootArn } from "../../access/arn";
import { policyDocument, policyText, type Statement } from "../../access/document";
import { type Environment, sizeFaults } from "../../access/environment";
import { InputError } from "../../access/faults";
import { limits } from "../../access/limits";
import { dataBucketPolicy } from "../../access/mesh/bucket-policy";
import { ungranted } from "../../access/mesh/consumed";
import { expiredText, withoutExpired } from "../../access/mesh/grant";
import { gluePolicy } from "../../access/mesh/glue-policy";
import { sharedBuckets } from "../../access/mesh/product";
import { faultsInEnvironment, type SpokeRequest } from "../../access/request";
import { analystPermissions } from "../../access/analyst";
import { roleBPermissions } from "../../access/role-b";
import { environmentWith, OTHER_SPOKE, ORGANIZATION, PRODUCER, REGION, requestWith, SPOKE } from "../worlds";

const TODAY = "2026-11-27";
const toSales = { product: "shop-orders", consumer: "sales", account: SPOKE, approvedBy: "Ada" };
const toReturns = { product: "shop-orders", consumer: "returns", account: OTHER_SPOKE, approvedBy: "Ada" };

/** An environment that publishes one product; `changes` are laid over it. */
function mesh(changes: Readonly<Record<string, unknown>> = {}) {
  return environmentWith({
    producers: { shop: { account: PRODUCER } },
    products: {
      "shop-orders": {
        producer: "shop",
        data: [{ database: "shop", tables: ["orders"], prefixes: ["s3://shop-data/orders/"] }],
      },
    },
    grants: [toSales],
    ...changes,
  });
}

const asking = { connectors: [], sampleData: false, products: [{ product: "shop-orders" }] };

const READ = [
  "glue:BatchGetPartition",
  "glue:GetDatabase",
  "glue:GetDatabases",
  "glue:GetPartition",
  "glue:GetPartitions",
  "glue:GetTable",
  "glue:GetTables",
];
const GLUE = `arn:aws:glue:${REGION}:${PRODUCER}`;
const TABLES = [`${GLUE}:catalog`, `${GLUE}:database/shop`, `${GLUE}:table/shop/orders`];
const QUERYING = {
  ArnLike: {
    "aws:PrincipalArn": [
      "arn:aws:iam::*:role/qs-athena-consumer-role",
      "arn:aws:iam::*:role/qs-athena-consumer-role-dev-*",
      "arn:aws:iam::*:role/analyst",
      "arn:aws:iam::*:role/analyst-dev-*",
      "arn:aws:iam::*:user/analyst",
      "arn:aws:iam::*:user/analyst-dev-*",
    ],
  },
};
const UNTIL = { DateLessThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } };

function faultsOf(make: () => unknown): string[] {
  try {
    make();
  } catch (thrown) {
    if (thrown instanceof InputError)
      return thrown.faults.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
    throw thrown;
  }
  return [];
}

describe("products and grants (R47, C18)", () => {
  it("make the Glue policy, one statement for a product and a last day (R47, L17)", () => {
    const environment = mesh({ grants: [toSales, { ...toReturns, until: "2026-12-31" }] });
    expect(gluePolicy(environment, "shop")).to.deep.equal({
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "ReadShopOrders",
            Effect: "Allow",
            Principal: { AWS: [`arn:aws:iam::${SPOKE}:root`] },
            Action: READ,
            Resource: TABLES,
            Condition: QUERYING,
          },
          {
            Sid: "ReadShopOrdersUntil20261231",
            Effect: "Allow",
            Principal: { AWS: [`arn:aws:iam::${OTHER_SPOKE}:root`] },
            Action: READ,
            Resource: TABLES,
            Condition: { ...QUERYING, ...UNTIL },
          },
        ],
      },
      hybrid: false,
    });
  });

  it("make the policy of the bucket: TLS only, and read below the product's prefixes", () => {
    const grants = [{ product: "shop-orders", organization: true, approvedBy: "Ada", until: "2026-12-31" }];
    const condition = { ...QUERYING, StringEquals: { "aws:PrincipalOrgID": ORGANIZATION }, ...UNTIL };
    expect(dataBucketPolicy(mesh({ grants }), "shop", "shop-data")).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "DenyInsecureTransport",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: ["arn:aws:s3:::shop-data", "arn:aws:s3:::shop-data/*"],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Sid: "ListShopOrdersOrganizationUntil20261231",
          Effect: "Allow",
          Principal: "*",
          Action: "s3:ListBucket",
          Resource: "arn:aws:s3:::shop-data",
          Condition: { ...condition, StringLike: { "s3:prefix": ["orders/*"] } },
        },
        {
          Sid: "ReadShopOrdersOrganizationUntil20261231",
          Effect: "Allow",
          Principal: "*",
          Action: ["s3:GetBucketLocation", "s3:GetObject"],
          Resource: ["arn:aws:s3:::shop-data", "arn:aws:s3:::shop-data/orders/*"],
          Condition: condition,
        },
      ],
    });
  });

  /** The environment, with its product shared by Lake Formation as well, under another name. */
  function byLakeFormation(environment: Environment): Environment {
    const product = environment.products["shop-orders"];
    if (product === undefined) throw new Error("the environment has a product");
    const { products } = environment;
    return { ...environment, products: { ...products, lake: { ...product, via: "lakeFormation" } } };
  }

  it("let RAM share beside the Glue policy where Lake Formation grants, and say so to Glue (C18, L17)", () => {
    const share: Statement = {
      Sid: "ShareByLakeFormation",
      Effect: "Allow",
      Principal: { Service: "ram.amazonaws.com" },
      Action: "glue:ShareResource",
      Resource: [`${GLUE}:catalog`, `${GLUE}:database/*`, `${GLUE}:table/*/*`],
    };
    const environment = byLakeFormation(mesh());
    const [grant] = environment.grants;
    if (grant === undefined) throw new Error("the environment has a grant");
    expect(gluePolicy(environment, "shop")).to.deep.equal(gluePolicy(mesh(), "shop"));
    const both = gluePolicy({ ...environment, grants: [grant, { ...grant, product: "lake" }] }, "shop");
    expect(both?.hybrid).to.equal(true);
    expect(both?.policy.Statement).to.deep.equal([
      ...(gluePolicy(mesh(), "shop")?.policy.Statement ?? []),
      share,
    ]);
    const alone = gluePolicy({ ...environment, grants: [{ ...grant, product: "lake" }] }, "shop");
    expect(alone).to.deep.equal({ policy: policyDocument(share), hybrid: true });
    expect(sharedBuckets({ ...environment, grants: [{ ...grant, product: "lake" }] }, "shop")).to.deep.equal(
      [],
    );
  });

  it("write no document where nobody was granted anything", () => {
    const environment = mesh({ grants: [] });
    expect(gluePolicy(environment, "shop")).to.equal(undefined);
    expect(sharedBuckets(environment, "shop")).to.deep.equal([]);
    expect(sharedBuckets(mesh(), "shop")).to.deep.equal(["shop-data"]);
  });

  it("let Role B and the analyst into the producer's catalog and data, by their own policies", () => {
    const request = requestWith(asking);
    for (const document of [roleBPermissions(request, mesh()), analystPermissions(request, mesh())]) {
      const statements = document.Statement.filter(({ Sid }) =>
        ["AthenaCatalogs", "GlueReadProducts", "LocateDataBuckets", "ListData1", "ReadData"].includes(
          Sid ?? "",
        ),
      );
      expect(statements).to.deep.equal([
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
          Resource: [
            `arn:aws:athena:${REGION}:${SPOKE}:datacatalog/AwsDataCatalog`,
            `arn:aws:athena:${REGION}:${SPOKE}:datacatalog/shop-orders`,
          ],
        },
        { Sid: "GlueReadProducts", Effect: "Allow", Action: READ, Resource: TABLES },
        {
          Sid: "LocateDataBuckets",
          Effect: "Allow",
          Action: "s3:GetBucketLocation",
          Resource: ["arn:aws:s3:::shop-data"],
        },
        {
          Sid: "ListData1",
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: "arn:aws:s3:::shop-data",
          Condition: { StringLike: { "s3:prefix": ["orders/*"] } },
        },
        {
          Sid: "ReadData",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: ["arn:aws:s3:::shop-data/orders/*"],
        },
      ]);
    }
  });

  const grants = [toSales, { ...toReturns, until: "2026-12-31" }];
  const decisions: {
    who: string;
    account: string;
    role: string;
    at?: string;
    table?: string;
    expected: "allowed" | "implicit-deny";
  }[] = [
    { who: "Role B of the consumer", account: SPOKE, role: "qs-athena-consumer-role", expected: "allowed" },
    { who: "the analyst of the consumer", account: SPOKE, role: "analyst", expected: "allowed" },
    { who: "another role of the consumer", account: SPOKE, role: "admin", expected: "implicit-deny" },
    {
      who: "Role B, for another table",
      account: SPOKE,
      role: "qs-athena-consumer-role",
      table: "salaries",
      expected: "implicit-deny",
    },
    {
      who: "a consumer on the last day of its grant",
      account: OTHER_SPOKE,
      role: "analyst",
      at: "2026-12-31T23:59:59Z",
      expected: "allowed",
    },
    {
      who: "a consumer on the day after, whoever updated the environment",
      account: OTHER_SPOKE,
      role: "analyst",
      at: "2027-01-01T00:00:00Z",
      expected: "implicit-deny",
    },
    {
      who: "Role B of a spoke without a grant",
      account: "133333333335",
      role: "qs-athena-consumer-role",
      expected: "implicit-deny",
    },
  ];
  for (const { who, account, role, at = "2026-11-27T12:00:00Z", table = "orders", expected } of decisions)
    it(`Glue and S3 decide for ${who}: ${expected}`, () => {
      const environment = mesh({ grants });
      const request = (action: string, resource: string): AccessRequest => ({
        caller: { type: "role", arn: `arn:aws:iam::${account}:role/${role}`, session: "s" },
        action,
        resource,
        resourceAccount: PRODUCER,
        context: { "aws:CurrentTime": at, "aws:SecureTransport": "true" },
      });
      const everything = {
        name: "own",
        document: {
          Version: "2012-10-17" as const,
          Statement: [{ Effect: "Allow" as const, Action: "*", Resource: "*" }],
        },
      };
      const decided = (asked: AccessRequest, document = policyDocument()) =>
        decide(asked, { identity: [everything], resource: { name: "it", document } }).decision;
      const policy = gluePolicy(environment, "shop")?.policy;
      expect(decided(request("glue:GetTable", `${GLUE}:table/shop/${table}`), policy)).to.equal(expected);
      const object = `${table}/part-0`;
      expect(
        decided(
          request("s3:GetObject", bucketArn(REGION, "shop-data", object)),
          dataBucketPolicy(environment, "shop", "shop-data"),
        ),
      ).to.equal(expected);
    });

  it("drop grants after their last day, and say so", () => {
    const environment = mesh({ grants: [toSales, { ...toReturns, until: "2026-11-26" }] });
    const { environment: standing, expired } = withoutExpired(environment, TODAY);
    expect(standing.grants.map(({ consumer }) => consumer)).to.deep.equal(["sales"]);
    expect(expired.map(expiredText)).to.deep.equal([
      "grant of shop-orders to returns (133333333334), approved by Ada, ended on 2026-11-26: it is left out of all documents; renew its `until`, or remove it",
    ]);
    const last = mesh({ grants: [{ ...toReturns, until: TODAY }] });
    expect(withoutExpired(last, TODAY)).to.deep.equal({ environment: last, expired: [] });
  });

  it("take a day as Pulumi hands it on when it was written without quotes", () => {
    const { grants } = mesh({ grants: [{ ...toSales, until: "2027-03-31 00:00:00 +0000 UTC" }] });
    expect(grants.map(({ until }) => until)).to.deep.equal(["2027-03-31"]);
  });

  const requests: { name: string; grants: unknown[]; changes?: object; messages: string[] }[] = [
    { name: "granted", grants: [toSales], messages: [] },
    {
      name: "granted to the organization",
      grants: [{ product: "shop-orders", organization: true, approvedBy: "Ada" }],
      messages: [],
    },
    {
      name: "granted to another spoke",
      grants: [toReturns],
      messages: ['nobody has granted "shop-orders" to spoke "sales" of account 133333333333'],
    },
    {
      name: "granted to the spoke's name in another account",
      grants: [{ ...toSales, account: OTHER_SPOKE }],
      messages: ['nobody has granted "shop-orders" to spoke "sales" of account 133333333333'],
    },
    {
      name: "granted until yesterday",
      grants: [{ ...toSales, until: "2026-11-26" }],
      messages: ["the grant of shop-orders to sales (133333333333), approved by Ada, ended on 2026-11-26"],
    },
  ];
  for (const { name, grants: written, messages } of requests)
    it(`a product ${name} is ${messages.length === 0 ? "" : "not "}the spoke's to query`, () => {
      const found = ungranted(requestWith(asking), mesh({ grants: written }), TODAY);
      expect(found.map(({ message }) => message)).to.deep.equal(messages);
    });

  const wrong: { name: string; changes: Record<string, unknown>; faults: string[] }[] = [
    {
      name: "a producer that is not there",
      changes: { products: { a: { producer: "nobody", sampleData: true } }, grants: [] },
      faults: [
        "producers.shop.connectors: a producer without a connector or a product shares nothing: name one",
        'products.a.producer: there is no producer "nobody" here: known is shop',
      ],
    },
    {
      name: "an empty product",
      changes: { products: { a: { producer: "shop" } }, grants: [] },
      faults: ["products.a.data: the product has nothing in it: add data or sampleData: true"],
    },
    {
      name: "two producers that publish from one account",
      changes: {
        producers: { shop: { account: PRODUCER }, other: { account: PRODUCER } },
        products: { a: { producer: "shop", sampleData: true }, b: { producer: "other", sampleData: true } },
        grants: [],
      },
      faults: [
        'products.b.producer: producer "shop" publishes from the same account, whose Glue policy is one document with one author (L17): publish from "shop"',
      ],
    },
    {
      name: "grants to nobody, of nothing, twice, and to another account than the spoke's",
      changes: {
        grants: [
          { product: "nothing", consumer: "sales", account: SPOKE, approvedBy: "Ada" },
          { product: "shop-orders", consumer: "sales", approvedBy: "Ada" },
          {
            product: "shop-orders",
            consumer: "sales",
            account: SPOKE,
            organization: true,
            approvedBy: "Ada",
          },
          toReturns,
          toReturns,
          { ...toSales, account: OTHER_SPOKE },
        ],
        spokes: { sales: { account: SPOKE, roleB: "qs-athena-consumer-role" } },
      },
      faults: [
        'grants[0].product: there is no product "nothing" here: known is shop-orders',
        "grants[1]: a grant is to one spoke or to all: write consumer and account, or organization: true alone",
        "grants[2]: a grant is to one spoke or to all: write consumer and account, or organization: true alone",
        'grants[4]: grants[3] grants "shop-orders" to the same already: leave one of them out',
        'grants[5].account: spoke "sales" is onboarded with account 133333333333: correct the account, or the consumer',
      ],
    },
    {
      name: "what is no day",
      changes: { grants: [{ ...toSales, until: "31.3.2027" }] },
      faults: [
        'grants[0].until: "31.3.2027" is not a valid day: write it as year, month and day, for example "2027-03-31"',
      ],
    },
    {
      name: "a day that is none, and an approval by nobody",
      changes: { grants: [{ ...toSales, until: "2026-02-30", approvedBy: "" }] },
      faults: [
        'grants[0].approvedBy: "" is not a valid name of who approved: write a name or an e-mail address of 1-128 characters',
        'grants[0].until: "2026-02-30" is not a day of the calendar: correct it',
      ],
    },
  ];
  for (const { name, changes, faults } of wrong)
    it(`refuses ${name}`, () => {
      expect(faultsOf(() => mesh(changes))).to.deep.equal(faults);
    });

  const inEnvironment: { name: string; changes: Record<string, unknown>; faults: string[] }[] = [
    {
      name: "a product that nobody publishes",
      changes: { products: [{ product: "nothing" }] },
      faults: ['products[0].product: there is no product "nothing" in dev: known is shop-orders'],
    },
    {
      name: "the same product twice",
      changes: { products: [{ product: "shop-orders" }, { product: "shop-orders", as: "b" }] },
      faults: ['products[1]: products[0] is "shop-orders" already: leave one of them out'],
    },
    {
      name: "a product with the catalog name of a connector",
      changes: {
        connectors: [{ deploy: { tables: ["Music"] } }],
        products: [{ product: "shop-orders", as: "salesdynamodb" }],
      },
      faults: [
        'products[0].as: connectors[0] has the catalog name "salesdynamodb" already: give one of them another',
      ],
    },
    {
      name: "a Role B or analyst whose name producers do not let in",
      changes: { roleB: { name: "own-name" }, analyst: "own-analyst" },
      faults: [
        'roleB.name: Role A of dev may not assume "own-name": leave the name out, or begin it with "qs-athena-consumer-role-dev-"',
        'analyst: producers of dev do not let "own-analyst" in: write true, or a name that begins with "analyst-dev-"',
      ],
    },
  ];
  for (const { name, changes, faults } of inEnvironment)
    it(`refuses a request with ${name}`, () => {
      const request: SpokeRequest = requestWith({ ...asking, ...changes });
      expect(
        faultsInEnvironment(request, mesh()).map(({ path, message }) => `${path}: ${message}`),
      ).to.deep.equal(faults);
    });

  const documents = [
    {
      what: 'the Glue policy of producer "shop"',
      service: "Glue",
      limit: limits.gluePolicy,
      remedy:
        "grant to the organization, name whole databases instead of tables, or remove grants that have ended",
      times: 1,
      build: (environment: Environment) => gluePolicy(environment, "shop")?.policy ?? policyDocument(),
    },
    {
      what: "the policy of shop-data",
      service: "S3",
      limit: limits.bucketPolicy,
      remedy: "grant to the organization, or remove grants that have ended",
      times: 2,
      build: (environment: Environment) => dataBucketPolicy(environment, "shop", "shop-data"),
    },
  ];
  for (const { what, service, limit, remedy, times, build } of documents)
    it(`refuse ${what} where it outgrows ${service}'s limit, and not one consumer before (L15, L17)`, () => {
      const environment = mesh();
      const [grant] = environment.grants;
      if (grant === undefined) throw new Error("the environment has a grant");
      const many = (count: number) => ({
        ...environment,
        grants: Array.from({ length: count }, (_, index) => ({
          ...grant,
          consumer: `s${index}`,
          account: String(130000000000 + index),
        })),
      });
      const size = (count: number) => policyText(build(many(count))).length;
      const each = times * (rootArn(REGION, SPOKE).length + '"",'.length);
      const most = 1 + Math.floor((limit - size(1)) / each);
      expect(most).to.be.greaterThan(200);
      expect(size(most)).to.be.within(limit - each, limit);
      expect(faultsOf(() => build(many(most + 1)))).to.deep.equal([
        `grants: ${what} would have ${size(most) + each} bytes, ${service} allows ${limit}: ${remedy}`,
      ]);
      expect(sizeFaults(many(most + 1)).map(({ message }) => message)).to.include(
        `${what} would have ${size(most) + each} bytes, ${service} allows ${limit}: ${remedy}`,
      );
    });
});
