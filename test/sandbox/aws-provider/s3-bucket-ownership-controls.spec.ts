import { describeLifecycle, region } from "./lifecycle";
import { emptyBucket } from "./s3-bucket-settings";

const bucket = "provider-spec-ownership";

describeLifecycle({
  token: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  inputs: { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
  prepare: emptyBucket(bucket),
  id: bucket,
  state: { bucket, region, rule: { objectOwnership: "BucketOwnerEnforced" } },
  unknown: [],
  updates: [
    {
      title: "rule",
      with: { rule: { objectOwnership: "BucketOwnerPreferred" } },
      changes: { "rule.objectOwnership": "update" },
      state: { rule: { objectOwnership: "BucketOwnerPreferred" } },
    },
  ],
  replacements: [{ with: { bucket: "other" }, replaces: ["bucket"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud) => {
      const s3 = await cloud.s3();
      const Rules = [{ ObjectOwnership: "ObjectWriter" as const }];
      await s3.putBucketOwnershipControls({ Bucket: bucket, OwnershipControls: { Rules } });
    },
    changes: { "rule.objectOwnership": "update" },
  },
  remove: async (cloud) => (await cloud.s3()).deleteBucketOwnershipControls({ Bucket: bucket }),
});
