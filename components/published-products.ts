import { ResourcePolicy } from "@pulumi/aws/glue/resourcePolicy";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy";
import * as pulumi from "@pulumi/pulumi";
import { policyText } from "../access/document";
import type { Environment } from "../access/environment";
import { dataBucketPolicy } from "../access/mesh/bucket-policy";
import { gluePolicy } from "../access/mesh/glue-policy";
import {
  productOf,
  productsOf,
  sampleProductBucket,
  sampleProductDatabase,
  sharedBuckets,
} from "../access/mesh/product";
import { LakeFormationShares } from "./lake-formation-shares";
import { SampleOrders } from "./sample-orders";

export interface PublishedProductsArgs {
  readonly environment: Environment;
  /** The producer's name in the environment. */
  readonly producer: string;
}

/**
 * What a producer publishes of its Glue databases: the account's Glue policy and the policies of the buckets, each a whole
 * document, for the consumers that were granted a product, and what Lake Formation shares (R47, L17, C18).
 *
 * @example
 * new PublishedProducts("music-products", { environment, producer: "music" }, { provider: producer });
 */
export class PublishedProducts extends pulumi.ComponentResource {
  public constructor(name: string, args: PublishedProductsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:PublishedProducts", name, {}, opts);
    const { environment, producer } = args;
    const child = { parent: this };
    // Policies go with the last grant, so that they cannot be protected.
    const open = { ...child, protect: false };
    const sampled = new Map(
      productsOf(environment, producer)
        .filter((product) => productOf(environment, product).sampleData)
        .map((product) => [sampleProductBucket(environment, product), product]),
    );
    const samples = [...sampled].map(
      ([bucket, product]) =>
        new SampleOrders(
          `${name}-${product}`,
          {
            bucket,
            policy: dataBucketPolicy(environment, producer, bucket),
            database: sampleProductDatabase(product),
            description: `Sample data of product ${product}`,
          },
          child,
        ),
    );
    for (const bucket of sharedBuckets(environment, producer))
      if (!sampled.has(bucket))
        new BucketPolicy(
          `${name}-${bucket}`,
          { bucket, policy: policyText(dataBucketPolicy(environment, producer, bucket)) },
          open,
        );
    const shared = gluePolicy(environment, producer);
    const policy =
      shared &&
      new ResourcePolicy(
        `${name}-glue-policy`,
        { policy: policyText(shared.policy), ...(shared.hybrid ? { enableHybrid: "TRUE" } : {}) },
        open,
      );
    if (productsOf(environment, producer, "lakeFormation").length > 0)
      new LakeFormationShares(
        `${name}-lake`,
        { environment, producer },
        // Grants are to what exists, and pass by the Glue policy.
        { ...child, dependsOn: [...samples, ...(policy ? [policy] : [])] },
      );
    this.registerOutputs();
  }
}
