import path from "node:path";
import { AwsError } from "../errors";
import type { DataCatalog, GatewayState } from "../state";
import type { AsCaller } from "./as-caller";
import { GLUE_CATALOG, findCatalog, foreignCatalogId, inCatalog } from "./catalog";
import { connectorTable } from "./connector-tables";
import type { DuckDb, Engine, EngineTable } from "./engine";
import {
  QueryFailure,
  catalogNotFound,
  columnNotFound,
  functionNotFound,
  glueRefused,
  invalidCast,
  metadataRefused,
  schemaNotFound,
  tableNotFound,
} from "./errors";
import type { Position } from "./errors";
import { glueTable } from "./glue-tables";
import { ResultFile, columnInfo, resultColumn } from "./results";
import type { ColumnInfo } from "./results";
import type { Meter, SourceTable } from "./source-table";
import { MAKE_MACROS, UNNAMED } from "./statement";
import type { NamedTable, Query, Statement } from "./statement";

/** What a statement is run with. */
export interface Run {
  readonly id: string;
  readonly caller: AsCaller;
  readonly state: GatewayState;
  /** Where names are looked for that do not say it. */
  readonly catalog: string;
  readonly database: string;
  readonly duckDb: DuckDb;
  readonly engine: Engine;
  readonly meter: Meter;
  /** For files, as long as the query runs. */
  readonly folder: string;
}

/** A result: a file, and what its columns are. */
export interface Result {
  readonly file: ResultFile;
  readonly rows: number;
  readonly columns: readonly ColumnInfo[];
}

/** Runs a statement, with its caller's permissions in every step. @throws QueryFailure QueryCancelled AwsError */
export function runStatement(statement: Statement, run: Run): Promise<Result> {
  return statement.kind === "query"
    ? runQuery(statement.query, statement.explain, run)
    : runListing(statement, run);
}

async function runQuery(query: Query, explain: boolean, run: Run): Promise<Result> {
  const { engine, meter } = run;
  if (query.failure !== undefined) throw query.failure;
  await loadTables(query, run);
  await engine.run(MAKE_MACROS);
  await engine.lock();
  try {
    const sql = await query.sql(engine);
    meter.count(0);
    return explain ? await explained(sql, run) : await selected(sql, run);
  } catch (error) {
    meter.signal.throwIfAborted();
    throw engineFailure(error, query);
  }
}

/** One table, by however many names the query calls it. */
interface Source {
  readonly catalog: DataCatalog;
  readonly engineTable: EngineTable;
  readonly named: NamedTable[];
}

/** Names that DuckDB keeps for itself. */
const RESERVED_CATALOGS = ["memory", "system", "temp"];
const RESERVED_DATABASES = ["information_schema", "pg_catalog"];

async function loadTables(query: Query, run: Run): Promise<void> {
  const { caller, engine, meter, state } = run;
  const sources = new Map<string, Source>();
  for (const named of query.tables) {
    const { position } = named;
    const catalogName = named.catalog ?? run.catalog;
    const catalog = findCatalog(state, caller.account, caller.region, catalogName);
    if (catalog === undefined) throw catalogNotFound(position, catalogName);
    const engineTable = {
      catalog: catalog.name.toLowerCase(),
      database: (named.database ?? run.database).toLowerCase(),
      table: named.table.toLowerCase(),
    };
    if (RESERVED_CATALOGS.includes(engineTable.catalog) || RESERVED_DATABASES.includes(engineTable.database))
      throw new QueryFailure(`NOT_SUPPORTED: ${position}: ${nameOf(engineTable)} is not executed here`);
    named.rename(engineTable.catalog, engineTable.database);
    const source = sources.get(nameOf(engineTable)) ?? { catalog, engineTable, named: [] };
    source.named.push(named);
    sources.set(nameOf(engineTable), source);
  }
  await askForCatalogs(
    [...sources.values()].map(({ catalog }) => catalog),
    caller,
  );
  for (const source of sources.values()) {
    const { engineTable, named } = source;
    const found = await findTable(source, run);
    const wanted = found.columns.filter(({ name }) => query.columns?.has(name) ?? true);
    const columns = wanted.length > 0 ? wanted : found.columns.slice(0, 1);
    const [only, ...others] = named;
    // A table that stands in several places is read once for all of them.
    const filters = others.length === 0 ? (only?.filters ?? {}) : {};
    await engine.createTable(engineTable, columns);
    await found.load(engine, engineTable, { columns, filters, limit: query.limit }, meter);
  }
}

