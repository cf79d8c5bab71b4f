import { PolicyError } from "../../access/evaluate";
import { organizationOf } from "../world";
import type { Cloud } from "./context";
import type { TrailEvent } from "./trail";

/** A rule of EventBridge that an event matches. */
interface MatchedRule {
  readonly arn: string;
  /** ARNs. */
  readonly targets: readonly string[];
}

/** What EventBridge asks of a topic's policy. It says no more of itself (docs/sandbox.md). */
const PUBLISHER = { type: "service", name: "events.amazonaws.com" } as const;

/** Whether CloudTrail hands an event on to EventBridge here: assumptions of roles, of all that rules may ask for. */
export function isHandedOn({ name }: TrailEvent): boolean {
  return name.startsWith("AssumeRole");
}

/**
 * Hands an event of CloudTrail on to the rules of its account and Region, as on AWS a trail makes CloudTrail do, and what
 * they match to the topics that they have as targets, where the topic's policy lets EventBridge publish.
 */
export async function tellRules(event: TrailEvent, cloud: Cloud): Promise<void> {
  const { account, region } = event;
  const told = JSON.stringify({
    version: "0",
    id: event.id,
    "detail-type": "AWS API Call via CloudTrail",
    source: `aws.${event.source.split(".")[0] ?? ""}`,
    account,
    time: event.record["eventTime"],
    region,
    resources: [],
    detail: event.record,
  });
  const rules = await cloud.moto.own<readonly MatchedRule[]>("POST", `rules/${account}/${region}`, told);
  for (const target of rules.flatMap(({ targets }) => targets))
    if (await isOpen(target, cloud)) {
      const [, , , where = region, owner = account] = target.split(":");
      await cloud.moto.query(
        "sns",
        owner,
        { Version: "2010-03-31", Action: "Publish", TopicArn: target, Message: told },
        where,
      );
    }
}

/** Whether the target is a topic whose policy lets EventBridge publish. */
async function isOpen(target: string, { authorization }: Cloud): Promise<boolean> {
  const [, , service, region = "", account = "", name = ""] = target.split(":");
  const topic = service === "sns" ? await authorization.resources.topic(account, region, name) : null;
  if (topic?.policy == null) return false;
  const request = { caller: PUBLISHER, action: "sns:Publish", resource: target, resourceAccount: account };
  try {
    const { decision } = authorization.decisions.decide(
      {
        ...request,
        context: { "aws:SecureTransport": "true", "aws:RequestedRegion": region },
        organizationOf,
      },
      { resource: { name: `policy of ${target}`, document: topic.policy } },
    );
    return decision === "allowed";
  } catch (error) {
    // A policy that cannot be read allows nothing.
    if (error instanceof PolicyError) return false;
    throw error;
  }
}
