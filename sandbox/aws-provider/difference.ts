/** What differs between a resource's state and the inputs wanted for it. */
import { asSet, isBlank, sameJson, samePolicy, sameValue } from "./equality";
import type { PropertyRule } from "./resource-type";
import { isList, isValues, Unknown, type Value, type Values } from "./values";

/** The rules of a resource type's properties by path, without list indexes. */
export type Rules = Readonly<Record<string, PropertyRule>>;

/** One differing property: its path as the engine writes it (`rules[0].id`), and whether it came, went or changed. */
export interface Difference {
  readonly path: string;
  readonly kind: "added" | "deleted" | "updated";
  readonly replaces: boolean;
}

/** The top-level property of a path. */
export function topLevel(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? path;
}

/** Every difference between the state and the inputs in the properties named. */
export function differences(
  rules: Rules,
  names: readonly string[],
  state: Values,
  inputs: Values,
): Difference[] {
  return names.flatMap((name) => compare(rules, name, name, state[name], inputs[name], false));
}

/** Whether one property means the same in both; what the inputs leave to AWS is the same. */
export function sameProperty(rules: Rules, name: string, state: Value, input: Value): boolean {
  return compare(rules, name, name, state, input, false).length === 0;
}

function compare(
  rules: Rules,
  rulePath: string,
  path: string,
  old: Value,
  wanted: Value,
  replacing: boolean,
): Difference[] {
  const rule = rules[rulePath] ?? {};
  const replaces = replacing || rule.replaces === true;
  if (wanted === undefined && rule.computed === true) return [];
  if (old instanceof Unknown || wanted instanceof Unknown) return [difference(path, old, wanted, replaces)];
  if (isBlank(old) && isBlank(wanted)) return [];
  if (rule.same !== undefined && old !== undefined && wanted !== undefined) {
    return rule.same(old, wanted) ? [] : [difference(path, old, wanted, replaces)];
  }
  if (rule.document !== undefined && typeof old === "string" && typeof wanted === "string") {
    const same = rule.document === "policy" ? samePolicy(old, wanted) : sameJson(old, wanted);
    return same ? [] : [difference(path, old, wanted, replaces)];
  }
  if (rule.set === true && isList(old) && isList(wanted)) {
    const same = asSet(old).length === wanted.length && sameSet(rules, rulePath, old, wanted);
    return same ? [] : [difference(path, old, wanted, replaces)];
  }
  if (isList(old) && isList(wanted)) {
    const length = Math.max(old.length, wanted.length);
    return Array.from({ length }, (_, index) =>
      compare(rules, rulePath, `${path}[${index}]`, old[index], wanted[index], replaces),
    ).flat();
  }
  if (isValues(old) && isValues(wanted)) {
    return [...new Set([...Object.keys(old), ...Object.keys(wanted)])].flatMap((name) =>
      compare(rules, `${rulePath}.${name}`, propertyPath(path, name), old[name], wanted[name], replaces),
    );
  }
  // An object that AWS fills in wholly by itself differs only when one of its parts does.
  if (isValues(old) && wanted === undefined) {
    const parts = Object.keys(old).flatMap((name) =>
      compare(rules, `${rulePath}.${name}`, propertyPath(path, name), old[name], undefined, replaces),
    );
    return parts.length === 0 ? [] : [difference(path, old, wanted, replaces)];
  }
  return sameValue(old, wanted) ? [] : [difference(path, old, wanted, replaces)];
}

/** Whether each member of one list has a member of the other that means the same. */
function sameSet(rules: Rules, rulePath: string, old: readonly Value[], wanted: readonly Value[]): boolean {
  const left = [...old];
  return wanted.every((member) => {
    const found = left.findIndex(
      (other) => compare(rules, rulePath, rulePath, other, member, false).length === 0,
    );
    if (found === -1) return false;
    left.splice(found, 1);
    return true;
  });
}

function difference(path: string, old: Value, wanted: Value, replaces: boolean): Difference {
  const kind = old === undefined ? "added" : wanted === undefined ? "deleted" : "updated";
  return { path, kind, replaces };
}

function propertyPath(path: string, name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}["${name.replaceAll('"', '\\"')}"]`;
}

/** The inputs with the rules' defaults filled in, and the names of the top-level ones that were. */
export function withDefaults(
  rules: Rules,
  inputs: Values,
): { readonly inputs: Values; readonly defaulted: string[] } {
  const defaulted = Object.entries(rules)
    .filter(([path, rule]) => !path.includes(".") && rule.default !== undefined && inputs[path] === undefined)
    .map(([path]) => path);
  const filled = fill(rules, "", inputs);
  return { inputs: isValues(filled) ? filled : inputs, defaulted };
}

function fill(rules: Rules, path: string, value: Value): Value {
  if (isList(value)) return value.map((inner) => fill(rules, path, inner));
  if (!isValues(value)) return value;
  const prefix = path === "" ? "" : `${path}.`;
  const filled: Record<string, Value> = {};
  for (const [name, inner] of Object.entries(value)) filled[name] = fill(rules, prefix + name, inner);
  for (const [rulePath, rule] of Object.entries(rules)) {
    const name = rulePath.slice(prefix.length);
    if (!rulePath.startsWith(prefix) || name.includes(".") || rule.default === undefined) continue;
    filled[name] ??= rule.default;
  }
  return filled;
}
