import type { BucketVersioningArgs, BucketVersioningState } from "@pulumi/aws/s3";
import type { BucketVersioningStatus, MFADelete } from "@aws-sdk/client-s3";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { noSuchBucket } from "./s3-bucket";

/** What a bucket is that never was versioned; S3 has no word for it. */
const never = "Disabled";

export const bucketVersioning = resourceType<BucketVersioningArgs, BucketVersioningState>({
  token: "aws:s3/bucketVersioning:BucketVersioning",
  properties: {
    bucket: { replaces: true },
    mfa: {},
    versioningConfiguration: {},
    "versioningConfiguration.mfaDelete": { computed: true },
  },
  identity: ["bucket"],
  omits: ["expectedBucketOwner"],

  alsoReplaces(old, inputs) {
    const [before, after] = [old.versioningConfiguration?.status, inputs.versioningConfiguration.status];
    return after === never && before !== never ? ["versioningConfiguration"] : [];
  },

  async create(cloud, inputs, exists) {
    if (inputs.versioningConfiguration.status !== never) await put(cloud, inputs);
    exists(inputs.bucket);
  },

  async read(cloud, id) {
    const s3 = await cloud.s3();
    const found = await unlessGone(s3.getBucketVersioning({ Bucket: id }), ...noSuchBucket);
    return (
      found && {
        bucket: id,
        versioningConfiguration: { status: found.Status ?? never, mfaDelete: found.MFADelete },
      }
    );
  },

  async update(cloud, _, inputs) {
    await put(cloud, inputs);
  },

  async delete(cloud, id, state) {
    // Versioning cannot be undone, only suspended.
    if (state.versioningConfiguration?.status !== "Enabled") return;
    const s3 = await cloud.s3();
    await unlessGone(
      s3.putBucketVersioning({ Bucket: id, VersioningConfiguration: { Status: "Suspended" } }),
      ...noSuchBucket,
    );
  },
});

async function put(cloud: Cloud, inputs: Known<BucketVersioningArgs>): Promise<void> {
  const s3 = await cloud.s3();
  await s3.putBucketVersioning({
    Bucket: inputs.bucket,
    MFA: inputs.mfa,
    VersioningConfiguration: {
      Status: inputs.versioningConfiguration.status as BucketVersioningStatus,
      MFADelete: inputs.versioningConfiguration.mfaDelete as MFADelete | undefined,
    },
  });
}
