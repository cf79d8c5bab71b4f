/** The environment's own stack: the hub and its producers. */
import type { Environment } from "../access/environment";
import { accountNames } from "./accounts";
import { ask, type Context } from "./context";
import { changesAnything, countsDone, countsOf, type Plan, type PlannedResource } from "./engine/plan";
import type { StackState } from "./engine/state";
import { enterDeployed, enterEnvironment } from "./environment-accounts";
import { updateFromFile } from "./environment-update";
import { dayOf, expiredText, withoutExpired } from "../access/mesh/grant";
import { refuseUsedRoleA } from "./former-role-a";
import { RunnerError } from "./failure";
import { readEnvironmentFile } from "./files/environment-file";
import { withEnvironmentLock } from "./files/environment-lock";
import { restore } from "./files/stack-file";
import { canonical } from "./files/yaml-file";
import {
  destroyPlan,
  type Full,
  holdings,
  type Kept,
  keptByUpdate,
  settle,
  tellFull,
  tellKept,
} from "./kept-data";
import { adoptInterrupted } from "./interrupted-creations";
import { type Leftovers, refuseLeftoversOfEnvironment } from "./leftovers";
import { type LeavingKey, leavingKeys, tellLeaving, tellLeft } from "./leaving-keys";
import { step } from "./message";
import { counted } from "./output/wording";
import { refuseOutdated } from "./outdated";
import { type PolicyOptions, refuseFindings, tellFindings } from "./policy";
import { proveEnvironment, type ProofOptions, refuseUnproved } from "./proof";
import type { ShownProof } from "./proof/shown";
import { environmentPreflight } from "./preflight/environment";

export interface EnvironmentUpdated {
  readonly environment: string;
  readonly changed: boolean;
  readonly plan: Plan;
  /** Of the plan, where it was asked for. */
  readonly proof?: ShownProof;
}

export interface UpdateOptions extends PolicyOptions {
  /** Proves the access as planned, and asks only when every expectation holds. Default: no. */
  readonly proof?: ProofOptions;
}

/**
 * Brings an environment up, or up to date: looks, previews, asks, updates.
 *
 * @throws InputError, RunnerError
 */
export async function updateEnvironment(
  context: Context,
  name: string,
  { policy, proof: asked }: UpdateOptions = {},
): Promise<EnvironmentUpdated> {
  const { engine, cloud, report, project } = context;
  const written = await readEnvironmentFile(project, name);
  const { file } = written;
  const { environment, expired } = withoutExpired(written.environment, dayOf(new Date()));
  report({ code: "accounts", names: accountNames(environment) });
  for (const grant of expired) report({ code: "advisory", text: expiredText(grant) });
  const { state, accounts, advisories } = await step(
    context,
    "preflight",
    `look at the accounts and names of environment ${name}`,
    async () => {
      const asked = Promise.all([enterEnvironment(cloud, environment), engine.state(name)]);
      engine.prepare();
      const [accounts, known] = await asked;
      const advisories = await environmentPreflight(environment, accounts, known);
      await refuseUsedRoleA(context, environment, known);
      await refuseOutdated(context, name, known);
      return { state: known, accounts, advisories };
    },
  );
  for (const text of advisories) report({ code: "advisory", text });
  const undo = async () => {
    if (state !== undefined) return;
    await engine.remove(name);
    await restore(file);
  };
  if (state === undefined) await engine.create(name);
  let plan: Plan;
  let kept: readonly Full[];
  let proof: ShownProof | undefined;
  try {
    let resources: readonly PlannedResource[] = [];
    const onResources = (planned: readonly PlannedResource[]) => {
      resources = planned;
    };
    ({ plan, kept } = await step(
      context,
      "preview.environment",
      `preview of environment ${name}`,
      async () => {
        const previewed = await engine.preview(name, { policy, onResources });
        return keptByUpdate(previewed, state, async () => [
          accounts.hub,
          ...accounts.producers.values(),
          ...((await enterDeployed(cloud, { environment, accounts }, state))?.accounts.producers.values() ??
            []),
        ]);
      },
      (previewed) => countsOf(previewed.plan),
    ));
    report({ code: "plan", plan });
    tellFindings(report, plan);
    tellFull(report, kept);
    tellLeaving(report, leavingKeys(state, plan));
    if (asked !== undefined) proof = await proveEnvironment(context, environment, state, resources, asked);
    refuseFindings(plan);
    if (proof !== undefined) refuseUnproved(name, proof, "input");
    if (changesAnything(plan)) await ask(context, `bring up environment ${name} (${countsOf(plan)})?`);
  } catch (thrown) {
    await undo();
    throw thrown;
  }
  // Without a change to any resource, spokes may still have to learn of one: they read the stack's outputs.
  const changed = changesAnything(plan) || !isTold(environment, state);
  if (changed) {
    const { hub, producers } = accounts;
    await adoptInterrupted(context, state, { environment: name }, [hub, ...producers.values()]);
    await updateFromFile(context, name, async () => {
      const urns = kept.flatMap((full) => full.urns);
      if (urns.length > 0) await engine.keep(name, urns);
    });
    tellKept(report, kept);
    tellLeft(report, leavingKeys(state, plan));
  } else report({ code: "note", text: `environment ${name} is up already: nothing changed` });
  return { environment: name, changed, plan, ...(proof === undefined ? {} : { proof }) };
}

