import { AwsError, notImplemented } from "../errors";
import { literal } from "./engine";
import type { Engine } from "./engine";
import { functionNotFound } from "./errors";
import type { Position, QueryFailure } from "./errors";
import { filtersOf, limitOf } from "./pushdown";
import type { Filters } from "./pushdown";
import { below, child, children, parseTree, textIn, textsIn, treeText } from "./syntax-tree";
import type { Node } from "./syntax-tree";

/** A table that a query names, as far as it names it. */
export interface NamedTable {
  readonly catalog: string | undefined;
  readonly database: string | undefined;
  readonly table: string;
  readonly position: Position;
  /** What the query asks of the rows, where rows may be left out for it. */
  readonly filters: Filters;
  /** Names it in DuckDB's words from now on. */
  rename(catalog: string, database: string): void;
}

/** A statement that Athena knows and the sandbox executes. */
export type Statement =
  | { readonly kind: "query"; readonly query: Query; readonly explain: boolean }
  | { readonly kind: "databases"; readonly catalog: string | undefined; readonly like: string | undefined }
  | { readonly kind: "tables"; readonly names: readonly string[]; readonly like: string | undefined }
  | { readonly kind: "describe"; readonly names: readonly string[] };

/** A SELECT, taken apart by DuckDB's own parser. */
export interface Query {
  /** Why it cannot run, where its text tells. */
  readonly failure: QueryFailure | undefined;
  readonly tables: readonly NamedTable[];
  /** Columns that the query names, in lower case; undefined when it may need any column. */
  readonly columns: ReadonlySet<string> | undefined;
  /** Rows that are enough of its one table, where that is so. */
  readonly limit: number | undefined;
  /** The query for DuckDB, with the names that tables have by now. */
  sql(engine: Engine): Promise<string>;
  /** Where a column or function of that name stands first. */
  positionOf(name: string): Position;
}

const INVALID = "InvalidRequestException";

/** Statements of Athena's that need more than reading. */
const OTHERS = new Set(
  (
    "ALTER ANALYZE CALL CREATE DEALLOCATE DELETE DROP EXECUTE INSERT MERGE MSCK OPTIMIZE PREPARE REFRESH SHOW UNLOAD " +
    "UPDATE USING VACUUM"
  ).split(" "),
);

/**
 * Reads a statement.
 *
 * @param parameters values for `?`, each an expression, or else a text
 * @throws AwsError InvalidRequestException for what is no statement, 501 for one that is not executed here
 */
export async function readStatement(
  text: string,
  parameters: readonly string[],
  parser: Engine,
): Promise<Statement> {
  const [start = "", word = ""] = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*([A-Za-z]+)/.exec(text) ?? [];
  const keyword = word.toUpperCase();
  if (keyword === "EXPLAIN") {
    // Positions stay those of the text that was sent.
    const rest = start.replace(/[^\n]/g, " ") + text.slice(start.length);
    if (/^\s*(\(|ANALYZE\b)/i.test(rest))
      throw notImplemented("athena", "EXPLAIN", "with options is not served here");
    return { kind: "query", query: await readQuery(rest, parameters, parser), explain: true };
  }
  const listing = ["SHOW", "DESCRIBE", "DESC"].includes(keyword) ? readListing(text) : undefined;
  if (listing !== undefined) return listing;
  if (OTHERS.has(keyword))
    throw notImplemented(
      "athena",
      `StartQueryExecution of ${keyword}`,
      "changes data or needs more than is served here",
    );
  if (keyword !== "" && !["SELECT", "WITH", "VALUES", "TABLE"].includes(keyword))
    throw malformed(
      `line 1:1: mismatched input '${word}'. Expecting: a query, which is all that is executed here`,
    );
  return { kind: "query", query: await readQuery(text, parameters, parser), explain: false };
}

const NAME = String.raw`(?:"(?:[^"]|"")+"|${"`"}[^${"`"}]+${"`"}|\w+)`;
const PATH = String.raw`(${NAME}(?:\s*\.\s*${NAME}){0,2})`;
const LISTINGS: readonly (readonly [RegExp, (path: string[], like: string | undefined) => Statement])[] = [
  [
    /^SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+(?:IN|FROM)\s+PATH)?(?:\s+LIKE)?(?:\s+'([^']*)')?$/,
    ([catalog], like) => ({ kind: "databases", catalog, like }),
  ],
  [
    /^SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+PATH)?(?:\s+LIKE)?(?:\s+'([^']*)')?$/,
    (names, like) => ({ kind: "tables", names, like }),
  ],
  [/^(?:DESCRIBE|DESC)\s+(?:EXTENDED\s+|FORMATTED\s+)?PATH$/, (names) => ({ kind: "describe", names })],
];

