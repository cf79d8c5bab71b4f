import type { ContextKeys } from "../../../access/evaluate";
import { actionsOf } from "../../../access/evaluate/service-table";
import { jsonInput, queryInput } from "../call";
import type { Call } from "../call";
import type { Identities } from "../identities";
import type { Principal } from "../principal";
import type { GatewayState } from "../state";
import type { Resources } from "./resources";

/** One permission that a request needs: one action on one resource. */
export interface Need {
  /** `athena:GetWorkGroup` */
  readonly action: string;
  /** ARN, or `*` for an action that takes no resource. */
  readonly resource: string;
  /** Owner of the resource, where its ARN does not say (S3). */
  readonly account?: string | undefined;
  /** True for what is about to be made: a policy that a resource of that name may have has no say. */
  readonly unguarded?: true;
  /** True for a key whose state does not matter: the one that an alias leaves. */
  readonly inAnyState?: true;
  /** What the service says of the request, beside what every request says. */
  readonly context?: ContextKeys;
}

/** A request to be authorized, with what rules read. */
export interface Asked {
  readonly call: Call;
  readonly principal: Principal;
  /** The caller's account: the owner of what a request names without an account. */
  readonly account: string;
  readonly region: string;
  /** The parameters, from wherever the protocol has them. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly resources: Resources;
  readonly identities: Identities;
  readonly state: GatewayState;
}

/** What one operation needs: every one of the needs must be allowed. None: the handler decides by itself. */
export type Rule = (asked: Asked) => readonly Need[] | Promise<readonly Need[]>;

/** Operation -> rule. */
export type Table = Readonly<Record<string, Rule>>;

/**
 * The parameters of a request: the members of JSON with what a REST path says, or the form of Query. What is said twice
 * is read as the service reads it, or a request could be decided as one and executed as another.
 */
export function inputOf(call: Call): Record<string, unknown> {
  switch (call.protocol) {
    case "json":
      return jsonInput(call);
    case "query":
      return Object.fromEntries([...queryInput(call)].reverse());
    case "rest-json":
      return BODY_IS_PAYLOAD.test(`${call.service}:${call.operation}`)
        ? { ...call.labels }
        : { ...jsonInput(call), ...call.labels };
    case "rest-xml":
      return { ...call.labels };
    case "cbor":
      return {};
  }
}

/** What a function is given is no parameter. */
const BODY_IS_PAYLOAD = /^lambda:Invoke/;

/** A parameter's text; "" when it is absent or no text: the service itself refuses such a request later. */
export function textOf(input: Readonly<Record<string, unknown>>, name: string): string {
  const value = input[name];
  return typeof value === "string" ? value : "";
}

/** A parameter that is a structure; empty when it is none. */
export function structure(
  input: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = input[name];
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** A parameter that is a list of structures; what is none is passed over. */
export function structures(
  input: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>>[] {
  const value = input[name];
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.filter((item): item is Record<string, unknown> => typeof item === "object" && item !== null);
}

/** The same rule for several operations, named in one text. */
export function each(operations: string, rule: Rule): Record<string, Rule> {
  return Object.fromEntries(operations.split(/\s+/).map((operation) => [operation, rule]));
}

/** The operation's own action on a resource. */
export function on(arnOf: (asked: Asked) => string | Promise<string>): Rule {
  return async (asked) => [{ action: actionOf(asked), resource: await arnOf(asked) }];
}

/** `service:Operation`: what most actions are called. */
export function actionOf({ call }: Asked): string {
  return `${serviceOf(call.service)}:${call.operation}`;
}

// Where IAM's name of a service is not its signing name.
const SERVICE_OF = new Map([
  ["cloudcontrolapi", "cloudformation"],
  ["monitoring", "cloudwatch"],
]);

/** IAM's name of a service. */
export function serviceOf(signingName: string): string {
  return SERVICE_OF.get(signingName) ?? signingName;
}

/** The rule of an action that AWS's authorization reference lists without a resource type: it is on `*`. */
export function ruleWithoutResource(signingName: string, operation: string): Rule | undefined {
  const action = actionsOf(serviceOf(signingName))?.get(operation.toLowerCase());
  return action?.resources.length === 0 ? on(() => "*") : undefined;
}

/** Rules in order: the needs of all of them. */
export function all(...rules: readonly Rule[]): Rule {
  return async (asked) => (await Promise.all(rules.map(async (rule) => rule(asked)))).flat();
}

/** ARN of something in the Region and account that the request is for. */
export function arn({ region, account }: Asked, service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

/** An ARN as it is given, else the ARN of what the name names. */
export function arnOr(given: string, make: (name: string) => string): string {
  return given.startsWith("arn:") ? given : make(given);
}

/** The account in an ARN; undefined when there is none. */
export function accountIn(given: string): string | undefined {
  const account = given.split(":")[4];
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined;
}

/** iam:PassRole, for a role that the caller hands to a service; nothing when the request has none. */
export function passRole(roleArn: string, service: string, context: ContextKeys = {}): Need[] {
  // What is no role, the service refuses.
  if (!/^arn:[^:]+:iam::\d{12}:role\/./.test(roleArn)) return [];
  return [
    {
      action: "iam:PassRole",
      resource: roleArn,
      context: { "iam:PassedToService": service, ...context },
    },
  ];
}

/** Tags that a request brings, as conditions ask for them. */
export function tagContext(tags: Readonly<Record<string, string>>): ContextKeys {
  const keys = Object.keys(tags);
  if (keys.length === 0) return {};
  return {
    "aws:TagKeys": keys,
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
}

/** Tags in any of the forms that services take: `[{Key, Value}]`, `[{TagKey, TagValue}]`, `{key: value}`. */
export function tagsIn(value: unknown): Record<string, string> {
  if (Array.isArray(value)) {
    const pairs = value.flatMap((item: unknown): [string, string][] => {
      const tag = (typeof item === "object" && item !== null ? item : {}) as Record<string, unknown>;
      const key = tag["Key"] ?? tag["TagKey"] ?? tag["key"];
      const text = tag["Value"] ?? tag["TagValue"] ?? tag["value"] ?? "";
      return typeof key === "string" && typeof text === "string" ? [[key, text]] : [];
    });
    return Object.fromEntries(pairs);
  }
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

/** Tag keys that a request removes. */
export function tagKeyContext(value: unknown): ContextKeys {
  const keys = (Array.isArray(value) ? value : [value]).filter(
    (key): key is string => typeof key === "string" && key !== "",
  );
  return keys.length === 0 ? {} : { "aws:TagKeys": keys };
}

/** A rule for what is made with tags: the needs with the tags in their context, and the action that tags. */
export function made(rule: Rule, tagAction: string, tagParameter = "Tags"): Rule {
  return async (asked) => {
    const context = tagContext(tagsIn(asked.input[tagParameter]));
    const needs = await rule(asked);
    if (Object.keys(context).length === 0) return needs;
    const marked = needs.map((need) => ({ ...need, context: { ...need.context, ...context } }));
    const last = marked.at(-1);
    return last === undefined ? [] : [...marked, { ...last, action: tagAction }];
  };
}

/** TagResource, UntagResource and the listing of tags: on the ARN that the parameter names. */
export function tagging(parameter: string, tagParameter = "Tags", keysParameter = "TagKeys"): Rule {
  return (asked) => [
    {
      action: actionOf(asked),
      resource: textOf(asked.input, parameter),
      context: {
        ...tagContext(tagsIn(asked.input[tagParameter])),
        ...tagKeyContext(asked.input[keysParameter]),
      },
    },
  ];
}
