/** The Quick data source's own status, which Quick works out after it was made (R64). */
import type { AccountView, DataSourceView } from "./cloud/cloud";
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
  { report, signal }: Pick<Context, "report" | "signal">,
  patience = PATIENCE,
): Promise<DataSourceView | undefined> {
  const until = Date.now() + patience;
  for (let interval = 500, told = false; ; interval = Math.min(interval * 1.5, 5_000)) {
    const found = await hub.dataSource(id);
    if (found === undefined || !found.status.endsWith("_IN_PROGRESS") || Date.now() > until) return found;
    if (!told) report({ code: "waiting", text: `Quick is working on data source ${id} (${found.status})` });
    told = true;
    await pause(interval, signal);
  }
}

/** Whether Quick could make or change the data source. */
export function isWorking(found: DataSourceView): boolean {
  return found.status === "CREATION_SUCCESSFUL" || found.status === "UPDATE_SUCCESSFUL";
}
