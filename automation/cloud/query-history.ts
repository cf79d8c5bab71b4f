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
  const found: PastQuery[] = [];
  let NextToken: string | undefined;
  do {
    const page = await called("athena:ListQueryExecutions", () =>
      client.send(new commands.ListQueryExecutionsCommand({ WorkGroup, MaxResults: PAGE, NextToken })),
    );
    const QueryExecutionIds = page.QueryExecutionIds ?? [];
    if (QueryExecutionIds.length === 0) break;
    const { QueryExecutions = [] } = await called("athena:BatchGetQueryExecution", () =>
      client.send(new commands.BatchGetQueryExecutionCommand({ QueryExecutionIds })),
    );
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
