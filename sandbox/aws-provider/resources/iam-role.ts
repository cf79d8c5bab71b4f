import type { RoleArgs, RoleState } from "@pulumi/aws/iam";
import { isError, isErrorSaying, unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";

/** IAM tells of a principal that does not exist yet for a while after its creation. */
export function isFreshPrincipal(error: unknown): boolean {
  return (
    isErrorSaying(error, "MalformedPolicyDocumentException", /Invalid principal in policy/i) ||
    isErrorSaying(error, "MalformedPolicyDocument", /Invalid principal in policy/i) ||
    isError(error, "ConcurrentModification", "ConcurrentModificationException")
  );
}

/** The codes of "there is no such thing" in IAM. */
export const noSuchEntity = ["NoSuchEntity", "NoSuchEntityException"] as const;

/** A policy document as IAM returns it, which is URL-encoded. */
export function decodedDocument(text: string | undefined): string | undefined {
  return text === undefined ? undefined : decodeURIComponent(text);
}

export const role = resourceType<RoleArgs, RoleState>({
  token: "aws:iam/role:Role",
  properties: {
    assumeRolePolicy: { document: "policy" },
    description: {},
    forceDetachPolicies: { default: false },
    maxSessionDuration: { default: 3600 },
    name: { replaces: true },
    path: { default: "/", replaces: true },
    permissionsBoundary: {},
    tags: {},
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 64 },
  omits: ["inlinePolicies", "managedPolicyArns", "namePrefix"],

  async create(cloud, inputs, exists) {
    const iam = await cloud.iam();
    await cloud.retry(
      () =>
        iam.createRole({
          RoleName: inputs.name,
          AssumeRolePolicyDocument: documentText(inputs.assumeRolePolicy),
          Description: inputs.description,
          MaxSessionDuration: inputs.maxSessionDuration,
          Path: inputs.path,
          PermissionsBoundary: inputs.permissionsBoundary,
          Tags: tagList(inputs.tagsAll),
        }),
      isFreshPrincipal,
    );
    exists(inputs.name ?? "");
  },

  async read(cloud, id) {
    const iam = await cloud.iam();
    const answer = await unlessGone(iam.getRole({ RoleName: id }), ...noSuchEntity);
    const found = answer?.Role;
    if (found === undefined) return undefined;
    return {
      arn: found.Arn,
      assumeRolePolicy: decodedDocument(found.AssumeRolePolicyDocument),
      createDate: found.CreateDate?.toISOString(),
      description: found.Description,
      maxSessionDuration: found.MaxSessionDuration,
      name: found.RoleName,
      path: found.Path,
      permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn,
      tagsAll: tagRecord(found.Tags),
      uniqueId: found.RoleId,
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const iam = await cloud.iam();
    const RoleName = id;
    if (changed.has("assumeRolePolicy")) {
      const PolicyDocument = documentText(inputs.assumeRolePolicy);
      await cloud.retry(() => iam.updateAssumeRolePolicy({ RoleName, PolicyDocument }), isFreshPrincipal);
    }
    if (changed.has("description") || changed.has("maxSessionDuration")) {
      await iam.updateRole({
        RoleName,
        Description: inputs.description ?? "",
        MaxSessionDuration: inputs.maxSessionDuration,
      });
    }
    if (changed.has("permissionsBoundary")) {
      if (inputs.permissionsBoundary === undefined) await iam.deleteRolePermissionsBoundary({ RoleName });
      else
        await iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary: inputs.permissionsBoundary });
    }
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => iam.tagRole({ RoleName, Tags: tagList(tags) }),
      (TagKeys) => iam.untagRole({ RoleName, TagKeys }),
    );
  },

  async delete(cloud, id, state) {
    const iam = await cloud.iam();
    const RoleName = id;
    const remove = async (): Promise<void> => {
      if (state.forceDetachPolicies === true) {
        const { AttachedPolicies = [] } = await iam.listAttachedRolePolicies({ RoleName });
        for (const { PolicyArn } of AttachedPolicies) await iam.detachRolePolicy({ RoleName, PolicyArn });
        const { PolicyNames = [] } = await iam.listRolePolicies({ RoleName });
        for (const PolicyName of PolicyNames) await iam.deleteRolePolicy({ RoleName, PolicyName });
      }
      await iam.deleteRole({ RoleName });
    };
    await unlessGone(remove(), ...noSuchEntity);
  },
});

/** The text of a document; the provider has written objects as text already. */
export function documentText(document: unknown): string {
  return typeof document === "string" ? document : JSON.stringify(document);
}
