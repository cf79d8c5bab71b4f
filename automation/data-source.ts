/** What Quick works out after something was made: a data source's own status (R64), and how SPICE was filled (R66). */
import type { AccountView, DataSourceView, IngestionView } from "./cloud/cloud";
import type { Context } from "./context";
import { pause } from "./interrupt";

/** Longest wait for Quick. Milliseconds. */
const PATIENCE = 10 * 60_000;

/**
 * Waits until Quick is done with a data source.
 *
 * @returns the data source, whatever its status; undefined when there is none.
 */
export async function settledDataSource(
  hub: AccountView,
  id: string,
  context: Pick<Context, "report" | "signal">,
  patience = PATIENCE,
): Promise<DataSourceView | undefined> {
  return settled(() => hub.dataSource(id), isBusy, `data source ${id}`, context, patience);
}

function isBusy({ status }: DataSourceView): boolean {
  return status.endsWith("_IN_PROGRESS");
}

/**
 * Waits until Quick is done with the newest ingestion of a dataset.
 *
 * @returns the ingestion, whatever its status; undefined when there is none.
 */
export async function settledIngestion(
  hub: AccountView,
  dataSet: string,
  context: Pick<Context, "report" | "signal">,
  patience = PATIENCE,
): Promise<IngestionView | undefined> {
  const what = `the ingestion of dataset ${dataSet}`;
  return settled(() => hub.ingestion(dataSet), isFilling, what, context, patience);
}

/** Whether an ingestion is still to end. */
export function isFilling({ status }: IngestionView): boolean {
  return ["INITIALIZED", "QUEUED", "RUNNING"].includes(status);
}

async function settled<View extends { readonly status: string }>(
  look: () => Promise<View | undefined>,
  busy: (found: View) => boolean,
  what: string,
  { report, signal }: Pick<Context, "report" | "signal">,
  patience: number,
): Promise<View | undefined> {
  const until = Date.now() + patience;
  for (let interval = 500, told = false; ; interval = Math.min(interval * 1.5, 5_000)) {
    const found = await look();
    if (found === undefined || !busy(found) || Date.now() > until) return found;
    if (!told) report({ code: "waiting", text: `Quick is working on ${what} (${found.status})` });
    told = true;
    await pause(interval, signal);
  }
}

/** Whether Quick could make or change the data source. */
export function isWorking(found: DataSourceView): boolean {
  return found.status === "CREATION_SUCCESSFUL" || found.status === "UPDATE_SUCCESSFUL";
}
