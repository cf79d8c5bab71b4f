/** Running queries as somebody, for specs. */
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import type { QueryExecution, StartQueryExecutionCommandInput } from "@aws-sdk/client-athena";
import { expect } from "chai";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds between two looks at a query, and the most that a query may take. */
const LOOK_AGAIN = 20;
const PATIENCE = 55_000;

/** Starts a query and waits for its end, whatever it is. */
export async function ended(
  athena: AthenaClient,
  input: StartQueryExecutionCommandInput | string,
): Promise<QueryExecution> {
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand(typeof input === "string" ? { QueryString: input } : input),
  );
  const until = Date.now() + PATIENCE;
  while (Date.now() < until) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    if (!["QUEUED", "RUNNING"].includes(QueryExecution?.Status?.State ?? "")) return QueryExecution ?? {};
    await pause(LOOK_AGAIN);
  }
  return expect.fail(`the query does not end: ${JSON.stringify(input)}`);
}

/** A row of a result; NULL is null. */
export type Row = readonly (string | null)[];

/** All rows of a query, the header first. */
export async function rowsOf(athena: AthenaClient, QueryExecutionId: string | undefined): Promise<Row[]> {
  const rows: Row[] = [];
  let NextToken: string | undefined;
  do {
    const page = await athena.send(
      new GetQueryResultsCommand({ QueryExecutionId, ...(NextToken === undefined ? {} : { NextToken }) }),
    );
    for (const { Data = [] } of page.ResultSet?.Rows ?? [])
      rows.push(Data.map(({ VarCharValue }) => VarCharValue ?? null));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return rows;
}

/** The rows of a query that succeeds, the header first. */
export async function rows(
  athena: AthenaClient,
  input: StartQueryExecutionCommandInput | string,
): Promise<Row[]> {
  const query = await ended(athena, input);
  if (query.Status?.State !== "SUCCEEDED")
    return expect.fail(`${query.Status?.State ?? ""}: ${query.Status?.StateChangeReason ?? ""}`);
  return rowsOf(athena, query.QueryExecutionId);
}

/** How a query ended that did not succeed: state and reason. */
export async function fault(
  athena: AthenaClient,
  input: StartQueryExecutionCommandInput | string,
): Promise<{ readonly state: string; readonly reason: string }> {
  const { Status } = await ended(athena, input);
  return { state: Status?.State ?? "", reason: Status?.StateChangeReason ?? "" };
}
