import type {
  BucketServerSideEncryptionConfigurationArgs,
  BucketServerSideEncryptionConfigurationState,
} from "@pulumi/aws/s3";
import type { EncryptionType, ServerSideEncryption } from "@aws-sdk/client-s3";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { noSuchBucket } from "./s3-bucket";

export const bucketServerSideEncryptionConfiguration = resourceType<
  BucketServerSideEncryptionConfigurationArgs,
  BucketServerSideEncryptionConfigurationState
>({
  token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  properties: {
    bucket: { replaces: true },
    rules: { set: true },
    "rules.blockedEncryptionTypes": { computed: true, set: true },
  },
  identity: ["bucket"],
  omits: ["expectedBucketOwner"],

  async create(cloud, inputs, exists) {
    await put(cloud, inputs.bucket, inputs.rules);
    exists(inputs.bucket);
  },

  async read(cloud, id) {
    const s3 = await cloud.s3();
    const found = await unlessGone(
      s3.getBucketEncryption({ Bucket: id }),
      "ServerSideEncryptionConfigurationNotFoundError",
      ...noSuchBucket,
    );
    const rules = found?.ServerSideEncryptionConfiguration?.Rules;
    return (
      rules && {
        bucket: id,
        rules: rules.map((rule) => {
          const standard = rule.ApplyServerSideEncryptionByDefault;
          return {
            applyServerSideEncryptionByDefault: standard && {
              kmsMasterKeyId: standard.KMSMasterKeyID,
              sseAlgorithm: standard.SSEAlgorithm ?? "",
            },
            blockedEncryptionTypes: rule.BlockedEncryptionTypes?.EncryptionType,
            bucketKeyEnabled: rule.BucketKeyEnabled,
          };
        }),
      }
    );
  },

  async update(cloud, id, inputs) {
    await put(cloud, id, inputs.rules);
  },

  async delete(cloud, id) {
    const s3 = await cloud.s3();
    await unlessGone(s3.deleteBucketEncryption({ Bucket: id }), ...noSuchBucket);
  },
});

async function put(
  cloud: Cloud,
  Bucket: string,
  rules: Known<BucketServerSideEncryptionConfigurationArgs["rules"]>,
): Promise<void> {
  const s3 = await cloud.s3();
  await s3.putBucketEncryption({
    Bucket,
    ServerSideEncryptionConfiguration: {
      Rules: rules.map((rule) => ({
        ApplyServerSideEncryptionByDefault: rule.applyServerSideEncryptionByDefault && {
          SSEAlgorithm: rule.applyServerSideEncryptionByDefault.sseAlgorithm as ServerSideEncryption,
          KMSMasterKeyID: rule.applyServerSideEncryptionByDefault.kmsMasterKeyId,
        },
        BlockedEncryptionTypes: rule.blockedEncryptionTypes && {
          EncryptionType: rule.blockedEncryptionTypes as EncryptionType[],
        },
        BucketKeyEnabled: rule.bucketKeyEnabled,
      })),
    },
  });
}
