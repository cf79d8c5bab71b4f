/** One Athena query, from its start to its rows. */
import type * as sdk from "@aws-sdk/client-athena";
import { messageOf } from "../failure";
import { pause } from "../interrupt";
import { type Query, QueryFailed, type QueryResult } from "./cloud";

/** How often a running query is looked at: soon at first, then less. Milliseconds. */
const FIRST_LOOK = 50;
const LAST_LOOK = 1000;
/** Longest wait for one query, where nothing else is said. Milliseconds. */
const PATIENCE = 5 * 60_000;
/** Rows a page, the most that Athena gives. */
const PAGE = 1000;

/** Makes a call, known by its name in IAM: `athena:StartQueryExecution`. */
export type MakeCall = <Answer>(operation: string, call: () => Promise<Answer>) => Promise<Answer>;

/** The SDK, loaded by whoever has the client. */
interface Athena {
  readonly commands: typeof sdk;
  readonly client: sdk.AthenaClient;
  readonly called: MakeCall;
}

/**
 * Runs a query. When the signal is aborted, or the query takes longer than it may, it is stopped in Athena, too.
 *
 * @throws QueryFailed; what an interrupt throws; what Athena answers when it refuses a call.
 */
export async function runQuery(athena: Athena, query: Query, signal: AbortSignal): Promise<QueryResult> {
  const { commands, client, called } = athena;
  const { sql, workgroup, catalog, database, outputLocation } = query;
  signal.throwIfAborted();
  const { QueryExecutionId: id = "" } = await called("athena:StartQueryExecution", () =>
    client.send(
      new commands.StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: workgroup,
        ...(catalog === undefined && database === undefined
          ? {}
          : { QueryExecutionContext: { Catalog: catalog, Database: database } }),
        ...(outputLocation === undefined ? {} : { ResultConfiguration: { OutputLocation: outputLocation } }),
      }),
    ),
  );
  const execution = await ended(athena, id, query.patience ?? PATIENCE, signal);
  const { Statistics, StatementType, ResultConfiguration } = execution;
  return {
    id,
    ...(await rowsOf(athena, id, query.rows, StatementType === "DML")),
    bytesScanned: Statistics?.DataScannedInBytes ?? 0,
    milliseconds: Statistics?.TotalExecutionTimeInMillis ?? Statistics?.EngineExecutionTimeInMillis ?? 0,
    outputLocation: ResultConfiguration?.OutputLocation,
  };
}

/** Waits until the query has succeeded. */
async function ended(
  athena: Athena,
  id: string,
  patience: number,
  signal: AbortSignal,
): Promise<sdk.QueryExecution> {
  const { commands, client, called } = athena;
  const until = Date.now() + patience;
  try {
    for (let interval = FIRST_LOOK; ; interval = Math.min(interval * 1.5, LAST_LOOK)) {
      const { QueryExecution: execution = {} } = await called("athena:GetQueryExecution", () =>
        client.send(new commands.GetQueryExecutionCommand({ QueryExecutionId: id })),
      );
      const { State = "UNKNOWN", StateChangeReason = "Athena gives no reason" } = execution.Status ?? {};
      if (State === "SUCCEEDED") return execution;
      if (State === "FAILED" || State === "CANCELLED") throw new QueryFailed(id, State, StateChangeReason);
      if (Date.now() > until)
        throw new QueryFailed(id, "STOPPED", `it was still ${State} after ${patience / 1000} s`);
      await pause(interval, signal);
    }
  } catch (thrown) {
    const isOver = thrown instanceof QueryFailed && thrown.state !== "STOPPED";
    if (!isOver) await stop(athena, id, thrown);
    throw thrown;
  }
}

/** Nobody waits for the query any more: it would only cost. */
async function stop({ commands, client, called }: Athena, id: string, why: unknown): Promise<void> {
  try {
    await called("athena:StopQueryExecution", () =>
      client.send(new commands.StopQueryExecutionCommand({ QueryExecutionId: id })),
    );
  } catch (thrown) {
    throw new Error(`query ${id} goes on in Athena, since it cannot be stopped: ${messageOf(thrown)}`, {
      cause: why,
    });
  }
}

/** The rows without the names of the columns, which are the first row of what a SELECT answers. */
async function rowsOf(
  { commands, client, called }: Athena,
  id: string,
  limit: number,
  isSelect: boolean,
): Promise<Pick<QueryResult, "columns" | "rows" | "more">> {
  const rows: (readonly (string | null)[])[] = [];
  let columns: readonly string[] = [];
  let NextToken: string | undefined;
  let first = isSelect;
  do {
    const token: { NextToken?: string } = NextToken === undefined ? {} : { NextToken };
    const answer = await called("athena:GetQueryResults", () =>
      client.send(
        new commands.GetQueryResultsCommand({
          QueryExecutionId: id,
          // One more than wanted, to know whether there are more, and the names of the columns.
          MaxResults: Math.min(PAGE, limit - rows.length + 2),
          ...token,
        }),
      ),
    );
    columns = (answer.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name }) => Name ?? "");
    const page = (answer.ResultSet?.Rows ?? []).map(({ Data }) =>
      (Data ?? []).map(({ VarCharValue }) => VarCharValue ?? null),
    );
    rows.push(...(first ? page.slice(1) : page));
    first = false;
    NextToken = answer.NextToken;
  } while (NextToken !== undefined && rows.length <= limit);
  return { columns, rows: rows.slice(0, limit), more: NextToken !== undefined || rows.length > limit };
}
