/** The policy of a bucket with data of products: TLS only, and the products' consumers read below their prefixes (R47). */
import { bucketArn } from "../arn";
import { denyInsecureTransport } from "../bucket";
import { type PolicyDocument, policyDocument, policyText, type Statement } from "../document";
import type { Environment } from "../environment";
import { InputError } from "../faults";
import { limits } from "../limits";
import { splitS3Location } from "../written";
import { consumersOf, sidOf } from "./grant";
import { dataOfProduct, productsOf } from "./product";

/** @throws InputError when the policy outgrows S3's limit. */
export function dataBucketPolicy(environment: Environment, producer: string, bucket: string): PolicyDocument {
  const { region } = environment;
  const readers = productsOf(environment, producer, "policy").flatMap((product) => {
    const prefixes = prefixesIn(environment, product, bucket);
    if (prefixes.length === 0) return [];
    return consumersOf(environment, product).flatMap(({ suffix, principal, condition }): Statement[] => {
      const name = `${sidOf(product)}${suffix}`;
      return [
        {
          Sid: `List${name}`,
          Effect: "Allow",
          Principal: principal,
          Action: "s3:ListBucket",
          Resource: bucketArn(region, bucket),
          Condition: { ...condition, StringLike: { "s3:prefix": prefixes.map((prefix) => `${prefix}*`) } },
        },
        {
          Sid: `Read${name}`,
          Effect: "Allow",
          Principal: principal,
          // Each knows its own kind of resource; one statement names the consumers once.
          Action: ["s3:GetBucketLocation", "s3:GetObject"],
          Resource: [
            bucketArn(region, bucket),
            ...prefixes.map((prefix) => bucketArn(region, bucket, `${prefix}*`)),
          ],
          Condition: condition,
        },
      ];
    });
  });
  const document = policyDocument(denyInsecureTransport(region, bucket), ...readers);
  const size = Buffer.byteLength(policyText(document));
  if (size > limits.bucketPolicy)
    throw new InputError(`environment ${environment.name}`, [
      {
        path: "grants",
        message: `the policy of ${bucket} would have ${size} bytes, S3 allows ${limits.bucketPolicy}: grant to the organization, or remove grants that have ended`,
      },
    ]);
  return document;
}

/** A product's prefixes in a bucket. */
function prefixesIn(environment: Environment, product: string, bucket: string): string[] {
  const places = dataOfProduct(environment, product).flatMap(({ prefixes }) => prefixes.map(splitS3Location));
  return [...new Set(places.flatMap((place) => (place.bucket === bucket ? [place.prefix] : [])))];
}
