import { DataCatalog } from "@pulumi/aws/athena/dataCatalog";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../access/environment";
import { consumedProducts } from "../access/mesh/consumed";
import type { SpokeRequest } from "../access/request";

export interface ConsumedProductsArgs {
  readonly request: SpokeRequest;
  readonly environment: Environment;
}

/**
 * What leads a spoke's queries to the products that it was granted: for each that is shared by policy, an Athena catalog
 * of type GLUE that is the producer's Glue catalog (R47).
 *
 * @example
 * new ConsumedProducts("sales-products", { request, environment }, { provider: spoke });
 */
export class ConsumedProducts extends pulumi.ComponentResource {
  public constructor(name: string, args: ConsumedProductsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:ConsumedProducts", name, {}, opts);
    const { request, environment } = args;
    for (const { product, via, account, as } of consumedProducts(request, environment))
      if (via === "policy")
        new DataCatalog(
          `${name}-${product}`,
          {
            name: as,
            type: "GLUE",
            description: `Product ${product} in the Glue catalog of account ${account}`,
            parameters: { "catalog-id": account },
          },
          { parent: this },
        );
    this.registerOutputs();
  }
}
