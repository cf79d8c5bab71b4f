import { describeLifecycle, region } from "./lifecycle";
import { emptyBucket } from "./s3-bucket-settings";

const bucket = "provider-spec-versioning";

describeLifecycle({
  token: "aws:s3/bucketVersioning:BucketVersioning",
  inputs: { bucket, versioningConfiguration: { status: "Suspended" } },
  prepare: emptyBucket(bucket),
  id: bucket,
  state: { bucket, region, versioningConfiguration: { status: "Suspended" } },
  unknown: [],
  updates: [
    {
      title: "status",
      with: { versioningConfiguration: { status: "Enabled" } },
      changes: { "versioningConfiguration.status": "update" },
      state: { versioningConfiguration: { status: "Enabled" } },
    },
  ],
  replacements: [
    { with: { bucket: "other" }, replaces: ["bucket"], deleteBeforeReplace: false },
    {
      with: { versioningConfiguration: { status: "Disabled" } },
      replaces: ["versioningConfiguration"],
      deleteBeforeReplace: true,
    },
  ],
  drift: {
    meddle: async (cloud) => {
      const s3 = await cloud.s3();
      await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Suspended" } });
    },
    changes: { "versioningConfiguration.status": "update" },
  },
  remains: { bucket, region, versioningConfiguration: { status: "Suspended" } },
  remove: async (cloud) => (await cloud.s3()).deleteBucket({ Bucket: bucket }),
});
