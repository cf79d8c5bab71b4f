import { allow, trust } from "./documents";
import { account, describeLifecycle, generated } from "./lifecycle";

describeLifecycle({
  token: "aws:iam/role:Role",
  inputs: { name: "reader", assumeRolePolicy: trust("lambda.amazonaws.com"), tags: { team: "sales" } },
  prepare: async (cloud) => {
    const iam = await cloud.iam();
    await iam.createPolicy({ PolicyName: "boundary", PolicyDocument: allow("*") });
  },
  id: "reader",
  state: {
    arn: `arn:aws:iam::${account}:role/reader`,
    assumeRolePolicy: trust("lambda.amazonaws.com"),
    createDate: generated,
    forceDetachPolicies: false,
    maxSessionDuration: 3600,
    name: "reader",
    path: "/",
    tags: { team: "sales" },
    tagsAll: { team: "sales" },
    uniqueId: generated,
  },
  unknown: ["arn", "createDate", "uniqueId"],
  updates: [
    {
      title: "trust policy",
      with: { assumeRolePolicy: trust("athena.amazonaws.com") },
      changes: { assumeRolePolicy: "update" },
      state: { assumeRolePolicy: trust("athena.amazonaws.com") },
    },
    {
      title: "description, session, boundary and tags",
      with: {
        description: "reads",
        maxSessionDuration: 7200,
        permissionsBoundary: `arn:aws:iam::${account}:policy/boundary`,
        tags: { owner: "bi" },
      },
      changes: {
        description: "add",
        maxSessionDuration: "update",
        permissionsBoundary: "add",
        "tags.owner": "add",
        "tags.team": "delete",
        "tagsAll.owner": "add",
        "tagsAll.team": "delete",
      },
      state: {
        description: "reads",
        maxSessionDuration: 7200,
        permissionsBoundary: `arn:aws:iam::${account}:policy/boundary`,
        tags: { owner: "bi" },
        tagsAll: { owner: "bi" },
      },
    },
    {
      title: "boundary and tags taken away",
      with: { permissionsBoundary: undefined, tags: undefined },
      changes: { permissionsBoundary: "delete", tags: "delete", "tagsAll.owner": "delete" },
      state: { permissionsBoundary: undefined, tags: undefined, tagsAll: {} },
    },
  ],
  replacements: [
    { with: { name: "writer" }, replaces: ["name"], deleteBeforeReplace: false },
    { with: { path: "/service/" }, replaces: ["path"], deleteBeforeReplace: true },
  ],
  drift: {
    meddle: async (cloud, { id: RoleName }) => {
      const iam = await cloud.iam();
      await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trust("ec2.amazonaws.com") });
      await iam.tagRole({ RoleName, Tags: [{ Key: "by", Value: "hand" }] });
    },
    changes: { assumeRolePolicy: "update", tags: "delete", "tagsAll.by": "delete" },
  },
  untold: ["forceDetachPolicies"],
  remove: async (cloud, { id: RoleName }) => (await cloud.iam()).deleteRole({ RoleName }),
});
