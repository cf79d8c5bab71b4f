/** What a rule is: what it asks for, what is known of it, and how it looks at a resource or at a stack. */
import type { EnforcementLevel, PolicyConfigSchema, Severity } from "@pulumi/policy";
import type { Resource, Stack } from "./resource";

/** The rules of other tools that ask for the same, in the version in which they were read. */
export const TOOLS = {
  checkov: "03d5fda",
  prowler: "3e000fa",
  "cdk-nag": "ca6d1b5",
  "compliance-policies": "712a901",
  AWSGuard: "4355f3b",
  parliament: "574ea45",
  cloudsplaining: "5012eab",
  "Access Analyzer": "2023-06",
} as const;

/** `checkov CKV_AWS_7`: a tool and its id. */
export type Reference = `${keyof typeof TOOLS} ${string}`;

/** What people and machines are told of a rule. */
export interface RuleFacts {
  /** Kebab-case; configuration and acknowledgements name the rule by it. */
  readonly name: string;
  /** What is so when the rule is kept, in one sentence without a final period. */
  readonly summary: string;
  readonly severity: Severity;
  /** Default: mandatory. */
  readonly level?: Exclude<EnforcementLevel, "remediate">;
  /** Numbers of docs/requirements.md, docs/decisions/seed-contradictions.md and docs/limits.md. */
  readonly requirements: readonly string[];
  readonly references: readonly Reference[];
  /** What to do about a finding; ends each of them. */
  readonly remedy: string;
}

/** A parameter with the value it has where nobody configures it. */
export type Parameter<Value> = PolicyConfigSchema["properties"][string] & {
  readonly description: string;
  readonly default: Value;
};

type Parameters<P> = { readonly [Name in keyof P]: Parameter<P[Name]> };

/** Parameters of a rule that has none. */
type None = Readonly<Record<string, never>>;

/** One part of a stack that a rule looks at, with the resource that its findings are about. */
export interface Subject {
  readonly resource: Resource;
}

interface ResourceRule<P> extends RuleFacts {
  readonly parameters?: Parameters<P>;
  /** Type tokens of what the rule looks at. Default: every resource. */
  readonly types?: readonly string[];
  /** Says what is wrong, each time without the remedy. */
  readonly check: (resource: Resource, parameters: P) => Iterable<string>;
}

interface StackRule<P, S extends Subject> extends RuleFacts {
  readonly parameters?: Parameters<P>;
  /** What the rule looks at. Nothing is judged here, so that one part that cannot be read does not hide the others. */
  readonly subjects: (stack: Stack) => Iterable<S>;
  readonly check: (subject: S, parameters: P, stack: Stack) => Iterable<string>;
}

/** A rule as the frame runs it. */
export interface Rule extends RuleFacts {
  readonly parameters: Readonly<Record<string, Parameter<unknown>>>;
  /** Looks at one resource, before it is made. */
  readonly resource?: (resource: Resource, configured: object) => Iterable<string> | undefined;
  /** Looks at everything together, at the end of a preview. */
  readonly stack?: (stack: Stack, configured: object) => readonly StackCheck[];
}

/** One look at one part of a stack. */
export interface StackCheck {
  readonly resource: Resource;
  readonly findings: () => Iterable<string>;
}

/** A rule that looks at one resource at a time. It also holds back an update that has no preview. */
export function resourceRule<P extends object = None>(rule: ResourceRule<P>): Rule {
  const { parameters, types, check, ...facts } = rule;
  return {
    ...facts,
    parameters: known(parameters),
    resource: (resource, configured) =>
      types === undefined || types.includes(resource.type)
        ? check(resource, withDefaults(parameters, configured))
        : undefined,
  };
}

/** A rule for which several resources have to be seen together. */
export function stackRule<S extends Subject, P extends object = None>(rule: StackRule<P, S>): Rule {
  const { parameters, subjects, check, ...facts } = rule;
  return {
    ...facts,
    parameters: known(parameters),
    stack: (stack, configured) =>
      [...subjects(stack)].map((subject) => ({
        resource: subject.resource,
        findings: () => check(subject, withDefaults(parameters, configured), stack),
      })),
  };
}

function known<P>(parameters: Parameters<P> | undefined): Readonly<Record<string, Parameter<unknown>>> {
  return parameters ?? {};
}

function withDefaults<P>(parameters: Parameters<P> | undefined, configured: object): P {
  const defaults = Object.entries(known(parameters)).map(([name, parameter]) => [name, parameter.default]);
  return { ...(Object.fromEntries(defaults) as P), ...configured };
}
