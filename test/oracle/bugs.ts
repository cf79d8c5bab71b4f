import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { decide } from "../../access/evaluate";

/** A mistake in the evaluator's source: the text and what stands in its place. */
interface Bug {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

const bugs: readonly Bug[] = [
  {
    name: "an explicit deny is passed over",
    file: "decide.ts",
    text: "if (found.denies.length > 0)",
    instead: "if (found.denies.length > 1)",
  },
  {
    name: "one level of the service control policies is enough",
    file: "decide.ts",
    text: "levels.every((level)",
    instead: "levels.length === 0 || levels.some((level)",
  },
  {
    name: "a permissions boundary does not limit identity policies",
    file: "decide.ts",
    text: "if (found.identity.length > 0 && limits.every(allows))",
    instead: "if (found.identity.length > 0 && allows(found.session))",
  },
  {
    name: "a session policy does not limit identity policies",
    file: "decide.ts",
    text: "if (found.identity.length > 0 && limits.every(allows))",
    instead: "if (found.identity.length > 0 && allows(found.boundary))",
  },
  {
    name: "a role that the resource's policy names is not limited by its boundary",
    file: "decide.ts",
    text: "if (toRole.length > 0 && limits.every(allows))",
    instead: "if (toRole.length > 0)",
  },
  {
    name: "across accounts the identity policy is enough",
    file: "decide.ts",
    text: "...(closed ? [type] : [])",
    instead: "...[]",
  },
  {
    name: "across accounts the resource's policy is enough",
    file: "decide.ts",
    text: "const lacking = [...missing(found),",
    instead: "const lacking = [",
  },
  {
    name: "trust policies and key policies need not allow",
    file: "decide.ts",
    text: "if (must && found.resource.length === 0)",
    instead: "if (must && found.resource.length < 0)",
  },
  {
    name: "resource control policies are passed over",
    file: "decide.ts",
    text: "if (!linked && underResourceControl",
    instead: "if (linked && underResourceControl",
  },
  {
    name: "naming an account's root grants to everybody in it",
    file: "principal.ts",
    text: '(who.root ? "caller" : "account")',
    instead: '"caller"',
  },
  {
    name: "naming another account's root counts, too",
    file: "principal.ts",
    text: "entry.account === who.account",
    instead: "who.account !== undefined",
  },
  {
    name: "actions differ by case",
    file: "document-reader.ts",
    text: "[patternOf(text.toLowerCase())]",
    instead: "[patternOf(text)]",
  },
  {
    name: "NotAction reads as Action",
    file: "document-reader.ts",
    text: "covers: element.not ? (action) => !covers(action) : covers",
    instead: "covers",
  },
  {
    name: "NotResource reads as Resource",
    file: "document-reader.ts",
    text: "if (!element.not) {",
    instead: "if (element) {",
  },
  {
    name: "a negated operator fails for an absent key",
    file: "condition.ts",
    text: "known.negated || ifExists !== undefined",
    instead: "ifExists !== undefined",
  },
  {
    name: "IfExists is passed over",
    file: "condition.ts",
    text: "known.negated || ifExists !== undefined",
    instead: "known.negated",
  },
  {
    name: "ForAllValues reads as ForAnyValue",
    file: "condition.ts",
    text: 'set === "ForAllValues"',
    instead: 'set === "ForSomeValues"',
  },
  {
    name: "a negated operator with several values holds when one differs",
    file: "condition.ts",
    text: "(actual, context) => !any(actual, context)",
    instead: "(actual, context) => !comparisons.every((test) => test(actual, context))",
  },
  {
    name: "a wildcard of an ARN operator runs over colons",
    file: "operators.ts",
    text: "const components = arnComponents(value)?.map(matcher);",
    instead:
      "const whole = matcher(value); if (whole !== undefined) return whole; const components = [whole];",
  },
  {
    name: "less than includes equal",
    file: "operators.ts",
    text: "LessThan: (a, b) => a < b",
    instead: "LessThan: (a, b) => a <= b",
  },
  {
    name: "a question mark matches nothing, too",
    file: "glob.ts",
    text: "  while (pattern[p] === ANY) p++;\n  return",
    instead: "  while (pattern[p] === ANY || pattern[p] === ONE) p++;\n  return",
  },
  {
    name: "an address range compares whole addresses",
    file: "operators.ts",
    text: "BigInt(network.bits - prefix)",
    instead: "BigInt(network.bits - prefix) * 0n",
  },
  {
    name: "StringEquals ignores case",
    file: "operators.ts",
    text: 'const equal: Operator["prepare"] = (value) => (actual) => actual === value;',
    instead:
      'const equal: Operator["prepare"] = (value) => (actual) => actual.toLowerCase() === value.toLowerCase();',
  },
  {
    name: "a variable without value is an empty text",
    file: "variables.ts",
    text: "?? part.default)",
    instead: '?? part.default ?? "")',
  },
];

/** The evaluator with each of the bugs, one at a time. */
export async function plantedEvaluators(): Promise<
  readonly { readonly name: string; readonly decide: typeof decide }[]
> {
  const access = join(__dirname, "../../access");
  const folder = mkdtempSync(join(tmpdir(), "planted-"));
  try {
    const planted = [];
    for (const [n, { name, file, text, instead }] of bugs.entries()) {
      const copy = join(folder, String(n));
      cpSync(join(access, "evaluate"), join(copy, "evaluate"), { recursive: true });
      for (const one of ["evaluate.ts", "document.ts"]) cpSync(join(access, one), join(copy, one));
      const path = join(copy, "evaluate", file);
      const source = readFileSync(path, "utf8");
      if (source.split(text).length !== 2)
        throw new Error(`bug "${name}": ${file} must hold its text exactly once`);
      writeFileSync(
        path,
        source.replace(text, () => instead),
      );
      const module = (await import(join(copy, "evaluate.ts"))) as { readonly decide: typeof decide };
      planted.push({ name, decide: module.decide });
    }
    return planted;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
