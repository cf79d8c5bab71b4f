/** Verifies a spoke that was onboarded, as it was deployed. */
import type { Context } from "./context";
import { enterChain } from "./accounts";
import { refuseFailed } from "./onboard";
import { type ProofOptions, proveDeployed, refuseUnproved } from "./proof";
import type { ShownProof } from "./proof/shown";
import { awaitedSide } from "./sides";
import { deployedSpoke, type SpokeName } from "./spoke-name";
import { step } from "./message";
import { climbDeployed } from "./verify/deployed";
import { outcomeOf, type Rung } from "./verify/rung";

export interface Verified {
  readonly stack: string;
  readonly rungs: readonly Rung[];
  /** Where it was asked for. */
  readonly proof?: ShownProof;
}

export interface VerifyOptions {
  /** Proves the access as the accounts have it; undefined for none. */
  readonly proof?: ProofOptions;
}

/**
 * Climbs the ladder of verification.
 *
 * @throws RunnerError (`verify.failed`, `proof.failed`) when a rung or an expectation does not hold; each was reported by then.
 */
export async function verify(
  context: Context,
  name: SpokeName,
  options: VerifyOptions = {},
): Promise<Verified> {
  const { request, environment } = await deployedSpoke(context, name);
  const { side } = name;
  const rungs = await step(
    context,
    "verify",
    `verify ${name.stack}`,
    async () =>
      climbDeployed(context, {
        request,
        environment,
        accounts: await enterChain(context.cloud, request, environment, side),
        side,
        awaited: await awaitedSide(context, request, environment, side),
      }),
    outcomeOf,
  );
  const proof = options.proof && (await proveDeployed(context, request, environment, options.proof));
  refuseFailed(name.stack, rungs);
  if (proof === undefined) return { stack: name.stack, rungs };
  refuseUnproved(name.stack, proof, "failure", side);
  return { stack: name.stack, rungs, proof };
}
