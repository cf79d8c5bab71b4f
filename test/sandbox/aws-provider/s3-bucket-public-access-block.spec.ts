import { describeLifecycle, region } from "./lifecycle";
import { emptyBucket } from "./s3-bucket-settings";

const bucket = "provider-spec-public-access";
const all = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};

describeLifecycle({
  token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  inputs: { bucket, ...all },
  prepare: emptyBucket(bucket),
  id: bucket,
  state: { bucket, ...all, region },
  unknown: [],
  updates: [
    {
      title: "one of the four taken away",
      with: { restrictPublicBuckets: undefined },
      changes: { restrictPublicBuckets: "update" },
      state: { restrictPublicBuckets: false },
    },
  ],
  replacements: [{ with: { bucket: "other" }, replaces: ["bucket"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud) => {
      const s3 = await cloud.s3();
      await s3.putPublicAccessBlock({
        Bucket: bucket,
        PublicAccessBlockConfiguration: { BlockPublicAcls: true },
      });
    },
    changes: { blockPublicPolicy: "update", ignorePublicAcls: "update" },
  },
  remove: async (cloud) => (await cloud.s3()).deletePublicAccessBlock({ Bucket: bucket }),
});
