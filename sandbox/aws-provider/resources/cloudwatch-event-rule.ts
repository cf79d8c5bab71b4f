import type { EventRuleArgs, EventRuleState } from "@pulumi/aws/cloudwatch";
import type { RuleState } from "@aws-sdk/client-eventbridge";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { changeTags, tagList, tagRecord } from "../tags";

const notFound = "ResourceNotFoundException";

/** A rule of the default bus. */
export const eventRule = resourceType<EventRuleArgs, EventRuleState>({
  token: "aws:cloudwatch/eventRule:EventRule",
  properties: {
    description: {},
    eventPattern: { document: "json" },
    name: { replaces: true },
    state: { default: "ENABLED" },
    tags: {},
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 64 },
  omits: ["eventBusName", "forceDestroy", "isEnabled", "namePrefix", "roleArn", "scheduleExpression"],

  async create(cloud, inputs, exists) {
    await put(cloud, inputs.name ?? "", inputs, inputs.tagsAll);
    exists(inputs.name ?? "");
  },

  async read(cloud, id) {
    const events = await cloud.events();
    const found = await unlessGone(events.describeRule({ Name: id }), notFound);
    if (found?.Arn === undefined) return undefined;
    const { Tags } = await events.listTagsForResource({ ResourceARN: found.Arn });
    return {
      arn: found.Arn,
      description: found.Description,
      eventPattern: found.EventPattern,
      name: id,
      state: found.State ?? "ENABLED",
      tagsAll: tagRecord(Tags),
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const events = await cloud.events();
    if (["description", "eventPattern", "state"].some((name) => changed.has(name)))
      await put(cloud, id, inputs);
    const ResourceARN = old.arn ?? "";
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (tags) => events.tagResource({ ResourceARN, Tags: tagList(tags) }),
      (TagKeys) => events.untagResource({ ResourceARN, TagKeys }),
    );
  },

  async delete(cloud, id) {
    const events = await cloud.events();
    await unlessGone(events.deleteRule({ Name: id }), notFound);
  },
});

/** Tags of a rule that is there are not changed so ("PutRule", EventBridge API reference). */
async function put(
  cloud: Cloud,
  Name: string,
  { description, eventPattern, state }: Known<EventRuleArgs>,
  tags?: Readonly<Record<string, string>>,
): Promise<void> {
  const events = await cloud.events();
  await events.putRule({
    Name,
    Description: description,
    EventPattern: eventPattern,
    State: state as RuleState | undefined,
    Tags: tags && tagList(tags),
  });
}
