/** One at a time: who edits an environment's file and updates its stack holds the environment's lock. */
import type { Context } from "../context";
import { RunnerError } from "../failure";
import { pause } from "../interrupt";
import { stackFile } from "./project";

/** A holder that was killed is passed over after this long; a live one says every 5 s that it lives. Milliseconds. */
const STALE = 30_000;
/** How often a waiting process looks again. Milliseconds. */
const INTERVAL = 250;
/** Longest wait for others, which may be updating the environment. Milliseconds. */
const PATIENCE = 20 * 60_000;

/**
 * Runs with the environment's lock, which all processes of this checkout share: a folder `Pulumi.<environment>.yaml.lock`.
 *
 * @throws RunnerError (`stack.locked`) when others hold it too long, or when it was lost meanwhile; what an interrupt
 *   throws, while it waits.
 */
export async function withEnvironmentLock<Result>(
  { project, report, signal }: Pick<Context, "project" | "report" | "signal">,
  environment: string,
  run: () => Promise<Result>,
  patience = PATIENCE,
): Promise<Result> {
  const file = stackFile(project, environment);
  const { lock } = await import("proper-lockfile");
  let lost: Error | undefined;
  const acquire = () =>
    lock(file, { realpath: false, stale: STALE, update: 5_000, onCompromised: (error) => (lost = error) });
  const until = Date.now() + patience;
  let told = false;
  let release: (() => Promise<void>) | undefined;
  while (release === undefined)
    try {
      release = await acquire();
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "ELOCKED") throw thrown;
      if (Date.now() > until)
        throw new RunnerError(
          "stack.locked",
          "failure",
          `another run holds environment ${environment} for more than ${Math.round(patience / 60_000)} minutes: wait for it, or if there is none remove ${file}.lock`,
          { cause: thrown },
        );
      if (!told)
        report({
          code: "waiting",
          text: `another run is changing environment ${environment}: waiting for it`,
        });
      told = true;
      await pause(INTERVAL, signal);
    }
  try {
    signal.throwIfAborted();
    const result = await run();
    if (lost !== undefined)
      throw new RunnerError(
        "stack.locked",
        "failure",
        `the lock of environment ${environment} was lost while it was changed: run the same command again`,
        { cause: lost },
      );
    return result;
  } finally {
    if (lost === undefined) await release();
  }
}