/** SHOW and DESCRIBE, which are no SQL of DuckDB's. */
function readListing(text: string): Statement | undefined {
  const plain = text.replace(/^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, "").replace(/[\s;]+$/, "");
  for (const [form, statement] of LISTINGS) {
    const found = new RegExp(form.source.replace("PATH", PATH), "i").exec(plain);
    if (found === null) continue;
    const path = form.source.includes("PATH") ? found[1] : undefined;
    const like = found[form.source.includes("PATH") ? 2 : 1];
    const names = [...(path ?? "").matchAll(new RegExp(NAME, "g"))].map(([name]) => unquoted(name));
    return statement(names, like);
  }
  return undefined;
}

function unquoted(name: string): string {
  if (name.startsWith('"')) return name.slice(1, -1).replaceAll('""', '"');
  return name.startsWith("`") ? name.slice(1, -1) : name;
}

/** Nodes of queries. */
const SELECTIONS = new Set(["SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"]);

/** Nodes of a FROM. DuckDB knows more, which Athena does not have, or which could reach beyond the query. */
const SOURCES = new Set(["BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY"]);

/** Functions that make rows out of their arguments, and of nothing else. */
const TABLE_FUNCTIONS = new Set(["unnest", "range", "generate_series"]);

/** Functions of DuckDB's about itself and its machine. */
const NOT_FOR_QUERIES =
  /^(current_setting|getenv|getvariable|write_log|parse_.*log.*|sleep_ms|json_execute_.*|nextval|currval|pg_.*|txid_current|current_(query|transaction)_id|version)$/;

/** Functions that DuckDB has by another name. */
const RENAMED: Readonly<Record<string, string>> = {
  approx_distinct: "approx_count_distinct",
  approx_percentile: "approx_quantile",
  array_join: "array_to_string",
  cardinality: "len",
  day_of_month: "day",
  day_of_week: "isodow",
  day_of_year: "dayofyear",
  from_iso8601_date: "date",
  json_extract_scalar: "json_extract_string",
  json_parse: "json",
  regexp_like: "regexp_matches",
  sequence: "generate_series",
  to_unixtime: "epoch",
  transform: "list_transform",
};

/** Functions of DuckDB's that take Athena's format, once it is written in DuckDB's letters. */
const FORMATTING: Readonly<Record<string, string>> = { date_format: "strftime", date_parse: "strptime" };

/** Letters of Athena's formats (those of MySQL) that stand for something else in DuckDB. */
const FORMATS: Readonly<Record<string, string>> = {
  "%M": "%B",
  "%W": "%A",
  "%i": "%M",
  "%s": "%S",
  "%T": "%H:%M:%S",
  "%k": "%-H",
  "%e": "%-d",
  "%c": "%-m",
};

