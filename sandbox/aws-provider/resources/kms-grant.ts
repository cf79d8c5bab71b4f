import type { GrantArgs, GrantState } from "@pulumi/aws/kms";
import type { GrantListEntry, GrantOperation } from "@aws-sdk/client-kms";
import { isErrorSaying, unlessGone, type Cloud } from "../cloud";
import { resourceType } from "../resource-type";

const notFound = "NotFoundException";

export const kmsGrant = resourceType<GrantArgs, GrantState>({
  token: "aws:kms/grant:Grant",
  properties: {
    constraints: { replaces: true, set: true },
    grantCreationTokens: { replaces: true, set: true },
    granteePrincipal: { replaces: true },
    keyId: { replaces: true },
    name: { replaces: true },
    operations: { replaces: true, set: true },
    retireOnDelete: { default: false, replaces: true },
    retiringPrincipal: { replaces: true },
  },
  // Grants have ids of their own: two may say the same.
  identity: [],

  async create(cloud, inputs, exists) {
    const kms = await cloud.kms();
    const constraints = inputs.constraints?.[0];
    const { GrantId, GrantToken } = await cloud.retry(
      () =>
        kms.createGrant({
          KeyId: inputs.keyId,
          Constraints: constraints && {
            EncryptionContextEquals: constraints.encryptionContextEquals,
            EncryptionContextSubset: constraints.encryptionContextSubset,
          },
          GrantTokens: inputs.grantCreationTokens,
          GranteePrincipal: inputs.granteePrincipal,
          Name: inputs.name,
          Operations: inputs.operations as GrantOperation[],
          RetiringPrincipal: inputs.retiringPrincipal,
        }),
      (error) => isErrorSaying(error, "InvalidArnException", /./),
    );
    exists(`${inputs.keyId}:${GrantId ?? ""}`, { grantToken: GrantToken });
  },

  async read(cloud, id, known) {
    const { keyId, grantId } = splitId(id);
    const found = await grantOf(cloud, keyId, grantId);
    if (found === undefined) return undefined;
    const { EncryptionContextEquals: equal, EncryptionContextSubset: subset } = found.Constraints ?? {};
    return {
      constraints:
        equal === undefined && subset === undefined
          ? undefined
          : [{ encryptionContextEquals: equal, encryptionContextSubset: subset }],
      grantCreationTokens: known.grantCreationTokens,
      grantId,
      grantToken: known.grantToken ?? "",
      granteePrincipal: found.GranteePrincipal,
      keyId,
      name: found.Name,
      operations: found.Operations,
      retiringPrincipal: found.RetiringPrincipal,
    };
  },

  async delete(cloud, id, state) {
    const kms = await cloud.kms();
    const { keyId: KeyId, grantId: GrantId } = splitId(id);
    const call =
      state.retireOnDelete === true
        ? kms.retireGrant({ KeyId, GrantId })
        : kms.revokeGrant({ KeyId, GrantId });
    await unlessGone(call, notFound);
  },
});

/** An id of the form `<key id or ARN>:<grant id>`. */
function splitId(id: string): { keyId: string; grantId: string } {
  const colon = id.lastIndexOf(":");
  if (colon < 1) throw new Error(`"${id}" is not the id of a grant: write it as <key id>:<grant id>`);
  return { keyId: id.slice(0, colon), grantId: id.slice(colon + 1) };
}

async function grantOf(cloud: Cloud, KeyId: string, grantId: string): Promise<GrantListEntry | undefined> {
  const kms = await cloud.kms();
  for (let Marker: string | undefined; ;) {
    const page = await unlessGone(kms.listGrants({ KeyId, Marker }), notFound);
    const found = page?.Grants?.find(({ GrantId }) => GrantId === grantId);
    if (found !== undefined || page?.Truncated !== true) return found;
    Marker = page.NextMarker;
  }
}
