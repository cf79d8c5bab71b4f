import { account, describeLifecycle, region } from "./lifecycle";

const topic = (name: string): string => `arn:aws:sns:${region}:${account}:${name}`;
const rule = "spec-rule-with-target";

describeLifecycle({
  token: "aws:cloudwatch/eventTarget:EventTarget",
  inputs: { rule, targetId: "topic", arn: topic("spec-one") },
  prepare: async (cloud) =>
    (await cloud.events()).putRule({ Name: rule, EventPattern: JSON.stringify({ source: ["aws.sts"] }) }),
  id: `${rule}-topic`,
  state: { arn: topic("spec-one"), region, rule, targetId: "topic" },
  unknown: [],
  updates: [
    {
      title: "what is told",
      with: { arn: topic("spec-other") },
      changes: { arn: "update" },
      state: { arn: topic("spec-other") },
    },
  ],
  replacements: [
    { with: { targetId: "other" }, replaces: ["targetId"], deleteBeforeReplace: false },
    { with: { rule: "spec-another-rule" }, replaces: ["rule"], deleteBeforeReplace: false },
  ],
  drift: {
    meddle: async (cloud) =>
      (await cloud.events()).putTargets({ Rule: rule, Targets: [{ Id: "topic", Arn: topic("meddled") }] }),
    changes: { arn: "update" },
  },
  importId: `${rule}/topic`,
  remove: async (cloud) => (await cloud.events()).removeTargets({ Rule: rule, Ids: ["topic"] }),
});
