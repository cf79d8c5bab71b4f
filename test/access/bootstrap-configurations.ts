/** The accounts that the roles of `spokes bootstrap` are proved in. */
import type { Environment } from "../../access/environment";
import type { Trusted } from "../../access/matrix/bootstrap";
import type { SpokeRequest } from "../../access/request";
import { withSpoke } from "../documents";
import { environmentWith, keyedProducers, PRODUCER, requestWith, SPOKE } from "../worlds";

export interface BootstrapConfiguration {
  readonly name: string;
  readonly environment: Environment;
  readonly spoke: {
    readonly account: string;
    readonly request: SpokeRequest | undefined;
    /** Of spokes that producers may let in. */
    readonly accounts?: readonly string[];
  };
}

const TABLES = "122222222229";
const vpc = { subnets: ["subnet-0a1b2c3d"], securityGroups: ["sg-8293a4b5"] };

/** Whom the roles trust: the pipeline of the organization's management account. */
export const trusted: Trusted = { account: "100000000000", role: "pipeline" };

function configuration(
  name: string,
  changes: Record<string, unknown>,
  written: Record<string, unknown> | "any" = {},
): BootstrapConfiguration {
  const request = requestWith(written === "any" ? {} : written);
  const environment = withSpoke(environmentWith(changes), request);
  return { name, environment, spoke: { account: SPOKE, request: written === "any" ? undefined : request } };
}

/** The same, where producers let in the accounts named and no others. */
function forSpokes({ name, environment, spoke }: BootstrapConfiguration): BootstrapConfiguration {
  return {
    name: `${name}, for spokes that are named`,
    environment,
    spoke: { ...spoke, accounts: [SPOKE, "133333333337"] },
  };
}

const registering = {
  music: { ...keyedProducers.music, registersCatalogs: true },
};

