/** How Quick fills SPICE: it queries the data set's table as the data source does, by Role A and Role B. */
import type { AthenaClient } from "@aws-sdk/client-athena";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Cloud } from "../context";
import type { DataSet, Ingestion } from "../state";
import { actAsQuick } from "./act";
import { athenaParameters } from "./check";
import { keyOf, seconds } from "./place";

/** Milliseconds between two looks at a query. */
const LOOK_EVERY = 50;

/** AWS's IngestionErrorType, as far as ingestions fail here. */
type ErrorType =
  "DATA_SOURCE_NOT_FOUND" | "FAILURE_TO_ASSUME_ROLE" | "IAM_ROLE_NOT_AVAILABLE" | "SQL_EXCEPTION";

/** Why an ingestion failed. */
class IngestionFailure extends Error {
  constructor(
    readonly type: ErrorType,
    message: string,
  ) {
    super(message);
  }
}

/** An ingestion that is to be begun. */
export function newIngestion(type: Ingestion["type"], id: string = randomUUID()): Ingestion {
  return { id, type, status: "INITIALIZED", created: seconds() };
}

/** Begins the newest ingestion of a data set, unless it was begun. */
export function startIngestion({ account, region, id, ingestions }: DataSet, cloud: Cloud): void {
  const ingestion = ingestions.at(-1);
  if (ingestion?.status !== "INITIALIZED") return;
  const change = (members: Partial<Ingestion>): void => {
    const key = keyOf({ account, region }, id);
    // Deleted, or made anew, meanwhile: then there is none of that id.
    const set = cloud.state.dataSets[key];
    if (set === undefined) return;
    const changed = set.ingestions.map((each) => (each.id === ingestion.id ? { ...each, ...members } : each));
    cloud.state.dataSets = { ...cloud.state.dataSets, [key]: { ...set, ingestions: changed } };
    cloud.changed();
  };
  const set = cloud.state.dataSets[keyOf({ account, region }, id)];
  if (set === undefined) return;
  change({ status: "RUNNING" });
  cloud.later(async () => {
    try {
      change({ status: "COMPLETED", rows: await rowsOf(set, cloud) });
    } catch (error) {
      const type = error instanceof IngestionFailure ? error.type : "INTERNAL_SERVICE_ERROR";
      change({
        status: "FAILED",
        error: { Type: type, Message: error instanceof Error ? error.message : String(error) },
      });
      if (!(error instanceof IngestionFailure)) throw error;
    }
  });
}

/** Ends, in the records, the ingestions that an end of the gateway interrupted. */
export function endInterrupted(cloud: Cloud): void {
  for (const [key, set] of Object.entries(cloud.state.dataSets)) {
    const ingestions = set.ingestions.map((each) =>
      isOver(each)
        ? each
        : {
            ...each,
            status: "FAILED" as const,
            error: { Type: "INTERNAL_SERVICE_ERROR", Message: "the sandbox was stopped meanwhile" },
          },
    );
    cloud.state.dataSets = { ...cloud.state.dataSets, [key]: { ...set, ingestions } };
  }
}

export function isOver({ status }: Ingestion): boolean {
  return status === "COMPLETED" || status === "FAILED";
}

/** The rows that the table has for Quick. @throws IngestionFailure */
async function rowsOf(set: DataSet, cloud: Cloud): Promise<number> {
  const { arn, sql } = queryOf(set);
  const source = Object.values(cloud.state.dataSources).find((each) => each.arn === arn);
  if (source === undefined) throw new IngestionFailure("DATA_SOURCE_NOT_FOUND", `${arn} is not found`);
  const made = await actAsQuick(arn, true, cloud);
  if (made === undefined)
    throw new IngestionFailure("IAM_ROLE_NOT_AVAILABLE", `${arn} goes by no role, which is not emulated`);
  if ("refused" in made) throw new IngestionFailure("FAILURE_TO_ASSUME_ROLE", made.reason);
  // Only who fills SPICE needs it.
  const { AthenaClient } = await import("@aws-sdk/client-athena");
  const athena = new AthenaClient({
    region: source.region,
    endpoint: cloud.endpoint(),
    credentials: {
      accessKeyId: made.AccessKeyId,
      secretAccessKey: made.SecretAccessKey,
      sessionToken: made.Token,
    },
  });
  try {
    return await counted(athena, sql, athenaParameters(source).workGroup);
  } catch (error) {
    // Whatever Athena refuses, it refuses to Role B.
    throw new IngestionFailure("SQL_EXCEPTION", error instanceof Error ? error.message : String(error));
  } finally {
    athena.destroy();
  }
}

/** Runs a query and counts its rows, all of which Quick reads. */
async function counted(athena: AthenaClient, QueryString: string, WorkGroup: string): Promise<number> {
  const { GetQueryExecutionCommand, GetQueryResultsCommand, StartQueryExecutionCommand } =
    await import("@aws-sdk/client-athena");
  const { QueryExecutionId } = await athena.send(new StartQueryExecutionCommand({ QueryString, WorkGroup }));
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === "SUCCEEDED") break;
    if (State === "FAILED" || State === "CANCELLED") throw new Error(StateChangeReason ?? State);
    await pause(LOOK_EVERY);
  }
  // The first row has the names of the columns.
  let rows = -1;
  let token: { NextToken: string } | undefined;
  do {
    const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId, ...token }));
    rows += page.ResultSet?.Rows?.length ?? 0;
    token = page.NextToken === undefined ? undefined : { NextToken: page.NextToken };
  } while (token !== undefined);
  return rows;
}

/** What Quick asks of the data source for all rows. */
function queryOf({ settings }: DataSet): { readonly arn: string; readonly sql: string } {
  const { DataSourceArn, Catalog, Schema, Name, InputColumns } = tableOf(settings);
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const from = [Catalog, Schema, Name].filter((name) => name !== undefined && name !== "");
  return {
    arn: DataSourceArn,
    sql: `SELECT ${InputColumns.map((column) => quoted(column.Name)).join(", ")} FROM ${from.map((name) => quoted(name ?? "")).join(".")}`,
  };
}

/** The one table of a data set. */
export function tableOf(settings: DataSet["settings"]): Relational {
  const [table] = Object.values(
    settings["PhysicalTableMap"] as Record<string, { RelationalTable: Relational }>,
  );
  if (table === undefined) throw new Error("a data set without a table");
  return table.RelationalTable;
}

/** A table, as CreateDataSet has checked it. */
interface Relational {
  readonly DataSourceArn: string;
  readonly Catalog?: string;
  readonly Schema?: string;
  readonly Name: string;
  readonly InputColumns: readonly { readonly Name: string; readonly Type: string }[];
}
