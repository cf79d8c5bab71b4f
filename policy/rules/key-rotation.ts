import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

export const keyRotation = resourceRule({
  name: "key-rotation",
  summary: "KMS keys are rotated every year",
  severity: "medium",
  requirements: ["R13", "C25"],
  references: [
    "checkov CKV_AWS_7",
    "prowler kms_cmk_rotation_enabled",
    "cdk-nag AwsSolutions-KMS5",
    "AWSGuard cmkBackingKeyRotationEnabled",
    "compliance-policies aws.kms.Key.enableKeyRotation",
  ],
  remedy: "set enableKeyRotation: true",
  types: [types.key],
  *check({ inputs }) {
    const symmetric = (inputs.text("customerMasterKeySpec") ?? "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT";
    // KMS rotates no other kind.
    if (symmetric && !inputs.flag("enableKeyRotation")) yield "the key is not rotated";
  },
});
