import type { BucketPublicAccessBlockArgs, BucketPublicAccessBlockState } from "@pulumi/aws/s3";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { noSuchBucket } from "./s3-bucket";

export const bucketPublicAccessBlock = resourceType<
  BucketPublicAccessBlockArgs,
  BucketPublicAccessBlockState
>({
  token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  properties: {
    blockPublicAcls: { default: false },
    blockPublicPolicy: { default: false },
    bucket: { replaces: true },
    ignorePublicAcls: { default: false },
    restrictPublicBuckets: { default: false },
    skipDestroy: {},
  },
  identity: ["bucket"],

  async create(cloud, inputs, exists) {
    await put(cloud, inputs.bucket, inputs);
    exists(inputs.bucket);
  },

  async read(cloud, id) {
    const s3 = await cloud.s3();
    const found = await unlessGone(
      s3.getPublicAccessBlock({ Bucket: id }),
      "NoSuchPublicAccessBlockConfiguration",
      ...noSuchBucket,
    );
    const block = found?.PublicAccessBlockConfiguration;
    return (
      block && {
        bucket: id,
        blockPublicAcls: block.BlockPublicAcls,
        blockPublicPolicy: block.BlockPublicPolicy,
        ignorePublicAcls: block.IgnorePublicAcls,
        restrictPublicBuckets: block.RestrictPublicBuckets,
      }
    );
  },

  async update(cloud, id, inputs) {
    await put(cloud, id, inputs);
  },

  async delete(cloud, id, state) {
    if (state.skipDestroy === true) return;
    const s3 = await cloud.s3();
    await unlessGone(
      s3.deletePublicAccessBlock({ Bucket: id }),
      "NoSuchPublicAccessBlockConfiguration",
      ...noSuchBucket,
    );
  },
});

async function put(cloud: Cloud, Bucket: string, inputs: Known<BucketPublicAccessBlockArgs>): Promise<void> {
  const s3 = await cloud.s3();
  await s3.putPublicAccessBlock({
    Bucket,
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: inputs.blockPublicAcls,
      BlockPublicPolicy: inputs.blockPublicPolicy,
      IgnorePublicAcls: inputs.ignorePublicAcls,
      RestrictPublicBuckets: inputs.restrictPublicBuckets,
    },
  });
}
