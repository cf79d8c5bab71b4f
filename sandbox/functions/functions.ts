import { randomUUID } from "node:crypto";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { FunctionProcess } from "./function-process";
import type { RunnableFunction } from "./function-process";
import { MOST_ANSWER_BYTES, runtimeError } from "./invocation";
import type { Invocation, Outcome } from "./invocation";
import type { Runtime } from "./runtimes";

/** How long an idle process is kept, in milliseconds. */
const IDLE = 5 * 60_000;

/** A function with the environment of the process that will run it, asked for when one is started. */
export interface FunctionToRun extends Omit<RunnableFunction, "environment"> {
  /** Changes with the function's code and configuration: another revision gets a process of its own. */
  readonly revision: string;
  readonly runtime: Runtime;
  /** The folder with its code; undefined where the runtime has it. */
  readonly code?: string;
  /** The process' environment. Called for each process. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Called when the process of `environment` has ended. */
  readonly released: (environment: Readonly<Record<string, string>>) => void;
}

interface Warm {
  readonly revision: string;
  readonly runtime: Runtime;
  readonly process: FunctionProcess;
  busy: boolean;
  used: number;
  idle?: NodeJS.Timeout;
}

/**
 * Runs functions in warm processes, one for each function. Invocations of one function wait for each other: a JVM more
 * would be another 300 MB.
 */
export class Functions {
  private readonly warm = new Map<string, Warm>();
  private readonly queues = new Map<string, Promise<unknown>>();
  private waitingForRoom: (() => void)[] = [];
  private closed = false;

  /** Runs a function once. What goes wrong in it is its error, in Lambda's words. */
  invoke(fn: FunctionToRun, invocation: Invocation): Promise<Outcome> {
    const before = this.queues.get(fn.arn) ?? Promise.resolve();
    const outcome = before.then(() => this.run(fn, invocation));
    const settled = outcome.catch(() => undefined);
    this.queues.set(fn.arn, settled);
    void settled.then(() => {
      if (this.queues.get(fn.arn) === settled) this.queues.delete(fn.arn);
    });
    return outcome;
  }

  /** The processes that are running, with their memory in bytes (0 where the machine does not tell). */
  async processes(): Promise<{ name: string; pid: number; memory: number }[]> {
    return Promise.all(
      [...this.warm].map(async ([arn, { process }]) => {
        const pid = process.pid ?? 0;
        return { name: `function ${arn.split(":").slice(4).join(":")}`, pid, memory: await memoryOf(pid) };
      }),
    );
  }

  /** Ends all processes, also those that are at work. What is invoked from now on fails. */
  async close(): Promise<void> {
    this.closed = true;
    const all = [...this.warm.values()];
    for (const { process } of all) process.end();
    await Promise.all(all.map(({ process }) => process.ended()));
  }

  private async run(fn: FunctionToRun, invocation: Invocation): Promise<Outcome> {
    const warm = await this.warmFor(fn);
    if (warm === undefined) return runtimeError("Runtime.ExitError", "the sandbox is being stopped");
    clearTimeout(warm.idle);
    try {
      const outcome = await warm.process.invoke(invocation);
      if (outcome.kind === "answer" && outcome.payload.length > MOST_ANSWER_BYTES) {
        const message = `Response payload size exceeded maximum allowed payload size (${MOST_ANSWER_BYTES} bytes).`;
        return runtimeError("Function.ResponseSizeTooLarge", message, outcome.log);
      }
      return outcome;
    } finally {
      warm.busy = false;
      warm.used = Date.now();
      warm.idle = setTimeout(() => {
        warm.process.end();
      }, IDLE);
      warm.idle.unref();
      this.makeRoom();
    }
  }

  /** The function's process, marked as busy; undefined after `close`. */
  private async warmFor(fn: FunctionToRun): Promise<Warm | undefined> {
    const found = this.warm.get(fn.arn);
    if (found?.revision === fn.revision && found.process.isUsable) {
      found.busy = true;
      return found;
    }
    if (found !== undefined) {
      found.process.end();
      await found.process.ended();
    }
    while (this.running(fn.runtime).length >= fn.runtime.most) await this.room(fn.runtime);
    if (this.closed) return undefined;
    const environment = fn.environment();
    const { runtime, revision } = fn;
    const id = randomUUID().replaceAll("-", "");
    const process = new FunctionProcess({ ...fn, environment }, runtime.command(fn), id);
    const warm: Warm = { revision, runtime, process, busy: true, used: Date.now() };
    this.warm.set(fn.arn, warm);
    void process.ended().then(() => {
      if (this.warm.get(fn.arn) === warm) this.warm.delete(fn.arn);
      clearTimeout(warm.idle);
      fn.released(environment);
      this.makeRoom();
    });
    return warm;
  }

  private running(runtime: Runtime): Warm[] {
    return [...this.warm.values()].filter((warm) => warm.runtime === runtime);
  }

  /** Ends the process of a runtime that was not used for longest, or waits until one is idle or gone. */
  private async room(runtime: Runtime): Promise<void> {
    const [oldest] = this.running(runtime)
      .filter(({ busy }) => !busy)
      .sort((a, b) => a.used - b.used);
    if (oldest === undefined) return new Promise((resolve) => this.waitingForRoom.push(resolve));
    oldest.process.end();
    await oldest.process.ended();
  }

  private makeRoom(): void {
    const waiting = this.waitingForRoom;
    this.waitingForRoom = [];
    for (const resolve of waiting) resolve();
  }
}

async function memoryOf(pid: number): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]);
    return Number(stdout.trim()) * 1024;
  } catch {
    return 0;
  }
}
