/** What a policy pack says of a resource, read from the engine's events. */
import type { PolicyEvent } from "@pulumi/pulumi/automation/events";

export interface Finding {
  /** The rule's name. */
  readonly rule: string;
  /** A mandatory finding stops what is previewed. */
  readonly level: "mandatory" | "advisory";
  /** The resource's name in the program. */
  readonly resource: string;
  readonly urn: string;
  /** What is wrong, with the remedy. */
  readonly text: string;
}

/** @param message the event's message without the engine's marks. */
export function findingOf(
  { policyName, enforcementLevel, resourceUrn = "" }: PolicyEvent,
  message: string,
): Finding {
  // The rule's description comes first; whoever reads findings has the rule's name.
  const [, ...said] = message.split("\n");
  return {
    rule: policyName,
    level: enforcementLevel === "mandatory" ? "mandatory" : "advisory",
    resource: resourceUrn.slice(resourceUrn.lastIndexOf("::") + 2),
    urn: resourceUrn,
    text: said.length === 0 ? message : said.join("\n").trim(),
  };
}
