/** What an operation tells while it runs: coded messages, rendered by the output layer or handed to a machine as they are. */
import type { Finding } from "./engine/finding";
import type { Change, Plan } from "./engine/plan";
import type { AccessChange, Unplaced } from "../access/proof";
import type { ShownRow } from "./proof/shown";
import type { Leftovers } from "./leftovers";
import type { Hop } from "./query/hop";
import type { Rung } from "./verify/rung";

export type Message =
  /** A step begins. Steps never overlap. */
  | { readonly code: "step.started"; readonly step: string; readonly title: string }
  /** The step that began last is over. */
  | {
      readonly code: "step.finished";
      readonly step: string;
      readonly outcome: string;
      readonly seconds: number;
    }
  | { readonly code: "step.failed"; readonly step: string; readonly seconds: number }
  /** A resource is being changed, or was. */
  | { readonly code: "resource.started"; readonly stack: string; readonly change: Change }
  | { readonly code: "resource.finished"; readonly stack: string; readonly change: Change }
  | { readonly code: "resource.failed"; readonly stack: string; readonly change: Change }
  /** The engine's or a provider's own words. */
  | {
      readonly code: "diagnostic";
      readonly stack: string;
      readonly severity: "info" | "warning" | "error";
      readonly resource: string | undefined;
      readonly text: string;
    }
  /** Which account is which: twelve digits -> `hub`, `spoke sales`. */
  | { readonly code: "accounts"; readonly names: Readonly<Record<string, string>> }
  /** What would change; shown before anybody is asked. */
  | { readonly code: "plan"; readonly plan: Plan }
  /** What the policy pack says of a stack; an empty list when it has nothing against it. */
  | { readonly code: "policy"; readonly stack: string; readonly findings: readonly Finding[] }
  /** Something is waited for. */
  | { readonly code: "waiting"; readonly text: string }
  /** Worth knowing, nothing to do. */
  | { readonly code: "note"; readonly text: string }
  /** Worth a look. */
  | { readonly code: "advisory"; readonly text: string }
  | { readonly code: "rung"; readonly rung: Rung }
  /** What was found of a spoke or environment that is gone. */
  | { readonly code: "leftovers"; readonly leftovers: Leftovers }
  /** A hop of a query, from the first (1) on. */
  | { readonly code: "hop"; readonly number: number; readonly hop: Hop; readonly holds: boolean }
  /** What a plan changes of who may do what; of the spoke or environment of that name. */
  | { readonly code: "access.change"; readonly of: string; readonly change: AccessChange }
  /** A row of the access matrix that does not hold, or was asked about. */
  | { readonly code: "access.row"; readonly row: ShownRow }
  /** Something that may carry policies and is in no row. */
  | { readonly code: "access.unplaced"; readonly unplaced: Unplaced };

/** Where an operation tells what it does. */
export type Report = (message: Message) => void;

/**
 * Runs one step and reports its begin and end. After an interrupt none begins.
 *
 * @param outcome says in a few words what came of it. Default: `done`.
 */
export async function step<Result>(
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
  name: string,
  title: string,
  run: () => Promise<Result>,
  outcome: (result: Result) => string = () => "done",
): Promise<Result> {
  signal.throwIfAborted();
  const begun = Date.now();
  const seconds = () => Math.round((Date.now() - begun) / 100) / 10;
  report({ code: "step.started", step: name, title });
  try {
    const result = await run();
    report({ code: "step.finished", step: name, outcome: outcome(result), seconds: seconds() });
    return result;
  } catch (thrown) {
    report({ code: "step.failed", step: name, seconds: seconds() });
    throw thrown;
  }
}
