import { allow, trust } from "./documents";
import { account, describeLifecycle } from "./lifecycle";

const policyArn = `arn:aws:iam::${account}:policy/attached`;

describeLifecycle({
  token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  inputs: { role: "attachment-owner", policyArn },
  prepare: async (cloud) => {
    const iam = await cloud.iam();
    await iam.createRole({
      RoleName: "attachment-owner",
      AssumeRolePolicyDocument: trust("lambda.amazonaws.com"),
    });
    await iam.createPolicy({ PolicyName: "attached", PolicyDocument: allow("s3:GetObject") });
  },
  id: `attachment-owner/${policyArn}`,
  state: { policyArn, role: "attachment-owner" },
  unknown: [],
  updates: [],
  replacements: [
    { with: { role: "another" }, replaces: ["role"], deleteBeforeReplace: false },
    { with: { policyArn: `${policyArn}-2` }, replaces: ["policyArn"], deleteBeforeReplace: false },
  ],
  remove: async (cloud) =>
    (await cloud.iam()).detachRolePolicy({ RoleName: "attachment-owner", PolicyArn: policyArn }),
});
