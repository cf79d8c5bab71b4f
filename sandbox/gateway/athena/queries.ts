import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { list, record, requiredText, text } from "../call";
import type { Cloud, Context } from "../context";
import { AwsError } from "../errors";
import type { QueryExecution } from "../state";
import { without } from "../without";
import { AsCaller } from "./as-caller";
import { GLUE_CATALOG } from "./catalog";
import { Engine } from "./engine";
import type { DuckDb } from "./engine";
import { QueryCancelled, QueryFailure, isDenial, notWritten } from "./errors";
import { outputHeaders, outputOf, placeOf } from "./output";
import { runStatement } from "./query-run";
import { readPage } from "./results";
import type { ResultPage, StoredResult } from "./results";
import { Meter } from "./source-table";
import { readStatement } from "./statement";
import type { Statement } from "./statement";
import { findWorkGroup } from "./workgroup";

type Input = Readonly<Record<string, unknown>>;

const INVALID = "InvalidRequestException";

/** Queries that run at a time; others wait. */
const AT_A_TIME = 4;

/** Milliseconds between two attempts to end a query. */
const INTERRUPT_EVERY = 20;

/** Queries that are kept. AWS keeps them for 45 days. */
const MOST_KEPT = 1000;

/** How long Athena keeps results itself, in milliseconds ("Managed query results": 24 hours). */
const KEPT_FOR = 24 * 3600 * 1000;

/** Bytes of a query (Athena user guide, "Service Quotas"). */
const MOST_BYTES = 262_144;

/** Starts, stops and remembers queries. */
export class Queries {
  private module: DuckDb | undefined;
  private parser: Promise<Engine> | undefined;
  private readonly running = new Map<string, AbortController>();
  private readonly starting = new Map<string, Promise<string>>();
  private free = AT_A_TIME;
  private readonly waiting: (() => void)[] = [];

  /**
   * @param load loads DuckDB, when the first query comes
   * @param kept folder of the results that Athena keeps itself
   */
  constructor(
    private readonly cloud: Cloud,
    private readonly load: () => DuckDb,
    private readonly kept: string,
  ) {}

  /** Ends, in the records, what an end of the gateway interrupted. */
  endInterrupted(): void {
    for (const query of Object.values(this.cloud.state.queryExecutions)) {
      if (isOver(query)) continue;
      const reason = "the sandbox was stopped while the query ran";
      this.change(query, { ...failed(reason, 100, 1, true), completed: Date.now() });
    }
  }

  /** StartQueryExecution: the query's id. @throws AwsError */
  async start(context: Context, input: Input): Promise<string> {
    const token = requestToken(input);
    const { principal, call } = context;
    const key = `${principal.account}/${call.region}/${token}`;
    const before = this.starting.get(key);
    if (before !== undefined) await before.catch(() => undefined);
    const repeated = Object.values(this.cloud.state.queryExecutions).find(
      (query) => `${query.account}/${query.region}/${query.token}` === key,
    );
    if (repeated !== undefined) return sameAs(repeated, input);
    const started = this.begin(context, input, token);
    this.starting.set(key, started);
    try {
      return await started;
    } finally {
      this.starting.delete(key);
    }
  }

  /** The caller's query of that id. @throws AwsError when there is none */
  named({ principal, call }: Context, id: string): QueryExecution {
    const found = this.cloud.state.queryExecutions[`${principal.account}/${call.region}/${id}`];
    if (found === undefined)
      throw new AwsError(INVALID, `QueryExecution ${id} was not found`, 400, {
        AthenaErrorCode: "QUERY_EXECUTION_NOT_FOUND",
      });
    return found;
  }

  /** StopQueryExecution. What has ended already stays as it is. */
  stop(query: QueryExecution): void {
    if (isOver(query)) return;
    const cancelled = new QueryCancelled("Query cancelled by user");
    this.change(query, { state: "CANCELLED", reason: cancelled.message, completed: Date.now() });
    this.running.get(query.id)?.abort(cancelled);
  }

