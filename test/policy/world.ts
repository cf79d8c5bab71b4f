/** Resources as the engine hands them to a policy pack, and what rules find in them. */
import {
  type PolicyResource,
  type ResourceValidationArgs,
  type StackValidationArgs,
  unknownCheckingProxy,
} from "@pulumi/policy";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc";
import { expect } from "chai";
import type { Acknowledgement } from "../../policy/frame/acknowledgements";
import { policiesOf } from "../../policy/frame/policies";
import type { Rule } from "../../policy/frame/rule";
import { REGION } from "../worlds";

/** What stands in preview where a value is not known yet. */
export const UNKNOWN = unknownValue;

/** A resource of a stack, as a spec writes it. */
export interface Written {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** What comes at the end in place of the inputs. Default: the inputs. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Account of the provider; `default` is a default provider, `none` one that names no account. */
  readonly account?: string;
  readonly region?: string;
  /** Property -> names of the resources that its value comes from. */
  readonly from?: Readonly<Record<string, readonly string[]>>;
  /** Type of the component it belongs to. */
  readonly within?: string;
}

export interface Found {
  readonly policy: string;
  readonly level: string;
  readonly on: string;
  readonly text: string;
}

export interface Bench {
  readonly configured?: Readonly<Record<string, unknown>>;
  readonly acknowledgements?: readonly Acknowledgement[];
  readonly now?: string;
}

/** What policies say of a stack: to each resource, and to all of them at the end. In the order of the engine's calls. */
export async function told(
  rules: readonly Rule[],
  stack: readonly Written[],
  { configured = {}, acknowledgements = [], now = "2026-11-23T12:00:00Z" }: Bench = {},
): Promise<readonly Found[]> {
  const found: Found[] = [];
  const policies = policiesOf(rules, { acknowledgements, now: () => new Date(now) });
  const names = new Map(stack.map((written) => [urnOf(written), written.name]));
  const common = {
    stackTags: new Map<string, string>(),
    getConfig: () => configured as never,
    notApplicable: (): never => {
      throw new Error("no rule calls this");
    },
  };
  for (const written of stack)
    for (const policy of policies)
      if ("validateResource" in policy && typeof policy.validateResource === "function")
        await policy.validateResource({ ...argsOf(written), ...common }, (text) => {
          found.push({ policy: policy.name, level: policy.enforcementLevel ?? "", on: written.name, text });
        });
  const resources = resourcesOf(stack);
  for (const policy of policies)
    if ("validateStack" in policy)
      await policy.validateStack({ resources, ...common } satisfies StackValidationArgs, (text, urn) => {
        found.push({
          policy: policy.name,
          level: policy.enforcementLevel ?? "",
          on: names.get(urn ?? "") ?? "",
          text,
        });
      });
  return found;
}

/** `resource: what is wrong`, without the remedy that ends each finding of the rule. */
export async function findings(rule: Rule, stack: readonly Written[], bench: Bench = {}): Promise<string[]> {
  const end = `: ${rule.remedy}`;
  return (await told([rule], stack, bench)).map(({ policy, on, text }) => {
    const own = policy === "unjudged" ? text.slice(`${rule.name} `.length) : text;
    return `${on}: ${own.endsWith(end) ? own.slice(0, -end.length) : own}`;
  });
}

/** The finding of a rule that meets an unknown value. */
export function unknown(on: string, property: string): string {
  return `${on}: cannot be judged in preview: ${property} is unknown: build it from names that you choose, instead of from another resource's output`;
}

/** A resource with some of its properties changed; `undefined` takes one away. */
export function changed(written: Written, props: Readonly<Record<string, unknown>>): Written {
  return { ...written, props: { ...written.props, ...props } };
}

function urnOf({ name, type, within }: Written): string {
  return `urn:pulumi:dev::athena-spokes::${within === undefined ? "" : `${within}$`}${type}::${name}`;
}

