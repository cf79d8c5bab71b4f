import { account, describeLifecycle, region } from "./lifecycle";

const pattern = (eventName: string): string =>
  JSON.stringify({ source: ["aws.sts"], detail: { eventName: [eventName] } });

describeLifecycle({
  token: "aws:cloudwatch/eventRule:EventRule",
  inputs: {
    name: "spec-assumers",
    description: "who becomes a role",
    eventPattern: pattern("AssumeRole"),
    state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
    tags: { team: "bi" },
  },
  id: "spec-assumers",
  state: {
    arn: `arn:aws:events:${region}:${account}:rule/spec-assumers`,
    description: "who becomes a role",
    eventPattern: pattern("AssumeRole"),
    name: "spec-assumers",
    region,
    state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
    tags: { team: "bi" },
    tagsAll: { team: "bi" },
  },
  unknown: ["arn"],
  updates: [
    {
      title: "pattern, state and tags",
      with: { eventPattern: pattern("GetSessionToken"), state: "DISABLED", tags: { team: "sales" } },
      changes: {
        eventPattern: "update",
        state: "update",
        "tags.team": "update",
        "tagsAll.team": "update",
      },
      state: {
        eventPattern: pattern("GetSessionToken"),
        state: "DISABLED",
        tags: { team: "sales" },
        tagsAll: { team: "sales" },
      },
    },
  ],
  replacements: [{ with: { name: "spec-others" }, replaces: ["name"], deleteBeforeReplace: false }],
  drift: {
    meddle: async (cloud) => (await cloud.events()).enableRule({ Name: "spec-assumers" }),
    changes: { state: "update" },
  },
  remove: async (cloud) => (await cloud.events()).deleteRule({ Name: "spec-assumers" }),
});
