import type { RolePolicyArgs, RolePolicyState } from "@pulumi/aws/iam";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { decodedDocument, documentText, noSuchEntity } from "./iam-role";

/** An id of the form `<owner>:<policy name>`; neither part can hold a colon. */
export function splitPolicyId(id: string): { owner: string; name: string } {
  const [owner, name, ...rest] = id.split(":");
  if (owner === undefined || name === undefined || rest.length > 0) {
    throw new Error(`"${id}" is not the id of an inline policy: write it as <role or user>:<policy name>`);
  }
  return { owner, name };
}

export const rolePolicy = resourceType<RolePolicyArgs, RolePolicyState>({
  token: "aws:iam/rolePolicy:RolePolicy",
  properties: {
    name: { replaces: true },
    policy: { document: "policy" },
    role: { replaces: true },
  },
  identity: ["role", "name"],
  naming: { property: "name", maxLength: 128 },
  omits: ["namePrefix"],

  async create(cloud, inputs, exists) {
    const iam = await cloud.iam();
    const { role: RoleName, name: PolicyName } = inputs;
    await iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: documentText(inputs.policy) });
    exists(`${RoleName}:${PolicyName ?? ""}`);
  },

  async read(cloud, id) {
    const iam = await cloud.iam();
    const { owner, name } = splitPolicyId(id);
    const found = await unlessGone(iam.getRolePolicy({ RoleName: owner, PolicyName: name }), ...noSuchEntity);
    return found && { name, role: owner, policy: decodedDocument(found.PolicyDocument) };
  },

  async update(cloud, id, inputs) {
    const iam = await cloud.iam();
    const { owner: RoleName, name: PolicyName } = splitPolicyId(id);
    await iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: documentText(inputs.policy) });
  },

  async delete(cloud, id) {
    const iam = await cloud.iam();
    const { owner: RoleName, name: PolicyName } = splitPolicyId(id);
    await unlessGone(iam.deleteRolePolicy({ RoleName, PolicyName }), ...noSuchEntity);
  },
});
