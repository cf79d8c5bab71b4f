import type { BucketObjectv2Args, BucketObjectv2State } from "@pulumi/aws/s3";
import type {
  ChecksumAlgorithm,
  ObjectCannedACL,
  ServerSideEncryption,
  StorageClass,
} from "@aws-sdk/client-s3";
import { contentsOf } from "../asset-contents";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known, type Tagged } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";
import { Asset } from "../values";
import { noSuchBucket } from "./s3-bucket";

const noSuchObject = ["NoSuchKey", ...noSuchBucket] as const;

/** The way by which the contents came; AWS tells none of them. */
const contentInputs = ["content", "contentBase64", "source"] as const;

export const bucketObject = resourceType<BucketObjectv2Args, BucketObjectv2State>({
  token: "aws:s3/bucketObjectv2:BucketObjectv2",
  properties: {
    acl: { computed: true },
    bucket: { replaces: true },
    bucketKeyEnabled: { computed: true },
    cacheControl: {},
    checksumAlgorithm: {},
    content: {},
    contentBase64: {},
    contentDisposition: {},
    contentEncoding: {},
    contentLanguage: {},
    contentType: { computed: true },
    etag: { computed: true },
    forceDestroy: { default: false },
    key: { replaces: true },
    kmsKeyId: { computed: true },
    metadata: {},
    serverSideEncryption: { computed: true },
    source: {},
    sourceHash: {},
    storageClass: { computed: true },
    tags: {},
    websiteRedirect: {},
  },
  identity: ["bucket", "key"],
  omits: [
    "checksumCrc32",
    "checksumCrc32c",
    "checksumCrc64nvme",
    "checksumSha1",
    "checksumSha256",
    "acl",
    "objectLockLegalHoldStatus",
    "objectLockMode",
    "objectLockRetainUntilDate",
    "overrideProvider",
  ],

  check(inputs) {
    const given = contentInputs.filter((name) => inputs[name] !== undefined);
    return {
      ...(given.length > 1
        ? { [given[1] ?? ""]: `cannot stand beside "${given[0] ?? ""}": give one of them` }
        : {}),
      ...(inputs.key === undefined ? { key: "is missing, and an object needs it" } : {}),
    };
  },

  unknownAfter: (changed) => (contentInputs.some((name) => changed.has(name)) ? ["etag", "versionId"] : []),

  async create(cloud, inputs, exists) {
    await put(cloud, inputs);
    exists(`${inputs.bucket}/${inputs.key ?? ""}`);
  },

  async read(cloud, id) {
    const s3 = await cloud.s3();
    const { bucket, key } = splitId(id);
    const target = { Bucket: bucket, Key: key };
    const found = await unlessGone(s3.headObject({ ...target, ChecksumMode: "ENABLED" }), ...noSuchObject);
    if (found === undefined) return undefined;
    const { TagSet } = await s3.getObjectTagging(target);
    return {
      arn: `arn:${cloud.partition}:s3:::${id}`,
      bucket,
      bucketKeyEnabled: found.BucketKeyEnabled ?? false,
      cacheControl: found.CacheControl,
      contentDisposition: found.ContentDisposition,
      contentEncoding: found.ContentEncoding,
      contentLanguage: found.ContentLanguage,
      contentType: found.ContentType,
      etag: found.ETag?.replaceAll('"', ""),
      key,
      kmsKeyId: found.SSEKMSKeyId,
      metadata: Object.keys(found.Metadata ?? {}).length === 0 ? undefined : found.Metadata,
      serverSideEncryption: found.ServerSideEncryption,
      storageClass: found.StorageClass ?? "STANDARD",
      tagsAll: tagRecord(TagSet),
      versionId: found.VersionId,
      websiteRedirect: found.WebsiteRedirectLocation,
    };
  },

  async update(cloud, id, inputs, old, changed) {
    if ([...changed].some((name) => !["forceDestroy", "tags", "tagsAll"].includes(name))) {
      await put(cloud, inputs);
      return;
    }
    const s3 = await cloud.s3();
    const { bucket: Bucket, key: Key } = splitId(id);
    // Tags are one document here.
    const write = (): Promise<unknown> =>
      s3.putObjectTagging({ Bucket, Key, Tagging: { TagSet: tagList(inputs.tagsAll) } });
    await changeTags(old.tagsAll, inputs.tagsAll, write, write);
  },

  async delete(cloud, id) {
    const s3 = await cloud.s3();
    const { bucket: Bucket, key: Key } = splitId(id);
    const remove = async (): Promise<void> => {
      const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({ Bucket, Prefix: Key });
      const versions = [...Versions, ...DeleteMarkers].filter((version) => version.Key === Key);
      for (const { VersionId } of versions) await s3.deleteObject({ Bucket, Key, VersionId });
    };
    await unlessGone(remove(), ...noSuchObject);
  },

  import: (_, importId) => ({ id: importId.replace(/^s3:\/\//, "") }),
});

/** An id of the form `<bucket>/<key>`; a bucket's name can hold no slash. */
function splitId(id: string): { bucket: string; key: string } {
  const slash = id.indexOf("/");
  if (slash < 1) throw new Error(`"${id}" is not the id of an object: write it as <bucket>/<key>`);
  return { bucket: id.slice(0, slash), key: id.slice(slash + 1) };
}

async function put(cloud: Cloud, inputs: Known<BucketObjectv2Args> & Tagged): Promise<void> {
  const s3 = await cloud.s3();
  const tagging = new URLSearchParams(inputs.tagsAll).toString();
  await s3.putObject({
    Bucket: inputs.bucket,
    Key: inputs.key,
    Body: await body(inputs),
    ACL: inputs.acl as ObjectCannedACL | undefined,
    BucketKeyEnabled: inputs.bucketKeyEnabled,
    CacheControl: inputs.cacheControl,
    ChecksumAlgorithm: inputs.checksumAlgorithm as ChecksumAlgorithm | undefined,
    ContentDisposition: inputs.contentDisposition,
    ContentEncoding: inputs.contentEncoding,
    ContentLanguage: inputs.contentLanguage,
    ContentType: inputs.contentType ?? "application/octet-stream",
    Metadata: inputs.metadata,
    SSEKMSKeyId: inputs.kmsKeyId,
    ServerSideEncryption:
      (inputs.serverSideEncryption as ServerSideEncryption | undefined) ??
      (inputs.kmsKeyId === undefined ? undefined : "aws:kms"),
    StorageClass: inputs.storageClass as StorageClass | undefined,
    Tagging: tagging === "" ? undefined : tagging,
    WebsiteRedirectLocation: inputs.websiteRedirect,
  });
}

async function body(inputs: Known<BucketObjectv2Args>): Promise<Buffer> {
  if (inputs.source instanceof Asset) return contentsOf(inputs.source);
  if (inputs.contentBase64 !== undefined) return Buffer.from(inputs.contentBase64, "base64");
  return Buffer.from(inputs.content ?? "", "utf8");
}
