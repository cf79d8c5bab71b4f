import { child, children, integerText, textIn, textsIn } from "./syntax-tree";
import type { Node } from "./syntax-tree";

/** A constant in a query: a text, or a number by its digits. */
export interface Constant {
  readonly type: "text" | "number";
  readonly text: string;
}

/** An end of a range. */
export interface End {
  readonly value: Constant;
  readonly inclusive: boolean;
}

/** What a column is compared with: constants that it is to be equal to one of, or numbers that it is to be between. */
export type Filter = { readonly oneOf: readonly Constant[] } | { readonly from?: End; readonly to?: End };

/** Column, in lower case -> filter. */
export type Filters = Readonly<Record<string, Filter>>;

/** Comparisons with a constant, and what they are when the constant stands first. */
const MIRRORED: Readonly<Record<string, string>> = {
  COMPARE_EQUAL: "COMPARE_EQUAL",
  COMPARE_LESSTHAN: "COMPARE_GREATERTHAN",
  COMPARE_GREATERTHAN: "COMPARE_LESSTHAN",
  COMPARE_LESSTHANOREQUALTO: "COMPARE_GREATERTHANOREQUALTO",
  COMPARE_GREATERTHANOREQUALTO: "COMPARE_LESSTHANOREQUALTO",
};

/**
 * What a SELECT's WHERE says of each of the tables in its FROM, as far as it says it by comparing one column with constants:
 * rows that it excludes need not be read. The rows are filtered again in any case, so that what is not understood is left
 * out.
 *
 * @returns table node -> filters
 */
export function filtersOf(select: Node): Map<Node, Filters> {
  const found = new Map<Node, Filters>();
  const from = child(select, "from_table");
  const where = child(select, "where_clause");
  const tables = from === undefined ? undefined : leaves(from);
  if (where === undefined || tables === undefined) return found;
  for (const term of conjuncts(where)) {
    const said = comparison(term);
    if (said === undefined) continue;
    const table = ownerOf(said.column, tables);
    if (table === undefined) continue;
    const name = (said.column.at(-1) ?? "").toLowerCase();
    const before = found.get(table) ?? {};
    // Of several filters on a column, one is enough to leave rows out.
    if (!Object.hasOwn(before, name)) found.set(table, { ...before, [name]: said.filter });
  }
  return found;
}

/** Joins under which a row that WHERE excludes cannot change which other rows are joined (unlike ASOF and POSITIONAL). */
const PLAIN_JOINS = ["REGULAR", "CROSS", "NATURAL"];

/** The tables and subqueries of a FROM; undefined when they are joined in a way that rows must not be left out of. */
function leaves(from: Node): Node[] | undefined {
  if (from["type"] !== "JOIN") return [from];
  if (!PLAIN_JOINS.includes(textIn(from, "ref_type"))) return undefined;
  const [left, right] = [child(from, "left"), child(from, "right")].map((side) =>
    side === undefined ? undefined : leaves(side),
  );
  return left === undefined || right === undefined ? undefined : [...left, ...right];
}

function conjuncts(where: Node): Node[] {
  return where["type"] === "CONJUNCTION_AND" ? children(where, "children").flatMap(conjuncts) : [where];
}

interface Said {
  readonly column: readonly string[];
  readonly filter: Filter;
}

function comparison(term: Node): Said | undefined {
  const type = textIn(term, "type");
  if (type === "COMPARE_IN") {
    const [first, ...others] = children(term, "children");
    const column = columnOf(first);
    const values = others.map(constant);
    if (column === undefined || values.length === 0 || !values.every((v) => v !== undefined))
      return undefined;
    return { column, filter: { oneOf: values } };
  }
  if (type === "COMPARE_BETWEEN") {
    const column = columnOf(child(term, "input"));
    const [from, to] = [constant(child(term, "lower")), constant(child(term, "upper"))];
    if (column === undefined || from === undefined || to === undefined) return undefined;
    return ranged(column, { from: { value: from, inclusive: true }, to: { value: to, inclusive: true } });
  }
  const mirrored = MIRRORED[type];
  if (mirrored === undefined) return undefined;
  const [left, right] = [child(term, "left"), child(term, "right")];
  return compared(type, left, right) ?? compared(mirrored, right, left);
}

