import { allow } from "./documents";
import { account, describeLifecycle, generated } from "./lifecycle";

const boundary = `arn:aws:iam::${account}:policy/user-boundary`;

describeLifecycle({
  token: "aws:iam/user:User",
  inputs: { name: "connecty", permissionsBoundary: boundary, tags: { team: "bi" } },
  prepare: async (cloud) =>
    (await cloud.iam()).createPolicy({ PolicyName: "user-boundary", PolicyDocument: allow("s3:GetObject") }),
  id: "connecty",
  state: {
    arn: `arn:aws:iam::${account}:user/connecty`,
    name: "connecty",
    path: "/",
    permissionsBoundary: boundary,
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
    {
      title: "no boundary any more",
      with: { permissionsBoundary: undefined },
      changes: { permissionsBoundary: "delete" },
      state: { permissionsBoundary: undefined },
    },
    {
      title: "a boundary",
      with: { permissionsBoundary: boundary },
      changes: { permissionsBoundary: "add" },
      state: { permissionsBoundary: boundary },
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
