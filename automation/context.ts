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
  /**
   * Asks whether to go on.
   *
   * @throws RunnerError (`declined`) when there is nobody to ask.
   */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** Goes on only when the answer is yes. @throws RunnerError (`declined`) */
export async function ask(context: Context, question: string): Promise<void> {
  if (!(await context.confirm(question)))
    throw new RunnerError("declined", "declined", "declined: nothing was changed");
}
