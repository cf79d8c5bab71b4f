import { document } from "./documents";
import { account, describeLifecycle, generated, region } from "./lifecycle";

const policy = (Sid: string): string =>
  document({
    Sid,
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: "kms:*",
    Resource: "*",
  });

describeLifecycle({
  token: "aws:kms/key:Key",
  inputs: {
    description: "spill",
    deletionWindowInDays: 7,
    enableKeyRotation: true,
    policy: policy("Owner"),
    tags: { team: "bi" },
  },
  id: ({ keyId }) => String(keyId),
  state: {
    arn: generated,
    bypassPolicyLockoutSafetyCheck: false,
    customerMasterKeySpec: "SYMMETRIC_DEFAULT",
    deletionWindowInDays: 7,
    description: "spill",
    enableKeyRotation: true,
    isEnabled: true,
    keyId: generated,
    keyUsage: "ENCRYPT_DECRYPT",
    multiRegion: false,
    policy: policy("Owner"),
    region,
    tags: { team: "bi" },
    tagsAll: { team: "bi" },
  },
  unknown: ["arn", "keyId", "multiRegion", "rotationPeriodInDays"],
  updates: [
    {
      title: "policy, description and tags",
      with: { policy: policy("Account"), description: "results", tags: { team: "sales" } },
      changes: { description: "update", policy: "update", "tags.team": "update", "tagsAll.team": "update" },
      state: {
        description: "results",
        policy: policy("Account"),
        tags: { team: "sales" },
        tagsAll: { team: "sales" },
      },
    },
    {
      title: "no rotation",
      with: { enableKeyRotation: false },
      changes: { enableKeyRotation: "update" },
      state: { enableKeyRotation: false },
    },
    {
      title: "disabled",
      with: { isEnabled: false },
      changes: { isEnabled: "update" },
      state: { isEnabled: false },
    },
    {
      title: "enabled",
      with: { isEnabled: true },
      changes: { isEnabled: "update" },
      state: { isEnabled: true },
    },
  ],
  replacements: [
    { with: { keyUsage: "SIGN_VERIFY" }, replaces: ["keyUsage"], deleteBeforeReplace: false },
    { with: { multiRegion: true }, replaces: ["multiRegion"], deleteBeforeReplace: false },
  ],
  drift: {
    meddle: async (cloud, { id: KeyId }) => {
      const kms = await cloud.kms();
      await kms.putKeyPolicy({ KeyId, PolicyName: "default", Policy: policy("Owner") });
    },
    changes: { policy: "update" },
  },
  untold: ["bypassPolicyLockoutSafetyCheck", "deletionWindowInDays"],
  remove: async (cloud, { id: KeyId }) => (await cloud.kms()).scheduleKeyDeletion({ KeyId }),
});
