/** What every operation works with. */
import type { Cloud } from "./cloud/cloud";
import type { Engine } from "./engine/engine";
import type { Report } from "./message";
import { RunnerError } from "./failure";

export interface Context {
  /** Folder of Pulumi.yaml. */
  readonly project: string;
  readonly engine: Engine;
  readonly cloud: Cloud;
  readonly report: Report;
  /** Aborted when whoever runs the operation wants it to stop; the reason is what is thrown then. */
  readonly signal: AbortSignal;
  /**
   * Asks whether to go on.
   *
   * @throws RunnerError (`declined`) when there is nobody to ask.
   */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** Goes on only when the answer is yes. @throws RunnerError (`declined`); what an interrupt throws */
export async function ask(context: Context, question: string): Promise<void> {
  const yes = await context.confirm(question);
  context.signal.throwIfAborted();
  if (!yes) throw new RunnerError("declined", "declined", "declined: nothing was changed");
}
