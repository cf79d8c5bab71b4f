import { bucketEncrypted } from "../../../policy/rules/bucket-encrypted";
import { spill } from "../stacks";
import { mutated, ruleSpec, UNKNOWN, unknown, without } from "../world";

function encrypted(rule: object) {
  return mutated(spill, "encryption", { rules: [{ applyServerSideEncryptionByDefault: rule }] });
}

ruleSpec({
  rule: bucketEncrypted,
  passes: {
    "a spill bucket": spill,
    "a key of one's own (C25)": {
      stack: encrypted({
        sseAlgorithm: "aws:kms",
        kmsMasterKeyId: "arn:aws:kms:us-east-1:122222222222:key/x",
      }),
      configured: { kms: true },
    },
    "a key that is not made yet": encrypted({ sseAlgorithm: "aws:kms", kmsMasterKeyId: UNKNOWN }),
    "encryption that the bucket itself says": mutated(without(spill, "encryption"), "spill", {
      serverSideEncryptionConfiguration: {
        rule: { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
      },
    }),
  },
  fails: {
    "no encryption": [without(spill, "encryption"), ["spill: the bucket has no encryption configuration"]],
    "AWS's own key for S3": [
      encrypted({ sseAlgorithm: "aws:kms" }),
      ["spill: the bucket is encrypted with the key that AWS keeps for S3, which no other account can use"],
    ],
    "S3's encryption, where a key of one's own is asked for": [
      spill,
      ["spill: the bucket is encrypted with AES256, without a key of your own"],
      { kms: true },
    ],
    "an unknown algorithm": [
      encrypted({ sseAlgorithm: UNKNOWN }),
      [unknown("spill", "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm")],
    ],
  },
});
