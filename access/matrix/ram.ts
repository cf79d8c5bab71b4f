/** RAM, by which Lake Formation shares beside a producer's Glue policy (L17). */
import { arn } from "../arn";
import { productsOf } from "../mesh/product";
import type { Cast } from "./cast";
import { type Check, type Expectation, requests, rowWriter, service } from "./expectation";

/** Whether a producer's Glue policy has to let RAM share. */
export function sharesByRam({ environment }: Cast, producer: string): boolean {
  return productsOf(environment, producer, "lakeFormation").some((product) =>
    environment.grants.some((grant) => grant.product === product),
  );
}

/** What is said of RAM in a producer's Glue policy (L17). */
export function ramShares({ region }: Cast, producer: string, account: string): Expectation {
  const { may } = rowWriter(`products/${producer}/glue`, ["R47", "L17"]);
  const at = (resource: string) => arn("glue", region, account, resource);
  const ask = ([sample, pattern]: readonly [string, string]): Check[] =>
    requests(region, ["glue:ShareResource"], [sample], {
      resourceAccount: account,
      policies: { at: at("catalog") },
      bound: { resources: [pattern], principals: ["ram.amazonaws.com"] },
    });
  return may(
    "ram",
    service("ram.amazonaws.com"),
    "share what Lake Formation grants",
    (
      [
        ["catalog", "catalog"],
        ["database/any", "database/*"],
        ["table/any/any", "table/*/*"],
      ] as const
    ).flatMap(([sample, pattern]) => ask([at(sample), at(pattern)])),
  );
}
