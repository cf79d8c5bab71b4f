/** What every operation works with. */
import type { AccountCredentials, Cloud } from "./cloud/cloud";
import type { Engine } from "./engine/engine";
import type { Report } from "./message";
import { RunnerError } from "./failure";

/**
 * Does what Quick does before it queries: becomes Role A for a data source, and from there Role B.
 *
 * @returns Role B's credentials, or which role was refused, and why.
 */
export type ActAsQuick = (wanted: {
  /** The data source's ARN. */
  readonly dataSource: string;
  /** With Quick's own policy on the session of Role A, which limits it to this one Role B (R69). */
  readonly scopedDown: boolean;
}) => Promise<AccountCredentials | { readonly refused: string; readonly reason: string }>;

export interface Context {
  /** Folder of Pulumi.yaml. */
  readonly project: string;
  readonly engine: Engine;
  readonly cloud: Cloud;
  /** Undefined where nobody but Quick can: on AWS. */
  readonly actAsQuick?: ActAsQuick;
  readonly report: Report;
  /** Seconds that are given to errors that pass by themselves. Default: what each kind of them takes. */
  readonly patience?: number;
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
