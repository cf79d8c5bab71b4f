/** The queries that ran in a workgroup. */
import type * as sdk from "@aws-sdk/client-athena";
import type { PastQuery } from "../../access/costs";
import type { MakeCall } from "./athena-query";

/** The SDK, loaded by whoever has the client. */
interface Athena {
  readonly commands: typeof sdk;
  readonly client: sdk.AthenaClient;
  readonly called: MakeCall;
}

/** Ids a page, the most that ListQueryExecutions gives and BatchGetQueryExecution takes. */
const PAGE = 50;

/** The queries of the workgroup that were submitted since then, which Athena lists the newest first. */
export async function pastQueries(
  { commands, client, called }: Athena,
  WorkGroup: string,
  since: Date,
): Promise<PastQuery[]> {
  const executionsOf = async (ids: readonly string[]): Promise<readonly sdk.QueryExecution[]> => {
    if (ids.length === 0) return [];
    const { QueryExecutions = [], UnprocessedQueryExecutionIds: [left] = [] } = await called(
      "athena:BatchGetQueryExecution",
      () => client.send(new commands.BatchGetQueryExecutionCommand({ QueryExecutionIds: [...ids] })),
    );
    // Without it, what the queries came to would be too little.
    if (left !== undefined)
      throw new Error(
        `Athena does not tell of query ${left.QueryExecutionId ?? ""}: ${left.ErrorMessage ?? "no reason given"}`,
      );
    return QueryExecutions;
  };
  const found: PastQuery[] = [];
  let NextToken: string | undefined;
  do {
    const page = await called("athena:ListQueryExecutions", () =>
      client.send(new commands.ListQueryExecutionsCommand({ WorkGroup, MaxResults: PAGE, NextToken })),
    );
    const QueryExecutions = await executionsOf(page.QueryExecutionIds ?? []);
    const recent = QueryExecutions.filter(({ Status }) => (Status?.SubmissionDateTime ?? since) >= since);
    found.push(
      ...recent.map(({ QueryExecutionId, StatementType, Statistics, Status }) => ({
        id: QueryExecutionId ?? "",
        state: Status?.State ?? "",
        kind: StatementType ?? "",
        bytesScanned: Statistics?.DataScannedInBytes ?? 0,
      })),
    );
    // All that follow are older still.
    NextToken = recent.length < QueryExecutions.length ? undefined : page.NextToken;
  } while (NextToken !== undefined);
  return found;
}
