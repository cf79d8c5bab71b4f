import { account, describeLifecycle, generated } from "./lifecycle";
import { allow } from "./documents";

const arn = `arn:aws:iam::${account}:policy/connectors`;

describeLifecycle({
  token: "aws:iam/policy:Policy",
  inputs: {
    name: "connectors",
    policy: allow("lambda:InvokeFunction"),
    description: "invokes",
    tags: { team: "bi" },
  },
  id: arn,
  state: {
    arn,
    attachmentCount: 0,
    description: "invokes",
    name: "connectors",
    path: "/",
    policy: allow("lambda:InvokeFunction"),
    policyId: generated,
    tags: { team: "bi" },
    tagsAll: { team: "bi" },
  },
  unknown: ["arn", "attachmentCount", "policyId"],
  // IAM keeps five versions, so the fifth update must remove one.
  updates: [1, 2, 3, 4, 5, 6].map((version) => ({
    title: `document, version ${version + 1}`,
    with: { policy: allow(`lambda:Get${version}`), tags: { version: String(version) } },
    changes: {
      policy: "update",
      ...(version === 1
        ? { "tags.team": "delete", "tags.version": "add", "tagsAll.team": "delete", "tagsAll.version": "add" }
        : { "tags.version": "update", "tagsAll.version": "update" }),
    },
    state: {
      policy: allow(`lambda:Get${version}`),
      tags: { version: String(version) },
      tagsAll: { version: String(version) },
    },
  })),
  replacements: [
    { with: { name: "other" }, replaces: ["name"], deleteBeforeReplace: false },
    { with: { description: "other" }, replaces: ["description"], deleteBeforeReplace: true },
    { with: { path: "/bi/" }, replaces: ["path"], deleteBeforeReplace: true },
  ],
  drift: {
    meddle: async (cloud) => {
      const iam = await cloud.iam();
      const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn: arn });
      const spare = Versions.find(({ IsDefaultVersion }) => IsDefaultVersion !== true);
      await iam.deletePolicyVersion({ PolicyArn: arn, VersionId: spare?.VersionId });
      await iam.createPolicyVersion({ PolicyArn: arn, PolicyDocument: allow("*"), SetAsDefault: true });
    },
    changes: { policy: "update" },
  },
  remove: async (cloud) => (await cloud.iam()).deletePolicy({ PolicyArn: arn }),
});
