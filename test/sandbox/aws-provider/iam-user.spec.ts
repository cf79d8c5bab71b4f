import { account, describeLifecycle, generated } from "./lifecycle";

describeLifecycle({
  token: "aws:iam/user:User",
  inputs: { name: "connecty", tags: { team: "bi" } },
  id: "connecty",
  state: {
    arn: `arn:aws:iam::${account}:user/connecty`,
    name: "connecty",
    path: "/",
    tags: { team: "bi" },
    tagsAll: { team: "bi" },
    uniqueId: generated,
  },
  unknown: ["arn", "uniqueId"],
  updates: [
    {
      title: "tags",
      with: { tags: { team: "sales" } },
      changes: { "tags.team": "update", "tagsAll.team": "update" },
      state: { tags: { team: "sales" }, tagsAll: { team: "sales" } },
    },
  ],
  replacements: [
    { with: { name: "other" }, replaces: ["name"], deleteBeforeReplace: false },
    { with: { path: "/bi/" }, replaces: ["path"], deleteBeforeReplace: true },
  ],
  drift: {
    meddle: async (cloud) => (await cloud.iam()).untagUser({ UserName: "connecty", TagKeys: ["team"] }),
    changes: { tags: "add", "tagsAll.team": "add" },
  },
  remove: async (cloud) => (await cloud.iam()).deleteUser({ UserName: "connecty" }),
});
