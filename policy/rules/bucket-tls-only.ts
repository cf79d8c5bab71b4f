import { matcher, patternOf } from "../../access/evaluate/glob";
import { stackRule } from "../frame/rule";
import { bucketsOf } from "../reading/buckets";
import { type DocumentStatement, statementsAt } from "../reading/document";
import { types } from "../reading/types";

export const bucketTlsOnly = stackRule({
  name: "bucket-tls-only",
  summary: "Buckets deny what comes by plain HTTP",
  severity: "high",
  requirements: ["R12", "R74"],
  references: [
    "checkov CKV_AWS_379",
    "prowler s3_bucket_secure_transport_policy",
    "cdk-nag AwsSolutions-S10",
  ],
  remedy:
    'give the bucket a policy that denies everybody s3:* on the bucket and its objects under Bool {"aws:SecureTransport": "false"}',
  subjects: bucketsOf,
  *check(bucket) {
    const statements = [bucket.resource, ...bucket.settings(types.bucketPolicy)].flatMap(({ inputs }) =>
      statementsAt(inputs, "policy"),
    );
    const denials = statements.filter(deniesPlainHttp);
    if (denials.length === 0) {
      yield "the bucket's policy does not deny plain HTTP";
      return;
    }
    const arns = denials.flatMap(({ resources }) => resources);
    const name = bucket.resource.inputs.text("bucket") ?? "";
    for (const [what, arn] of [
      ["the bucket itself", `s3:::${name}`],
      ["its objects", `s3:::${name}/any/object`],
    ] as const)
      if (!arns.some((pattern) => matcher(patternOf(withoutPartition(pattern)))(arn)))
        yield `the bucket's policy denies plain HTTP, but not for ${what}`;
  },
});

function deniesPlainHttp({
  allows,
  principals,
  notPrincipal,
  actions,
  notAction,
  tests,
}: DocumentStatement): boolean {
  return (
    !allows &&
    !notPrincipal &&
    !notAction &&
    principals.some(({ form }) => form === "everyone") &&
    actions.some((action) => action === "*" || action.toLowerCase() === "s3:*") &&
    // A second test would spare some.
    tests.length === 1 &&
    tests.every(
      ({ operator, key, values }) =>
        operator === "bool" &&
        key === "aws:securetransport" &&
        values.every((value) => value.toLowerCase() === "false"),
    )
  );
}

/** `arn:aws:s3:::bucket` -> `s3:::bucket`: the bucket is of the partition that it is made in. */
function withoutPartition(arn: string): string {
  return arn.replace(/^arn:[^:]*:/, "");
}
