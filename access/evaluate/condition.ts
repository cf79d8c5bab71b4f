import type { Context } from "./context";
import type { FaultList } from "./faults";
import { type Comparison, isBoolean, operator, operatorNames } from "./operators";
import { conditionKey } from "./service-table";
import { template } from "./variables";

/** One operator on one key, prepared. */
export type Test = (context: Context) => boolean;

type ValueTest = (actual: string, context: Context) => boolean;

/** Reads a statement's `Condition`: every test must be true for the statement to apply. */
export function readCondition(condition: unknown, at: string, expand: boolean, faults: FaultList): Test[] {
  if (condition === undefined) return [];
  if (!isObject(condition)) {
    faults.add(at, "a condition must be an object: operator -> key -> values");
    return [];
  }
  return Object.entries(condition).flatMap(([name, keys]) => {
    const place = `${at}.${name}`;
    if (!isObject(keys) || Object.keys(keys).length === 0) {
      faults.add(place, "an operator must hold an object: key -> values");
      return [];
    }
    const lower = new Set<string>();
    return Object.entries(keys).flatMap(([key, values]) => {
      if (lower.has(key.toLowerCase()))
        faults.add(`${place}.${key}`, "the key is named twice: keys differ not by case");
      lower.add(key.toLowerCase());
      const test = readTest(name, key, values, `${place}.${key}`, expand, faults);
      return test === undefined ? [] : [test];
    });
  });
}

function readTest(
  name: string,
  keyName: string,
  given: unknown,
  at: string,
  expand: boolean,
  faults: FaultList,
): Test | undefined {
  const parsed = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name);
  const [, set, base = "", ifExists] = parsed ?? [];
  const known = operator(base);
  const key = keyName.toLowerCase();
  const type = conditionKey(key);
  const values = scalarTexts(given);
  if (known === undefined && name !== "Null") {
    faults.add(at, `unknown condition operator "${name}": use one of ${operatorNames.join(", ")}, Null`);
    return undefined;
  }
  if (type === undefined) {
    faults.add(at, `unknown condition key "${keyName}": check its spelling`);
    return undefined;
  }
  if (values === undefined || values.length === 0) {
    faults.add(at, "a condition key needs a text or a list of texts");
    return undefined;
  }
  if (known === undefined) return nullTest(key, values, at, faults);

  // tags hold any text, numbers and dates too
  if (!known.types.includes(type.type) && !key.includes("tag/")) {
    faults.add(at, `${base} does not fit "${keyName}", which is of type ${type.type}`);
    return undefined;
  }
  if (type.many && set === undefined) {
    faults.add(at, `"${keyName}" has many values: say ForAllValues:${name} or ForAnyValue:${name}`);
    return undefined;
  }
  if (!type.many && set !== undefined) faults.suspect(at, `"${keyName}" has one value: leave ${set} out`);

  const comparisons = values.flatMap((value) => {
    const test = readValue(base, value, at, expand, faults);
    return test === undefined ? [] : [test];
  });
  if (comparisons.length < values.length) return undefined;
  const only = comparisons.length === 1 ? comparisons[0] : undefined;
  const any: ValueTest = only ?? ((actual, context) => comparisons.some((test) => test(actual, context)));
  const holds: ValueTest = known.negated ? (actual, context) => !any(actual, context) : any;

  if (set === undefined) {
    const whenAbsent = known.negated || ifExists !== undefined;
    return (context) => {
      const actual = context.get(key);
      return typeof actual === "string" ? holds(actual, context) : whenAbsent;
    };
  }
  const all = set === "ForAllValues";
  const whenAbsent = all || ifExists !== undefined;
  return (context) => {
    const actual = context.get(key) ?? [];
    // an empty text is a null data set: "Creating a condition with multiple keys or values", IAM user guide
    const present = (typeof actual === "string" ? [actual] : actual).filter((value) => value !== "");
    if (present.length === 0) return whenAbsent;
    return all
      ? present.every((value) => holds(value, context))
      : present.some((value) => holds(value, context));
  };
}

function readValue(
  name: string,
  value: string,
  at: string,
  expand: boolean,
  faults: FaultList,
): ValueTest | undefined {
  const known = operator(name);
  if (known === undefined) return undefined;
  const read = template(value, known.wildcards, expand);
  if (typeof read === "string") {
    faults.add(at, read);
    return undefined;
  }
  if (read.constant !== undefined) {
    const comparison = known.prepare(read.constant);
    if (typeof comparison !== "string") return comparison;
    faults.add(at, `"${value}" does not fit ${name}: it must be ${comparison}`);
    return undefined;
  }
  if (!known.variables) {
    faults.add(at, `"${value}": ${name} takes no policy variable`);
    return undefined;
  }
  return (actual, context) => {
    const resolved = read.resolve(context);
    // a variable without value is like no value at all, so a negated operator holds
    const comparison: Comparison | string | undefined =
      resolved === undefined ? undefined : known.prepare(resolved);
    return typeof comparison === "function" && comparison(actual);
  };
}

function nullTest(key: string, values: readonly string[], at: string, faults: FaultList): Test | undefined {
  if (!values.every(isBoolean)) {
    faults.add(at, `Null takes "true" (the key is absent) or "false"`);
    return undefined;
  }
  const wanted = new Set(values.map((value) => value.toLowerCase() === "true"));
  return (context) => {
    const actual = context.get(key);
    return wanted.has(actual === undefined || (actual.length === 0 && typeof actual === "object"));
  };
}

/** A text or list of texts as a list; JSON booleans and numbers as AWS reads them. Undefined for anything else. */
function scalarTexts(given: unknown): string[] | undefined {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const texts = list.map((v) => (typeof v === "boolean" || typeof v === "number" ? String(v) : v));
  return texts.every((v): v is string => typeof v === "string") ? texts : undefined;
}

/** Whether the value is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