function compared(type: string, left: Node | undefined, right: Node | undefined): Said | undefined {
  const column = columnOf(left);
  const value = constant(right);
  if (column === undefined || value === undefined) return undefined;
  if (type === "COMPARE_EQUAL") return { column, filter: { oneOf: [value] } };
  const end = { value, inclusive: type.endsWith("OREQUALTO") };
  return ranged(column, type.startsWith("COMPARE_LESSTHAN") ? { to: end } : { from: end });
}

/** Ranges of texts are left to DuckDB: sources order texts by other rules. */
function ranged(
  column: readonly string[],
  filter: { readonly from?: End; readonly to?: End },
): Said | undefined {
  const ends = [filter.from, filter.to].filter((end) => end !== undefined);
  return ends.every(({ value }) => value.type === "number") ? { column, filter } : undefined;
}

function columnOf(node: Node | undefined): readonly string[] | undefined {
  return node?.["class"] === "COLUMN_REF" ? textsIn(node, "column_names") : undefined;
}

const INTEGERS = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"];

function constant(node: Node | undefined): Constant | undefined {
  const value = node?.["class"] === "CONSTANT" ? child(node, "value") : undefined;
  if (value?.["is_null"] !== false) return undefined;
  const type = child(value, "type") ?? {};
  const id = textIn(type, "id");
  if (id === "VARCHAR") return { type: "text", text: textIn(value, "value") };
  const integer = integerText(value["value"]);
  if (integer === undefined) return undefined;
  if (INTEGERS.includes(id)) return { type: "number", text: integer };
  const scale = Number(child(type, "type_info")?.["scale"] ?? 0);
  if (id !== "DECIMAL" || scale === 0) return undefined;
  const sign = integer.startsWith("-") ? "-" : "";
  const digits = integer.slice(sign.length).padStart(scale + 1, "0");
  return { type: "number", text: `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}` };
}

/** The table that a column belongs to: the one named, or the only one. */
function ownerOf(column: readonly string[], tables: readonly Node[]): Node | undefined {
  const named = (table: Node): string =>
    (textIn(table, "alias") || textIn(table, "table_name")).toLowerCase();
  const candidates =
    column.length === 1
      ? tables
      : column.length === 2
        ? tables.filter((table) => named(table) === column[0]?.toLowerCase())
        : [];
  const [only] = candidates;
  const plain =
    only?.["type"] === "BASE_TABLE" &&
    only["sample"] === null &&
    textsIn(only, "column_name_alias").length === 0;
  return candidates.length === 1 && plain ? only : undefined;
}

/**
 * The rows that are enough for a query which only shows rows of one table: those of its LIMIT. Undefined for every other
 * query.
 */
export function limitOf(select: Node): number | undefined {
  const modifiers = children(select, "modifiers");
  const [modifier] = modifiers;
  const plain =
    select["type"] === "SELECT_NODE" &&
    child(select, "from_table")?.["type"] === "BASE_TABLE" &&
    child(select, "from_table")?.["sample"] === null &&
    ["where_clause", "having", "qualify", "sample"].every((part) => select[part] === null) &&
    ["group_expressions", "group_sets"].every((part) => children(select, part).length === 0) &&
    select["aggregate_handling"] === "STANDARD_HANDLING" &&
    children(select, "select_list").every((item) =>
      ["COLUMN_REF", "STAR", "CONSTANT"].includes(textIn(item, "class")),
    );
  if (!plain || modifiers.length !== 1 || modifier?.["type"] !== "LIMIT_MODIFIER") return undefined;
  const [limit, offset] = ["limit", "offset"].map((part) =>
    modifier[part] === null ? "0" : (constant(child(modifier, part))?.text ?? ""),
  );
  const rows = Number(limit) + Number(offset);
  return limit !== "" && offset !== "" && Number.isSafeInteger(rows) ? rows : undefined;
}
