/** Verifies a spoke that was onboarded, as it was deployed. */
import type { Context } from "./context";
import { enterChain } from "./accounts";
import { refuseFailed } from "./onboard";
import { deployedSpoke, type SpokeName } from "./spoke-name";
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
  const { request, environment } = await deployedSpoke(context, name);
  const rungs = await step(
    context,
    "verify",
    `verify ${name.stack}`,
    async () =>
      climbDeployed(context, {
        request,
        environment,
        accounts: await enterChain(context.cloud, request, environment),
      }),
    outcomeOf,
  );
  refuseFailed(name.stack, rungs);
  return { stack: name.stack, rungs };
}
