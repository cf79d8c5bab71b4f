import type { AliasArgs, AliasState } from "@pulumi/aws/kms";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import type { Value } from "../values";

export const kmsAlias = resourceType<AliasArgs, AliasState>({
  token: "aws:kms/alias:Alias",
  properties: {
    name: { replaces: true },
    targetKeyId: { same: (left, right) => keyId(left) === keyId(right) },
  },
  identity: ["name"],
  omits: ["namePrefix"],

  check: ({ name }) =>
    name === undefined || !/^alias\/[\w/-]+$/.test(name)
      ? { name: `is ${JSON.stringify(name)}, and must be "alias/" and a name` }
      : {},

  async create(cloud, inputs, exists) {
    const kms = await cloud.kms();
    const AliasName = inputs.name ?? "";
    await kms.createAlias({ AliasName, TargetKeyId: inputs.targetKeyId });
    exists(AliasName);
  },

  async read(cloud, id) {
    const kms = await cloud.kms();
    for (let Marker: string | undefined; ;) {
      const page = await kms.listAliases({ Marker });
      const found = page.Aliases?.find(({ AliasName }) => AliasName === id);
      if (found !== undefined) {
        const targetKeyId = found.TargetKeyId ?? "";
        return {
          arn: found.AliasArn,
          name: id,
          targetKeyArn: `arn:${cloud.partition}:kms:${cloud.region}:${cloud.accountId}:key/${targetKeyId}`,
          targetKeyId,
        };
      }
      if (page.Truncated !== true) return undefined;
      Marker = page.NextMarker;
    }
  },

  async update(cloud, id, inputs) {
    const kms = await cloud.kms();
    await kms.updateAlias({ AliasName: id, TargetKeyId: inputs.targetKeyId });
  },

  async delete(cloud, id) {
    const kms = await cloud.kms();
    await unlessGone(kms.deleteAlias({ AliasName: id }), "NotFoundException");
  },
});

/** A key's id, given as such or by the key's ARN. */
function keyId(value: Value): string {
  const text = typeof value === "string" ? value : "";
  return text.slice(text.lastIndexOf("/") + 1);
}
