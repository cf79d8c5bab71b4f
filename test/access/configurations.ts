/** The configurations that the matrix, its proof and the mutants are tried with. */
import type { Environment } from "../../access/environment";
import { readRequest, type SpokeRequest } from "../../access/request";
import { withSpoke } from "../documents";
import { environmentWith, keyedProducers, requestWith } from "../worlds";

export interface Configuration {
  readonly name: string;
  readonly request: SpokeRequest;
  /** With the spoke in its list. */
  readonly environment: Environment;
}

const two = {
  music: {
    account: "122222222222",
    sampleData: true,
    connectors: { acct1dynamodb: { tables: ["Music"] }, second: { tables: ["songs", "Artists"] } },
  },
  films: { account: "122222222223", connectors: { films: { tables: ["films"] } } },
};
const vpc = { subnets: ["subnet-0a1b2c3d", "subnet-4e5f6071"], securityGroups: ["sg-8293a4b5"] };
/**
 * Connectors in a network, which read tables of other accounts and leave the encryption of what they spill to S3: changes of
 * the environment, and of the request. Given is what is written beside that, by its place.
 */
const elsewhere = ({
  environment = {},
  producer = {},
  connector = {},
  tablesIn = {},
}: Partial<Record<"environment" | "producer" | "connector" | "tablesIn", Record<string, unknown>>> = {}): [
  changes: Record<string, unknown>,
  written: Record<string, unknown>,
] => [
  {
    producers: {
      charts: {
        account: "122222222223",
        ...producer,
        connectors: {
          chartsdynamodb: {
            tables: ["Music", "songs"],
            tablesIn: { account: "122222222222", ...tablesIn },
            vpc,
            disableSpillEncryption: true,
            customerManagedKey: true,
            ...connector,
          },
        },
      },
    },
    ...environment,
  },
  {
    sampleData: false,
    connectors: [
      { from: "charts" },
      {
        deploy: {
          tables: ["orders"],
          name: "mine",
          tablesIn: { account: "122222222224", role: "OrdersForSales", ...tablesIn },
          vpc: { ...vpc, subnets: ["subnet-0a1b2c3d"] },
        },
      },
    ],
  },
];
const returns = {
  returns: { account: "133333333334", roleB: "qs-athena-consumer-role", producers: ["music"] },
};

/** Roles are made under the boundaries of `spokes bootstrap`. */
function bounded(
  name: string,
  changes: Record<string, unknown>,
  written: Record<string, unknown> = {},
): Configuration {
  const request = requestWith(written);
  return { name, request, environment: withSpoke(environmentWith(changes), request) };
}

/** Roles are made by administrators, under no boundary. */
function configuration(
  name: string,
  changes: Record<string, unknown>,
  written: Record<string, unknown> = {},
): Configuration {
  return unbounded(bounded(name, changes, written));
}

/** The same without boundaries, which hide from requests what a policy has too much. */
export function unbounded({ name, request, environment }: Configuration): Configuration {
  const assumeRole = "OrganizationAccountAccessRole";
  const producers = Object.fromEntries(
    Object.entries(environment.producers).map(([producer, spec]) => [producer, { ...spec, assumeRole }]),
  );
  return {
    name,
    request: { ...request, assumeRole },
    environment: { ...environment, producers, hub: { ...environment.hub, assumeRole } },
  };
}

