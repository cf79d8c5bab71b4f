import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { Duplex, Writable } from "node:stream";
import { FrameReader, invocationFrame } from "./frames";
import type { Frame } from "./frames";
import { runtimeError } from "./invocation";
import type { Invocation, Outcome } from "./invocation";

/** How a process is started. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /**
   * Where frames go: by standard input and output, or by the process' fourth file, so that whatever a function writes to
   * its standard output is its log.
   */
  readonly frames: "standard" | "apart";
  readonly folder?: string;
}

/** A function as a process runs it. */
export interface RunnableFunction {
  /** `arn:aws:lambda:<region>:<account>:function:<name>` */
  readonly arn: string;
  readonly name: string;
  /** As the function's configuration names it. */
  readonly handler: string;
  /** Seconds. */
  readonly timeout: number;
  /** MB, as configured: the function is told so, the process gets less. */
  readonly memory: number;
  /** The whole environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How long a process may take to load a handler, in milliseconds: a JVM takes 2-5 s, on a loaded machine longer. */
const START_WITHIN = 60_000;

/** Characters of a function's output that are kept: Lambda's LogType Tail shows 4 KB. */
const LOG_TAIL = 4096;

type Waiting = { readonly resolve: (frame: Frame | undefined) => void };

/** One process that runs one function's handler. Takes one invocation at a time; its caller keeps the queue. */
export class FunctionProcess {
  private readonly child: ChildProcess;
  private readonly input: Writable | null | undefined;
  private readonly gone: Promise<number | string>;
  private waiting: Waiting | undefined;
  private printed = "";
  private alive = true;
  /** As Lambda names them: `2026/01/01/[$LATEST]<32 hex digits>`. */
  private readonly logStream: string;

  /** Starts the process. `invoke` waits until it is ready. */
  constructor(
    private readonly fn: RunnableFunction,
    { file, args, frames, folder }: Command,
    id: string,
  ) {
    const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
    this.logStream = `${day}/[$LATEST]${id}`;
    const apart = frames === "apart";
    this.child = spawn(file, args, {
      env: { ...fn.environment, AWS_LAMBDA_LOG_STREAM_NAME: this.logStream },
      stdio: [apart ? "ignore" : "pipe", "pipe", "pipe", ...(apart ? ["pipe" as const] : [])],
      ...(folder === undefined ? {} : { cwd: folder }),
    });
    const channel = this.child.stdio[3] as Duplex | null | undefined;
    this.input = apart ? channel : this.child.stdin;
    const reader = new FrameReader((frame) => {
      this.waiting?.resolve(frame);
      this.waiting = undefined;
    });
    (apart ? channel : this.child.stdout)?.on("data", (chunk: Buffer) => {
      try {
        reader.take(chunk);
      } catch {
        this.end();
      }
    });
    for (const printed of [this.child.stderr, apart ? this.child.stdout : null])
      printed?.on("data", (chunk: Buffer) => {
        this.printed = (this.printed + chunk.toString("utf8")).slice(-LOG_TAIL);
      });
    // Its end is told by the process' own; without a listener the broken pipe would end us.
    this.input?.on("error", () => undefined);
    this.gone = new Promise((resolve) => {
      const ended = (how: number | string): void => {
        this.alive = false;
        this.waiting?.resolve(undefined);
        this.waiting = undefined;
        resolve(how);
      };
      this.child.once("error", (error) => {
        ended(error.message);
      });
      this.child.once("exit", (code, signal) => {
        ended(code ?? signal ?? "unknown");
      });
    });
    this.started = this.start();
  }

  private readonly started: Promise<Outcome | undefined>;

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** False once the process has ended, or is about to. */
  get isUsable(): boolean {
    return this.alive;
  }

  /** Runs the handler once. Never rejects: what goes wrong is the function's error, in Lambda's words. */
  async invoke(invocation: Invocation): Promise<Outcome> {
    const failure = await this.started;
    if (failure !== undefined) return failure;
    const { timeout, memory, name } = this.fn;
    const deadline = Date.now() + timeout * 1000;
    const logGroup = `/aws/lambda/${name}`;
    const frame = this.next(timeout * 1000);
    this.input?.write(invocationFrame(invocation, { deadline, memory, logGroup, logStream: this.logStream }));
    const { id, came } = { id: invocation.requestId, came: await frame };
    // What it printed before it answered may lie in another pipe, still to be read.
    await new Promise(setImmediate);
    const log = this.printed;
    if (came === "late") {
      this.end();
      const message = `${new Date().toISOString()} ${id} Task timed out after ${timeout.toFixed(2)} seconds`;
      return runtimeError("Sandbox.Timedout", message, log);
    }
    if (came === undefined) {
      const how = await this.gone;
      const status = typeof how === "number" ? `exit status ${how}` : `signal: ${how}`;
      const why =
        how === 0 ? "Runtime exited without providing a reason" : `Runtime exited with error: ${status}`;
      const message = `RequestId: ${id} Error: ${why}`;
      return runtimeError("Runtime.ExitError", message, log);
    }
    return { kind: came.kind === "answer" ? "answer" : "error", payload: came.payload, log };
  }

  /** Ends the process, whatever it is doing. */
  end(): void {
    this.alive = false;
    this.child.kill("SIGKILL");
  }

  /** Resolves when the process is gone. */
  async ended(): Promise<void> {
    await this.gone;
  }

  /** The function's error when the handler cannot be loaded. */
  private async start(): Promise<Outcome | undefined> {
    const came = await this.next(START_WITHIN);
    if (came === undefined || came === "late") {
      this.end();
      const how = came === "late" ? `not ready within ${START_WITHIN / 1000} s` : String(await this.gone);
      return runtimeError("Runtime.ExitError", `the function's process did not start: ${how}`, this.printed);
    }
    if (came.kind === "ready") return undefined;
    this.end();
    return { kind: "error", payload: came.payload, log: this.printed };
  }

  /** The next frame; undefined when the process has ended. */
  private next(within: number): Promise<Frame | "late" | undefined> {
    if (!this.alive) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting = undefined;
        resolve("late");
      }, within);
      this.waiting = {
        resolve: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
      };
    });
  }
}
