import type { BucketOwnershipControlsArgs, BucketOwnershipControlsState } from "@pulumi/aws/s3";
import type { ObjectOwnership } from "@aws-sdk/client-s3";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType } from "../resource-type";
import { noSuchBucket } from "./s3-bucket";

export const bucketOwnershipControls = resourceType<
  BucketOwnershipControlsArgs,
  BucketOwnershipControlsState
>({
  token: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  properties: { bucket: { replaces: true }, rule: {} },
  identity: ["bucket"],

  async create(cloud, inputs, exists) {
    await put(cloud, inputs.bucket, inputs.rule.objectOwnership);
    exists(inputs.bucket);
  },

  async read(cloud, id) {
    const s3 = await cloud.s3();
    const found = await unlessGone(
      s3.getBucketOwnershipControls({ Bucket: id }),
      "OwnershipControlsNotFoundError",
      ...noSuchBucket,
    );
    const ownership = found?.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    return ownership && { bucket: id, rule: { objectOwnership: ownership } };
  },

  async update(cloud, id, inputs) {
    await put(cloud, id, inputs.rule.objectOwnership);
  },

  async delete(cloud, id) {
    const s3 = await cloud.s3();
    await unlessGone(
      s3.deleteBucketOwnershipControls({ Bucket: id }),
      "OwnershipControlsNotFoundError",
      ...noSuchBucket,
    );
  },
});

async function put(cloud: Cloud, Bucket: string, ownership: string): Promise<void> {
  const s3 = await cloud.s3();
  await s3.putBucketOwnershipControls({
    Bucket,
    OwnershipControls: { Rules: [{ ObjectOwnership: ownership as ObjectOwnership }] },
  });
}