/** SQL that makes the functions which DuckDB has in another form: they are called so in queries, with `athena_` before. */
export const MAKE_MACROS = [
  "CREATE MACRO athena_from_unixtime(s) AS epoch_ms(CAST(CAST(s AS DOUBLE) * 1000 AS BIGINT))",
  "CREATE MACRO athena_date_add(u, n, t) AS t + CASE lower(u) WHEN 'second' THEN to_seconds(n) WHEN 'minute' THEN " +
    "to_minutes(n) WHEN 'hour' THEN to_hours(n) WHEN 'day' THEN to_days(n) WHEN 'week' THEN to_weeks(n) WHEN 'month' " +
    "THEN to_months(n) WHEN 'year' THEN to_years(n) ELSE error('INVALID_FUNCTION_ARGUMENT: ' || u || ' is not a unit') END",
].join(";\n");

/** Those functions, and how many arguments they have. */
const MACROS: Readonly<Record<string, number>> = { date_add: 3, from_unixtime: 1 };

async function readQuery(text: string, parameters: readonly string[], parser: Engine): Promise<Query> {
  const { tree, position } = await parse(text, parser);
  const statements = children(tree, "statements");
  const [statement] = statements;
  const root = statement === undefined ? undefined : child(statement, "node");
  if (statements.length !== 1 || statement === undefined || root === undefined)
    throw malformed(`Only one sql statement is allowed. Got: ${text}`);
  await substitute(statement, parameters, parser);

  const named = new Map<Node, NamedTable>();
  const positions = new Map<string, number>();
  const columns = new Set<string>();
  let everyColumn = false;
  let failure: QueryFailure | undefined;

  const visit = (node: Node, ctes: ReadonlySet<string>, filters: ReadonlyMap<Node, Filters>): void => {
    const location = Number(node["query_location"] ?? 0);
    let known = ctes;
    let here = filters;
    if (node["type"] === "SELECT_NODE") here = new Map([...filters, ...filtersOf(node)]);
    const map = child(node, "cte_map");
    for (const { key, value } of map === undefined
      ? []
      : (children(map, "map") as { key?: string; value?: Node }[])) {
      const own = new Set([...known, (key ?? "").toLowerCase()]);
      // A recursive one may name itself.
      const query = value === undefined ? undefined : child(value, "query");
      const recursive = query === undefined ? false : child(query, "node")?.["type"] === "RECURSIVE_CTE_NODE";
      if (value !== undefined) visit(value, recursive ? own : known, here);
      known = own;
    }
    switch (node["class"]) {
      case "STAR":
        everyColumn = true;
        break;
      case "COLUMN_REF":
        for (const name of textsIn(node, "column_names")) {
          columns.add(name.toLowerCase());
          if (!positions.has(name.toLowerCase())) positions.set(name.toLowerCase(), location);
        }
        break;
      case "FUNCTION":
      case "WINDOW":
        failure ??= translate(node, position(location));
        if (!positions.has(textIn(node, "function_name")))
          positions.set(textIn(node, "function_name"), location);
        break;
      default:
    }
    for (const name of textsIn(node, "using_columns")) columns.add(name.toLowerCase());
    if (node["ref_type"] === "NATURAL") everyColumn = true;
    if ("cte_map" in node && !SELECTIONS.has(textIn(node, "type"))) throw unsupported();
    if ("sample" in node && "alias" in node) failure ??= faultOfSource(node, position(location));
    if (node["type"] === "BASE_TABLE") {
      if (textsIn(node, "column_name_alias").length > 0) everyColumn = true;
      const cte = textIn(node, "schema_name") === "" && known.has(textIn(node, "table_name").toLowerCase());
      if (!cte) named.set(node, namedTable(node, position(location), here.get(node) ?? {}));
    }
    for (const under of below(node)) if (under !== map) visit(under, known, here);
  };
  visit(root, new Set(), new Map());

  // A table's own name as a value is its whole row.
  const aliases = new Set<string>();
  collectAliases(root, aliases);
  if (wholeRows(root, aliases)) everyColumn = true;

  labelExpressions(root);
  const from = child(root, "from_table");
  return {
    failure,
    tables: [...named.values()],
    columns: everyColumn ? undefined : columns,
    limit: from !== undefined && named.size === 1 && named.has(from) ? limitOf(root) : undefined,
    sql: (engine) => engine.text("SELECT json_deserialize_sql($1::VARCHAR::JSON)", treeText(tree)),
    positionOf: (name) => position(positions.get(name.toLowerCase()) ?? 0),
  };
}

