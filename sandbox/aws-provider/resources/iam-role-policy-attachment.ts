import type { RolePolicyAttachmentArgs, RolePolicyAttachmentState } from "@pulumi/aws/iam";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { noSuchEntity } from "./iam-role";

/** An id of the form `<role>/<policy ARN>`; a role's name can hold no slash. */
function splitId(id: string): { role: string; policyArn: string } {
  const slash = id.indexOf("/");
  const [role, policyArn] = [id.slice(0, slash), id.slice(slash + 1)];
  if (slash < 1 || !policyArn.startsWith("arn:")) {
    throw new Error(`"${id}" is not the id of a policy's attachment: write it as <role>/<policy ARN>`);
  }
  return { role, policyArn };
}

export const rolePolicyAttachment = resourceType<RolePolicyAttachmentArgs, RolePolicyAttachmentState>({
  token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  properties: { policyArn: { replaces: true }, role: { replaces: true } },
  identity: ["role", "policyArn"],

  async create(cloud, inputs, exists) {
    const iam = await cloud.iam();
    await iam.attachRolePolicy({ RoleName: inputs.role, PolicyArn: inputs.policyArn });
    exists(`${inputs.role}/${inputs.policyArn}`);
  },

  async read(cloud, id) {
    const { role, policyArn } = splitId(id);
    const iam = await cloud.iam();
    for (let Marker: string | undefined; ;) {
      const page = await unlessGone(
        iam.listAttachedRolePolicies({ RoleName: role, Marker }),
        ...noSuchEntity,
      );
      if (page?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === policyArn) === true)
        return { role, policyArn };
      if (page?.IsTruncated !== true) return undefined;
      Marker = page.Marker;
    }
  },

  async delete(cloud, id) {
    const { role: RoleName, policyArn: PolicyArn } = splitId(id);
    const iam = await cloud.iam();
    await unlessGone(iam.detachRolePolicy({ RoleName, PolicyArn }), ...noSuchEntity);
  },
});
