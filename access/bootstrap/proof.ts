/** What the proof of access reads and nothing else does. */
import { topicArn } from "../alarms";
import { arn, bucketArn, policyArn } from "../arn";
import type { Statement } from "../document";
import { allow, type Where } from "./statements";

/** Looks at the boundary that roles are made under. */
export function readBoundary({ region, account }: Where, boundary: string): Statement {
  return allow(
    "ReadBoundary",
    ["iam:GetPolicy", "iam:GetPolicyVersion"],
    policyArn(region, account, boundary),
  );
}

/** Looks at the policy of the topic of alarms. */
export function readTopic({ region, account }: Where, name: string): Statement {
  return allow("ReadAlarmTopic", "sns:GetTopicAttributes", topicArn(region, account, name));
}

/** Looks at the policies of what was there before: the Glue catalog, and buckets of these names. */
export function readExistingPolicies({ region, account }: Where, buckets: readonly string[]): Statement[] {
  return [
    allow("ReadCatalogPolicy", "glue:GetResourcePolicy", arn("glue", region, account, "catalog")),
    allow(
      "ReadBucketPolicies",
      "s3:GetBucketPolicy",
      buckets.map((bucket) => bucketArn(region, bucket)),
      { StringEquals: { "aws:ResourceAccount": account } },
    ),
  ];
}