function nameOf({ catalog, database, table }: EngineTable): string {
  return `${catalog}.${database}.${table}`;
}

/** What a query needs of its catalogs before it looks into them. */
async function askForCatalogs(catalogs: readonly DataCatalog[], caller: AsCaller): Promise<void> {
  for (const { name } of new Set(catalogs)) {
    if (name !== GLUE_CATALOG) {
      try {
        await caller.authorize({ service: "athena", operation: "GetDataCatalog", input: { Name: name } });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        throw new QueryFailure(`Insufficient permissions to execute the query. ${error.message}`);
      }
    }
  }
  if (catalogs.every(({ name }) => name !== GLUE_CATALOG)) return;
  try {
    // Athena looks at the database `default`, whatever the query names (Athena user guide, "Fine-grained access to
    // databases and tables": access to the default database per Region).
    await caller.glue("GetDatabase", { Name: "default" });
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "EntityNotFoundException") throw glueRefused(error);
  }
}

async function findTable({ catalog, engineTable, named }: Source, run: Run): Promise<SourceTable> {
  const { caller, duckDb, folder, id } = run;
  const { database, table } = engineTable;
  const position = named[0]?.position ?? "line 1:1";
  switch (catalog.type) {
    case "LAMBDA":
      return connectorTable(caller.connector(catalog, id), database, table, duckDb);
    case "GLUE": {
      const found = await glueTable(caller, foreignCatalogId(catalog, caller), database, table, folder);
      if (found === "no database") throw schemaNotFound(position, database);
      if (found === "no table") throw tableNotFound(position, nameOf(engineTable));
      return found;
    }
    default:
      throw new QueryFailure(
        `NOT_SUPPORTED: ${position}: catalog ${catalog.name} of type ${catalog.type} is not supported here: it needs a Hive metastore`,
      );
  }
}

async function selected(sql: string, { engine, duckDb, folder, meter }: Run): Promise<Result> {
  const result = await engine.stream(sql);
  const columns = result
    .columnNames()
    .map((name, i) => resultColumn(name === UNNAMED ? `_col${i}` : name, result.columnType(i), duckDb));
  const file = new ResultFile(path.join(folder, "result.csv"));
  await file.add([columns.map(({ info }) => info.Name)]);
  let rows = 0;
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    meter.count(0);
    rows += chunk.rowCount;
    const values = chunk.getRows();
    // Frees what it holds now, not when the garbage collector comes by.
    chunk.reset();
    await file.add(
      values.map((row) => columns.map(({ write }, i) => (row[i] == null ? null : write(row[i])))),
    );
  }
  return { file, rows, columns: columns.map(({ info }) => info) };
}

async function explained(sql: string, { engine, folder }: Run): Promise<Result> {
  const plan = (await (await engine.run(`EXPLAIN ${sql}`)).getRows()).map((row) => String(row[1])).join("\n");
  const file = new ResultFile(path.join(folder, "result.txt"));
  await file.write(`Query Plan\n${plan}`);
  return { file, rows: plan.split("\n").length, columns: [columnInfo("Query Plan", "varchar", plan.length)] };
}

