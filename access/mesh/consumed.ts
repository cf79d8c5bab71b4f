/** Products as the spoke that consumes them meets them (R47). */
import type { Statement } from "../document";
import { type Environment, knownNames } from "../environment";
import type { Fault } from "../faults";
import { arn } from "../arn";
import type { GlueData } from "../glue-data";
import { analystArn, dataOf, roleBArn } from "../names";
import type { SpokeRequest } from "../request";
import { grantFor, grantText, isExpired } from "./grant";
import { GLUE_READ_SHARED, glueArnsOf } from "./glue-policy";
import { dataOfProduct, producerOf, productOf } from "./product";
import type { Product } from "./schema";
import { databaseName } from "../written";

/** A product that a request asks for. */
export interface ConsumedProduct {
  readonly product: string;
  readonly via: Product["via"];
  /** The producer's account. */
  readonly account: string;
  /** The name of it in the spoke: of the catalog that leads there, or of the database that does. */
  readonly as: string;
  readonly data: readonly GlueData[];
  /** Resource links to its databases, which lead there where Lake Formation shares it; else none. */
  readonly links: readonly ProductLink[];
}

/** A database of the spoke that is another account's. */
export interface ProductLink {
  /** Its name in the spoke. */
  readonly name: string;
  /** The producer's database. */
  readonly database: string;
}

/** The products that a request asks for. */
export function consumedProducts(request: SpokeRequest, environment: Environment): ConsumedProduct[] {
  return request.products.map(({ product, as = product }) => {
    const { via } = productOf(environment, product);
    const data = dataOfProduct(environment, product);
    return {
      product,
      via,
      account: producerOf(environment, product).account,
      as,
      data,
      links: via === "lakeFormation" ? linksTo(as, data) : [],
    };
  });
}

/** A link is named after the product; after its database too, where a product has several. */
function linksTo(as: string, data: readonly GlueData[]): ProductLink[] {
  const databases = [...new Set(data.map(({ database }) => database))];
  const name = as.replaceAll("-", "_");
  return databases.map((database) => ({
    name: databases.length === 1 ? name : `${name}_${database}`,
    database,
  }));
}

/** All resource links of a request. */
export function productLinks(request: SpokeRequest, environment: Environment): ProductLink[] {
  return consumedProducts(request, environment).flatMap(({ links }) => links);
}

/** The resource links of requests that give products no names of their own. */
export function defaultLinks(environment: Environment): ProductLink[] {
  return Object.entries(environment.products).flatMap(([product, { via }]) =>
    via === "lakeFormation" ? linksTo(product, dataOfProduct(environment, product)) : [],
  );
}

/** ARNs of those of the spoke who read products: Role B, where Quick queries, and the analyst (R28, R54). */
export function productReaders(request: SpokeRequest, environment: Environment): string[] {
  const analyst = analystArn(request, environment);
  return [
    ...(request.quick ? [roleBArn(request, environment)] : []),
    ...(analyst === undefined ? [] : [analyst]),
  ];
}

/** Names of the catalogs that lead to products. */
export function productCatalogs(request: SpokeRequest, environment: Environment): string[] {
  return consumedProducts(request, environment).flatMap(({ via, as }) => (via === "policy" ? [as] : []));
}

/** Where the objects of products are, which a role reads that queries them. */
export function productData(request: SpokeRequest, environment: Environment): GlueData[] {
  return consumedProducts(request, environment).flatMap(({ via, data }) => (via === "policy" ? data : []));
}

/**
 * What a role of the spoke may read of products: in the Glue catalogs of producers, whose own policies or grants allow it as
 * well; and where Lake Formation grants it, the links that lead there, and the credentials that it hands out.
 */
