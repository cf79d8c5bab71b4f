/** Products as the spoke that consumes them meets them (R47). */
import type { Statement } from "../document";
import { type Environment, knownNames } from "../environment";
import type { Fault } from "../faults";
import type { GlueData } from "../glue-data";
import type { SpokeRequest } from "../request";
import { grantFor, grantText, isExpired } from "./grant";
import { GLUE_READ_SHARED, glueArnsOf } from "./glue-policy";
import { dataOfProduct, producerOf, productOf } from "./product";
import type { Product } from "./schema";

/** A product that a request asks for. */
export interface ConsumedProduct {
  readonly product: string;
  readonly via: Product["via"];
  /** The producer's account. */
  readonly account: string;
  /** The name of it in the spoke: of the catalog that leads there. */
  readonly as: string;
  readonly data: readonly GlueData[];
}

/** The products that a request asks for. */
export function consumedProducts(request: SpokeRequest, environment: Environment): ConsumedProduct[] {
  return request.products.map(({ product, as }) => ({
    product,
    via: productOf(environment, product).via,
    account: producerOf(environment, product).account,
    as: as ?? product,
    data: dataOfProduct(environment, product),
  }));
}

/** Names of the catalogs that lead to products. */
export function productCatalogs(request: SpokeRequest, environment: Environment): string[] {
  return consumedProducts(request, environment).flatMap(({ via, as }) => (via === "policy" ? [as] : []));
}

/** Where the objects of products are, which a role reads that queries them. */
export function productData(request: SpokeRequest, environment: Environment): GlueData[] {
  return consumedProducts(request, environment).flatMap(({ via, data }) => (via === "policy" ? data : []));
}

/** What a role of the spoke may read in the Glue catalogs of producers; their own policies allow it as well. */
export function readProducts(request: SpokeRequest, environment: Environment): Statement[] {
  const resources = consumedProducts(request, environment).flatMap(({ product, via }) =>
    via === "policy" ? glueArnsOf(environment, product) : [],
  );
  if (resources.length === 0) return [];
  return [
    {
      Sid: "GlueReadProducts",
      Effect: "Allow",
      Action: GLUE_READ_SHARED,
      Resource: [...new Set(resources)],
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
  return faults;
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
