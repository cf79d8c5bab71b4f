import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

const ENCRYPTION = "configuration.resultConfiguration.encryptionConfiguration";

export const workgroupEncrypted = resourceRule<{ kms: boolean }>({
  name: "workgroup-encrypted",
  summary: "A workgroup encrypts query results",
  severity: "high",
  requirements: ["R71", "C5"],
  references: [
    "checkov CKV_AWS_159",
    "prowler athena_workgroup_encryption",
    "compliance-policies aws.athena.Workgroup.disallowUnencryptedWorkgroup",
  ],
  remedy: "set configuration.resultConfiguration.encryptionConfiguration with SSE_S3, or SSE_KMS and a key",
  parameters: { kms: { type: "boolean", description: "Asks for SSE_KMS or CSE_KMS", default: false } },
  types: [types.workgroup],
  *check({ inputs }, { kms }) {
    if (inputs.flag("configuration.managedQueryResultsConfiguration.enabled")) return;
    const option = inputs.text(`${ENCRYPTION}.encryptionOption`);
    if (option === undefined) yield "the workgroup does not encrypt query results";
    else if (kms && !option.endsWith("_KMS"))
      yield `the workgroup encrypts query results with ${option}, without a key of your own`;
    else if (option.endsWith("_KMS") && !inputs.has(`${ENCRYPTION}.kmsKeyArn`))
      yield `the workgroup encrypts query results with ${option}, and names no key`;
  },
});
