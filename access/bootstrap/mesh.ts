/** What publishing and consuming products needs of each account (R47). */
import { arn, bucketArn } from "../arn";
import type { Statement } from "../document";
import type { Environment } from "../environment";
import { GLUE_READ_SHARED } from "../mesh/glue-policy";
import {
  bucketsOf,
  dataOfProduct,
  producerOf,
  productOf,
  productsOf,
  sampleProductBucket,
  sampleProductDatabase,
} from "../mesh/product";
import { allow, type Where } from "./statements";

/** The samples that producers make, by bucket and database. */
export function productSamples(
  environment: Environment,
  producers: readonly string[],
): { readonly databases: readonly string[]; readonly buckets: readonly string[] } | undefined {
  const sampled = producers
    .flatMap((producer) => productsOf(environment, producer))
    .filter((product) => productOf(environment, product).sampleData);
  return sampled.length === 0
    ? undefined
    : {
        databases: sampled.map(sampleProductDatabase),
        buckets: sampled.map((product) => sampleProductBucket(environment, product)),
      };
}

/** Writes the documents by which producers share their products, and looks whether the data is there. */
export function publishing(
  where: Where,
  environment: Environment,
  producers: readonly string[],
): Statement[] {
  const { region, account } = where;
  const products = producers.flatMap((producer) => productsOf(environment, producer));
  if (products.length === 0) return [];
  const inGlue = (resource: string) => arn("glue", region, account, resource);
  const byPolicy = products.filter((product) => productOf(environment, product).via === "policy");
  const samples = productSamples(environment, producers)?.buckets ?? [];
  const written = bucketsOf(environment, byPolicy).filter((bucket) => !samples.includes(bucket));
  const databases = products.flatMap((product) =>
    dataOfProduct(environment, product).map(({ database }) => database),
  );
  return [
    ...(byPolicy.length === 0
      ? []
      : [
          allow(
            "GluePolicy",
            ["glue:DeleteResourcePolicy", "glue:GetResourcePolicy", "glue:PutResourcePolicy"],
            inGlue("catalog"),
          ),
        ]),
    ...(written.length === 0
      ? []
      : [
          allow(
            "DataBucketPolicies",
            ["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:ListBucket", "s3:PutBucketPolicy"],
            written.map((bucket) => bucketArn(region, bucket)),
            { StringEquals: { "aws:ResourceAccount": account } },
          ),
        ]),
    allow(
      "FindData",
      ["glue:GetDatabase", "glue:GetTables"],
      [
        inGlue("catalog"),
        ...new Set(
          databases.flatMap((database) => [inGlue(`database/${database}`), inGlue(`table/${database}/*`)]),
        ),
      ],
    ),
  ];
}

/** The most that roles of a spoke read of products: the producers' own policies say which databases and tables. */
export function consuming(
  { region }: Pick<Where, "region">,
  environment: Environment,
  products: readonly string[],
): Statement[] {
  const owners = [...new Set(products.map((product) => producerOf(environment, product).account))].sort();
  if (owners.length === 0) return [];
  return [
    allow(
      "GlueReadProducts",
      GLUE_READ_SHARED,
      owners.flatMap((owner) =>
        ["catalog", "database/*", "table/*"].map((resource) => arn("glue", region, owner, resource)),
      ),
    ),
  ];
}
