import { allow } from "./documents";
import { describeLifecycle } from "./lifecycle";

describeLifecycle({
  token: "aws:iam/userPolicy:UserPolicy",
  inputs: { user: "analyst", name: "queries", policy: allow("athena:StartQueryExecution") },
  prepare: async (cloud) => (await cloud.iam()).createUser({ UserName: "analyst" }),
  id: "analyst:queries",
  state: { name: "queries", policy: allow("athena:StartQueryExecution"), user: "analyst" },
  unknown: [],
  updates: [
    {
      title: "document",
      with: { policy: allow("athena:Get*") },
      changes: { policy: "update" },
      state: { policy: allow("athena:Get*") },
    },
  ],
  replacements: [
    { with: { name: "other" }, replaces: ["name"], deleteBeforeReplace: false },
    { with: { user: "another" }, replaces: ["user"], deleteBeforeReplace: false },
  ],
  drift: {
    meddle: async (cloud) => {
      const iam = await cloud.iam();
      await iam.putUserPolicy({ UserName: "analyst", PolicyName: "queries", PolicyDocument: allow("*") });
    },
    changes: { policy: "update" },
  },
  remove: async (cloud) =>
    (await cloud.iam()).deleteUserPolicy({ UserName: "analyst", PolicyName: "queries" }),
});