/** Whether the stack's outputs say the same of the environment as its configuration. */
function isTold(environment: Environment, state: StackState | undefined): boolean {
  // What is undefined here, is not there in an output.
  return canonical(state?.outputs.environment) === canonical(environment);
}

export interface EnvironmentDestroyed {
  readonly environment: string;
  /** Whether there was anything left to destroy. */
  readonly changed: boolean;
  /** What stays since it holds what people have put there. */
  readonly kept: readonly Kept[];
  /** Keys that KMS deletes only after some days. */
  readonly leaving: readonly LeavingKey[];
  /** What the accounts still have of it. */
  readonly leftovers: Leftovers;
}

/**
 * Destroys an environment without spokes, protected resources included, and looks whether anything is left of it. Of one
 * that is gone already, only that.
 *
 * @throws RunnerError (`environment.in-use`) naming the spokes that are still onboarded; `leftovers.found`.
 */
export async function destroyEnvironment(
  context: Context,
  name: string,
  options: { readonly deleteData?: boolean } = {},
): Promise<EnvironmentDestroyed> {
  const { engine, cloud, report, project } = context;
  const { environment } = await readEnvironmentFile(project, name);
  report({ code: "accounts", names: accountNames(environment) });
  const [stacks, state] = await Promise.all([engine.stacks(), engine.state(name)]);
  refuseWithSpokes(
    name,
    stacks.map((stack) => stack.name),
  );
  if (state === undefined) {
    report({ code: "note", text: `environment ${name} is not deployed: nothing changed` });
    const accounts = await enterEnvironment(cloud, environment);
    const leftovers = await refuseLeftoversOfEnvironment(context, name, [{ environment, accounts }]);
    return { environment: name, changed: false, kept: [], leaving: [], leftovers };
  }
  const { full, accounts, entered } = await step(
    context,
    "look",
    `look at what environment ${name} has`,
    async () => {
      const written = { environment, accounts: await enterEnvironment(cloud, environment) };
      const deployed = await enterDeployed(cloud, written, state);
      const entered = deployed === undefined ? [written] : [written, deployed];
      const views = new Map(
        entered
          .flatMap(({ accounts: { hub, producers } }) => [hub, ...producers.values()])
          .map((view) => [view.account, view]),
      );
      return { accounts: views, entered, full: await holdings(state, views) };
    },
  );
  const deleteData = options.deleteData === true;
  const kept = deleteData ? [] : full;
  const plan = destroyPlan(state, kept);
  report({ code: "plan", plan });
  tellFull(report, full, deleteData);
  const leaving = leavingKeys(state, plan);
  tellLeaving(report, leaving);
  await ask(context, `destroy environment ${name} (${countsOf(plan)})?`);
  await withEnvironmentLock(context, name, async () => {
    // A spoke may have been onboarded while somebody thought about the answer.
    refuseWithSpokes(
      name,
      (await engine.stacks()).map((stack) => stack.name),
    );
    await settle(context, name, full, accounts, deleteData);
    await engine.unprotect(name);
    await step(
      context,
      "destroy.environment",
      `destroy environment ${name}`,
      () => engine.destroy(name, plan),
      countsDone,
    );
    await engine.remove(name);
  });
  const told = { kept: tellKept(report, kept), leaving: tellLeft(report, leaving) };
  const leftovers = await refuseLeftoversOfEnvironment(context, name, entered);
  return { environment: name, changed: true, ...told, leftovers };
}

function refuseWithSpokes(name: string, stacks: readonly string[]): void {
  const spokes = stacks.filter((stack) => stack.startsWith(`${name}-`));
  if (spokes.length > 0)
    throw new RunnerError(
      "environment.in-use",
      "input",
      `environment ${name} still has ${counted(spokes.length, "spoke")}: ${spokes.join(", ")}; offboard first (\`spokes offboard ${spokes[0] ?? ""}\`)`,
    );
}
