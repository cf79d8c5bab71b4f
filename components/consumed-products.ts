import { DataCatalog } from "@pulumi/aws/athena/dataCatalog";
import { CatalogDatabase } from "@pulumi/aws/glue/catalogDatabase";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../access/environment";
import { type ConsumedProduct, consumedProducts, productReaders } from "../access/mesh/consumed";
import { LAKE_READ, optInTargets, tableTargets, targetName } from "../access/mesh/lake-formation";
import type { SpokeRequest } from "../access/request";
import { lakeOptIn, lakePermissions } from "./lake-formation-shares";

export interface ConsumedProductsArgs {
  readonly request: SpokeRequest;
  readonly environment: Environment;
  /** The roles, or the user, that read products, which Lake Formation grants them to once they exist. */
  readonly readers: readonly pulumi.Resource[];
}

/**
 * What leads a spoke's queries to the products that it was granted (R47). For each that is shared by policy, an Athena
 * catalog of type GLUE that is the producer's Glue catalog. For each that Lake Formation shares, resource links to its
 * databases, and what the account was granted given on to its roles, which in hybrid mode are opted in to it (C18).
 *
 * @example
 * new ConsumedProducts("sales-products", { request, environment, readers: [roleB] }, { provider: spoke });
 */
export class ConsumedProducts extends pulumi.ComponentResource {
  public constructor(name: string, args: ConsumedProductsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:ConsumedProducts", name, {}, opts);
    const { request, environment, readers } = args;
    const child = { parent: this };
    for (const consumed of consumedProducts(request, environment)) {
      const { product, via, account, as } = consumed;
      if (via === "policy")
        new DataCatalog(
          `${name}-${product}`,
          {
            name: as,
            type: "GLUE",
            description: `Product ${product} in the Glue catalog of account ${account}`,
            parameters: { "catalog-id": account },
          },
          child,
        );
      else createLinks(`${name}-${product}`, consumed, args, { ...child, dependsOn: [...readers] });
    }
    this.registerOutputs();
  }
}

/** The resource links of a product, with what the spoke's roles may do on them and by them. */
function createLinks(
  name: string,
  { product, account, links }: ConsumedProduct,
  { request, environment }: ConsumedProductsArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const principals = productReaders(request, environment);
  const of = (principal: string) => `${name}-${principal.slice(principal.lastIndexOf("/") + 1)}`;
  for (const { name: link, database } of links) {
    const made = new CatalogDatabase(
      `${name}-${link}`,
      { name: link, targetDatabase: { catalogId: account, databaseName: database } },
      opts,
    );
    for (const principal of principals)
      lakePermissions(
        `${of(principal)}-${link}-link`,
        principal,
        { database: { catalogId: request.account, name: link } },
        ["DESCRIBE"],
        [],
        { ...opts, dependsOn: [made] },
      );
  }
  for (const principal of principals) {
    for (const target of tableTargets(environment, product))
      lakePermissions(`${of(principal)}-${targetName(target)}`, principal, target, LAKE_READ, [], opts);
    for (const target of optInTargets(environment, product))
      lakeOptIn(`${of(principal)}-${targetName(target)}-opt-in`, principal, target, opts);
  }
}