export const configurations: readonly Configuration[] = [
  configuration("the example", {}),
  configuration(
    "two producers, two spokes",
    { producers: two, spokes: returns },
    { connectors: [{ from: "music", connector: "second" }, { from: "films" }] },
  ),
  configuration(
    "a producer that is not attached",
    { producers: two, spokes: returns },
    { connectors: [{ from: "films" }] },
  ),
  configuration("spokes whose roles have the same names, and one whose have others", {
    producers: keyedProducers,
    spokes: {
      returns: { ...returns.returns, analyst: "analyst" },
      emea: { account: "133333333335", roleB: "qs-athena-consumer-role-dev-emea", producers: ["music"] },
    },
  }),
  bounded("the example under boundaries", {}),
  configuration("a Role A of the spoke's own", { roleA: "dedicated", spokes: returns }),
  configuration("from a Role A that spokes share to one of the spoke's own", {
    roleA: "dedicated",
    formerRoleA: "pattern",
    spokes: returns,
  }),
  configuration("from a pattern to a list", { roleA: "list", formerRoleA: "pattern", spokes: returns }),
  configuration(
    "a list with two levels",
    { roleA: "list", producerGrants: "roles" },
    { classifications: { confidential: { connectors: [{ from: "music" }] } } },
  ),
  configuration(
    "two levels, of which one attaches a connector",
    { producers: two, producerGrants: "roles" },
    {
      connectors: [],
      classifications: {
        confidential: {
          data: [{ database: "salaries", prefixes: ["s3://acme-salaries/"] }],
          connectors: [{ from: "music", connector: "second" }],
          dataSource: { authors: ["group/hr"] },
          datasets: { all: { database: "salaries", table: "all", columns: { paid: "DECIMAL" } } },
        },
      },
      datasets: { orders: { database: "sales", table: "orders", importMode: "SPICE" } },
    },
  ),
  configuration(
    "alarms",
    { alarms: { trail: "management-events" } },
    { classifications: { confidential: { connectors: [{ from: "music" }] } } },
  ),
  configuration(
    "no Quick",
    { roleA: "list", producers: two, spokes: returns },
    { quick: false, sampleData: false, connectors: [{ from: "music", connector: "second" }] },
  ),
  configuration(
    "list and roles",
    { roleA: "list", producerGrants: "roles", producers: two, spokes: returns },
    { connectors: [{ from: "music", connector: "acct1dynamodb" }] },
  ),
  configuration("list without an organization", { organization: undefined, roleA: "list" }),
  configuration(
    "organization",
    { producerGrants: "organization", producers: two },
    { connectors: [{ from: "music", connector: "second" }] },
  ),
  configuration(
    "an analyst",
    { producers: two, spokes: { returns: { ...returns.returns, analyst: "analyst" } } },
    { analyst: true, connectors: [{ from: "music", connector: "second" }] },
  ),
  bounded(
    "an analyst named in producers' roles",
    { producerGrants: "roles", names: "environment" },
    { analyst: "analyst-dev-sales" },
  ),
  configuration("an analyst of the organization", { producerGrants: "organization" }, { analyst: true }),
  configuration("a key", { producers: keyedProducers }),
  bounded("a key by grants", {
    producers: keyedProducers,
    keyAccess: "grants",
    producerGrants: "roles",
    roleA: "list",
  }),
  configuration(
    "a key for the organization",
    { producers: keyedProducers, producerGrants: "organization" },
    { analyst: false },
  ),
  configuration(
    "keys of its own",
    { producers: keyedProducers },
    {
      sampleData: false,
      connectors: [
        { deploy: { tables: ["Music"], name: "mine", customerManagedKey: true } },
        { from: "music" },
      ],
    },
  ),
  configuration("table readers", {
    producers: {
      music: {
        account: "122222222222",
        connectors: { acct1dynamodb: { tables: ["Music"] } },
        tableReaders: {
          lookup: { account: "133333333335", table: "Music" },
          other: { account: "133333333336", table: "songs", role: "SongsReader" },
        },
      },
    },
  }),
  bounded(
    "products",
    {
      producers: { shop: { account: "122222222222" }, returns: { account: "133333333334" } },
      products: {
        orders: { producer: "shop", sampleData: true },
        refunds: {
          producer: "returns",
          data: [{ database: "refunds", tables: ["all", "open"], prefixes: ["s3://refunds-lake/all/"] }],
        },
      },
      grants: [
        { product: "orders", consumer: "sales", account: "133333333333", approvedBy: "ada@example.com" },
        {
          product: "orders",
          consumer: "returns",
          account: "133333333334",
          approvedBy: "ada@example.com",
          until: "2099-12-31",
        },
        { product: "refunds", organization: true, approvedBy: "grace@example.com" },
      ],
    },
    { sampleData: false, connectors: [], products: [{ product: "orders" }] },
  ),
  configuration(
    "products of several days",
    {
      producers: { shop: { account: "122222222222" } },
      products: {
        "shop-orders": {
          producer: "shop",
          data: [
            { database: "orders", prefixes: ["s3://shop-lake/orders/"] },
            { database: "carts", tables: ["open"], prefixes: ["s3://shop-lake/carts/", "s3://carts/open/"] },
          ],
        },
        stock: { producer: "shop", data: [{ database: "stock", prefixes: ["s3://shop-lake/stock/"] }] },
      },
      grants: [
        {
          product: "shop-orders",
          consumer: "sales",
          account: "133333333333",
          approvedBy: "ada@example.com",
          until: "2099-06-30",
        },
        { product: "stock", consumer: "returns", account: "133333333334", approvedBy: "ada@example.com" },
      ],
    },
    { analyst: true, connectors: [], products: [{ product: "shop-orders", as: "shop" }] },
  ),
  bounded(
    "products by Lake Formation",
    {
      producers: { shop: { account: "122222222222" } },
      products: {
        orders: { producer: "shop", via: "lakeFormation", sampleData: true },
        lake: {
          producer: "shop",
          via: "lakeFormation",
          data: [
            { database: "carts", tables: ["open"], prefixes: ["s3://shop-lake/carts/"] },
            { database: "stock", prefixes: ["s3://shop-lake/stock/"] },
          ],
        },
        refunds: { producer: "shop", data: [{ database: "refunds", prefixes: ["s3://refunds-lake/all/"] }] },
      },
      grants: [
        { product: "orders", consumer: "sales", account: "133333333333", approvedBy: "ada@example.com" },
        { product: "lake", consumer: "sales", account: "133333333333", approvedBy: "ada@example.com" },
        { product: "lake", consumer: "returns", account: "133333333334", approvedBy: "ada@example.com" },
        { product: "refunds", consumer: "sales", account: "133333333333", approvedBy: "ada@example.com" },
      ],
    },
    {
      analyst: true,
      sampleData: false,
      connectors: [],
      products: [{ product: "orders" }, { product: "lake", as: "shop" }],
    },
  ),
  bounded(
    "a connector that its producer shares",
    {
      producers: {
        music: {
          account: "122222222222",
          registersCatalogs: true,
          connectors: { acct1dynamodb: { tables: ["Music"] } },
        },
      },
    },
    { connectors: [{ from: "music", registeredBy: "producer", shareRole: "both" }] },
  ),
  configuration(
    "a connector that its producer shares by hand",
    {
      producers: {
        music: {
          account: "122222222222",
          registersCatalogs: true,
          connectors: { acct1dynamodb: { tables: ["Music"] } },
        },
      },
    },
    {
      connectors: [
        { from: "music", registeredBy: "producer", sharePermissions: "create-only", sharedBy: "DataOwner" },
      ],
    },
  ),
  bounded(
    "results that Athena keeps",
    {},
    {
      sampleData: false,
      data: [{ database: "crm", prefixes: ["s3://crm-data/in/"] }],
      workgroup: { managedResults: true },
    },
  ),
  configuration("any data source", { externalId: "any-data-source", names: "environment" }),
  configuration(
    "existing data",
    { names: "environment" },
    {
      sampleData: false,
      connectors: [],
      data: [
        { database: "orders", prefixes: ["s3://company-lake/orders/", "s3://company-lake/archive/orders/"] },
        { database: "people", tables: ["staff", "teams"], prefixes: ["s3://people-data/"] },
        { database: "default", tables: ["calendar"], prefixes: ["s3://company-results/calendar/"] },
      ],
      workgroup: { outputLocation: "s3://company-results/athena/" },
    },
  ),
  configuration(
    "a connector of its own",
    {},
    {
      sampleData: false,
      connectors: [
        { deploy: { tables: ["Music", "orders"], name: "mine" } },
        { from: "music", catalog: "shared" },
      ],
      workgroup: { name: "primary", outputLocation: "s3://existing-results/" },
      roleB: { name: "qs-athena-consumer-role-dev-confidential" },
    },
  ),
  configuration(
    "readers of third parties",
    {},
    {
      readers: {
        connecty: { workgroup: "connecty" },
        tool: { permissionsOn: "user", accessKey: true, outputLocation: "s3://tools-results/tool/" },
      },
    },
  ),
  bounded(
    "readers of third parties, beside a connector of its own",
    { producers: keyedProducers },
    {
      sampleData: false,
      data: [{ database: "orders", tables: ["open", "closed"], prefixes: ["s3://company-lake/orders/"] }],
      connectors: [
        { deploy: { tables: ["Music"], name: "mine", customerManagedKey: true } },
        { from: "music" },
      ],
      readers: {
        connecty: { role: "ConnectyReads", user: "connecty", externalId: "7f3a9c", workgroup: "connecty" },
      },
    },
  ),
  bounded(
    "readers and an analyst that are users, named in producers' roles and grants",
    { producers: keyedProducers, producerGrants: "roles", keyAccess: "grants" },
    {
      analyst: "user/analyst-dev-sales",
      readers: {
        connecty: { role: "athena-reader-dev-connecty", catalogs: ["acct1dynamodb"], workgroup: "connecty" },
        tool: { permissionsOn: "user", user: "athena-reader-dev-tool", catalogs: ["acct1dynamodb"] },
        glue: {},
      },
    },
  ),
  configuration(
    "readers of one producer's connectors, of two",
    { producers: { ...two, ...keyedProducers }, spokes: returns },
    {
      analyst: "user/analyst",
      connectors: [
        { from: "music" },
        { from: "films", catalog: "movies" },
        { deploy: { tables: ["songs"] } },
      ],
      readers: { connecty: { catalogs: ["acct1dynamodb"] }, none: { catalogs: [] } },
    },
  ),
  configuration(
    "readers and an analyst that is a user, of the organization",
    { producers: keyedProducers, producerGrants: "organization" },
    {
      analyst: "user/analyst",
      readers: {
        connecty: { role: "athena-reader-dev-connecty", catalogs: ["acct1dynamodb"] },
        glue: { permissionsOn: "user" },
      },
    },
  ),
  bounded("tables of other accounts under boundaries", ...elsewhere()),
  configuration(
    "tables of other accounts",
    ...elsewhere({
      environment: { organization: undefined, roleA: "list" },
      producer: { assumeRole: "OrganizationAccountAccessRole" },
      connector: { permissionsBoundary: "corporate" },
      tablesIn: { assumeRole: "OrganizationAccountAccessRole" },
    }),
  ),
  {
    name: "China",
    ...(() => {
      const environment = environmentWith({
        region: "cn-north-1",
        producers: {
          music: {
            account: "122222222222",
            sampleData: true,
            connectors: { acct1dynamodb: { tables: ["Music"], jar: "s3://artifacts/dynamodb.jar" } },
          },
        },
      });
      const request = readRequest(
        {
          spoke: "sales",
          environment: "dev",
          account: "133333333333",
          region: "cn-north-1",
          sampleData: true,
          connectors: [{ from: "music" }],
        },
        "sales.yaml",
      );
      return { request, environment: withSpoke(environment, request) };
    })(),
  },
];
