import type { BucketLifecycleConfigurationArgs, BucketLifecycleConfigurationState } from "@pulumi/aws/s3";
import type {
  ExpirationStatus,
  LifecycleRule,
  LifecycleRuleFilter,
  TransitionDefaultMinimumObjectSize,
  TransitionStorageClass,
} from "@aws-sdk/client-s3";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { tagList, tagRecord } from "../tags";
import { noSuchBucket } from "./s3-bucket";

type Rule = NonNullable<Known<BucketLifecycleConfigurationArgs["rules"]>>[number];

export const bucketLifecycleConfiguration = resourceType<
  BucketLifecycleConfigurationArgs,
  BucketLifecycleConfigurationState
>({
  token: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  properties: {
    bucket: { replaces: true },
    rules: { set: true },
    // Without a filter a rule is for every object, which S3 tells as an empty prefix.
    "rules.filter": { computed: true },
    "rules.filter.prefix": { computed: true },
    "rules.prefix": { unserved: true },
    "rules.transitions": { set: true },
    "rules.noncurrentVersionTransitions": { set: true },
    transitionDefaultMinimumObjectSize: { computed: true },
  },
  identity: ["bucket"],
  omits: ["expectedBucketOwner", "timeouts"],

  check: ({ rules }) =>
    rules === undefined || rules.length === 0
      ? { rules: "needs at least one rule: S3 stores no empty list" }
      : {},

  async create(cloud, inputs, exists) {
    await put(cloud, inputs);
    exists(inputs.bucket);
  },

  async read(cloud, id) {
    const s3 = await cloud.s3();
    const found = await unlessGone(
      s3.getBucketLifecycleConfiguration({ Bucket: id }),
      "NoSuchLifecycleConfiguration",
      ...noSuchBucket,
    );
    return (
      found && {
        bucket: id,
        rules: found.Rules?.map(ruleOf),
        transitionDefaultMinimumObjectSize:
          found.TransitionDefaultMinimumObjectSize ?? "all_storage_classes_128K",
      }
    );
  },

  async update(cloud, _, inputs) {
    await put(cloud, inputs);
  },

  async delete(cloud, id) {
    const s3 = await cloud.s3();
    await unlessGone(
      s3.deleteBucketLifecycle({ Bucket: id }),
      "NoSuchLifecycleConfiguration",
      ...noSuchBucket,
    );
  },
});

async function put(cloud: Cloud, inputs: Known<BucketLifecycleConfigurationArgs>): Promise<void> {
  const s3 = await cloud.s3();
  await s3.putBucketLifecycleConfiguration({
    Bucket: inputs.bucket,
    TransitionDefaultMinimumObjectSize: inputs.transitionDefaultMinimumObjectSize as
      TransitionDefaultMinimumObjectSize | undefined,
    LifecycleConfiguration: { Rules: (inputs.rules ?? []).map(lifecycleRule) },
  });
}

function lifecycleRule(rule: Rule): LifecycleRule {
  return {
    ID: rule.id,
    Status: rule.status as ExpirationStatus,
    Filter: lifecycleFilter(rule.filter),
    AbortIncompleteMultipartUpload: rule.abortIncompleteMultipartUpload && {
      DaysAfterInitiation: rule.abortIncompleteMultipartUpload.daysAfterInitiation,
    },
    Expiration: rule.expiration && {
      Date: date(rule.expiration.date),
      Days: rule.expiration.days,
      ExpiredObjectDeleteMarker: rule.expiration.expiredObjectDeleteMarker,
    },
    NoncurrentVersionExpiration: rule.noncurrentVersionExpiration && {
      NewerNoncurrentVersions: rule.noncurrentVersionExpiration.newerNoncurrentVersions,
      NoncurrentDays: rule.noncurrentVersionExpiration.noncurrentDays,
    },
    NoncurrentVersionTransitions: rule.noncurrentVersionTransitions?.map((transition) => ({
      NewerNoncurrentVersions: transition.newerNoncurrentVersions,
      NoncurrentDays: transition.noncurrentDays,
      StorageClass: transition.storageClass as TransitionStorageClass,
    })),
    Transitions: rule.transitions?.map((transition) => ({
      Date: date(transition.date),
      Days: transition.days,
      StorageClass: transition.storageClass as TransitionStorageClass,
    })),
  };
}

function lifecycleFilter(filter: Rule["filter"]): LifecycleRuleFilter {
  if (filter === undefined) return { Prefix: "" };
  const { and, tag } = filter;
  return {
    And: and && {
      ObjectSizeGreaterThan: and.objectSizeGreaterThan,
      ObjectSizeLessThan: and.objectSizeLessThan,
      Prefix: and.prefix,
      Tags: and.tags && tagList(and.tags),
    },
    ObjectSizeGreaterThan: filter.objectSizeGreaterThan,
    ObjectSizeLessThan: filter.objectSizeLessThan,
    Prefix: filter.prefix,
    Tag: tag && { Key: tag.key, Value: tag.value },
  };
}

function ruleOf(rule: LifecycleRule): Rule {
  const { Expiration: expiration, Filter: filter, NoncurrentVersionExpiration: noncurrent } = rule;
  return {
    id: rule.ID ?? "",
    status: rule.Status ?? "",
    abortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload && {
      daysAfterInitiation: rule.AbortIncompleteMultipartUpload.DaysAfterInitiation,
    },
    expiration: expiration && {
      date: expiration.Date?.toISOString().replace(".000Z", "Z"),
      days: expiration.Days,
      expiredObjectDeleteMarker: expiration.ExpiredObjectDeleteMarker,
    },
    filter: filter && {
      and: filter.And && {
        objectSizeGreaterThan: filter.And.ObjectSizeGreaterThan,
        objectSizeLessThan: filter.And.ObjectSizeLessThan,
        prefix: filter.And.Prefix,
        tags: filter.And.Tags && tagRecord(filter.And.Tags),
      },
      objectSizeGreaterThan: filter.ObjectSizeGreaterThan,
      objectSizeLessThan: filter.ObjectSizeLessThan,
      prefix: filter.Prefix,
      tag: filter.Tag && { key: filter.Tag.Key ?? "", value: filter.Tag.Value ?? "" },
    },
    noncurrentVersionExpiration: noncurrent && {
      newerNoncurrentVersions: noncurrent.NewerNoncurrentVersions,
      noncurrentDays: noncurrent.NoncurrentDays ?? 0,
    },
    noncurrentVersionTransitions: rule.NoncurrentVersionTransitions?.map((transition) => ({
      newerNoncurrentVersions: transition.NewerNoncurrentVersions,
      noncurrentDays: transition.NoncurrentDays ?? 0,
      storageClass: transition.StorageClass ?? "",
    })),
    transitions: rule.Transitions?.map((transition) => ({
      date: transition.Date?.toISOString().replace(".000Z", "Z"),
      days: transition.Days,
      storageClass: transition.StorageClass ?? "",
    })),
  };
}

function date(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
