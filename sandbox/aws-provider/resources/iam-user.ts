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
    tags: {},
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 64 },
  omits: ["forceDestroy", "permissionsBoundary"],

  async create(cloud, inputs, exists) {
    const iam = await cloud.iam();
    await iam.createUser({
      UserName: inputs.name,
      Path: inputs.path,
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
      tagsAll: tagRecord(found.Tags),
      uniqueId: found.UserId,
    };
  },

  async update(cloud, id, inputs, old) {
    const iam = await cloud.iam();
    const UserName = id;
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
