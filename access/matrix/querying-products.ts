/** What a role that queries may read of the products that its request names (R47). */
import { arn, bucketArn } from "../arn";
import { productOf } from "../mesh/product";
import type { SpokeRequest } from "../request";
import type { Cast } from "./cast";
import { type Expectation, requests, rowWriter } from "./expectation";
import { placesOf, productBound, productRequests, sharedProducts, type SharedProduct } from "./products";
import type { Querying } from "./querying";

/** The products of a request that are shared with its spoke by policies. */
export function productsOfRequest(cast: Cast, request: SpokeRequest): SharedProduct[] {
  const { environment } = cast;
  return request.products.flatMap(({ product }) =>
    sharedProducts(cast, productOf(environment, product).producer).filter(({ name }) => name === product),
  );
}

/** Names of the catalogs that lead to them. */
export function productCatalogNames(cast: Cast, request: SpokeRequest): string[] {
  return request.products
    .filter(({ product }) => productOf(cast.environment, product).via === "policy")
    .map(({ product, as }) => as ?? product);
}

export function productReads(cast: Cast, request: SpokeRequest, { party, id }: Querying): Expectation[] {
  const { region } = cast;
  const { may, mayNot } = rowWriter(`${id}/products`, ["R47"]);
  return productsOfRequest(cast, request).flatMap((product) => {
    const { name, account, grants } = product;
    const grant = grants.find(
      (each) => each.organization || (each.consumer === request.spoke && each.account === request.account),
    );
    const day = grant?.until ?? "2026-01-01";
    const prefixes = (bucket: string) =>
      productsOfRequest(cast, request)
        .flatMap(placesOf)
        .filter((place) => place.bucket === bucket)
        .map((place) => `${place.prefix}*`);
    const [first] = placesOf(product);
    const { glue, list, read } = productRequests(
      cast,
      product,
      day,
      productBound(cast, product, request.account),
      { "s3:prefix": placesOf(product).flatMap(({ bucket }) => prefixes(bucket)) },
    );
    return [
      may(`${name}/glue`, party, `read the Glue entries of product ${name}`, glue),
      may(`${name}/list`, party, `list the prefixes of product ${name}`, list),
      may(`${name}/read`, party, `read the objects of product ${name}`, read),
      mayNot(`${name}/more`, party, `change product ${name} or read beside it, even where it is let in`, [
        ...requests(
          region,
          ["glue:GetTable", "glue:UpdateTable"],
          [arn("glue", region, account, "table/another_database/any")],
          { resourceAccount: account, policies: "open" },
        ),
        ...product.data.flatMap(({ database, tables }) =>
          requests(
            region,
            ["glue:UpdateTable", "glue:DeleteTable"],
            [arn("glue", region, account, `table/${database}/${tables?.[0] ?? "any"}`)],
            { resourceAccount: account, policies: "open" },
          ),
        ),
        ...(first === undefined
          ? []
          : [
              ...requests(
                region,
                ["s3:PutObject", "s3:DeleteObject"],
                [bucketArn(region, first.bucket, `${first.prefix}part-0`)],
                { resourceAccount: account, policies: "open" },
              ),
              ...requests(region, ["s3:ListBucket"], [bucketArn(region, first.bucket)], {
                resourceAccount: account,
                policies: "open",
              }),
            ]),
      ]),
    ];
  });
}
