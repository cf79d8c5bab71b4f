import { account, describeLifecycle, region } from "./lifecycle";

const arn = `arn:aws:sns:${region}:${account}:spec-alarms`;

describeLifecycle({
  token: "aws:sns/topic:Topic",
  inputs: { name: "spec-alarms", tags: { team: "bi" } },
  id: arn,
  state: {
    arn,
    name: "spec-alarms",
    owner: account,
    region,
    tags: { team: "bi" },
    tagsAll: { team: "bi" },
  },
  unknown: ["arn", "owner"],
  updates: [
    {
      title: "display name and tags",
      with: { displayName: "alarms", tags: { team: "sales" } },
      changes: { displayName: "add", "tags.team": "update", "tagsAll.team": "update" },
      state: { displayName: "alarms", tags: { team: "sales" }, tagsAll: { team: "sales" } },
    },
  ],
  replacements: [{ with: { name: "spec-other" }, replaces: ["name"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud) =>
      (await cloud.sns()).setTopicAttributes({
        TopicArn: arn,
        AttributeName: "DisplayName",
        AttributeValue: "meddled",
      }),
    changes: { displayName: "update" },
  },
  remove: async (cloud) => (await cloud.sns()).deleteTopic({ TopicArn: arn }),
});
