import type { KeyArgs, KeyState } from "@pulumi/aws/kms";
import type { KeySpec, KeyUsageType, KMS, Tag } from "@aws-sdk/client-kms";
import { isError, unlessGone, type Cloud } from "../cloud";
import { samePolicy } from "../equality";
import { resourceType } from "../resource-type";
import { changeTags } from "../tags";

const notFound = "NotFoundException";

/** The only policy that a key has. */
const policyName = "default";

export const kmsKey = resourceType<KeyArgs, KeyState>({
  token: "aws:kms/key:Key",
  properties: {
    bypassPolicyLockoutSafetyCheck: { default: false },
    customerMasterKeySpec: { default: "SYMMETRIC_DEFAULT", replaces: true },
    deletionWindowInDays: {},
    description: { computed: true },
    enableKeyRotation: {},
    isEnabled: { default: true },
    keyUsage: { default: "ENCRYPT_DECRYPT", replaces: true },
    multiRegion: { computed: true, replaces: true },
    policy: { computed: true, document: "policy" },
    rotationPeriodInDays: { computed: true },
    tags: {},
  },
  identity: [],
  omits: ["customKeyStoreId", "xksKeyId"],

  async create(cloud, inputs, exists) {
    const kms = await cloud.kms();
    const { KeyMetadata } = await cloud.retry(
      () =>
        kms.createKey({
          BypassPolicyLockoutSafetyCheck: inputs.bypassPolicyLockoutSafetyCheck,
          Description: inputs.description,
          KeySpec: inputs.customerMasterKeySpec as KeySpec | undefined,
          KeyUsage: inputs.keyUsage as KeyUsageType | undefined,
          MultiRegion: inputs.multiRegion,
          Policy: inputs.policy,
          Tags: kmsTags(inputs.tagsAll),
        }),
      isFreshPrincipal,
    );
    const KeyId = KeyMetadata?.KeyId ?? "";
    exists(KeyId);
    if (inputs.enableKeyRotation === true) {
      await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: inputs.rotationPeriodInDays });
    }
    if (inputs.isEnabled === false) await kms.disableKey({ KeyId });
  },

  async read(cloud, id) {
    const kms = await cloud.kms();
    const found = await unlessGone(kms.describeKey({ KeyId: id }), notFound);
    const key = found?.KeyMetadata;
    if (key === undefined || key.KeyState === "PendingDeletion") return undefined;
    const { KeyId } = key;
    const [{ Policy: policy }, rotation, tags] = await Promise.all([
      kms.getKeyPolicy({ KeyId, PolicyName: policyName }),
      unlessGone(kms.getKeyRotationStatus({ KeyId }), "UnsupportedOperationException"),
      allTags(kms, id),
    ]);
    const rotates = rotation?.KeyRotationEnabled ?? false;
    return {
      arn: key.Arn,
      customerMasterKeySpec: key.KeySpec,
      description: key.Description,
      enableKeyRotation: rotates,
      isEnabled: key.Enabled,
      keyId: KeyId,
      keyUsage: key.KeyUsage,
      multiRegion: key.MultiRegion ?? false,
      policy,
      rotationPeriodInDays: rotates ? rotation?.RotationPeriodInDays : undefined,
      tagsAll: tags,
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const kms = await cloud.kms();
    const KeyId = id;
    // A disabled key refuses the other calls.
    if (changed.has("isEnabled") && inputs.isEnabled === true) await kms.enableKey({ KeyId });
    if (changed.has("enableKeyRotation") || changed.has("rotationPeriodInDays")) {
      if (inputs.enableKeyRotation === true) {
        await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: inputs.rotationPeriodInDays });
      } else {
        await kms.disableKeyRotation({ KeyId });
      }
    }
    if (changed.has("description"))
      await kms.updateKeyDescription({ KeyId, Description: inputs.description ?? "" });
    if (changed.has("policy") && inputs.policy !== undefined) {
      await putPolicy(cloud, kms, KeyId, inputs.policy, inputs.bypassPolicyLockoutSafetyCheck);
    }
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => kms.tagResource({ KeyId, Tags: kmsTags(tags) }),
      (TagKeys) => kms.untagResource({ KeyId, TagKeys }),
    );
    if (changed.has("isEnabled") && inputs.isEnabled === false) await kms.disableKey({ KeyId });
  },

  async delete(cloud, id, state) {
    const kms = await cloud.kms();
    await unlessGone(
      kms.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: state.deletionWindowInDays }),
      notFound,
      // Its deletion is scheduled already.
      "KMSInvalidStateException",
    );
  },
});

/** KMS does not see a principal for a while after its creation. */
function isFreshPrincipal(error: unknown): boolean {
  return isError(error, "MalformedPolicyDocumentException") && /principal/i.test(error.message);
}

/** The new policy is not told at once by all of KMS. */
async function putPolicy(
  cloud: Cloud,
  kms: KMS,
  KeyId: string,
  Policy: string,
  BypassPolicyLockoutSafetyCheck: boolean | undefined,
): Promise<void> {
  await cloud.retry(
    () => kms.putKeyPolicy({ KeyId, PolicyName: policyName, Policy, BypassPolicyLockoutSafetyCheck }),
    isFreshPrincipal,
  );
  await cloud.appearance(`the new policy of key "${KeyId}"`, async () => {
    const current = await kms.getKeyPolicy({ KeyId, PolicyName: policyName });
    return samePolicy(current.Policy ?? "", Policy) ? true : undefined;
  });
}

function kmsTags(tags: Readonly<Record<string, string>> | undefined): Tag[] {
  return Object.entries(tags ?? {}).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}

async function allTags(kms: KMS, KeyId: string): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (let Marker: string | undefined; ;) {
    const page = await kms.listResourceTags({ KeyId, Marker });
    for (const { TagKey = "", TagValue = "" } of page.Tags ?? []) {
      if (!TagKey.startsWith("aws:")) all[TagKey] = TagValue;
    }
    if (page.Truncated !== true) return all;
    Marker = page.NextMarker;
  }
}
