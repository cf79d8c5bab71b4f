/** Runs a rule and says what came of it: findings, findings that are acknowledged, and what cannot be judged. */
import { type Acknowledgement, acknowledgementOf, counts } from "./acknowledgements";
import { CannotJudge, UnknownProperty } from "./properties";
import type { Resource } from "./resource";
import type { RuleFacts } from "./rule";

/** What came of a look at a resource. */
export interface Outcome {
  /**
   * `finding`: the rule is broken, or cannot be judged. `acknowledged`: it is broken, and somebody accepts that.
   * `unjudged`: a rule that is no more than an advisory cannot be judged. `known-later`: a rule cannot be judged yet, for a
   * value that no program can know before the first update.
   */
  readonly kind: "finding" | "acknowledged" | "unjudged" | "known-later";
  readonly text: string;
  readonly urn: string;
}

/** What decides about an outcome besides the rule. */
export interface Bench {
  readonly acknowledgements: readonly Acknowledgement[];
  readonly now: () => Date;
}

/**
 * Values that AWS chooses when it makes a thing, and that no plain string can stand for: a rule that meets one of them
 * in preview is noted instead of broken. All others can be written so that they are known.
 */
export const KNOWN_LATER: readonly {
  readonly types: RegExp;
  readonly property: RegExp;
  readonly why: string;
}[] = [
  {
    types: /./,
    property: /(?:^|\.)(?:kms\w*Key\w*|kms\w*Arn|sseKmsKey\w*|keyId|targetKeyId)$/i,
    why: "a new key's id",
  },
  { types: /^aws:ram\//, property: /^(?:resourceShareArn|shareArn)$/, why: "a RAM share's ARN" },
];

/** Runs one look at one resource to its end. */
export function judge(
  rule: RuleFacts,
  resource: Resource,
  look: () => Iterable<string>,
  bench: Bench,
): readonly Outcome[] {
  const said: Said[] = [];
  const { urn } = resource;
  const outcomes: Outcome[] = [];
  try {
    for (const wrong of look()) said.push({ text: `${wrong}: ${rule.remedy}`, judged: true });
  } catch (error) {
    if (!(error instanceof CannotJudge)) throw error;
    if (error instanceof UnknownProperty) {
      const later = KNOWN_LATER.find(
        ({ types, property }) => types.test(resource.type) && property.test(error.property),
      );
      if (later === undefined)
        said.push({
          text: `cannot be judged in preview: ${error.property} is unknown: build it from names that you choose, instead of from another resource's output`,
          judged: false,
        });
      else
        outcomes.push({
          kind: "known-later",
          text: `${rule.name} is not judged yet: ${error.property} is ${later.why}, known after the update`,
          urn,
        });
    } else said.push({ text: `cannot be judged: ${error.message}: ${rule.remedy}`, judged: false });
  }
  const acknowledgement =
    said.length === 0 ? undefined : acknowledgementOf(bench.acknowledgements, rule.name, urn);
  for (const each of said) outcomes.push(outcomeOf(rule, each, urn, acknowledgement, bench.now()));
  return outcomes;
}

interface Said {
  readonly text: string;
  /** Whether the rule is broken; false when nobody can tell. */
  readonly judged: boolean;
}

function outcomeOf(
  rule: RuleFacts,
  { text, judged }: Said,
  urn: string,
  acknowledgement: Acknowledgement | undefined,
  now: Date,
): Outcome {
  if (acknowledgement === undefined)
    return judged || (rule.level ?? "mandatory") === "mandatory"
      ? { kind: "finding", text, urn }
      : { kind: "unjudged", text: `${rule.name} ${text}`, urn };
  const { reason, expires } = acknowledgement;
  return counts(acknowledgement, now)
    ? {
        kind: "acknowledged",
        text: `${rule.name}: ${text}; acknowledged until ${expires}: ${reason}`,
        urn,
      }
    : {
        kind: "finding",
        text: `${text}; its acknowledgement ended on ${expires} (${reason}): remove the cause, or acknowledge it anew in policy/acknowledged.yaml`,
        urn,
      };
}
