import { quoted } from "./engine";

const PLAIN: Readonly<Record<string, string>> = {
  tinyint: "TINYINT",
  smallint: "SMALLINT",
  int: "INTEGER",
  integer: "INTEGER",
  bigint: "BIGINT",
  float: "FLOAT",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  string: "VARCHAR",
  binary: "BLOB",
  date: "DATE",
  timestamp: "TIMESTAMP",
};

/**
 * A column's type in Glue (Hive's words: `array<struct<a:int,b:decimal(10,2)>>`) in DuckDB's words.
 *
 * @returns undefined for what is no type
 */
export function engineTypeOf(hive: string): string | undefined {
  const type = hive.trim().toLowerCase();
  const plain = PLAIN[type];
  if (plain !== undefined) return plain;
  if (/^(var)?char\(\d+\)$/.test(type)) return "VARCHAR";
  if (type === "decimal") return "DECIMAL(10, 0)";
  const decimal = /^decimal\((\d+)(?:,\s*(\d+))?\)$/.exec(type);
  if (decimal !== null) return `DECIMAL(${decimal[1] ?? ""}, ${decimal[2] ?? "0"})`;
  const [, kind, inner = ""] = /^(array|map|struct)<(.*)>$/.exec(type) ?? [];
  const parts = split(inner);
  if (kind === "array" && parts.length === 1) {
    const item = engineTypeOf(inner);
    return item === undefined ? undefined : `${item}[]`;
  }
  if (kind === "map") {
    const [key, value] = parts.map(engineTypeOf);
    return parts.length !== 2 || key === undefined || value === undefined
      ? undefined
      : `MAP(${key}, ${value})`;
  }
  if (kind !== "struct" || inner === "") return undefined;
  const members = parts.map((part) => {
    const [, name = "", of = ""] = /^\s*([^:]+):(.*)$/.exec(part) ?? [];
    const member = engineTypeOf(of);
    return member === undefined ? undefined : `${quoted(name)} ${member}`;
  });
  return members.includes(undefined) ? undefined : `STRUCT(${members.join(", ")})`;
}

/** Splits at the commas that are in no brackets. */
function split(list: string): string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  for (const c of list) {
    if ("<(".includes(c)) depth++;
    if (">)".includes(c)) depth--;
    if (c === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += c;
  }
  return [...parts, part];
}
