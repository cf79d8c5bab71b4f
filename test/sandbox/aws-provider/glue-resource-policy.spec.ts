import { document } from "./documents";
import { account, describeLifecycle, region } from "./lifecycle";

const policy = (action: string): string =>
  document({
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: action,
    Resource: `arn:aws:glue:${region}:${account}:catalog`,
  });

describeLifecycle({
  token: "aws:glue/resourcePolicy:ResourcePolicy",
  inputs: { policy: policy("glue:GetTable") },
  id: region,
  state: { policy: policy("glue:GetTable"), region },
  unknown: [],
  updates: [
    {
      title: "document",
      with: { policy: policy("glue:GetTables") },
      changes: { policy: "update" },
      state: { policy: policy("glue:GetTables") },
    },
  ],
  replacements: [{ with: { region: "eu-west-1" }, replaces: ["region"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud) => (await cloud.glue()).putResourcePolicy({ PolicyInJson: policy("glue:*") }),
    changes: { policy: "update" },
  },
  remove: async (cloud) => (await cloud.glue()).deleteResourcePolicy({}),
});
