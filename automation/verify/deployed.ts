/** Verification beside other runs, which may be changing the environment's shared documents. */
import { type Environment, namesItsSpokes } from "../../access/environment";
import type { Context } from "../context";
import { withEnvironmentLock } from "../files/environment-lock";
import { deployedEnvironment } from "../spoke-name";
import { climb, type LadderInput } from "./ladder";
import type { Rung } from "./rung";

/**
 * Climbs the ladder. When a rung fails, it is climbed once more with the environment as it is deployed by then, while
 * nobody else of this checkout changes it: another spoke may have been onboarded meanwhile.
 */
export async function climbDeployed(
  { engine, project, report }: Context,
  input: Omit<LadderInput, "report">,
): Promise<Rung[]> {
  const attempt = (environment: Environment) => climb({ ...input, environment, report });
  const { name } = input.environment;
  let rungs = await attempt(input.environment);
  if (namesItsSpokes(input.environment) && rungs.some(({ status }) => status === "failed"))
    rungs = await withEnvironmentLock(project, name, report, async () =>
      attempt(deployedEnvironment(name, await engine.state(name))),
    );
  for (const rung of rungs) report({ code: "rung", rung });
  return rungs;
}
