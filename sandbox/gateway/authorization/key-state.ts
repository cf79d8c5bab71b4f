/** What cannot be done with a key in its state (KMS developer guide, "Key states of AWS KMS keys"). */
import { AwsError } from "../errors";
import type { Need } from "./need";
import type { Resources } from "./resources";

/** What uses a key, or hands out its use. A disabled key refuses it, and one that is pending deletion. */
const USES = names(
  "CreateGrant Decrypt DisableKeyRotation EnableKeyRotation Encrypt GenerateDataKey GenerateDataKeyPair " +
    "GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac ReEncryptFrom ReEncryptTo " +
    "RotateKeyOnDemand Sign Verify VerifyMac",
);

/** What only a key refuses that is pending deletion. */
const CHANGES = names(
  "CreateAlias DisableKey EnableKey ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription",
);

function names(operations: string): ReadonlySet<string> {
  return new Set(operations.split(" ").map((operation) => `kms:${operation}`));
}

/** Why the key's state does not let be done what is asked for, by KMS itself or by a service for its caller. */
export async function keyStateFault(
  { action, resource, inAnyState }: Need,
  service: string,
  resources: Resources,
): Promise<AwsError | undefined> {
  if (inAnyState === true) return undefined;
  const [, , , region = "", account = "", named = ""] = resource.split(":");
  const isUse = USES.has(action);
  if (!named.startsWith("key/") || !(isUse || CHANGES.has(action) || action === "kms:CancelKeyDeletion"))
    return undefined;
  const state = (await resources.key(account, region, named.slice("key/".length)))?.state;
  // S3 hands on what KMS says, under a name of its own.
  const fault = (code: string, is: string) =>
    new AwsError(service === "s3" ? `KMS.${code}` : code, `${resource} ${is}.`);
  if (state === undefined) return undefined;
  if (action === "kms:CancelKeyDeletion")
    return state === "PendingDeletion"
      ? undefined
      : fault("KMSInvalidStateException", "is not pending deletion");
  if (state === "PendingDeletion") return fault("KMSInvalidStateException", "is pending deletion");
  return state === "Disabled" && isUse ? fault("DisabledException", "is disabled") : undefined;
}