async function runListing(statement: Exclude<Statement, { kind: "query" }>, run: Run): Promise<Result> {
  const { caller, state, folder } = run;
  const names = statement.kind === "databases" ? [statement.catalog] : statement.names;
  const wanted = statement.kind === "describe" ? 3 : statement.kind === "tables" ? 2 : 1;
  // What a name does not say comes from where the query runs.
  const given = [...Array<undefined>(Math.max(0, wanted - names.length)), ...names];
  const catalogName = given[0] ?? run.catalog;
  const catalog = findCatalog(state, caller.account, caller.region, catalogName);
  if (catalog === undefined) throw metadataRefused(`Catalog ${catalogName} not found`);
  await askForCatalogs([catalog], caller);
  const database = (given[1] ?? run.database).toLowerCase();
  let lines: string[];
  let columns: string[];
  try {
    if (statement.kind === "databases") {
      columns = ["database_name"];
      lines = listed(await inCatalog(caller, catalog, "GetDatabases", {}), statement.like);
    } else if (statement.kind === "tables") {
      columns = ["tab_name"];
      lines = listed(
        await inCatalog(caller, catalog, "GetTables", { DatabaseName: database }),
        statement.like,
      );
    } else {
      columns = ["col_name", "data_type", "comment"];
      const asked = { DatabaseName: database, Name: (given[2] ?? "").toLowerCase() };
      lines = described((await inCatalog(caller, catalog, "GetTable", asked))[0] ?? {});
    }
  } catch (error) {
    throw error instanceof AwsError && error.code === "MetadataException"
      ? metadataRefused(error.message)
      : error;
  }
  const file = new ResultFile(path.join(folder, "result.txt"));
  await file.write(lines.join("\n"));
  return { file, rows: lines.length, columns: columns.map((name) => columnInfo(name, "string", 0)) };
}

/** Names in their order; `like` is Hive's pattern: `*` for anything, `|` between patterns. */
function listed(items: readonly Readonly<Record<string, unknown>>[], like: string | undefined): string[] {
  const pattern = (like ?? "*")
    .split("|")
    .map((part) => part.replace(/[.+?^${}()[\]\\]/g, "\\$&").replaceAll("*", ".*"))
    .join("|");
  const matches = new RegExp(`^(?:${pattern})$`, "i");
  return items
    .map(({ Name }) => String(Name))
    .filter((name) => matches.test(name))
    .sort();
}

/** A table in Hive's words: name, type and comment in columns of 20 characters. */
function described({ StorageDescriptor, PartitionKeys }: Readonly<Record<string, unknown>>): string[] {
  const line = (...cells: string[]): string => cells.map((cell) => cell.padEnd(20)).join("\t");
  const shown = (columns: unknown): string[] =>
    ((columns ?? []) as { Name?: string; Type?: string; Comment?: string }[]).map(
      ({ Name = "", Type = "", Comment = "" }) => line(Name, Type, Comment),
    );
  const keys = shown(PartitionKeys);
  const head = ["", "# Partition Information", line("# col_name", "data_type", "comment"), ""];
  return [
    ...shown((StorageDescriptor as { Columns?: unknown } | undefined)?.Columns),
    ...keys,
    ...(keys.length === 0 ? [] : [...head, ...keys]),
  ];
}

/** What DuckDB says of a query, in Athena's words. */
function engineFailure(error: unknown, query: Query): unknown {
  if (!(error instanceof Error) || error instanceof QueryFailure) return error;
  const said = error.message.split("\n")[0] ?? "";
  const at = (name: string): Position => query.positionOf(name);
  const column =
    /^Binder Error: Referenced column "([^"]+)" (?:was )?not found/.exec(said)?.[1] ??
    /^Binder Error: (?:Table|Values list) "[^"]+" does not have a column named "([^"]+)"/.exec(said)?.[1];
  if (column !== undefined) return columnNotFound(at(column), column);
  const table = /^Binder Error: Referenced table "([^"]+)" not found/.exec(said)?.[1];
  if (table !== undefined) return columnNotFound(at(table), table);
  const called =
    /^Catalog Error: \w+(?: \w+)* Function with name "?([^" ]+)"? (?:does not exist|is not in the catalog)/.exec(
      said,
    )?.[1];
  if (called !== undefined) return functionNotFound(at(called), called);
  const [, kind, message = said] = /^(\w+(?: \w+)*) Error: (.*)$/.exec(said) ?? [];
  if (kind === "Conversion") return invalidCast(message);
  if (kind === "Out of Memory")
    return new QueryFailure("Query exhausted resources at this scale factor", 0, 1);
  const kinds: Readonly<Record<string, string>> = {
    Binder: "SYNTAX_ERROR",
    Parser: "SYNTAX_ERROR",
    Catalog: "SYNTAX_ERROR",
  };
  return kind === undefined ? error : new QueryFailure(`${kinds[kind] ?? "GENERIC_USER_ERROR"}: ${message}`);
}
