import type { BucketPolicyArgs, BucketPolicyState } from "@pulumi/aws/s3";
import { isErrorSaying, unlessGone, type Cloud } from "../cloud";
import { resourceType } from "../resource-type";
import { documentText } from "./iam-role";
import { noSuchBucket } from "./s3-bucket";

export const bucketPolicy = resourceType<BucketPolicyArgs, BucketPolicyState>({
  token: "aws:s3/bucketPolicy:BucketPolicy",
  properties: { bucket: { replaces: true }, policy: { document: "policy" } },
  identity: ["bucket"],

  async create(cloud, inputs, exists) {
    await put(cloud, inputs.bucket, documentText(inputs.policy));
    exists(inputs.bucket);
  },

  async read(cloud, id) {
    const s3 = await cloud.s3();
    const found = await unlessGone(s3.getBucketPolicy({ Bucket: id }), "NoSuchBucketPolicy", ...noSuchBucket);
    return found && { bucket: id, policy: found.Policy };
  },

  async update(cloud, id, inputs) {
    await put(cloud, id, documentText(inputs.policy));
  },

  async delete(cloud, id) {
    const s3 = await cloud.s3();
    await unlessGone(s3.deleteBucketPolicy({ Bucket: id }), "NoSuchBucketPolicy", ...noSuchBucket);
  },
});

/** S3 refuses a principal that it does not see yet. */
async function put(cloud: Cloud, Bucket: string, Policy: string): Promise<void> {
  const s3 = await cloud.s3();
  await cloud.retry(
    () => s3.putBucketPolicy({ Bucket, Policy }),
    (error) => isErrorSaying(error, "MalformedPolicy", /invalid principal/i),
  );
}
