import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

/** How long a program may take to end after it was interrupted, in milliseconds: as in Pulumi's own host. */
const GRACE = 5000;

/** Beside this file, and beside the bundle that it becomes part of. */
const READABLE_ERRORS = path.join(__dirname, "readable-errors.js");

/** How a process ended: with an exit code, or by a signal. */
export type Ending =
  | { readonly code: number; readonly signal?: undefined }
  | { readonly code?: undefined; readonly signal: NodeJS.Signals };

/** A running Node process. `ended` rejects only when it could not be started. */
export interface NodeProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
}

/**
 * Starts the very Node that runs here. It stays in this process's group, which the engine interrupts as
 * a whole; when `signal` aborts it is interrupted, and killed if that does not end it.
 */
export function startNode(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; stdio: StdioOptions; signal: AbortSignal },
): NodeProcess {
  const { signal, ...how } = options;
  const child = spawn(process.execPath, ["--require", READABLE_ERRORS, ...args], how);
  const ended = new Promise<Ending>((resolve, reject) => {
    let killer: NodeJS.Timeout | undefined;
    const interrupt = () => {
      child.kill("SIGINT");
      killer = setTimeout(() => child.kill("SIGKILL"), GRACE);
    };
    if (signal.aborted) interrupt();
    else signal.addEventListener("abort", interrupt, { once: true });
    child.on("error", reject);
    child.on("close", (code, endedBy) => {
      signal.removeEventListener("abort", interrupt);
      clearTimeout(killer);
      resolve(endedBy === null ? { code: code ?? 0 } : { signal: endedBy });
    });
  });
  return { child, ended };
}

/** Says how a program failed, in the words of Pulumi's own host where it has some. */
export function failureOf(ending: Ending): string {
  if (ending.signal === undefined) return `Program exited with non-zero exit code: ${ending.code}`;
  const reason = ending.signal === "SIGABRT" ? ", as Node does when it runs out of memory" : "";
  return `Program was ended by ${ending.signal}${reason}`;
}

/**
 * The file of a module, as a program in `folder` would find it.
 *
 * @throws Error telling what to install when it does not
 */
export function locateModule(name: string, folder: string): string {
  try {
    return createRequire(path.join(folder, "program.js")).resolve(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error(
      `It looks like the Pulumi SDK has not been installed: "${name}" is not found from ${folder}. Have you run npm ci?`,
      { cause: error },
    );
  }
}
