import { account, describeLifecycle, region } from "./lifecycle";

const name = "/aws/lambda/acct1dynamodb";
const arn = `arn:aws:logs:${region}:${account}:log-group:${name}`;

describeLifecycle({
  token: "aws:cloudwatch/logGroup:LogGroup",
  inputs: { name, retentionInDays: 30, tags: { team: "bi" } },
  id: name,
  state: {
    arn,
    logGroupClass: "STANDARD",
    name,
    region,
    retentionInDays: 30,
    skipDestroy: false,
    tags: { team: "bi" },
    tagsAll: { team: "bi" },
  },
  unknown: ["arn", "logGroupClass"],
  updates: [
    {
      title: "retention and tags",
      with: { retentionInDays: 90, tags: { team: "sales" } },
      changes: { retentionInDays: "update", "tags.team": "update", "tagsAll.team": "update" },
      state: { retentionInDays: 90, tags: { team: "sales" }, tagsAll: { team: "sales" } },
    },
    {
      title: "kept for ever",
      with: { retentionInDays: undefined },
      changes: { retentionInDays: "update" },
      state: { retentionInDays: 0 },
    },
  ],
  replacements: [
    { with: { name: "/other" }, replaces: ["name"], deleteBeforeReplace: false },
    { with: { logGroupClass: "INFREQUENT_ACCESS" }, replaces: ["logGroupClass"], deleteBeforeReplace: true },
  ],
  drift: {
    meddle: async (cloud) =>
      (await cloud.logs()).putRetentionPolicy({ logGroupName: name, retentionInDays: 1 }),
    changes: { retentionInDays: "update" },
  },
  untold: ["skipDestroy"],
  remove: async (cloud) => (await cloud.logs()).deleteLogGroup({ logGroupName: name }),
});
