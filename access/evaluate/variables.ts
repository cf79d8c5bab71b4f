import type { Context } from "./context";
import { patternOf } from "./glob";
import { conditionKey } from "./service-table";

/** A value of a policy, in which `${key}` stands for a key of the request. */
export interface Template {
  /** The whole value when it holds no variable. */
  readonly constant: string | undefined;
  /** The value for a request; undefined when a variable without default has no value there. */
  resolve(context: Context): string | undefined;
}

/**
 * Reads a value that may hold policy variables (`${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`, `${?}`,
 * `${$}`). With `wildcards`, `*` and `?` outside of variables become marks (see glob.ts); what a variable stands for is
 * always taken literally. Source: "IAM policy elements: Variables and tags", IAM user guide.
 *
 * @returns the template, or what is wrong with the value.
 */
export function template(value: string, wildcards: boolean, expand: boolean): Template | string {
  const text = (part: string): string => (wildcards ? patternOf(part) : part);
  const parts: (string | Variable)[] = [];
  let rest = value;
  for (let start = expand ? rest.indexOf("${") : -1; start >= 0; start = rest.indexOf("${")) {
    const end = rest.indexOf("}", start);
    if (end < 0) return `policy variable in "${value}" is not closed: add "}"`;
    parts.push(text(rest.slice(0, start)));
    const inner = rest.slice(start + 2, end);
    const part = inner === "*" || inner === "?" || inner === "$" ? inner : variable(inner);
    if (part === undefined)
      return `"\${${inner}}" is not a policy variable: use \${key} or \${key, 'default'}`;
    if (typeof part !== "string") {
      const key = conditionKey(part.key);
      if (key === undefined) return `policy variable "\${${inner}}" names an unknown condition key`;
      if (key.many)
        return `policy variable "\${${inner}}" names a key with many values: use one with a single value`;
    }
    parts.push(part);
    rest = rest.slice(end + 1);
  }
  parts.push(text(rest));
  if (parts.every((p) => typeof p === "string")) {
    const whole = parts.join("");
    return { constant: whole, resolve: () => whole };
  }
  return {
    constant: undefined,
    resolve(context) {
      let resolved = "";
      for (const part of parts) {
        const piece = typeof part === "string" ? part : (single(context.get(part.key)) ?? part.default);
        if (piece === undefined) return undefined;
        resolved += piece;
      }
      return resolved;
    },
  };
}

interface Variable {
  /** Lower case. */
  readonly key: string;
  readonly default: string | undefined;
}

function variable(inner: string): Variable | undefined {
  const found = /^([^\s,']+:[^\s,']+)(?:, *'([^']*)')?$/.exec(inner);
  return found?.[1] === undefined ? undefined : { key: found[1].toLowerCase(), default: found[2] };
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "object" ? value[0] : value;
}
