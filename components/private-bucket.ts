import { Bucket } from "@pulumi/aws/s3/bucket";
import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration";
import { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration";
import * as pulumi from "@pulumi/pulumi";
import { type PolicyDocument, policyText } from "../access/document";
import { onceMade } from "./once-made";

export interface PrivateBucketArgs {
  /** The bucket's name. */
  readonly bucket: string;
  /** The whole bucket policy. It has to deny plain HTTP itself. */
  readonly policy: PolicyDocument;
  /** Days until objects are deleted (R8). Default: they are kept. */
  readonly expireAfterDays?: number;
  /** ARN of the KMS key that encrypts objects. Default: S3's own key. */
  readonly key?: pulumi.Input<string>;
}

/**
 * A bucket that is private, encrypted and reached by TLS only (R8, R12).
 *
 * Objects without an owner's copy elsewhere are never deleted with it: a bucket with objects refuses to go.
 *
 * @example
 * new PrivateBucket("spill", { bucket: "my-spill", policy, expireAfterDays: 1 }, { provider: producer });
 */
export class PrivateBucket extends pulumi.ComponentResource {
  /** The bucket's name, known when the bucket and its protections exist. */
  public readonly bucket: pulumi.Output<string>;

  public constructor(name: string, args: PrivateBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:PrivateBucket", name, {}, opts);
    const child = { parent: this };
    const bucket = new Bucket(name, { bucket: args.bucket }, child);
    const closed = new BucketPublicAccessBlock(
      `${name}-public-access-block`,
      {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      child,
    );
    const ownership = new BucketOwnershipControls(
      `${name}-ownership`,
      { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
      child,
    );
    const encryption = new BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      { bucket: bucket.bucket, rules: [encryptionRule(args.key)] },
      child,
    );
    const lifecycle = new BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      { bucket: bucket.bucket, rules: lifecycleRules(args.expireAfterDays) },
      child,
    );
    // S3 answers OperationAborted when the policy and the access block are set at the same time.
    const policy = new BucketPolicy(
      `${name}-policy`,
      { bucket: bucket.bucket, policy: policyText(args.policy) },
      { ...child, dependsOn: [closed] },
    );
    this.bucket = onceMade(bucket.bucket, [closed, ownership, encryption, lifecycle, policy]);
    this.registerOutputs({ bucket: this.bucket });
  }
}

/** With a key of one's own by way of a bucket key: the encryption context is the bucket, and KMS is asked seldom. */
function encryptionRule(key: pulumi.Input<string> | undefined) {
  return key === undefined
    ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }
    : {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key },
        bucketKeyEnabled: true,
      };
}

function lifecycleRules(expireAfterDays: number | undefined) {
  const abandoned = {
    id: "abandoned-uploads",
    status: "Enabled",
    filter: { prefix: "" },
    abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
  };
  return expireAfterDays === undefined
    ? [abandoned]
    : [
        abandoned,
        { id: "expiry", status: "Enabled", filter: { prefix: "" }, expiration: { days: expireAfterDays } },
      ];
}
