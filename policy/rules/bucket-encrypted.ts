import { stackRule } from "../frame/rule";
import { bucketsOf } from "../reading/buckets";
import { types } from "../reading/types";

const RULE = "applyServerSideEncryptionByDefault";

export const bucketEncrypted = stackRule<ReturnType<typeof bucketsOf>[number], { kms: boolean }>({
  name: "bucket-encrypted",
  summary: "Buckets say how their objects are encrypted",
  severity: "high",
  requirements: ["R13", "R71", "C25"],
  references: [
    "checkov CKV_AWS_19",
    "checkov CKV_AWS_145",
    "prowler s3_bucket_default_encryption",
    "prowler s3_bucket_kms_encryption",
    "cdk-nag S3DefaultEncryptionKMS",
    "compliance-policies aws.s3.Bucket.enableServerSideEncryption",
  ],
  remedy:
    "give the bucket a BucketServerSideEncryptionConfiguration with AES256, or with aws:kms and the ARN of a key of your own",
  parameters: {
    kms: {
      type: "boolean",
      description: "Asks for a key of your own (aws:kms)",
      default: false,
    },
  },
  subjects: bucketsOf,
  *check(bucket, { kms }) {
    const inline = bucket.resource.inputs.part("serverSideEncryptionConfiguration.rule");
    const rules = [
      ...(inline === undefined ? [] : [inline]),
      ...bucket.settings(types.bucketEncryption).flatMap(({ inputs }) => inputs.each("rules")),
    ];
    const algorithms = rules.flatMap((rule) => rule.text(`${RULE}.sseAlgorithm`) ?? []);
    if (algorithms.length === 0) yield "the bucket has no encryption configuration";
    for (const rule of rules) {
      const algorithm = rule.text(`${RULE}.sseAlgorithm`) ?? "nothing";
      const isKms = algorithm.startsWith("aws:kms");
      if (kms && !isKms) yield `the bucket is encrypted with ${algorithm}, without a key of your own`;
      // The key that AWS keeps for S3 lets no other account decrypt.
      else if (isKms && !rule.has(`${RULE}.kmsMasterKeyId`))
        yield "the bucket is encrypted with the key that AWS keeps for S3, which no other account can use";
    }
  },
});
