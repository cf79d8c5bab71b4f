import type { UserArgs, UserState } from "@pulumi/aws/iam";
import { unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";
import { noSuchEntity } from "./iam-role";

export const user = resourceType<UserArgs, UserState>({
  token: "aws:iam/user:User",
  properties: {
    // A user can be renamed, but its id is its name, which the engine does not let an update change.
    name: { replaces: true },
    path: { default: "/", replaces: true },
    permissionsBoundary: {},
    tags: {},
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 64 },
  omits: ["forceDestroy"],

  async create(cloud, inputs, exists) {
    const iam = await cloud.iam();
    await iam.createUser({
      UserName: inputs.name,
      Path: inputs.path,
      PermissionsBoundary: inputs.permissionsBoundary,
      Tags: tagList(inputs.tagsAll),
    });
    exists(inputs.name ?? "");
  },

  async read(cloud, id) {
    const iam = await cloud.iam();
    const answer = await unlessGone(iam.getUser({ UserName: id }), ...noSuchEntity);
    const found = answer?.User;
    if (found === undefined) return undefined;
    return {
      arn: found.Arn,
      name: found.UserName,
      path: found.Path,
      permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn,
      tagsAll: tagRecord(found.Tags),
      uniqueId: found.UserId,
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const iam = await cloud.iam();
    const UserName = id;
    if (changed.has("permissionsBoundary")) {
      if (inputs.permissionsBoundary === undefined) await iam.deleteUserPermissionsBoundary({ UserName });
      else
        await iam.putUserPermissionsBoundary({ UserName, PermissionsBoundary: inputs.permissionsBoundary });
    }
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => iam.tagUser({ UserName, Tags: tagList(tags) }),
      (TagKeys) => iam.untagUser({ UserName, TagKeys }),
    );
  },

  async delete(cloud, id) {
    const iam = await cloud.iam();
    await unlessGone(iam.deleteUser({ UserName: id }), ...noSuchEntity);
  },
});
