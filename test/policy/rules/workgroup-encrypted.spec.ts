import { workgroupEncrypted } from "../../../policy/rules/workgroup-encrypted";
import { workgroup, workgroupWith } from "../stacks";
import { ruleSpec, UNKNOWN, unknown } from "../world";

function encrypted(encryptionConfiguration?: object) {
  return workgroupWith({ resultConfiguration: { outputLocation: "s3://b/", encryptionConfiguration } });
}

ruleSpec({
  rule: workgroupEncrypted,
  passes: {
    "a workgroup of ours (R71)": [workgroup],
    "a key of one's own": {
      stack: encrypted({
        encryptionOption: "SSE_KMS",
        kmsKeyArn: "arn:aws:kms:us-east-1:133333333333:key/x",
      }),
      configured: { kms: true },
    },
    "a key that is not made yet": encrypted({ encryptionOption: "SSE_KMS", kmsKeyArn: UNKNOWN }),
    "results that Athena keeps itself": workgroupWith({
      resultConfiguration: undefined,
      managedQueryResultsConfiguration: { enabled: true },
    }),
  },
  fails: {
    "no encryption": [encrypted(), ["workgroup: the workgroup does not encrypt query results"]],
    "a key that is not named": [
      encrypted({ encryptionOption: "SSE_KMS" }),
      ["workgroup: the workgroup encrypts query results with SSE_KMS, and names no key"],
    ],
    "S3's encryption, where a key of one's own is asked for": [
      [workgroup],
      ["workgroup: the workgroup encrypts query results with SSE_S3, without a key of your own"],
      { kms: true },
    ],
    "an unknown option": [
      encrypted({ encryptionOption: UNKNOWN }),
      [unknown("workgroup", "configuration.resultConfiguration.encryptionConfiguration.encryptionOption")],
    ],
  },
});