export function readProducts(request: SpokeRequest, environment: Environment): Statement[] {
  const { region, account } = request;
  const products = consumedProducts(request, environment);
  if (products.length === 0) return [];
  const shared: Statement = {
    Sid: "GlueReadProducts",
    Effect: "Allow",
    Action: GLUE_READ_SHARED,
    Resource: [...new Set(products.flatMap(({ product }) => glueArnsOf(environment, product)))],
  };
  const links = products.flatMap((product) => product.links);
  if (links.length === 0) return [shared];
  const inGlue = (resource: string) => arn("glue", region, account, resource);
  return [
    shared,
    {
      Sid: "GlueReadLinks",
      Effect: "Allow",
      Action: GLUE_READ_SHARED,
      Resource: [
        inGlue("catalog"),
        ...links.flatMap(({ name }) => [inGlue(`database/${name}`), inGlue(`table/${name}/*`)]),
      ],
    },
    {
      Sid: "LakeFormationCredentials",
      Effect: "Allow",
      Action: "lakeformation:GetDataAccess",
      // AWS defines no resource type for it: Lake Formation's grants say which tables.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
  ];
}

/**
 * What is wrong with the products that a request names. Whether they were granted is no fault of the request:
 * `ungranted` says it.
 */
export function productFaults(
  request: SpokeRequest,
  environment: Environment,
  taken: (catalog: string) => string | undefined,
): Fault[] {
  const faults: Fault[] = [];
  const products = new Map<string, number>();
  const names = new Map<string, number>();
  request.products.forEach(({ product, as }, index) => {
    const place = `products[${index}]`;
    if (!Object.hasOwn(environment.products, product)) {
      faults.push({
        path: `${place}.product`,
        message: `there is no product "${product}" in ${environment.name}: ${knownNames(environment.products)}`,
      });
      return;
    }
    const twin = products.get(product);
    if (twin !== undefined)
      faults.push({
        path: place,
        message: `products[${twin}] is "${product}" already: leave one of them out`,
      });
    products.set(product, index);
    const name = as ?? product;
    const namesake = names.get(name);
    const other =
      twin !== undefined ? undefined : namesake === undefined ? taken(name) : `products[${namesake}]`;
    if (other !== undefined)
      faults.push({
        path: `${place}.as`,
        message: `${other} has the catalog name "${name}" already: give one of them another`,
      });
    names.set(name, index);
  });
  return faults.length > 0 ? faults : linkFaults(request, environment);
}

/** What is wrong with the databases that lead to products which Lake Formation shares. */
function linkFaults(request: SpokeRequest, environment: Environment): Fault[] {
  const owners = new Map<string, string>([
    ["default", "Athena"],
    ...dataOf(request).map(({ database }) => [database, "the request's own data"] as const),
  ]);
  return consumedProducts(request, environment).flatMap(
    ({ product, via, account, links }, index): Fault[] => {
      if (via === "policy") return [];
      const place = `products[${index}]`;
      if (account === request.account)
        return [
          {
            path: `${place}.product`,
            message: `"${product}" is in this very account, where Lake Formation shares nothing: name its databases under data`,
          },
        ];
      return links.flatMap(({ name }): Fault[] => {
        const owner = owners.get(name);
        owners.set(name, owner ?? place);
        if (owner !== undefined)
          return [
            {
              path: `${place}.as`,
              message: `${owner} has the database name "${name}" already: give the product another name with \`as\``,
            },
          ];
        return databaseName.safeParse(name).success
          ? []
          : [
              {
                path: `${place}.as`,
                message: `"${name}" is to be the name of a database: use lower-case letters, digits, _ and -`,
              },
            ];
      });
    },
  );
}

/** The products of a request that no grant of today lets the spoke query, with their place in the request. */
export function ungranted(
  request: SpokeRequest,
  environment: Environment,
  today: string,
): { readonly product: string; readonly path: string; readonly message: string }[] {
  return request.products.flatMap(({ product }, index) => {
    const grant = grantFor(environment, product, request);
    if (grant !== undefined && !isExpired(grant, today)) return [];
    const message =
      grant === undefined
        ? `nobody has granted "${product}" to spoke "${request.spoke}" of account ${request.account}`
        : `the ${grantText(grant)}, ended on ${grant.until ?? ""}`;
    return [{ product, path: `products[${index}]`, message }];
  });
}