export const bootstrapConfigurations: readonly BootstrapConfiguration[] = [
  configuration("the example", {}),
  forSpokes(configuration("accounts", {})),
  forSpokes(
    configuration("roles and grants", {
      producers: registering,
      keyAccess: "grants",
      producerGrants: "roles",
    }),
  ),
  configuration("any spoke", {}, "any"),
  configuration("list, roles and no organization", {
    organization: undefined,
    roleA: "list",
    producerGrants: "roles",
    names: "environment",
  }),
  configuration("the organization", { producerGrants: "organization" }),
  configuration("keys by grants", {
    producers: keyedProducers,
    keyAccess: "grants",
    producerGrants: "roles",
  }),
  configuration("alarms", { alarms: { trail: "management-events" } }),
  configuration("alarms of any spoke", { alarms: { trail: "management-events" } }, "any"),
  configuration("table readers", {
    producers: {
      music: {
        account: PRODUCER,
        connectors: { acct1dynamodb: { tables: ["Music"] } },
        tableReaders: {
          lookup: { account: "133333333335", table: "songs" },
          far: { account: "133333333335", table: "albums", role: "FarReads", region: "eu-west-1" },
        },
      },
    },
  }),
  configuration(
    "a connector of its own, beside existing data",
    {
      producers: {
        music: {
          account: PRODUCER,
          connectors: { acct1dynamodb: { tables: ["Music"] }, more: { tables: ["albums", "Bands"] } },
        },
        films: { account: PRODUCER, connectors: { films: { tables: ["films"] } } },
      },
    },
    {
      analyst: false,
      sampleData: false,
      workgroup: { name: "primary", outputLocation: "s3://own-results/athena/" },
      data: [{ database: "crm", prefixes: ["s3://crm-data/in/"] }],
      connectors: [{ deploy: { tables: ["Orders"], sampleData: true, customerManagedKey: true } }],
    },
  ),
  configuration(
    "products",
    {
      producers: {
        shop: { account: PRODUCER },
        stock: { account: "122222222223", connectors: { stock: { tables: ["stock"] } } },
      },
      products: {
        orders: { producer: "shop", sampleData: true },
        archive: { producer: "shop", data: [{ database: "archive", prefixes: ["s3://shop-archive/"] }] },
        levels: { producer: "stock", data: [{ database: "levels", prefixes: ["s3://stock-levels/"] }] },
      },
      grants: [
        { product: "archive", consumer: "sales", account: SPOKE, approvedBy: "ada@example.com" },
        { product: "levels", consumer: "sales", account: SPOKE, approvedBy: "ada@example.com" },
      ],
    },
    { connectors: [], products: [{ product: "archive", as: "old" }, { product: "levels" }] },
  ),
  configuration(
    "any spoke, and products",
    {
      producers: { shop: { account: PRODUCER } },
      products: { orders: { producer: "shop", sampleData: true } },
    },
    "any",
  ),
  ...([{ connectors: [], products: [{ product: "lake", as: "shop" }] }, "any"] as const).map((spoke) =>
    configuration(
      `products by Lake Formation, ${spoke === "any" ? "any spoke" : "a request"}`,
      {
        producers: { shop: { account: PRODUCER } },
        products: {
          orders: { producer: "shop", via: "lakeFormation", sampleData: true },
          lake: {
            producer: "shop",
            via: "lakeFormation",
            data: [
              { database: "carts", tables: ["open"], prefixes: ["s3://shop-lake/carts/"] },
              { database: "stock", prefixes: ["s3://shop-stock/"] },
            ],
          },
        },
        grants: [{ product: "lake", consumer: "sales", account: SPOKE, approvedBy: "ada@example.com" }],
      },
      spoke,
    ),
  ),
  configuration("a producer with table readers alone, beside its products", {
    producers: {
      music: { account: "122222222223", connectors: { acct1dynamodb: { tables: ["Music"] } } },
      shop: {
        account: PRODUCER,
        tableReaders: { lookup: { account: "133333333335", table: "songs" } },
      },
    },
    products: { orders: { producer: "shop", sampleData: true } },
  }),
  configuration(
    "levels of classification, and Role A's of the spokes' own",
    { roleA: "dedicated" },
    {
      classifications: {
        confidential: {
          data: [{ database: "salaries", prefixes: ["s3://acme-salaries/"] }],
          connectors: [{ deploy: { tables: ["Salaries"], customerManagedKey: true } }],
          dataSource: { authors: ["group/hr"] },
        },
      },
    },
  ),
  configuration("from a list to Role A's of the spokes' own", { roleA: "dedicated", formerRoleA: "list" }),
  configuration(
    "catalogs that producers register",
    {
      producers: {
        music: {
          account: PRODUCER,
          registersCatalogs: true,
          connectors: { acct1dynamodb: { tables: ["Music"] } },
        },
        films: {
          account: "122222222223",
          registersCatalogs: true,
          connectors: { films: { tables: ["films"] } },
        },
      },
    },
    {
      connectors: [
        { from: "music", registeredBy: "producer", shareRole: "both" },
        {
          from: "films",
          registeredBy: "producer",
          sharePermissions: "create-only",
          sharedBy: "DataOwner",
        },
      ],
    },
  ),
  configuration(
    "tables of other accounts, networks and jars",
    {
      producers: {
        charts: {
          account: PRODUCER,
          connectors: {
            charts: { tables: ["Music", "songs"], tablesIn: { account: TABLES }, vpc },
            more: { tables: ["albums"], jar: "s3://artifacts/dynamodb.jar" },
          },
        },
      },
    },
    {
      sampleData: false,
      connectors: [
        {
          deploy: {
            tables: ["orders"],
            tablesIn: { account: TABLES, role: "OrdersForSales" },
            vpc,
            jar: "s3://artifacts/mine.jar",
          },
        },
      ],
    },
  ),
  configuration(
    "readers of third parties, and an analyst that is a user",
    {},
    {
      analyst: "user/analyst",
      readers: {
        connecty: { workgroup: "connecty", accessKey: true },
        tool: { permissionsOn: "user", outputLocation: "s3://tools-results/tool/" },
      },
    },
  ),
  configuration(
    "applications of AWS",
    {
      producers: {
        music: {
          account: PRODUCER,
          connectors: { acct1dynamodb: { tables: ["Music"], application: "2026.33.1" } },
        },
      },
    },
    {
      analyst: false,
      connectors: [{ deploy: { tables: ["Orders"], application: "2026.33.1" } }],
    },
  ),
];
