/** Updating an environment's stack from its file, one run at a time, whoever else works on either. */
import type { Context } from "./context";
import { countsDone } from "./engine/plan";
import { withEnvironmentLock } from "./files/environment-lock";
import { step } from "./message";
import { refuseOutdated } from "./outdated";

/**
 * Updates an environment's stack from its file.
 *
 * What was looked at before may be old by now: other runs of this checkout are kept out by the lock, and whether another
 * checkout has deployed meanwhile is asked once more, also after each wait for its update to end.
 *
 * @param edit changes the file, or the stack's state, once it is sure that the file is not outdated.
 * @throws RunnerError (`environment.outdated`) before anything has changed; what an update throws.
 */
export async function updateFromFile(
  context: Context,
  name: string,
  edit: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const { engine } = context;
  const refuse = async () => refuseOutdated(context, name, await engine.state(name));
  await withEnvironmentLock(context, name, async () => {
    await refuse();
    await edit();
    await step(
      context,
      "update.environment",
      `update environment ${name}`,
      () => engine.up(name, { beforeRetry: refuse }),
      ({ plan }) => countsDone(plan),
    );
  });
}
