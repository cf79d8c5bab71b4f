import type { EventTargetArgs, EventTargetState } from "@pulumi/aws/cloudwatch";
import { unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";

const notFound = "ResourceNotFoundException";

/** A target of a rule of the default bus that gets events as they are. */
export const eventTarget = resourceType<EventTargetArgs, EventTargetState>({
  token: "aws:cloudwatch/eventTarget:EventTarget",
  properties: {
    arn: {},
    rule: { replaces: true },
    targetId: { replaces: true },
  },
  identity: ["rule", "targetId"],
  naming: { property: "targetId", maxLength: 64 },
  omits: [
    "appsyncTarget",
    "batchTarget",
    "deadLetterConfig",
    "ecsTarget",
    "eventBusName",
    "forceDestroy",
    "httpTarget",
    "input",
    "inputPath",
    "inputTransformer",
    "kinesisTarget",
    "redshiftTarget",
    "retryPolicy",
    "roleArn",
    "runCommandTargets",
    "sagemakerPipelineTarget",
    "sqsTarget",
  ],

  async create(cloud, inputs, exists) {
    await put(cloud, inputs);
    exists(`${inputs.rule}-${inputs.targetId ?? ""}`);
  },

  async read(cloud, _, { rule, targetId }) {
    const events = await cloud.events();
    const found = await unlessGone(events.listTargetsByRule({ Rule: rule }), notFound);
    const target = found?.Targets?.find(({ Id }) => Id === targetId);
    return target && { arn: target.Arn, rule, targetId };
  },

  async update(cloud, _, inputs) {
    await put(cloud, inputs);
  },

  async delete(cloud, _, { rule, targetId }) {
    const events = await cloud.events();
    await unlessGone(events.removeTargets({ Rule: rule, Ids: [targetId ?? ""] }), notFound);
  },

  import(_, importId) {
    const [rule, targetId, ...more] = importId.split("/");
    if (rule === undefined || targetId === undefined || more.length > 0)
      throw new Error(`"${importId}" is not the import id of a target: write it as <rule>/<target id>`);
    return { id: `${rule}-${targetId}`, known: { rule, targetId } };
  },
});

async function put(cloud: Cloud, { rule, targetId, arn }: Known<EventTargetArgs>): Promise<void> {
  const events = await cloud.events();
  const { FailedEntries: [failed] = [] } = await events.putTargets({
    Rule: rule,
    Targets: [{ Id: targetId, Arn: arn }],
  });
  if (failed !== undefined)
    throw new Error(`target ${targetId ?? ""} of rule ${rule}: ${failed.ErrorMessage ?? ""}`);
}
