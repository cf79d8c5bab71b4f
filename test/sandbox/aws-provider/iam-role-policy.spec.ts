import { allow, trust } from "./documents";
import { describeLifecycle } from "./lifecycle";

describeLifecycle({
  token: "aws:iam/rolePolicy:RolePolicy",
  inputs: { role: "policy-owner", name: "reads", policy: allow("s3:GetObject") },
  prepare: async (cloud) => {
    const iam = await cloud.iam();
    await iam.createRole({
      RoleName: "policy-owner",
      AssumeRolePolicyDocument: trust("lambda.amazonaws.com"),
    });
  },
  id: "policy-owner:reads",
  state: { name: "reads", policy: allow("s3:GetObject"), role: "policy-owner" },
  unknown: [],
  updates: [
    {
      title: "document",
      with: { policy: allow("s3:PutObject") },
      changes: { policy: "update" },
      state: { policy: allow("s3:PutObject") },
    },
  ],
  replacements: [
    { with: { name: "writes" }, replaces: ["name"], deleteBeforeReplace: false },
    { with: { role: "another" }, replaces: ["role"], deleteBeforeReplace: false },
  ],
  drift: {
    meddle: async (cloud) => {
      const iam = await cloud.iam();
      await iam.putRolePolicy({
        RoleName: "policy-owner",
        PolicyName: "reads",
        PolicyDocument: allow("s3:*"),
      });
    },
    changes: { policy: "update" },
  },
  remove: async (cloud) =>
    (await cloud.iam()).deleteRolePolicy({ RoleName: "policy-owner", PolicyName: "reads" }),
});