function argsOf(written: Written) {
  return {
    type: written.type,
    name: written.name,
    urn: urnOf(written),
    props: proxied(written.props),
    opts: {
      protect: false,
      ignoreChanges: [],
      aliases: [],
      customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
      additionalSecretOutputs: [],
    },
    provider: providerOf(written),
    isType: () => false,
    asType: () => undefined,
  } satisfies Partial<ResourceValidationArgs>;
}

function resourcesOf(stack: readonly Written[]): PolicyResource[] {
  const resources = stack.map((written): PolicyResource => ({
    ...argsOf(written),
    props: proxied(written.outputs ?? written.props),
    dependencies: [],
    propertyDependencies: {},
  }));
  for (const [index, { from = {} }] of stack.entries())
    for (const [property, names] of Object.entries(from)) {
      const resource = resources[index];
      if (resource !== undefined)
        resource.propertyDependencies[property] = resources.filter(({ name }) => names.includes(name));
    }
  return resources;
}

function providerOf({ type, account = "133333333333", region = REGION }: Written) {
  const kind = type.startsWith("aws-native:") ? "aws-native" : "aws";
  const name = account === "default" ? "default_7_48_0" : "spoke";
  // The engine hands nested inputs of providers over as JSON text.
  const props = /^\d+$/.test(account)
    ? {
        region,
        allowedAccountIds: JSON.stringify([account]),
        defaultTags: JSON.stringify({ tags: { team: "sales" } }),
      }
    : { region };
  return {
    type: `pulumi:providers:${kind}`,
    name,
    urn: `urn:pulumi:dev::athena-spokes::pulumi:providers:${kind}::${name}`,
    props: proxied(props),
  };
}

/** As @pulumi/policy does it: properties that are undefined do not exist, and touching an unknown one throws. */
export function proxied(props: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const present = Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
  // The package exports it without its type.
  const guard = unknownCheckingProxy as (props: object) => Record<string, unknown>;
  return guard(present);
}

/** A stack with some properties of one resource changed. */
export function mutated(
  stack: readonly Written[],
  name: string,
  props: Readonly<Record<string, unknown>>,
): readonly Written[] {
  if (!stack.some((written) => written.name === name)) throw new Error(`there is no resource ${name}`);
  return stack.map((written) => (written.name === name ? changed(written, props) : written));
}

/** A stack without one of its resources. */
export function without(stack: readonly Written[], name: string): readonly Written[] {
  if (!stack.some((written) => written.name === name)) throw new Error(`there is no resource ${name}`);
  return stack.filter((written) => written.name !== name);
}

/** What a rule finds in stacks; each row has a name, a stack and, where the rule is configured, the parameters. */
export interface RuleTable {
  readonly rule: Rule;
  /** Nothing is found in these. */
  readonly passes: Readonly<Record<string, readonly Written[] | Configured>>;
  /** Exactly this is found in these, remedies left out. */
  readonly fails: Readonly<
    Record<
      string,
      readonly [stack: readonly Written[], found: readonly string[], configured?: Bench["configured"]]
    >
  >;
}

interface Configured {
  readonly stack: readonly Written[];
  readonly configured: NonNullable<Bench["configured"]>;
}

/** The spec of a rule. */
export function ruleSpec({ rule, passes, fails }: RuleTable): void {
  const { name, requirements } = rule;
  describe(`rule ${name}${requirements.length === 0 ? "" : ` (${requirements.join(", ")})`}`, () => {
    for (const [title, row] of Object.entries(passes))
      it(`passes ${title}`, async () => {
        const bench = "stack" in row ? row : { stack: row, configured: {} };
        expect(await findings(rule, bench.stack, { configured: bench.configured })).to.deep.equal([]);
      });
    for (const [title, [stack, found, configured = {}]] of Object.entries(fails))
      it(`finds ${title}`, async () => {
        expect(await findings(rule, stack, { configured })).to.deep.equal(found);
      });
  });
}

/** A policy document of statements, as text. */
export function document(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}
