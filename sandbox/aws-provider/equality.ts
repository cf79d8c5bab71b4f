/** When two property values mean the same to AWS. */
import { Asset, isList, isValues, Unknown, type Value, type Values } from "./values";

/**
 * Whether a value says nothing: absent, empty, zero or false. AWS and the real provider do not tell these apart
 * unless a property has a default.
 */
export function isBlank(value: Value): boolean {
  if (value === undefined || value === "" || value === 0 || value === false) return true;
  if (isList(value)) return value.length === 0;
  return isValues(value) && Object.values(value).every(isBlank);
}

/** Whether two values are the same, blanks being equal; an unknown value equals nothing. */
export function sameValue(left: Value, right: Value): boolean {
  if (left instanceof Unknown || right instanceof Unknown) return false;
  if (isBlank(left) && isBlank(right)) return true;
  if (left instanceof Asset || right instanceof Asset) {
    return left instanceof Asset && right instanceof Asset && left.hash === right.hash;
  }
  if (isList(left) || isList(right)) {
    return (
      isList(left) &&
      isList(right) &&
      left.length === right.length &&
      left.every((inner, index) => sameValue(inner, right[index]))
    );
  }
  if (isValues(left) && isValues(right)) {
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((name) =>
      sameValue(left[name], right[name]),
    );
  }
  return left === right;
}

/** Whether two JSON texts hold the same; texts that are no JSON are compared as they stand. */
export function sameJson(left: string, right: string): boolean {
  const [one, other] = [parse(left), parse(right)];
  return one !== undefined && other !== undefined
    ? canonicalText(one) === canonicalText(other)
    : left === right;
}

/**
 * Whether two policy documents mean the same: order of statements' keys, of lists, and a single value in place of a
 * list of one make no difference, nor does an account id in place of the ARN of its root.
 */
export function samePolicy(left: string, right: string): boolean {
  const [one, other] = [parse(left), parse(right)];
  if (one === undefined || other === undefined) return left === right;
  return canonicalText(canonicalPolicy(one)) === canonicalText(canonicalPolicy(other));
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isObject(json: Json | undefined): json is { readonly [name: string]: Json } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function asList(json: Json): readonly Json[] {
  return Array.isArray(json) ? (json as readonly Json[]) : [json];
}

/** Lists within a statement are sets; the order of statements does not matter either. */
function canonicalPolicy(document: Json): Json {
  if (!isObject(document)) return document;
  const statements = asList(document["Statement"] ?? []).map((statement) => {
    if (!isObject(statement)) return statement;
    return Object.fromEntries(
      Object.entries(statement).map(([element, value]) => [element, canonicalElement(element, value)]),
    );
  });
  return { ...document, Statement: sorted(statements) };
}

function canonicalElement(element: string, value: Json): Json {
  switch (element) {
    case "Action":
    case "NotAction":
    case "Resource":
    case "NotResource":
      return sorted(asList(value));
    case "Principal":
    case "NotPrincipal":
      return isObject(value) ? mapValues(value, (names) => sorted(asList(names).map(principalName))) : value;
    case "Condition":
      return isObject(value)
        ? mapValues(value, (keys) =>
            isObject(keys) ? mapValues(keys, (values) => sorted(asList(values).map(String))) : keys,
          )
        : value;
    default:
      return value;
  }
}

/** An account as principal: AWS turns the id into the ARN of the account's root. */
function principalName(name: Json): Json {
  return typeof name === "string" ? (/^arn:[\w-]+:iam::(\d{12}):root$/.exec(name)?.[1] ?? name) : name;
}

function mapValues(
  object: { readonly [name: string]: Json },
  change: (value: Json) => Json,
): { readonly [name: string]: Json } {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}

function sorted(list: readonly Json[]): Json {
  return [...list].sort((left, right) => {
    const [a, b] = [canonicalText(left), canonicalText(right)];
    return a < b ? -1 : a > b ? 1 : 0;
  });
}

/** JSON text with the keys of objects in order. */
export function canonicalText(json: Json): string {
  if (Array.isArray(json)) return `[${(json as readonly Json[]).map(canonicalText).join(",")}]`;
  if (!isObject(json)) return JSON.stringify(json);
  const members = Object.keys(json)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalText(json[name] ?? null)}`);
  return `{${members.join(",")}}`;
}

/** The values of a list in an order that does not depend on theirs, for properties that are sets. */
export function asSet(list: readonly Value[]): readonly Value[] {
  return [...list].sort((left, right) => {
    const [a, b] = [setKey(left), setKey(right)];
    return a < b ? -1 : a > b ? 1 : 0;
  });
}

function setKey(value: Value): string {
  const plain = (part: Value): Json => {
    if (isList(part)) return part.map(plain);
    if (isValues(part)) return nonBlank(part, plain);
    return typeof part === "object" || part === undefined ? null : part;
  };
  return canonicalText(plain(value));
}

function nonBlank(values: Values, plain: (part: Value) => Json): Json {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, inner]) => (isBlank(inner) ? [] : [[name, plain(inner)]])),
  );
}
