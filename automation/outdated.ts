/** An environment's file that is older than what is deployed: updating from it would take access away from live spokes. */
import { type Environment, namesItsSpokes } from "../access/environment";
import { spokeStackName } from "../access/names";
import type { Context } from "./context";
import type { StackState } from "./engine/state";
import { RunnerError } from "./failure";
import { readEnvironmentFile } from "./files/environment-file";

/**
 * Refuses to go on from a file that lacks spokes which are deployed and still have a stack.
 *
 * Other runs in this checkout are no hindrance: onboarding writes the file before it deploys, so that the file read here,
 * after the state, has its entry; offboarding removes the spoke's stack before it touches the file.
 *
 * @throws RunnerError (`environment.outdated`)
 */
export async function refuseOutdated(
  { engine, project }: Pick<Context, "engine" | "project">,
  name: string,
  state: StackState | undefined,
): Promise<void> {
  const deployed = state?.outputs.environment as Partial<Environment> | undefined;
  const { environment, file } = await readEnvironmentFile(project, name);
  if (!namesItsSpokes(environment)) return;
  const missing = Object.keys(deployed?.spokes ?? {}).filter((spoke) => !(spoke in environment.spokes));
  if (missing.length === 0) return;
  const stacks = new Set((await engine.stacks()).map((stack) => stack.name));
  const forgotten = missing.filter((spoke) =>
    [undefined, "hub" as const].some((side) => stacks.has(spokeStackName(name, spoke, side))),
  );
  if (forgotten.length > 0)
    throw new RunnerError(
      "environment.outdated",
      "input",
      `${file.path} does not list ${forgotten.join(", ")}, onboarded and deployed from another copy of it: an update from here would take ${forgotten.length === 1 ? "its" : "their"} access away; get the newest copy, or offboard first`,
    );
}
