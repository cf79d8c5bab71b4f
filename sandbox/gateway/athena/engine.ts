import type {
  DuckDBConnection,
  DuckDBInstance,
  DuckDBMaterializedResult,
  DuckDBResult,
  DuckDBValue,
} from "@duckdb/node-api";

/** DuckDB's module. It is loaded when the first query comes: a quarter of a second that most starts need not spend. */
export type DuckDb = typeof import("@duckdb/node-api");

/** A column of a table in DuckDB, and its type in DuckDB's words. */
export interface EngineColumn {
  readonly name: string;
  readonly type: string;
}

/** A table as DuckDB names it. */
export interface EngineTable {
  readonly catalog: string;
  readonly database: string;
  readonly table: string;
}

/** Rows that DuckDB takes at a time. */
const CHUNK = 2048;

/** Chunks after which rows go from the appender, which keeps 204,800 of them, to where the memory limit holds. */
const FLUSHED_CHUNKS = 8;

/** An in-memory DuckDB for one query. Until `lock` it is ours; from then on nobody's SQL reaches files, network or settings. */
export class Engine {
  private constructor(
    private readonly duckDb: DuckDb,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  /** @param folder where DuckDB may put what does not fit into its memory; without one it may not */
  static async open(duckDb: DuckDb, folder?: string): Promise<Engine> {
    const instance = await duckDb.DuckDBInstance.create(":memory:", {
      threads: "2",
      memory_limit: "256MB",
      temp_directory: folder ?? "",
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    const engine = new Engine(duckDb, instance, await instance.connect());
    await engine.run("SET TimeZone = 'UTC'");
    return engine;
  }

  /** Runs SQL of our own. */
  async run(sql: string, values: DuckDBValue[] = []): Promise<DuckDBMaterializedResult> {
    return this.connection.run(sql, values);
  }

  /** The first cell of what SQL of our own answers, as text. */
  async text(sql: string, ...values: DuckDBValue[]): Promise<string> {
    return String((await (await this.run(sql, values)).getRows())[0]?.[0]);
  }

  /** Makes a table, with its catalog and database where need be. */
  async createTable(table: EngineTable, columns: readonly EngineColumn[]): Promise<void> {
    const { catalog, database } = table;
    await this.run(`ATTACH IF NOT EXISTS ':memory:' AS ${quoted(catalog)}`);
    await this.run(`CREATE SCHEMA IF NOT EXISTS ${quoted(catalog)}.${quoted(database)}`);
    const list = columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(", ");
    await this.run(`CREATE TABLE ${inSql(table)} (${list})`);
  }

  /** Takes rows into a table. */
  async rowsInto({ table, database, catalog }: EngineTable): Promise<Rows> {
    const appender = await this.connection.createAppender(table, database, catalog);
    const types = Array.from({ length: appender.columnCount }, (_, i) => appender.columnType(i));
    // One for all rows: what is not needed any more would wait for the garbage collector, which does not see its size.
    const chunk = this.duckDb.DuckDBDataChunk.create(types);
    let waiting: DuckDBValue[][] = [];
    let chunks = 0;
    const flush = (): void => {
      if (waiting.length === 0) return;
      chunk.rowCount = waiting.length;
      chunk.setRows(waiting);
      appender.appendDataChunk(chunk);
      chunk.reset();
      waiting = [];
      chunks += 1;
      if (chunks % FLUSHED_CHUNKS === 0) appender.flushSync();
    };
    return {
      add: (row) => {
        waiting.push(row);
        if (waiting.length === CHUNK) flush();
      },
      close: () => {
        flush();
        appender.closeSync();
      },
    };
  }

  /** From now on SQL is somebody else's. */
  async lock(): Promise<void> {
    await this.run("SET enable_external_access = false");
    await this.run("SET lock_configuration = true");
  }

  /** Runs the SQL of a query; its rows come chunk by chunk. */
  stream(sql: string): Promise<DuckDBResult> {
    return this.connection.stream(sql);
  }

  /** Ends what is running, which then fails. */
  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

/** Takes rows, in the order of the table's columns. `close` comes last, or the last rows are missing. */
export interface Rows {
  add(row: DuckDBValue[]): void;
  close(): void;
}

/** A name as an identifier in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A table's full name in SQL. */
export function inSql({ catalog, database, table }: EngineTable): string {
  return [catalog, database, table].map(quoted).join(".");
}
