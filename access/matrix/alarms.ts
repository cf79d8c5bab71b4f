/** Topics of alarms: the services that raise them publish, for what is this account's, and nobody else does (R73). */
import type { Alarms } from "../alarms";
import { alarmArn } from "../alarms";
import { type Cast } from "./cast";
import {
  anybody,
  type Circumstances,
  type Expectation,
  type Party,
  requests,
  rowWriter,
  service,
  type Thing,
} from "./expectation";

export function topicThing(
  { topic }: Alarms,
  account: string,
  words: string,
  madeBy: Thing["madeBy"],
): Thing {
  return { kind: "topic", arn: topic.arn, account, words, madeBy };
}

const events = service("events.amazonaws.com");
const cloudWatch = service("cloudwatch.amazonaws.com");

/**
 * @param prefix `alarms/hub`, `alarms/spoke`.
 * @param thing of `topicThing`.
 */
export function alarmTopic(cast: Cast, alarms: Alarms, thing: Thing, prefix: string): Expectation[] {
  const { region, stranger } = cast;
  const { account } = thing;
  const { may, mayNot, nothingElse } = rowWriter(prefix, ["R73"]);
  const names = alarms.scans.map(({ name }) => name);
  const sources = names.map((name) => alarmArn(region, account, name));
  const publish = (context: Circumstances["context"] & object, bound: Circumstances["bound"] & object = {}) =>
    requests(region, ["sns:Publish"], [thing.arn], {
      resourceAccount: account,
      policies: { at: thing.arn },
      context,
      bound,
    });
  const raised = (source: string, owner = account) => ({
    "aws:SourceArn": source,
    "aws:SourceAccount": owner,
  });
  const [any = alarmArn(region, account, "any")] = sources;
  const scanBound = {
    principals: ["cloudwatch.amazonaws.com"],
    resource: { "aws:sourcearn": sources, "aws:sourceaccount": [account] },
  };
  const outsiders: [string, Party][] = [
    ["neighbour", cast.neighbourAdministrator],
    ["stranger", cast.strangerAdministrator],
    ...(cast.hub === account ? [] : [["hub", cast.hubAdministrator] as [string, Party]]),
    ["anybody", anybody],
    ["another-service", service("s3.amazonaws.com")],
  ];
  return [
    // EventBridge does not say for which rule it publishes.
    may(
      "events",
      events,
      `tell ${thing.words} of events`,
      publish({}, { principals: ["events.amazonaws.com"] }),
    ),
    ...(sources.length === 0
      ? []
      : [
          may(
            "scans",
            cloudWatch,
            `tell ${thing.words} of its alarms`,
            sources.flatMap((source) => publish(raised(source), scanBound)),
          ),
        ]),
    mayNot("scans-of-others", cloudWatch, `tell ${thing.words} of other alarms, or without saying of which`, [
      ...publish(raised(alarmArn(region, account, "another"))),
      ...publish(raised(alarmArn(region, stranger, names[0] ?? "any"), stranger)),
      ...publish(raised(any, stranger)),
      ...publish({ "aws:SourceAccount": account }),
      ...publish({ "aws:SourceArn": any }),
      ...publish({}),
    ]),
    ...outsiders.map(([id, party]) =>
      mayNot(`outside/${id}`, party, `publish to ${thing.words}, or change it`, [
        ...publish(raised(any)),
        ...requests(region, ["sns:Subscribe", "sns:SetTopicAttributes", "sns:DeleteTopic"], [thing.arn], {
          resourceAccount: account,
          policies: { at: thing.arn },
        }),
      ]),
    ),
    ...[events, cloudWatch].map((party) =>
      mayNot(
        `nothing-more/${party === events ? "events" : "scans"}`,
        party,
        `subscribe to ${thing.words}, or change it`,
        [
          ...requests(region, ["sns:Subscribe", "sns:SetTopicAttributes", "sns:DeleteTopic"], [thing.arn], {
            resourceAccount: account,
            policies: { at: thing.arn },
            context: raised(any),
          }),
        ],
      ),
    ),
    nothingElse(thing),
  ];
}
