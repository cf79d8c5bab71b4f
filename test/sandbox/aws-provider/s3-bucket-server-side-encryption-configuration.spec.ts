import { describeLifecycle, region } from "./lifecycle";
import { emptyBucket } from "./s3-bucket-settings";

const bucket = "provider-spec-encryption";

describeLifecycle({
  token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  inputs: { bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
  prepare: emptyBucket(bucket),
  id: bucket,
  state: { bucket, region, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
  unknown: [],
  updates: [
    {
      title: "a key of our own",
      with: {
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "alias/results" },
            bucketKeyEnabled: true,
          },
        ],
      },
      changes: { rules: "update" },
      state: {
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "alias/results" },
            bucketKeyEnabled: true,
          },
        ],
      },
    },
  ],
  replacements: [{ with: { bucket: "other" }, replaces: ["bucket"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud) => {
      const s3 = await cloud.s3();
      const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const } }];
      await s3.putBucketEncryption({ Bucket: bucket, ServerSideEncryptionConfiguration: { Rules } });
    },
    changes: { rules: "update" },
  },
  remove: async (cloud) => (await cloud.s3()).deleteBucketEncryption({ Bucket: bucket }),
});
