/** One command as a whole process tree: how long it took and how much memory it held at most. */
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";

export interface Measured {
  readonly seconds: number;
  /**
   * Peak of the resident memory of the command and all it started, in MiB, seen by sampling. Pages that processes share
   * are counted once for each. Undefined where there is no /proc.
   */
  readonly peakMemory: number | undefined;
}

/** Time between two looks at the memory, in milliseconds. */
const SAMPLE_EVERY = 50;
const PAGE = 4096;
/** Ticks of Linux's clock in a second. */
const TICKS = 100;

/**
 * Runs a command to its end.
 *
 * @throws Error with what the command said when it fails: a failure's time is no measurement.
 */
export async function measure(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Measured> {
  const begun = process.hrtime.bigint();
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const listen = (data: Buffer) => (said += data.toString());
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve(code ?? (signal === null ? 0 : 128));
    });
  });
  const memory = child.pid === undefined ? undefined : watchMemory(child.pid);
  try {
    const code = await ended;
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${said}`);
    return { seconds, peakMemory: memory?.peak };
  } finally {
    memory?.end();
  }
}

/** Resident memory of a process and all that it started, as it was seen until now, in MiB. */
export interface WatchedMemory {
  /** At most. Undefined where there is no /proc. */
  readonly peak: number | undefined;
  /** What each process held when all of them together held the most: process id -> MiB. */
  readonly shares: ReadonlyMap<number, number>;
  /** At the last look. */
  readonly last: number | undefined;
  end(): void;
}

/** Looks at the memory of a process and its descendants again and again. */
export function watchMemory(pid: number): WatchedMemory {
  let [peak, last] = [0, 0];
  let shares: ReadonlyMap<number, number> = new Map();
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void residentMemory(pid)
      .then((memory) => {
        last = [...memory.values()].reduce((sum, bytes) => sum + bytes, 0);
        if (last > peak) [peak, shares] = [last, memory];
      })
      .finally(() => (looking = false));
  }, SAMPLE_EVERY);
  // What is measured decides when the program ends.
  timer.unref();
  const inMiB = (bytes: number) => (bytes === 0 ? undefined : bytes / 2 ** 20);
  return {
    get peak() {
      return inMiB(peak);
    },
    get shares() {
      return new Map([...shares].map(([of, bytes]) => [of, bytes / 2 ** 20]));
    },
    get last() {
      return inMiB(last);
    },
    end: () => {
      clearInterval(timer);
    },
  };
}

/** Seconds of processors that a process has used until now; undefined where there is no /proc. */
export async function processorTime(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [fields[11], fields[12]];
  return user === undefined || system === undefined ? undefined : (Number(user) + Number(system)) / TICKS;
}

/** Resident memory of a process and of each of its descendants, in bytes; nothing where there is no /proc. */
async function residentMemory(root: number): Promise<ReadonlyMap<number, number>> {
  const pids = await readdir("/proc").catch(() => []);
  const parents = new Map<number, number>();
  const memory = new Map<number, number>();
  await Promise.all(
    pids
      .filter((pid) => /^\d+$/.test(pid))
      .map(async (pid) => {
        // A process may end between the two reads; it then counts for nothing.
        const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (fields[1] === undefined || fields[21] === undefined) return;
        parents.set(Number(pid), Number(fields[1]));
        memory.set(Number(pid), Number(fields[21]) * PAGE);
      }),
  );
  return new Map([...memory].filter(([pid]) => descendsFrom(pid, root, parents)));
}

function descendsFrom(pid: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
    if (at === root) return true;
  return false;
}
