import { jsonAnswer } from "../answer";
import { jsonInput } from "../call";
import type { Handlers } from "../context";
import { AwsError } from "../errors";
import { page } from "../page";
import type { TrailEvent } from "../trail";
import { keptHere } from "./kept-here";
import { trails } from "./trails";

/** What LookupEvents can be asked for, by the key of its one lookup attribute. */
const ATTRIBUTES: Readonly<Record<string, (event: TrailEvent, value: string) => boolean>> = {
  AccessKeyId: ({ accessKeyId }, value) => accessKeyId === value,
  EventId: ({ id }, value) => id === value,
  EventName: ({ name }, value) => name === value,
  EventSource: ({ source }, value) => source === value,
  ReadOnly: ({ readOnly }, value) => String(readOnly) === value,
  ResourceName: ({ resources }, value) => resources.some(({ ARN }) => ARN === value),
  ResourceType: ({ resources }, value) => resources.some(({ type }) => type === value),
  Username: ({ username }, value) => username === value,
};

/** CloudTrail's event history, and its trails. */
export const cloudTrail: Handlers = keptHere("cloudtrail", {
  ...trails,
  LookupEvents({ cloud, call, principal }) {
    const input = jsonInput(call);
    const attributes = Array.isArray(input["LookupAttributes"]) ? input["LookupAttributes"] : [];
    const [attribute, ...more] = attributes as { AttributeKey?: string; AttributeValue?: string }[];
    const key = attribute?.AttributeKey ?? "";
    const matches = Object.hasOwn(ATTRIBUTES, key) ? ATTRIBUTES[key] : undefined;
    if (more.length > 0 || (attribute !== undefined && matches === undefined))
      throw new AwsError(
        "InvalidLookupAttributesException",
        `You specified invalid LookupAttributes: there can be one, of ${Object.keys(ATTRIBUTES).join(", ")}`,
      );
    const after = seconds(input["StartTime"], -Infinity);
    const before = seconds(input["EndTime"], Infinity);
    if (after > before)
      throw new AwsError("InvalidTimeRangeException", "The StartTime is after the EndTime.");
    const found = cloud.trail
      .of(principal.account, call.region)
      .filter(({ time }) => time >= after && time <= before)
      .filter((event) => matches?.(event, attribute?.AttributeValue ?? "") ?? true);
    const { items, nextToken } = page(found, input, 50);
    return jsonAnswer({
      Events: items.map(shown),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    });
  },
});

/** Milliseconds of a time in JSON, which is in seconds. */
function seconds(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value * 1000 : otherwise;
}

function shown(event: TrailEvent): object {
  return {
    EventId: event.id,
    EventName: event.name,
    EventTime: event.time / 1000,
    EventSource: event.source,
    ReadOnly: String(event.readOnly),
    ...(event.username === undefined ? {} : { Username: event.username }),
    ...(event.accessKeyId === undefined ? {} : { AccessKeyId: event.accessKeyId }),
    Resources: event.resources.map(({ type, ARN }) => ({ ResourceType: type, ResourceName: ARN })),
    CloudTrailEvent: JSON.stringify(event.record),
  };
}
