import type { UserPolicyAttachmentArgs, UserPolicyAttachmentState } from "@pulumi/aws/iam";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { noSuchEntity } from "./iam-role";

/** An id of the form `<user>/<policy ARN>`; a user's name can hold no slash. */
function splitId(id: string): { user: string; policyArn: string } {
  const slash = id.indexOf("/");
  const [user, policyArn] = [id.slice(0, slash), id.slice(slash + 1)];
  if (slash < 1 || !policyArn.startsWith("arn:")) {
    throw new Error(`"${id}" is not the id of a policy's attachment: write it as <user>/<policy ARN>`);
  }
  return { user, policyArn };
}

export const userPolicyAttachment = resourceType<UserPolicyAttachmentArgs, UserPolicyAttachmentState>({
  token: "aws:iam/userPolicyAttachment:UserPolicyAttachment",
  properties: { policyArn: { replaces: true }, user: { replaces: true } },
  identity: ["user", "policyArn"],

  async create(cloud, inputs, exists) {
    const iam = await cloud.iam();
    await iam.attachUserPolicy({ UserName: inputs.user, PolicyArn: inputs.policyArn });
    exists(`${inputs.user}/${inputs.policyArn}`);
  },

  async read(cloud, id) {
    const { user, policyArn } = splitId(id);
    const iam = await cloud.iam();
    for (let Marker: string | undefined; ;) {
      const page = await unlessGone(
        iam.listAttachedUserPolicies({ UserName: user, Marker }),
        ...noSuchEntity,
      );
      if (page?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === policyArn) === true)
        return { user, policyArn };
      if (page?.IsTruncated !== true) return undefined;
      Marker = page.Marker;
    }
  },

  async delete(cloud, id) {
    const { user: UserName, policyArn: PolicyArn } = splitId(id);
    const iam = await cloud.iam();
    await unlessGone(iam.detachUserPolicy({ UserName, PolicyArn }), ...noSuchEntity);
  },
});