interface Parsed {
  readonly tree: Node;
  /** From DuckDB's offset to Athena's words. */
  readonly position: (location: number) => Position;
}

/** Parses; `default`, which Athena lets stand as a database's name, is put in quotes where DuckDB stumbles over it. */
async function parse(text: string, parser: Engine): Promise<Parsed> {
  const inserted: number[] = [];
  let sql = text;
  for (;;) {
    const tree = parseTree(await parser.text("SELECT json_serialize_sql($1::VARCHAR)::VARCHAR", sql));
    const original = (location: number): number =>
      location - 2 * inserted.filter((at) => at < location).length;
    const position = (location: number): Position => positionIn(text, original(location));
    if (tree["error"] !== true) return { tree, position };
    const at = offsetOf(sql, Number(tree["position"] ?? 0));
    const bare =
      /^default(?=\s*\.)/i.exec(sql.slice(at)) ??
      (/\.\s*$/.test(sql.slice(0, at)) ? /^default\b/i.exec(sql.slice(at)) : null);
    if (bare === null) throw syntaxError(tree, sql, at, position);
    sql = `${sql.slice(0, at)}"${bare[0]}"${sql.slice(at + bare[0].length)}`;
    inserted.push(Number(tree["position"] ?? 0));
  }
}

/** DuckDB counts bytes. */
function offsetOf(text: string, bytes: number): number {
  return Buffer.from(text).subarray(0, bytes).toString().length;
}

function positionIn(text: string, location: number): Position {
  const before = text.slice(0, location > text.length * 4 ? 0 : offsetOf(text, location)).split("\n");
  return `line ${before.length}:${(before.at(-1) ?? "").length + 1}`;
}

function syntaxError(
  tree: Node,
  sql: string,
  at: number,
  position: (location: number) => Position,
): AwsError {
  if (tree["error_type"] === "not implemented") return unsupported();
  const where = position(Number(tree["position"] ?? 0));
  const input = /^(?:"[^"]*"|'[^']*'|\w+|\S)/.exec(sql.slice(at))?.[0] ?? "<EOF>";
  const said = textIn(tree, "error_message");
  return malformed(`${where}: ${/syntax error/.test(said) ? `mismatched input '${input}'` : said}`);
}

function unsupported(): AwsError {
  return malformed("Queries of this type are not supported: only queries that read are executed here");
}

function malformed(message: string): AwsError {
  return new AwsError(INVALID, message, 400, { AthenaErrorCode: "MALFORMED_QUERY" });
}

/** Puts the values of a query's parameters in their places, as Athena reads them: an expression of constants, or a text. */
async function substitute(statement: Node, parameters: readonly string[], parser: Engine): Promise<void> {
  const wanted = children(statement, "named_param_map").length;
  if (wanted === 0) return;
  if (wanted !== parameters.length)
    throw new AwsError(
      INVALID,
      `Incorrect number of parameters: expected ${wanted} but found ${parameters.length}`,
      400,
      { AthenaErrorCode: "INVALID_INPUT" },
    );
  const values = await Promise.all(parameters.map((value) => parameterNode(value, parser)));
  const place = (node: Node): void => {
    if (node["class"] === "PARAMETER") {
      const value = values[Number(textIn(node, "identifier")) - 1] ?? {};
      for (const member of Object.keys(node)) Reflect.deleteProperty(node, member);
      Object.assign(node, structuredClone(value));
      return;
    }
    below(node).forEach(place);
  };
  place(statement);
  statement["named_param_map"] = [];
}

