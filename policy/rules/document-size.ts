import { limits } from "../../access/limits";
import type { Stack, StackResource } from "../frame/resource";
import { stackRule } from "../frame/rule";
import { documentTextAt } from "../reading/document";
import { knownText, refersTo } from "../reading/references";
import { rolesOf, type StackRole } from "../reading/roles";
import { types } from "../reading/types";

/** Something that has a limit: what it is, how much of it there is, and how much there may be. */
interface Measured {
  readonly what: string;
  readonly size: number;
  readonly limit: number;
  readonly unit: string;
}

interface Sized {
  readonly resource: StackResource;
  readonly measure: () => Iterable<Measured>;
}

export const documentSize = stackRule<Sized, { share: number }>({
  name: "document-size",
  summary: "Policy documents keep away from AWS's size limits",
  severity: "medium",
  level: "advisory",
  requirements: ["L1", "L2", "L3", "L5", "L12", "L15", "L16", "L17"],
  references: [],
  remedy:
    "choose the scopes whose size does not grow with the spokes: `roleA: pattern`, `producerGrants: organization`",
  parameters: {
    share: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      description: "Share of a limit from which on it is a finding",
      default: 0.8,
    },
  },
  subjects: (stack) => [
    ...rolesOf(stack).map((role) => ({ resource: role.resource, measure: () => roleSizes(role) })),
    ...stack
      .of(types.managedPolicy)
      .filter((policy) => !isShard(policy, stack))
      .map((resource) => single(resource, "the managed policy", limits.managedPolicy, "characters")),
    ...stack
      .of(types.bucketPolicy)
      .map((resource) => single(resource, "the bucket policy", limits.bucketPolicy, "bytes")),
    ...inlineOf(stack, types.userPolicy, "user", limits.userInlinePolicies),
    ...inlineOf(stack, types.groupPolicy, "group", limits.groupInlinePolicies),
    ...stack
      .of(types.queue, types.queuePolicy)
      .map((resource) => single(resource, "the queue's policy", limits.queuePolicy, "bytes")),
    ...stack
      .of(types.topic, types.topicPolicy)
      .map((resource) => single(resource, "the topic's policy", limits.topicPolicy, "bytes")),
    ...stack
      .of(types.key, types.keyPolicy)
      .map((resource) => single(resource, "the key policy", limits.keyPolicy, "bytes")),
    ...stack
      .of(types.gluePolicy)
      .map((resource) => single(resource, "the catalog's policy", limits.gluePolicy, "bytes")),
    ...stack
      .of(types.lambdaFunction)
      .map((resource) => ({ resource, measure: () => functionSize(resource, stack) })),
  ],
  *check({ measure }, { share }) {
    for (const { what, size, limit, unit } of measure())
      if (size > limit * share)
        yield `${what} has ${size} of ${limit} ${unit}, more than ${Math.round(share * 100)} %`;
  },
});

function* roleSizes(role: StackRole): Iterable<Measured> {
  const { inputs } = role.resource;
  if (role.isHere)
    yield {
      what: "the trust policy",
      size: sizeOf(documentTextAt(inputs, "assumeRolePolicy")),
      limit: limits.trustPolicy,
      unit: "characters",
    };
  const own = role.isHere
    ? inputs.each("inlinePolicies").map((policy) => documentTextAt(policy, "policy"))
    : [];
  const inline = [...own, ...role.inlinePolicies.map((policy) => documentTextAt(policy.inputs, "policy"))];
  yield {
    what: "the inline policies together",
    size: inline.reduce((sum, text) => sum + sizeOf(text), 0),
    limit: limits.roleInlinePolicies,
    unit: "characters",
  };
  if (role.isHere)
    yield {
      what: "the role",
      size: role.managedPolicies,
      limit: limits.managedPoliciesPerRole,
      unit: "managed policies",
    };
}

/** Inline policies by the user or group that they are of; each of them is told with the first. */
function inlineOf(stack: Stack, type: string, holder: "user" | "group", limit: number): Sized[] {
  const policies = stack.of(type);
  return policies.flatMap((resource, index) => {
    const isOfTheSame = (other: StackResource) => other === resource || sameHolder(other, resource, holder);
    if (policies.slice(0, index).some(isOfTheSame)) return [];
    return [
      {
        resource,
        *measure() {
          const together = policies.filter(isOfTheSame);
          yield {
            what: `the inline policies of its ${holder} together`,
            size: together.reduce((sum, { inputs }) => sum + sizeOf(documentTextAt(inputs, "policy")), 0),
            limit,
            unit: "characters",
          };
        },
      },
    ];
  });
}

/** By name or, while that is unknown, by the resource that it comes from. */
function sameHolder(one: StackResource, other: StackResource, property: string): boolean {
  const [name, otherName] = [knownText(one, property), knownText(other, property)];
  if (name !== undefined || otherName !== undefined) return name === otherName;
  const sources = other.sourcesOf(property);
  return one.sourcesOf(property).some((source) => sources.includes(source));
}

function single(resource: StackResource, what: string, limit: number, unit: string): Sized {
  return {
    resource,
    *measure() {
      yield { what, size: sizeOf(documentTextAt(resource.inputs, "policy")), limit, unit };
    },
  };
}

/** A function's policy is the sum of its permissions; those of other stacks are not seen. */
function* functionSize(resource: StackResource, stack: Stack): Iterable<Measured> {
  const permissions = stack
    .of(types.lambdaPermission)
    .filter((permission) => refersTo(permission, "function", resource, "arn", "name"));
  const statements = permissions.map(({ inputs }) =>
    statementText(inputs.keys.map((key) => (key === "function" ? "" : (inputs.text(key) ?? "")))),
  );
  yield {
    what: `the policy that ${permissions.length} permissions make`,
    size: statements.reduce((sum, size) => sum + size, 0),
    limit: limits.functionPolicy,
    unit: "bytes",
  };
}

/** A statement of a function's policy is longer than its values by the elements' names and the function's ARN. */
const STATEMENT_FRAME = 200;

function statementText(values: readonly string[]): number {
  return values.reduce((sum, value) => sum + Buffer.byteLength(value), STATEMENT_FRAME);
}

/** One of a row of policies that are filled up one after the other: how many there are is what counts. */
function isShard(policy: StackResource, stack: Stack): boolean {
  const row = (each: StackResource) =>
    /^(.*)-\d+$/.exec(each.inputs.has("name") ? (each.inputs.text("name") ?? "") : "")?.[1];
  const name = row(policy);
  return name !== undefined && stack.of(types.managedPolicy).filter((each) => row(each) === name).length > 1;
}

/** The size without white space between the elements, which AWS stores or counts nowhere. */
function sizeOf(text: string | undefined): number {
  if (text === undefined) return 0;
  try {
    return Buffer.byteLength(JSON.stringify(JSON.parse(text)));
  } catch {
    return Buffer.byteLength(text);
  }
}
