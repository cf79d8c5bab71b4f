import { allow } from "./documents";
import { account, describeLifecycle } from "./lifecycle";

const policyArn = `arn:aws:iam::${account}:policy/attached-to-user`;

describeLifecycle({
  token: "aws:iam/userPolicyAttachment:UserPolicyAttachment",
  inputs: { user: "user-attachment-owner", policyArn },
  prepare: async (cloud) => {
    const iam = await cloud.iam();
    await iam.createUser({ UserName: "user-attachment-owner" });
    await iam.createPolicy({ PolicyName: "attached-to-user", PolicyDocument: allow("s3:GetObject") });
  },
  id: `user-attachment-owner/${policyArn}`,
  state: { policyArn, user: "user-attachment-owner" },
  unknown: [],
  updates: [],
  replacements: [
    { with: { user: "another" }, replaces: ["user"], deleteBeforeReplace: false },
    { with: { policyArn: `${policyArn}-2` }, replaces: ["policyArn"], deleteBeforeReplace: false },
  ],
  remove: async (cloud) =>
    (await cloud.iam()).detachUserPolicy({ UserName: "user-attachment-owner", PolicyArn: policyArn }),
});