async function parameterNode(value: string, parser: Engine): Promise<Node> {
  const expression = async (sql: string): Promise<Node | undefined> => {
    const tree = parseTree(
      await parser.text("SELECT json_serialize_sql($1::VARCHAR)::VARCHAR", `SELECT ${sql}`),
    );
    const [statement, ...more] = children(tree, "statements");
    const select = statement === undefined ? undefined : child(statement, "node");
    const [item, ...others] = select === undefined ? [] : children(select, "select_list");
    if (more.length > 0 || others.length > 0 || select?.["from_table"] === undefined) return undefined;
    if (child(select, "from_table")?.["type"] !== "EMPTY" || select["where_clause"] !== null)
      return undefined;
    return item !== undefined && isConstant(item) ? item : undefined;
  };
  return (await expression(value)) ?? (await expression(literal(value))) ?? {};
}

function isConstant(node: Node): boolean {
  return (
    !["COLUMN_REF", "SUBQUERY", "STAR", "PARAMETER"].includes(textIn(node, "class")) &&
    below(node).every(isConstant)
  );
}

/** Checks a part of a FROM. @throws AwsError; returns a fault that shows when the query runs */
function faultOfSource(node: Node, position: Position): QueryFailure | undefined {
  const type = textIn(node, "type");
  if (!SOURCES.has(type))
    throw malformed(`${position}: ${type} is not a part of Athena's SQL that is executed here`);
  const called = textIn(child(node, "function") ?? {}, "function_name");
  return type === "TABLE_FUNCTION" && !TABLE_FUNCTIONS.has(called)
    ? functionNotFound(position, called)
    : undefined;
}

/** Calls a function by DuckDB's name of it; returns the fault of one that is not for queries. */
function translate(node: Node, position: Position): QueryFailure | undefined {
  const name = textIn(node, "function_name").toLowerCase();
  if (NOT_FOR_QUERIES.test(name)) return functionNotFound(position, name);
  const values = children(node, "children");
  const own = (names: Readonly<Record<string, unknown>>): boolean => Object.hasOwn(names, name);
  if (own(RENAMED)) node["function_name"] = RENAMED[name];
  if (own(MACROS) && values.length === MACROS[name]) node["function_name"] = `athena_${name}`;
  if (own(FORMATTING)) {
    node["function_name"] = FORMATTING[name];
    const format = child(values[1] ?? {}, "value");
    if (format !== undefined)
      format["value"] = textIn(format, "value").replace(/%./g, (part) => FORMATS[part] ?? part);
  }
  return undefined;
}

function namedTable(node: Node, position: Position, filters: Filters): NamedTable {
  const part = (name: string): string | undefined => textIn(node, name) || undefined;
  return {
    catalog: part("catalog_name"),
    database: part("schema_name"),
    table: textIn(node, "table_name"),
    position,
    filters,
    rename: (catalog, database) => {
      Object.assign(node, { catalog_name: catalog, schema_name: database });
    },
  };
}

function collectAliases(node: Node, aliases: Set<string>): void {
  if (["BASE_TABLE", "SUBQUERY"].includes(textIn(node, "type")))
    aliases.add((textIn(node, "alias") || textIn(node, "table_name")).toLowerCase());
  for (const under of below(node)) collectAliases(under, aliases);
}

function wholeRows(node: Node, aliases: ReadonlySet<string>): boolean {
  const names = node["class"] === "COLUMN_REF" ? textsIn(node, "column_names") : [];
  if (names.length === 1 && aliases.has((names[0] ?? "").toLowerCase())) return true;
  return below(node).some((under) => wholeRows(under, aliases));
}

/** What a column of the result is called that is an expression without a name: `_col0` by its place, which is known later. */
export const UNNAMED = "athena unnamed";

function labelExpressions(root: Node): void {
  // The names of a set operation are those of its first part.
  let first: Node | undefined = root;
  while (first?.["type"] === "SET_OPERATION_NODE")
    first = children(first, "children")[0] ?? child(first, "left");
  for (const item of first === undefined ? [] : children(first, "select_list"))
    if (textIn(item, "alias") === "" && !["COLUMN_REF", "STAR"].includes(textIn(item, "class")))
      item["alias"] = UNNAMED;
}
