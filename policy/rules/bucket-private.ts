import { stackRule } from "../frame/rule";
import { bucketsOf } from "../reading/buckets";
import { types } from "../reading/types";

const SWITCHES = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

export const bucketPrivate = stackRule({
  name: "bucket-private",
  summary: "Buckets are private: public access is blocked, and no access control list grants anything",
  severity: "critical",
  requirements: ["R7", "R10", "R74"],
  references: [
    "checkov CKV_AWS_53",
    "checkov CKV_AWS_54",
    "checkov CKV_AWS_55",
    "checkov CKV_AWS_56",
    "checkov CKV2_AWS_6",
    "checkov CKV2_AWS_65",
    "prowler s3_bucket_level_public_access_block",
    "prowler s3_bucket_acl_prohibited",
    "cdk-nag AwsSolutions-S2",
  ],
  remedy:
    "give the bucket a BucketPublicAccessBlock with all four switches on, and BucketOwnershipControls with BucketOwnerEnforced",
  subjects: bucketsOf,
  *check(bucket) {
    const [block] = bucket.settings(types.publicAccessBlock);
    if (block === undefined) yield "the bucket has no public access block";
    else
      for (const name of SWITCHES)
        if (!block.inputs.flag(name)) yield `${name} of the bucket's public access block is off`;
    const [ownership] = bucket.settings(types.ownershipControls);
    // Buckets that are made since April 2023 take no access control lists unless told so.
    const owner = ownership?.inputs.text("rule.objectOwnership") ?? "BucketOwnerEnforced";
    if (owner !== "BucketOwnerEnforced")
      yield `objects of the bucket belong to whoever writes them (${owner})`;
    const acls = [bucket.resource, ...bucket.settings(types.bucketAcl)];
    for (const { inputs } of acls) {
      const acl = inputs.text("acl") ?? "private";
      if (acl !== "private") yield `the bucket has the access control list "${acl}"`;
    }
  },
});
