/** Rules as policies of @pulumi/policy. */
import type {
  Policies,
  Policy,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { type Bench, judge, type Outcome } from "./judge";
import type { Properties } from "./properties";
import { resourceOf, stackOf } from "./resource";
import { type Reference, type Rule, TOOLS } from "./rule";

/** Where the outcomes of stacks are kept until the companions tell them; no resource has this URN. */
const STACK = "";

/**
 * The policies of a pack: one for each rule, and three companions. A policy has one level for all that it says, so that a
 * rule cannot say these itself: `unjudged`, mandatory, is what cannot be judged of rules that are advisories;
 * `acknowledged` lists what is broken and accepted, `known-later` what cannot be judged before the first update.
 */
export function policiesOf(rules: readonly Rule[], bench: Bench): Policies {
  const desk = new Desk();
  return [...rules.map((rule) => policyOf(rule, bench, desk)), ...companions(desk)];
}

/** What passes from rules to companions. @pulumi/policy runs a resource's policies in order, one run a process. */
class Desk {
  readonly inputs = new Map<string, Properties>();
  readonly #waiting = new Map<string, Outcome[]>();

  leave(place: string, outcome: Outcome): void {
    this.#waiting.set(place, [...(this.#waiting.get(place) ?? []), outcome]);
  }

  take(place: string, kind: Outcome["kind"]): readonly Outcome[] {
    const waiting = this.#waiting.get(place) ?? [];
    this.#waiting.set(
      place,
      waiting.filter((outcome) => outcome.kind !== kind),
    );
    return waiting.filter((outcome) => outcome.kind === kind);
  }

  /** The resource, whose inputs are kept for the rules that look at the whole stack. */
  see(args: ResourceValidationArgs) {
    const resource = resourceOf(args);
    this.inputs.set(resource.urn, resource.inputs);
    return resource;
  }
}

function policyOf(rule: Rule, bench: Bench, desk: Desk): ResourceValidationPolicy | StackValidationPolicy {
  const { resource: look, stack: lookAtAll } = rule;
  const tell = (
    place: string,
    outcomes: readonly Outcome[],
    report: (text: string, urn?: string) => void,
  ) => {
    for (const outcome of outcomes)
      if (outcome.kind === "finding") report(outcome.text, outcome.urn);
      else desk.leave(place, outcome);
  };
  if (look !== undefined)
    return {
      ...factsOf(rule),
      validateResource: (args, report) => {
        const resource = desk.see(args);
        const findings = () => look(resource, args.getConfig()) ?? [];
        tell(args.urn, judge(rule, resource, findings, bench), report);
      },
    };
  return {
    ...factsOf(rule),
    validateStack: (args, report) => {
      for (const { resource, findings } of lookAtAll?.(stackOf(args, desk.inputs), args.getConfig()) ?? [])
        tell(STACK, judge(rule, resource, findings, bench), report);
    },
  };
}

function factsOf(rule: Rule): Policy {
  const [first] = rule.references;
  return {
    name: rule.name,
    description: rule.summary,
    enforcementLevel: rule.level ?? "mandatory",
    severity: rule.severity,
    remediationSteps: rule.remedy,
    tags: [...rule.requirements, ...rule.references],
    ...(first === undefined ? {} : { framework: frameworkOf(first, rule) }),
    ...(Object.keys(rule.parameters).length === 0
      ? {}
      : { configSchema: { properties: { ...rule.parameters } } }),
  };
}

function frameworkOf(reference: Reference, { summary }: Rule): NonNullable<Policy["framework"]> {
  const tool = (Object.keys(TOOLS) as (keyof typeof TOOLS)[]).find((name) =>
    reference.startsWith(`${name} `),
  );
  if (tool === undefined) throw new Error(`"${reference}" names no known tool`);
  return {
    name: tool,
    version: TOOLS[tool],
    reference: reference.slice(tool.length + 1),
    specification: summary,
  };
}

function companions(desk: Desk): Policies {
  return (
    [
      ["unjudged", "mandatory", "Advisories are not switched off by a value that they cannot see"],
      ["acknowledged", "advisory", "Findings that are acknowledged, with the reason and the last day"],
      ["known-later", "advisory", "What cannot be judged in preview, since AWS chooses it during the update"],
    ] as const
  ).map(([kind, enforcementLevel, description]): ResourceValidationPolicy & StackValidationPolicy => ({
    name: kind,
    description,
    enforcementLevel,
    severity: "low",
    validateResource: ({ urn }, report) => {
      for (const { text } of desk.take(urn, kind)) report(text);
    },
    validateStack: (_, report) => {
      for (const { text, urn } of desk.take(STACK, kind)) report(text, urn);
    },
  }));
}
