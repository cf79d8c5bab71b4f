import { describeLifecycle, generated, region } from "./lifecycle";
import { emptyBucket } from "./s3-bucket-settings";

const bucket = "provider-spec-objects";
const key = "data/music.csv";

describeLifecycle({
  token: "aws:s3/bucketObjectv2:BucketObjectv2",
  inputs: { bucket, key, content: "artist,song\n", contentType: "text/csv", tags: { kind: "sample" } },
  prepare: emptyBucket(bucket),
  id: `${bucket}/${key}`,
  state: {
    arn: `arn:aws:s3:::${bucket}/${key}`,
    bucket,
    bucketKeyEnabled: false,
    content: "artist,song\n",
    contentType: "text/csv",
    etag: generated,
    forceDestroy: false,
    key,
    region,
    storageClass: "STANDARD",
    tags: { kind: "sample" },
    tagsAll: { kind: "sample" },
  },
  unknown: [
    "arn",
    "bucketKeyEnabled",
    "etag",
    "kmsKeyId",
    "serverSideEncryption",
    "storageClass",
    "versionId",
  ],
  updates: [
    {
      title: "contents",
      with: { content: "artist,song,year\n" },
      changes: { content: "update" },
      state: { content: "artist,song,year\n", etag: generated },
    },
    {
      title: "contents in base64, and what is said of them",
      with: {
        content: undefined,
        contentBase64: "AAEC",
        contentType: "application/x",
        metadata: { made: "here" },
      },
      changes: { content: "delete", contentBase64: "add", contentType: "update", metadata: "add" },
      state: {
        content: undefined,
        contentBase64: "AAEC",
        contentType: "application/x",
        metadata: { made: "here" },
        etag: generated,
      },
    },
    {
      title: "tags",
      with: { tags: { kind: "real" } },
      changes: { "tags.kind": "update", "tagsAll.kind": "update" },
      state: { tags: { kind: "real" }, tagsAll: { kind: "real" } },
    },
  ],
  replacements: [
    { with: { bucket: "other" }, replaces: ["bucket"], deleteBeforeReplace: false },
    { with: { key: "other" }, replaces: ["key"], deleteBeforeReplace: false },
  ],
  drift: {
    meddle: async (cloud) =>
      (await cloud.s3()).putObject({ Bucket: bucket, Key: key, Body: "by hand", ContentType: "text/plain" }),
    changes: { contentType: "update", metadata: "add", tags: "add", "tagsAll.kind": "add" },
  },
  importId: `s3://${bucket}/${key}`,
  untold: ["content", "contentBase64", "forceDestroy"],
  remove: async (cloud) => (await cloud.s3()).deleteObject({ Bucket: bucket, Key: key }),
});
