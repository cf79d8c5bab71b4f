/** How an operation fails: with a code for machines, whose turn it is to act, and what to do. */
import { type Fault, InputError } from "../access/faults";

/**
 * Whose fault it is, which is to say who acts next: the author of the input, the person who said no, the platform team,
 * or whoever looks into a failure.
 */
export type Whose = "input" | "declined" | "platform" | "failure";

/** The exit code of a command that ended so; 0 is success. */
export const exitCodes: Readonly<Record<Whose, number>> = { failure: 1, input: 2, declined: 3, platform: 4 };

/** What went wrong, for machines. A code never changes its meaning. */
export type FailureCode =
  | "input.invalid"
  | "input.unreadable"
  | "project.missing"
  | "environment.missing"
  | "environment.in-use"
  | "environment.outdated"
  | "spoke.unknown"
  | "credentials.unusable"
  | "endpoint.unreachable"
  | "preflight.failed"
  | "platform.needed"
  | "declined"
  | "interrupted"
  | "engine.missing"
  | "engine.failed"
  | "stack.locked"
  | "policy.refused"
  | "data-source.failed"
  | "verify.failed"
  | "query.unavailable"
  | "query.failed"
  | "proof.failed"
  | "audit.unexpected"
  | "costs.unknown"
  | "leftovers.found"
  | "unexpected";

export interface FailureDetails {
  readonly cause?: unknown;
  /** Each fault, when there are several or when one has a place in a file. */
  readonly faults?: readonly Fault[];
  /** Text to hand on as it is, such as a configuration patch. */
  readonly attachment?: string;
}

/** Thrown by every operation of this library. */
export class RunnerError extends Error {
  override readonly name = "RunnerError";
  readonly faults: readonly Fault[];
  readonly attachment: string | undefined;

  constructor(
    readonly code: FailureCode,
    readonly whose: Whose,
    message: string,
    details: FailureDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.faults = details.faults ?? [];
    this.attachment = details.attachment;
  }

  get exitCode(): number {
    return exitCodes[this.whose];
  }
}

/** Any thrown value as a RunnerError: input errors are the author's to correct, all else is a failure. */
export function asRunnerError(thrown: unknown): RunnerError {
  if (thrown instanceof RunnerError) return thrown;
  if (thrown instanceof InputError)
    return new RunnerError("input.invalid", "input", thrown.message, {
      cause: thrown,
      faults: thrown.faults,
    });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new RunnerError("unexpected", "failure", message, { cause: thrown });
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
