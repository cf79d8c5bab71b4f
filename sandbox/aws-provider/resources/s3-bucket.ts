import type { BucketArgs, BucketState } from "@pulumi/aws/s3";
import type { BucketLocationConstraint, S3 } from "@aws-sdk/client-s3";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { ownTags, tagChanges, tagList, tagRecord } from "../tags";

/** The codes of "there is no such bucket"; calls without a body say `NotFound`. */
export const noSuchBucket = ["NoSuchBucket", "NotFound"] as const;

/** The Region whose buckets have no location constraint. */
const firstRegion = "us-east-1";

/** The largest number of objects one call deletes, which is also the size of a page of versions. */
const pageSize = 1_000;

export const bucket = resourceType<BucketArgs, BucketState>({
  token: "aws:s3/bucket:Bucket",
  properties: {
    bucket: { replaces: true },
    forceDestroy: { default: false },
    objectLockEnabled: { computed: true, replaces: true },
    tags: {},
  },
  identity: ["bucket"],
  naming: { property: "bucket", maxLength: 63, lowerCase: true },
  omits: ["bucketNamespace", "bucketPrefix", "hostedZoneId", "websiteDomain", "websiteEndpoint"],

  async create(cloud, inputs, exists) {
    const s3 = await cloud.s3();
    const Bucket = inputs.bucket ?? "";
    // In us-east-1 S3 says yes to the creation of a bucket that one owns already.
    if ((await unlessGone(s3.headBucket({ Bucket }), ...noSuchBucket)) !== undefined) {
      throw new Error(`bucket "${Bucket}" exists already and is yours: import it, or choose another name`);
    }
    await s3.createBucket({
      Bucket,
      ObjectLockEnabledForBucket: inputs.objectLockEnabled,
      CreateBucketConfiguration:
        cloud.region === firstRegion
          ? undefined
          : { LocationConstraint: cloud.region as BucketLocationConstraint },
    });
    exists(Bucket);
    await cloud.appearance(`bucket "${Bucket}"`, () =>
      unlessGone(s3.headBucket({ Bucket }), ...noSuchBucket),
    );
    const TagSet = tagList(inputs.tagsAll);
    if (TagSet.length > 0) await s3.putBucketTagging({ Bucket, Tagging: { TagSet } });
  },

  async read(cloud, id) {
    const s3 = await cloud.s3();
    const Bucket = id;
    if ((await unlessGone(s3.headBucket({ Bucket }), ...noSuchBucket)) === undefined) return undefined;
    const [tagging, lock] = await Promise.all([
      unlessGone(s3.getBucketTagging({ Bucket }), "NoSuchTagSet", "NoSuchTagSetError"),
      unlessGone(
        s3.getObjectLockConfiguration({ Bucket }),
        "ObjectLockConfigurationNotFoundError",
        "ObjectLockConfigurationNotFound",
      ),
    ]);
    const suffix = cloud.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
    return {
      arn: `arn:${cloud.partition}:s3:::${id}`,
      bucket: id,
      bucketDomainName: `${id}.s3.${suffix}`,
      bucketRegion: cloud.region,
      bucketRegionalDomainName: `${id}.s3.${cloud.region}.${suffix}`,
      objectLockEnabled: lock?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled",
      tagsAll: tagRecord(tagging?.TagSet),
    };
  },

  async update(cloud, id, inputs, old) {
    const s3 = await cloud.s3();
    const { set, removed } = tagChanges(old.tagsAll, inputs.tagsAll);
    if (Object.keys(set).length + removed.length === 0) return;
    // Tags are one document here: those that AWS itself set must be in it.
    const tagging = await unlessGone(
      s3.getBucketTagging({ Bucket: id }),
      "NoSuchTagSet",
      "NoSuchTagSetError",
    );
    const systemTags = (tagging?.TagSet ?? []).filter(({ Key = "" }) => Key.startsWith("aws:"));
    const TagSet = [...systemTags, ...tagList(ownTags(inputs.tagsAll))];
    if (TagSet.length === 0) await s3.deleteBucketTagging({ Bucket: id });
    else await s3.putBucketTagging({ Bucket: id, Tagging: { TagSet } });
  },

  async delete(cloud, id, state) {
    const s3 = await cloud.s3();
    const remove = async (): Promise<void> => {
      if (state.forceDestroy === true) await empty(s3, id);
      await s3.deleteBucket({ Bucket: id });
    };
    await unlessGone(remove(), ...noSuchBucket);
  },
});

/** Deletes every object, version and delete marker. */
async function empty(s3: S3, Bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({ Bucket, MaxKeys: pageSize });
    const Objects = [...Versions, ...DeleteMarkers].flatMap(({ Key, VersionId }) =>
      Key === undefined ? [] : [{ Key, VersionId }],
    );
    if (Objects.length === 0) return;
    const { Errors = [] } = await s3.deleteObjects({ Bucket, Delete: { Objects, Quiet: true } });
    const [first] = Errors;
    if (first !== undefined) {
      throw new Error(
        `${Errors.length} objects of bucket "${Bucket}" cannot be deleted, among them "${first.Key ?? ""}": ` +
          `${first.Code ?? ""}: ${first.Message ?? ""}`,
      );
    }
  }
}
