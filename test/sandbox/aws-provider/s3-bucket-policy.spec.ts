import { document } from "./documents";
import { account, describeLifecycle, region } from "./lifecycle";
import { emptyBucket } from "./s3-bucket-settings";

const bucket = "provider-spec-policy";

const policy = (action: string): string =>
  document({
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: action,
    Resource: `arn:aws:s3:::${bucket}/*`,
  });

describeLifecycle({
  token: "aws:s3/bucketPolicy:BucketPolicy",
  inputs: { bucket, policy: policy("s3:GetObject") },
  prepare: emptyBucket(bucket),
  id: bucket,
  state: { bucket, policy: policy("s3:GetObject"), region },
  unknown: [],
  updates: [
    {
      title: "document",
      with: { policy: policy("s3:PutObject") },
      changes: { policy: "update" },
      state: { policy: policy("s3:PutObject") },
    },
  ],
  replacements: [{ with: { bucket: "other" }, replaces: ["bucket"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud) => (await cloud.s3()).putBucketPolicy({ Bucket: bucket, Policy: policy("s3:*") }),
    changes: { policy: "update" },
  },
  remove: async (cloud) => (await cloud.s3()).deleteBucketPolicy({ Bucket: bucket }),
});
