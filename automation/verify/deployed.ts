/** Verification beside other runs, which may be changing the environment's shared documents. */
import type { Environment } from "../../access/environment";
import { isNamedByEnvironment } from "../../access/request";
import type { Context } from "../context";
import { withEnvironmentLock } from "../files/environment-lock";
import { deployedEnvironment } from "../spoke-name";
import { climb, type LadderInput } from "./ladder";
import type { Rung } from "./rung";

/**
 * Climbs the ladder. When a rung fails, it is climbed once more with the environment as it is deployed by then, while
 * nobody else of this checkout changes it: another spoke may have been onboarded meanwhile.
 */
export async function climbDeployed(context: Context, input: Omit<LadderInput, "context">): Promise<Rung[]> {
  const attempt = (environment: Environment) => climb({ ...input, environment, context });
  const { name } = input.environment;
  let rungs = await attempt(input.environment);
  if (
    isNamedByEnvironment(input.request, input.environment) &&
    rungs.some(({ status }) => status === "failed")
  )
    rungs = await withEnvironmentLock(context, name, async () =>
      attempt(deployedEnvironment(name, await context.engine.state(name))),
    );
  for (const rung of rungs) context.report({ code: "rung", rung });
  return rungs;
}
