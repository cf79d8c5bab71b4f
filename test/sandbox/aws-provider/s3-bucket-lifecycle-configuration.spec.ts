import { describeLifecycle, region } from "./lifecycle";
import { emptyBucket } from "./s3-bucket-settings";

const bucket = "provider-spec-lifecycle";
const expire = { id: "expire", status: "Enabled", expiration: { days: 1 } };
const rich = {
  id: "rich",
  status: "Disabled",
  filter: { and: { prefix: "results/", tags: { team: "bi" } } },
  abortIncompleteMultipartUpload: { daysAfterInitiation: 2 },
  noncurrentVersionExpiration: { noncurrentDays: 7 },
  noncurrentVersionTransitions: [{ noncurrentDays: 5, storageClass: "GLACIER" }],
  transitions: [
    { days: 30, storageClass: "STANDARD_IA" },
    { days: 60, storageClass: "GLACIER" },
  ],
};
const spill = { ...expire, filter: { prefix: "athena-spill/" } };

describeLifecycle({
  token: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  inputs: { bucket, rules: [spill] },
  prepare: emptyBucket(bucket),
  id: bucket,
  state: { bucket, region, rules: [spill], transitionDefaultMinimumObjectSize: "all_storage_classes_128K" },
  unknown: ["transitionDefaultMinimumObjectSize"],
  updates: [
    {
      title: "days",
      with: { rules: [{ ...spill, expiration: { days: 2 } }] },
      changes: { rules: "update" },
      state: { rules: [{ ...spill, expiration: { days: 2 } }] },
    },
    {
      title: "a second rule",
      with: { rules: [rich, spill] },
      changes: { rules: "update" },
      state: { rules: [rich, spill] },
    },
  ],
  replacements: [{ with: { bucket: "other" }, replaces: ["bucket"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud) => {
      const s3 = await cloud.s3();
      const Rules = [
        { ID: "hand", Status: "Enabled" as const, Filter: { Prefix: "" }, Expiration: { Days: 9 } },
      ];
      await s3.putBucketLifecycleConfiguration({ Bucket: bucket, LifecycleConfiguration: { Rules } });
    },
    changes: { rules: "update" },
  },
  remove: async (cloud) => (await cloud.s3()).deleteBucketLifecycle({ Bucket: bucket }),
});
