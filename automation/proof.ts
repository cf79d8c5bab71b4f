/** The proof of access: of a plan before it is carried out, and of what is deployed. */
import type { Environment } from "../access/environment";
import { environmentMatrix, type Matrix, matrixOf } from "../access/matrix";
import { dayOf, withoutExpired } from "../access/mesh/grant";
import { productsOf } from "../access/mesh/product";
import { spokeStackName } from "../access/names";
import { combined, differences, prove } from "../access/proof";
import type { DeployedConnector, SpokeRequest } from "../access/request";
import { otherSide, type Side } from "../access/side";
import { tableReaders } from "../access/table-reader";
import { deployedBy, hubEntry, producerEntry, readerEntry, spokeEntry, tablesEntries } from "./accounts";
import type { Cloud, Entry } from "./cloud/cloud";
import type { Context } from "./context";
import type { StackState } from "./engine/state";
import { RunnerError } from "./failure";
import type { OnboardingPlan } from "./onboarding-plan";
import { step } from "./message";
import { type Account, readManagedPolicies, readPolicies } from "./proof/deployed-policies";
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
 * stacks did not make, such as buckets with data and permissions boundaries, are read from the accounts.
 */
export async function provePlan(
  context: Context,
  plan: OnboardingPlan,
  options: ProofOptions = {},
): Promise<ShownProof> {
  const { stack, request, environmentState, spokeState, environmentResources, spokeResources, side } = plan;
  const other =
    side === undefined
      ? undefined
      : await context.engine.state(spokeStackName(request.environment, request.spoke, otherSide(side)));
  const environment = asPlanned(plan);
  return provePlanned(context, options, {
    of: request.spoke,
    stack,
    environment,
    matrix: () => matrixOf(request, environment),
    before: [...staying(environmentState), ...staying(spokeState), ...staying(other)],
    after: [...(environmentResources ?? staying(environmentState)), ...spokeResources, ...staying(other)],
    entries: [spokeEntry(request), ...entriesOf(environment, deployedBy(request))],
  });
}

/** The same of an environment by itself, for the spokes that it lists. */
export async function proveEnvironment(
  context: Context,
  environment: Environment,
  state: StackState | undefined,
  resources: readonly StackResource[],
  options: ProofOptions = {},
): Promise<ShownProof> {
  return provePlanned(context, options, {
    of: environment.name,
    stack: environment.name,
    environment,
    matrix: () => environmentMatrix(environment),
    before: staying(state),
    after: resources,
    entries: entriesOf(environment, []),
  });
}

/** A plan, and what it is held to. */
interface Planned {
  /** Name of the spoke or environment. */
  readonly of: string;
  readonly stack: string;
  readonly environment: Environment;
  readonly matrix: () => Matrix;
  readonly before: readonly StackResource[];
  readonly after: readonly StackResource[];
  readonly entries: readonly Entry[];
}

async function provePlanned(
  context: Context,
  { explain }: ProofOptions,
  { of, stack, environment, matrix: made, before, after, entries }: Planned,
): Promise<ShownProof> {
  const proof = await step(
    context,
    "proof",
    `prove the access of ${stack} as planned`,
    async () => {
      const matrix = made();
      const accounts = await enterEach(context.cloud, entries);
      const policies = async (resources: readonly StackResource[]) => {
        const { outside } = policiesOf(resources, environment.region);
        const known = await readManagedPolicies(outside, accounts);
        return policiesOf(resources, environment.region, known);
      };
      const [deployed, planned] = await Promise.all([policies(before), policies(after)]);
      const existing = await readPolicies(
        matrix.things.filter(({ madeBy }) => madeBy === "others"),
        accounts,
      );
      const changes = differences(deployed, planned, matrix.things);
      return shown(prove(matrix, combined(planned, existing)), explain, changes);
    },
    outcomeOfProof,
  );
  for (const change of proof.changes ?? []) context.report({ code: "access.change", of, change });
  return told(context, proof, explain);
}

const staying = (state: StackState | undefined): readonly StackResource[] =>
  (state?.resources ?? []).filter(({ leaving }) => !leaving);

/** The environment as its documents stand in the plan: written today where it is updated, else as they were deployed. */
function asPlanned({ environment, environmentState, environmentResources }: OnboardingPlan): Environment {
  if (environmentResources !== undefined) return withoutExpired(environment, dayOf(new Date())).environment;
  const deployed = environmentState?.outputs.environment as Partial<Environment> | undefined;
  return { ...environment, grants: deployed?.grants ?? [] };
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
      const accounts = await enterEach(context.cloud, [
        spokeEntry(request),
        ...entriesOf(environment, deployedBy(request)),
      ]);
      return shown(prove(matrix, await readPolicies(matrix.things, accounts)), explain);
    },
    outcomeOfProof,
  );
  return told(context, proof, explain);
}

/** Every account of the environment, and those with tables that connectors of a spoke's own read. */
function entriesOf(
  environment: Environment,
  deployed: readonly DeployedConnector["deploy"][],
): readonly Entry[] {
  return [
    hubEntry(environment, "onboarder"),
    ...Object.entries(environment.producers).flatMap(([producer, { connectors }]) => [
      // Without connectors no spoke's stack has business there, and there is no role for it.
      ...(Object.keys(connectors).length > 0 ? [producerEntry(environment, producer, "onboarder")] : []),
      // Lake Formation shows grants to administrators of the data lake only.
      ...(Object.keys(connectors).length === 0 ||
      productsOf(environment, producer, "lakeFormation").length > 0
        ? [producerEntry(environment, producer, "deployer")]
        : []),
    ]),
    ...tableReaders(environment).map((reader) => readerEntry(environment, reader)),
    ...tablesEntries(environment.name, environment.region, [
      ...Object.values(environment.producers).flatMap(({ connectors }) => Object.values(connectors)),
      ...deployed,
    ]).values(),
  ];
}

/** Enters each account, as far as it can be: what cannot be read is not proved. */
async function enterEach(
  cloud: Cloud,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, readonly Account[]>> {
  const accounts = new Map<string, Account[]>();
  await Promise.all(
    entries.map(async (entry) => {
      const entered = await cloud
        .enter(entry)
        .catch((thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))));
      accounts.set(entry.account, [...(accounts.get(entry.account) ?? []), entered]);
    }),
  );
  return accounts;
}

/** Reports what does not hold, and the row that was asked about. */
function told({ report }: Context, proof: ShownProof, explain: string | undefined): ShownProof {
  for (const row of proof.rows)
    if (row.outcome !== "holds" || row.id === explain) report({ code: "access.row", row });
  for (const unplaced of proof.unplaced) report({ code: "access.unplaced", unplaced });
  return proof;
}

/**
 * @param side whose people may look into its accounts only: what is not proved is told by then, and refused is what fails.
 * @throws RunnerError (`proof.failed`) when an expectation does not hold, or is not proved.
 */
export function refuseUnproved(
  stack: string,
  proof: ShownProof,
  whose: "input" | "failure",
  side?: Side,
): void {
  const fails = proof.rows.some(({ outcome }) => outcome === "fails");
  if (side === undefined ? proof.holds : !fails) return;
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
