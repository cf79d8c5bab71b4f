import { randomUUID } from "node:crypto";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Jvm } from "./jvm";
import type { JavaInstallation, RunnableFunction } from "./jvm";
import { MOST_ANSWER_BYTES, runtimeError } from "./invocation";
import type { Invocation, Outcome } from "./invocation";

/** JVMs at a time: each takes 200-400 MB. */
const MOST_JVMS = 3;

/** How long an idle JVM is kept, in milliseconds. */
const IDLE = 5 * 60_000;

/** A function with the environment of the JVM that will run it, asked for when one is started. */
export interface FunctionToRun extends Omit<RunnableFunction, "environment"> {
  /** Changes with the function's code and configuration: another revision gets a process of its own. */
  readonly revision: string;
  /** The process' environment. Called for each process. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Called when the process of `environment` has ended. */
  readonly released: (environment: Readonly<Record<string, string>>) => void;
}

interface Warm {
  readonly revision: string;
  readonly jvm: Jvm;
  busy: boolean;
  used: number;
  idle?: NodeJS.Timeout;
}

/**
 * Runs functions in warm JVMs, one for each function. Invocations of one function wait for each other: a JVM more would
 * be another 300 MB.
 */
export class ConnectorFunctions {
  private readonly warm = new Map<string, Warm>();
  private readonly queues = new Map<string, Promise<unknown>>();
  private waitingForRoom: (() => void)[] = [];
  private closed = false;

  constructor(private readonly installation: JavaInstallation) {}

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
      [...this.warm].map(async ([arn, { jvm }]) => {
        const pid = jvm.pid ?? 0;
        return { name: `function ${arn.split(":").slice(4).join(":")}`, pid, memory: await memoryOf(pid) };
      }),
    );
  }

  /** Ends all processes, also those that are at work. What is invoked from now on fails. */
  async close(): Promise<void> {
    this.closed = true;
    const all = [...this.warm.values()];
    for (const { jvm } of all) jvm.end();
    await Promise.all(all.map(({ jvm }) => jvm.ended()));
  }

  private async run(fn: FunctionToRun, invocation: Invocation): Promise<Outcome> {
    const process = await this.processFor(fn);
    if (process === undefined) return runtimeError("Runtime.ExitError", "the sandbox is being stopped");
    clearTimeout(process.idle);
    try {
      const outcome = await process.jvm.invoke(invocation);
      if (outcome.kind === "answer" && outcome.payload.length > MOST_ANSWER_BYTES) {
        const message = `Response payload size exceeded maximum allowed payload size (${MOST_ANSWER_BYTES} bytes).`;
        return runtimeError("Function.ResponseSizeTooLarge", message, outcome.log);
      }
      return outcome;
    } finally {
      process.busy = false;
      process.used = Date.now();
      process.idle = setTimeout(() => {
        process.jvm.end();
      }, IDLE);
      process.idle.unref();
      this.makeRoom();
    }
  }

  /** The function's process, marked as busy; undefined after `close`. */
  private async processFor(fn: FunctionToRun): Promise<Warm | undefined> {
    const found = this.warm.get(fn.arn);
    if (found?.revision === fn.revision && found.jvm.isUsable) {
      found.busy = true;
      return found;
    }
    if (found !== undefined) {
      found.jvm.end();
      await found.jvm.ended();
    }
    while (this.warm.size >= MOST_JVMS) await this.room();
    if (this.closed) return undefined;
    const environment = fn.environment();
    const jvm = new Jvm({ ...fn, environment }, this.installation, randomUUID().replaceAll("-", ""));
    const process: Warm = { revision: fn.revision, jvm, busy: true, used: Date.now() };
    this.warm.set(fn.arn, process);
    void jvm.ended().then(() => {
      if (this.warm.get(fn.arn) === process) this.warm.delete(fn.arn);
      clearTimeout(process.idle);
      fn.released(environment);
      this.makeRoom();
    });
    return process;
  }

  /** Ends the process that was not used for longest, or waits until one is idle or gone. */
  private async room(): Promise<void> {
    const [oldest] = [...this.warm.values()].filter(({ busy }) => !busy).sort((a, b) => a.used - b.used);
    if (oldest === undefined) return new Promise((resolve) => this.waitingForRoom.push(resolve));
    oldest.jvm.end();
    await oldest.jvm.ended();
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
