/** An interrupt (Ctrl-C, SIGTERM): what runs comes to its end, and nothing further begins. */
import { setTimeout as delay } from "node:timers/promises";
import { RunnerError } from "./failure";

/** Thrown where an operation stops since it was interrupted; the reason of the context's signal. */
export class Interrupt extends RunnerError {
  /** @param reachedEngine whether the engine's process was interrupted too, as Ctrl-C in a terminal does to all of them. */
  constructor(
    signal: string,
    readonly reachedEngine: boolean,
  ) {
    super("interrupted", "failure", `interrupted by ${signal}: to go on, run the same command again`);
  }
}

/** Interrupts of this process, from now on until `release`. */
export interface Interrupts {
  readonly signal: AbortSignal;
  readonly release: () => void;
}

/**
 * Listens for interrupts.
 *
 * @param first told when the first one comes.
 * @param again told of each further one.
 */
export function listenForInterrupts(first: (signal: string) => void, again: () => void): Interrupts {
  const controller = new AbortController();
  const handle = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      again();
      return;
    }
    first(signal);
    controller.abort(new Interrupt(signal, signal === "SIGINT" && process.stdin.isTTY));
  };
  process.on("SIGINT", handle).on("SIGTERM", handle);
  return {
    signal: controller.signal,
    release: () => {
      process.off("SIGINT", handle).off("SIGTERM", handle);
    },
  };
}

/**
 * Waits.
 *
 * @throws the signal's reason as soon as there is one.
 */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    throw thrown;
  });
}

/** A signal for the engine's own process, which must not be interrupted twice: the second time means "at once". */
export function forwarded(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const forward = () => {
    if (!(signal.reason instanceof Interrupt && signal.reason.reachedEngine)) controller.abort(signal.reason);
  };
  if (signal.aborted) forward();
  else signal.addEventListener("abort", forward, { once: true });
  return controller.signal;
}
