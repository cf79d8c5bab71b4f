import type { UserPolicyArgs, UserPolicyState } from "@pulumi/aws/iam";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { decodedDocument, documentText, noSuchEntity } from "./iam-role";
import { splitPolicyId } from "./iam-role-policy";

export const userPolicy = resourceType<UserPolicyArgs, UserPolicyState>({
  token: "aws:iam/userPolicy:UserPolicy",
  properties: {
    name: { replaces: true },
    policy: { document: "policy" },
    user: { replaces: true },
  },
  identity: ["user", "name"],
  naming: { property: "name", maxLength: 128 },
  omits: ["namePrefix"],

  async create(cloud, inputs, exists) {
    const iam = await cloud.iam();
    const { user: UserName, name: PolicyName } = inputs;
    await iam.putUserPolicy({ UserName, PolicyName, PolicyDocument: documentText(inputs.policy) });
    exists(`${UserName}:${PolicyName ?? ""}`);
  },

  async read(cloud, id) {
    const iam = await cloud.iam();
    const { owner, name } = splitPolicyId(id);
    const found = await unlessGone(iam.getUserPolicy({ UserName: owner, PolicyName: name }), ...noSuchEntity);
    return found && { name, user: owner, policy: decodedDocument(found.PolicyDocument) };
  },

  async update(cloud, id, inputs) {
    const iam = await cloud.iam();
    const { owner: UserName, name: PolicyName } = splitPolicyId(id);
    await iam.putUserPolicy({ UserName, PolicyName, PolicyDocument: documentText(inputs.policy) });
  },

  async delete(cloud, id) {
    const iam = await cloud.iam();
    const { owner: UserName, name: PolicyName } = splitPolicyId(id);
    await unlessGone(iam.deleteUserPolicy({ UserName, PolicyName }), ...noSuchEntity);
  },
});
