/** Verifies a spoke that was onboarded, as it was deployed. */
import type { Context } from "./context";
import { enterChain } from "./accounts";
import { refuseFailed } from "./onboard";
import { deployedEnvironment, requestOf, type SpokeName, unknownSpoke } from "./spoke-name";
import { step } from "./message";
import { climbDeployed } from "./verify/deployed";
import { outcomeOf, type Rung } from "./verify/rung";

export interface Verified {
  readonly stack: string;
  readonly rungs: readonly Rung[];
}

/**
 * Climbs the ladder of verification.
 *
 * @throws RunnerError (`verify.failed`) when a rung does not hold; each was reported by then.
 */
export async function verify(context: Context, name: SpokeName): Promise<Verified> {
  const { engine, cloud, project } = context;
  const [state, environmentState] = await Promise.all([
    engine.state(name.stack),
    engine.state(name.environment),
  ]);
  const request = state === undefined ? undefined : await requestOf(context, name.stack, state);
  if (request === undefined) throw await unknownSpoke(project, name);
  const environment = deployedEnvironment(name.environment, environmentState);
  const rungs = await step(
    context,
    "verify",
    `verify ${name.stack}`,
    async () =>
      climbDeployed(context, {
        request,
        environment,
        accounts: await enterChain(cloud, request, environment),
      }),
    outcomeOf,
  );
  refuseFailed(name.stack, rungs);
  return { stack: name.stack, rungs };
}
