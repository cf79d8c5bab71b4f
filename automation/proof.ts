/** The proof of access: of a plan before it is carried out, and of what is deployed. */
import type { Environment } from "../access/environment";
import { type Matrix, matrixOf } from "../access/matrix";
import { combined, differences, type FoundPolicies, prove } from "../access/proof";
import type { SpokeRequest } from "../access/request";
import { hubEntry, spokeEntry } from "./accounts";
import type { Cloud, Entry } from "./cloud/cloud";
import type { Context } from "./context";
import { RunnerError } from "./failure";
import type { OnboardingPlan } from "./onboarding-plan";
import { step } from "./message";
import { type Account, readPolicies } from "./proof/deployed-policies";
import { policiesOf, type StackResource } from "./proof/planned-policies";
import { outcomeOfProof, shown, type ShownProof } from "./proof/shown";

export interface ProofOptions {
  /** Id of a row of which to tell what decided. */
  readonly explain?: string;
}

/**
 * Proves what would be there after an onboarding, and tells what changes against what is deployed.
 *
 * The policies are the ones that the engine was given, in the preview and in the states of the stacks; those of what the
 * stacks did not make, such as buckets with data, are read from the spoke's account.
 */
export async function provePlan(
  context: Context,
  plan: OnboardingPlan,
  { explain }: ProofOptions = {},
): Promise<ShownProof> {
  const { request, environment } = plan;
  const proof = await step(
    context,
    "proof",
    `prove the access of ${plan.stack} as planned`,
    async () => {
      const matrix = matrixOf(request, environment);
      const policies = (shared: readonly StackResource[], own: readonly StackResource[]) =>
        combined(policiesOf(shared, environment.region), policiesOf(own, environment.region));
      const { environmentState, spokeState, environmentResources, spokeResources } = plan;
      const staying = (state: typeof spokeState) =>
        (state?.resources ?? []).filter(({ leaving }) => !leaving);
      const before = policies(staying(environmentState), staying(spokeState));
      const after = policies(environmentResources ?? staying(environmentState), spokeResources);
      const existing = await readPolicies(
        matrix.things.filter(({ madeBy }) => madeBy === "others"),
        new Map([[plan.accounts.spoke.account, plan.accounts.spoke]]),
      );
      const changes = differences(before, after, matrix.things);
      return shown(prove(matrix, combined(after, existing)), explain, changes);
    },
    outcomeOfProof,
  );
  for (const change of proof.changes ?? [])
    context.report({ code: "access.change", spoke: request.spoke, change });
  return told(context, proof, explain);
}

/** Proves what is deployed, from what the accounts answer. */
export async function proveDeployed(
  context: Context,
  request: SpokeRequest,
  environment: Environment,
  { explain }: ProofOptions = {},
): Promise<ShownProof> {
  const proof = await step(
    context,
    "proof",
    "prove the access as the accounts have it",
    async () => {
      const matrix = matrixOf(request, environment);
      return shown(prove(matrix, await deployed(context.cloud, matrix, request, environment)), explain);
    },
    outcomeOfProof,
  );
  return told(context, proof, explain);
}

async function deployed(
  cloud: Cloud,
  matrix: Matrix,
  request: SpokeRequest,
  environment: Environment,
): Promise<FoundPolicies> {
  const entries = [
    spokeEntry(request),
    hubEntry(environment),
    ...Object.values(environment.producers).map(({ account, assumeRole }): Entry => ({
      account,
      role: assumeRole,
      region: environment.region,
    })),
  ];
  const accounts = await Promise.all(
    entries.map(async (entry): Promise<[string, Account]> => {
      try {
        return [entry.account, await cloud.enter(entry)];
      } catch (thrown) {
        // What cannot be read is not proved; it does not keep the rest from being.
        return [entry.account, thrown instanceof Error ? thrown : new Error(String(thrown))];
      }
    }),
  );
  return readPolicies(matrix.things, new Map(accounts));
}

/** Reports what does not hold, and the row that was asked about. */
function told({ report }: Context, proof: ShownProof, explain: string | undefined): ShownProof {
  for (const row of proof.rows)
    if (row.outcome !== "holds" || row.id === explain) report({ code: "access.row", row });
  for (const unplaced of proof.unplaced) report({ code: "access.unplaced", unplaced });
  return proof;
}

/** @throws RunnerError (`proof.failed`) when an expectation does not hold, or is not proved. */
export function refuseUnproved(stack: string, proof: ShownProof, whose: "input" | "failure"): void {
  if (proof.holds) return;
  const lines = [
    ...proof.rows
      .filter(({ outcome }) => outcome !== "holds")
      .map(({ id, outcome, says }) => `${id} ${outcome === "fails" ? "fails" : "is not proved"}: ${says}`),
    ...proof.unplaced.map(({ what, reason }) => `${what} is not proved: ${reason}`),
  ];
  throw new RunnerError(
    "proof.failed",
    whose,
    `access of ${stack} ${whose === "input" ? "would not be" : "is not"} as it must be: ${outcomeOfProof(proof)}\n${lines.map((line) => `  ${line}`).join("\n")}`,
  );
}