  /** A page of a query's rows, read with the caller's permissions. @throws AwsError */
  async page(context: Context, query: QueryExecution, from: number, most: number): Promise<ResultPage> {
    if (query.state === "CANCELLED") throw noResult("Could not find results", "RESULT_NOT_FOUND");
    if (query.state === "FAILED")
      throw noResult("Query did not finish successfully. Final query state: FAILED");
    if (query.result === undefined)
      throw noResult(`Query has not yet finished. Current state: ${query.state}`);
    const result = { size: query.result.size, csv: query.substatementType === "SELECT" };
    if (query.results === undefined) return readPage(this.keptResult(query), result, from, most);
    const place = placeOf(query.results.OutputLocation);
    const caller = new AsCaller(context);
    try {
      return await readPage(
        {
          read: (range) => caller.getObject(place, range),
          // Asked for all the same, so that who may not read the result is told so whatever is in it.
          mayRead: () => caller.mayGetObject(place),
        },
        result,
        from,
        most,
      );
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.code === "NoSuchKey") throw noResult("Could not find results", "RESULT_NOT_FOUND");
      if (!isDenial(error)) throw error;
      throw new AwsError(
        INVALID,
        "You do not seem to have access to the S3 location of your query results. Please confirm your account has access " +
          `to the S3 location where your query results are saved and try again. (${error.message})`,
      );
    }
  }

  /** A result that Athena keeps, which whoever may call GetQueryResults on the workgroup may read. */
  private keptResult({ id, completed = 0 }: QueryExecution): StoredResult {
    if (completed + KEPT_FOR < Date.now()) throw noResult("Could not find results", "RESULT_NOT_FOUND");
    return {
      read: ({ from, to }) => Promise.resolve(createReadStream(this.fileOf(id), { start: from, end: to })),
      mayRead: () => Promise.resolve(),
    };
  }

  private fileOf(id: string): string {
    return path.join(this.kept, id);
  }

  private async begin(context: Context, input: Input, token: string): Promise<string> {
    const { principal, call } = context;
    const { account } = principal;
    const query = requiredText(input, "QueryString", INVALID);
    if (Buffer.byteLength(query) > MOST_BYTES)
      throw new AwsError(INVALID, `QueryString is longer than ${MOST_BYTES} bytes`);
    const workGroup = text(input, "WorkGroup") ?? "primary";
    const group = findWorkGroup(this.cloud.state.workGroups, account, call.region, workGroup);
    if (group === undefined) throw new AwsError(INVALID, `WorkGroup ${workGroup} is not found.`);
    if (group.state === "DISABLED") throw new AwsError(INVALID, `WorkGroup ${workGroup} is disabled.`);
    const parameters = (list(input, "ExecutionParameters") ?? []).map(String);
    const statement = await readStatement(query, parameters, await this.sharedParser());
    const caller = new AsCaller(context);
    const client = record(input, "ResultConfiguration") ?? {};
    const output = await outputOf(group, client, caller);

    const id = randomUUID();
    const where = record(input, "QueryExecutionContext") ?? {};
    const [catalog, database, askedLocation] = [
      text(where, "Catalog"),
      text(where, "Database"),
      text(client, "OutputLocation"),
    ];
    const [statementType, substatementType, ending] = kindOf(statement);
    const execution: QueryExecution = {
      ...{
        id,
        account,
        region: call.region,
        workGroup,
        query,
        parameters,
        statementType,
        substatementType,
        token,
      },
      ...(catalog === undefined ? {} : { catalog }),
      ...(database === undefined ? {} : { database }),
      ...(askedLocation === undefined ? {} : { askedLocation }),
      ...(output === undefined
        ? {}
        : { results: { ...output.settings, OutputLocation: `${output.location}${id}${ending}` } }),
      state: "QUEUED",
      submitted: Date.now(),
      bytesScanned: 0,
    };
    this.keep(execution);
    const stop = new AbortController();
    this.running.set(id, stop);
    const cutoff = group.configuration["BytesScannedCutoffPerQuery"];
    const meter = new Meter(typeof cutoff === "number" ? cutoff : undefined, stop.signal);
    this.cloud.later(() => this.run(execution, statement, caller, meter));
    return id;
  }

  /** One engine that only parses, for all queries: it never has any data. */
  private async sharedParser(): Promise<Engine> {
    this.parser ??= Engine.open(this.duckDb()).then(async (engine) => {
      await engine.lock();
      return engine;
    });
    return this.parser;
  }

  private duckDb(): DuckDb {
    this.module ??= this.load();
    return this.module;
  }

  private async run(
    query: QueryExecution,
    statement: Statement,
    caller: AsCaller,
    meter: Meter,
  ): Promise<void> {
    await this.turn();
    try {
      this.change(query, { state: "RUNNING", begun: Date.now() });
      meter.count(0);
      const result = await this.resultOf(query, statement, caller, meter);
      this.end(query, { state: "SUCCEEDED", result }, meter);
    } catch (error) {
      this.end(query, ended(error), meter);
      if (!(error instanceof QueryFailure || error instanceof QueryCancelled || error instanceof AwsError))
        throw error;
    } finally {
      this.running.delete(query.id);
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }

  private async resultOf(
    query: QueryExecution,
    statement: Statement,
    caller: AsCaller,
    meter: Meter,
  ): Promise<NonNullable<QueryExecution["result"]>> {
    const duckDb = this.duckDb();
    const folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-query-"));
    let engine: Engine | undefined;
    // Again and again until it has ended: what is asked between two steps of DuckDB's is not heard.
    let interrupting: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      interrupting ??= setInterval(() => engine?.interrupt(), INTERRUPT_EVERY);
    };
    meter.signal.addEventListener("abort", interrupt);
    try {
      engine = await Engine.open(duckDb, folder);
      const { catalog = GLUE_CATALOG, database = "default", id, results } = query;
      const run = { id, caller, state: this.cloud.state, catalog, database, duckDb, engine, meter, folder };
      const { file, rows, columns } = await runStatement(statement, run);
      if (results === undefined) {
        await mkdir(this.kept, { recursive: true });
        return { rows, size: await file.keep(this.fileOf(id)), columns };
      }
      try {
        const size = await file.put(caller, placeOf(results.OutputLocation), outputHeaders(results));
        return { rows, size, columns };
      } catch (error) {
        throw error instanceof AwsError && error.status < 500
          ? notWritten(results.OutputLocation, error.message)
          : error;
      }
    } finally {
      meter.signal.removeEventListener("abort", interrupt);
      clearInterval(interrupting);
      engine?.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Waits until the query may run. */
  private async turn(): Promise<void> {
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.free--;
  }

  private end(query: QueryExecution, how: Partial<QueryExecution>, meter: Meter): void {
    this.change(query, { ...how, completed: Date.now(), bytesScanned: meter.bytesScanned });
  }

  /** Changes what is remembered of a query, unless it has ended. */
  private change({ account, region, id }: QueryExecution, members: Partial<QueryExecution>): void {
    const now = this.cloud.state.queryExecutions[`${account}/${region}/${id}`];
    if (now !== undefined && !isOver(now)) this.keep({ ...now, ...members });
  }

  private keep(query: QueryExecution): void {
    const key = `${query.account}/${query.region}/${query.id}`;
    let kept: Record<string, QueryExecution> = { ...this.cloud.state.queryExecutions, [key]: query };
    // Members stand in the order in which they came.
    for (const [oldest, of] of Object.entries(kept).slice(
      0,
      Math.max(0, Object.keys(kept).length - MOST_KEPT),
    ))
      if (isOver(of)) {
        kept = without(kept, oldest);
        if (of.results === undefined) this.cloud.later(() => rm(this.fileOf(of.id), { force: true }));
      }
    this.cloud.state.queryExecutions = kept;
    this.cloud.changed();
  }
}

function isOver({ state }: QueryExecution): boolean {
  return state === "SUCCEEDED" || state === "FAILED" || state === "CANCELLED";
}

/** How a query ends for a fault. */
function ended(error: unknown): Partial<QueryExecution> {
  if (error instanceof QueryCancelled) return { state: "CANCELLED", reason: error.message };
  if (error instanceof QueryFailure) return failed(error.message, error.type, error.category, false);
  // What the sandbox does not do, and what AWS's services refuse in ways that are not foreseen.
  if (error instanceof AwsError) return failed(`GENERIC_USER_ERROR: ${error.message}`, 1000, 2, false);
  return failed(
    `GENERIC_INTERNAL_ERROR: ${error instanceof Error ? error.message : String(error)}`,
    100,
    1,
    true,
  );
}

function failed(reason: string, type: number, category: 1 | 2, retryable: boolean): Partial<QueryExecution> {
  const error = { ErrorCategory: category, ErrorType: type, Retryable: retryable, ErrorMessage: reason };
  return { state: "FAILED", reason, error };
}

function noResult(message: string, code = "INVALID_QUERY_EXECUTION_STATE"): AwsError {
  return new AwsError(INVALID, message, 400, { AthenaErrorCode: code });
}

function requestToken(input: Input): string {
  const token = text(input, "ClientRequestToken");
  const invalid = (message: string): AwsError =>
    new AwsError(INVALID, message, 400, { AthenaErrorCode: "INVALID_INPUT" });
  if (token === undefined) throw invalid("clientRequestToken is null or empty");
  if (token.length >= 32 && token.length <= 128) return token;
  const limit = token.length < 32 ? "greater than or equal to 32" : "less than or equal to 128";
  throw invalid(
    `1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have length ${limit}`,
  );
}

/** The id of the query that a repeated request started. @throws AwsError when the request asks for another */
function sameAs(before: QueryExecution, input: Input): string {
  const same =
    before.query === text(input, "QueryString") &&
    before.database === text(record(input, "QueryExecutionContext") ?? {}, "Database") &&
    before.askedLocation === text(record(input, "ResultConfiguration") ?? {}, "OutputLocation");
  if (same) return before.id;
  throw new AwsError(INVALID, "Idempotent parameters do not match", 400, {
    AthenaErrorCode: "IDEMPOTENT_PARAMETER_MISMATCH",
  });
}

/** StatementType, SubstatementType, and what the result's file ends with. */
function kindOf(statement: Statement): [QueryExecution["statementType"], string, string] {
  switch (statement.kind) {
    case "query":
      return statement.explain ? ["DML", "EXPLAIN", ".txt"] : ["DML", "SELECT", ".csv"];
    case "databases":
      return ["UTILITY", "SHOW_DATABASES", ".txt"];
    case "tables":
      return ["UTILITY", "SHOW_TABLES", ".txt"];
    case "describe":
      return ["UTILITY", "DESCRIBE_TABLE", ".txt"];
  }
}
