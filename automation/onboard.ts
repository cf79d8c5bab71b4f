/** Onboards a spoke, end to end. */
import { dataSetsOf } from "../access/data-set";
import { queriedLevels } from "../access/level";
import {
  analystArn,
  dataSourceIdOf,
  dataSourceNameOf,
  roleAArn,
  roleBArn,
  workgroupNameOf,
} from "../access/names";
import type { Side } from "../access/side";
import { ask, type Context } from "./context";
import { hubIn, viewsOf } from "./accounts";
import { isWorking, settledDataSource } from "./data-source";
import { changesAnything, countsDone, countsOf } from "./engine/plan";
import { asRunnerError, RunnerError } from "./failure";
import { updateFromFile } from "./environment-update";
import { writeRegistration } from "./files/environment-file";
import type { WrittenRequest } from "./files/request-file";
import { pause } from "./interrupt";
import { adoptInterrupted } from "./interrupted-creations";
import { tellKept } from "./kept-data";
import { leavingKeys, tellLeft } from "./leaving-keys";
import { step } from "./message";
import {
  dataSourceUrns,
  type OnboardingPlan,
  type PlannedDataSource,
  planOnboarding,
  type PlanOptions,
} from "./onboarding-plan";
import { isLeftover, isLeftoverDataSet } from "./preflight/hub";
import { refuseFindings } from "./policy";
import { type ProofOptions, provePlan, refuseUnproved } from "./proof";
import type { ShownProof } from "./proof/shown";
import { pauseBefore, transientIn } from "./transient";
import { awaitedText } from "./sides";
import { climbDeployed } from "./verify/deployed";
import { outcomeOf, type Rung } from "./verify/rung";

export interface OnboardOptions extends PlanOptions {
  /** Climbs the ladder of verification at the end. Default true. */
  readonly verify?: boolean;
  /** Proves the access as planned, and asks only when every expectation holds. Default: no. */
  readonly proof?: ProofOptions;
}

type OnboardedLevel = Pick<Onboarded, "roleB" | "dataSource" | "datasets">;

/** What came of an onboarding. */
export interface Onboarded {
  readonly stack: string;
  /** Undefined when the stack holds both. */
  readonly side?: Side;
  /** Whether anything was changed; false when all was there already. */
  readonly changed: boolean;
  readonly environmentChanged: boolean;
  readonly accounts: {
    readonly hub: string;
    readonly spoke: string;
    readonly producers: Readonly<Record<string, string>>;
  };
  /** This, Role B and the data source: undefined when Quick does not query the spoke. Role A and data source are the hub's side. */
  readonly roleA?: string;
  readonly roleB?: string;
  /** The analyst's ARN, when the spoke has one. */
  readonly analyst?: string;
  readonly dataSource?: { readonly id: string; readonly status: string };
  /** Dataset, as the request calls it -> its id in Quick; undefined when there is none on this side. */
  readonly datasets?: Readonly<Record<string, string>>;
  /** Classification -> the same of its level; undefined when the request asks for none. */
  readonly classifications?: Readonly<Record<string, OnboardedLevel>>;
  /** Empty when verification was not asked for. */
  readonly rungs: readonly Rung[];
  /** Of the plan, where it was asked for. */
  readonly proof?: ShownProof;
}

/**
 * Onboards a spoke: looks, previews, asks, updates the environment where its scopes name spokes, then the spoke, and
 * verifies. Run again, it changes nothing.
 *
 * @throws InputError, RunnerError. Before the question is answered with yes nothing has changed.
 */
export async function onboard(
  context: Context,
  written: WrittenRequest,
  options: OnboardOptions = {},
): Promise<Onboarded> {
  const { report } = context;
  const plan = await planOnboarding(context, written, options);
  const { stack, side, request, environment, accounts, environmentPlan, spokePlan } = plan;
  const changes =
    environmentPlan !== undefined ||
    changesAnything(spokePlan) ||
    plan.dataSources.some(({ failedUpdate }) => failedUpdate);
  let proof: ShownProof | undefined;
  try {
    if (options.proof !== undefined) proof = await provePlan(context, plan, options.proof);
    refuseFindings(environmentPlan, spokePlan);
    if (proof !== undefined) refuseUnproved(stack, proof, "input", side);
    if (changes) await ask(context, question(plan));
  } catch (thrown) {
    await plan.undo();
    throw thrown;
  }
  if (changes) {
    await apply(context, plan);
  } else {
    await plan.write();
    report({ code: "note", text: `${stack} is onboarded already: nothing changed` });
  }
  const levels: [string, OnboardedLevel][] = [];
  for (const level of queriedLevels(request)) {
    const planned = plan.dataSources.find(({ id }) => id === dataSourceIdOf(level));
    const datasets = dataSetsOf(level, environment).map(({ key, id }) => [key, id] as const);
    levels.push([
      level.classification ?? "",
      {
        roleB: roleBArn(level, environment),
        ...(planned === undefined
          ? {}
          : {
              dataSource: { id: planned.id, status: await workingDataSource(context, plan, planned) },
              ...(datasets.length === 0 ? {} : { datasets: Object.fromEntries(datasets) }),
            }),
      },
    ]);
  }
  const { "": general, ...classifications } = Object.fromEntries(levels);
  const analyst = side === "hub" ? undefined : analystArn(request, environment);
  const rungs = options.verify === false ? [] : await verified(context, plan);
  return {
    stack,
    ...(side === undefined ? {} : { side }),
    changed: changes,
    environmentChanged: environmentPlan !== undefined,
    accounts: {
      hub: environment.hub.account,
      spoke: request.account,
      producers: Object.fromEntries([...accounts.producers].map(([name, { account }]) => [name, account])),
    },
    ...(general?.dataSource === undefined ? {} : { roleA: roleAArn(environment, request) }),
    ...general,
    ...(analyst === undefined ? {} : { analyst }),
    ...(Object.keys(classifications).length === 0 ? {} : { classifications }),
    rungs,
    ...(proof === undefined ? {} : { proof }),
  };
}

function question({ stack, environmentPlan, spokePlan, dataSources }: OnboardingPlan): string {
  const parts = [
    ...(environmentPlan === undefined
      ? []
      : [`environment ${environmentPlan.stack}: ${countsOf(environmentPlan)}`]),
    `${environmentPlan === undefined ? "" : "spoke: "}${countsOf(spokePlan)}`,
    ...dataSources
      .filter(({ failedUpdate }) => failedUpdate)
      .map(({ id }) => `the last change of data source ${id} again`),
  ];
  return `onboard ${stack} (${parts.join("; ")})?`;
}

async function apply(context: Context, plan: OnboardingPlan): Promise<void> {
  const { engine, project } = context;
  const { stack, request, environmentPlan } = plan;
  let changed = "";
  try {
    if (environmentPlan === undefined) await plan.write();
    else
      await updateFromFile(context, environmentPlan.stack, async () => {
        changed = `environment ${environmentPlan.stack} lists the spoke, and its update did not end`;
        // The stack comes first: whose stack exists is not forgotten by anybody who updates the environment.
        await plan.write();
        await writeRegistration(project, environmentPlan.stack, request.spoke, plan.registration);
      });
    changed = "what was made so far stays";
    if (!changesAnything(plan.spokePlan)) return;
    const beforeRetry = () => removeLeftovers(context, plan);
    await adoptInterrupted(context, plan.spokeState, request, viewsOf(plan.accounts));
    if (plan.dataSources.some(({ leftover }) => leftover) || plan.leftoverDataSets.length > 0)
      await removeLeftovers(context, plan);
    if (plan.kept.length > 0)
      await engine.keep(
        stack,
        plan.kept.flatMap(({ urns }) => urns),
      );
    await step(
      context,
      "update.spoke",
      `onboard ${stack}`,
      () => engine.up(stack, { replace: plan.replace, beforeRetry }),
      ({ plan: done }) => countsDone(done),
    );
    tellKept(context.report, plan.kept);
    tellLeft(context.report, leavingKeys(plan.spokeState, plan.spokePlan));
  } catch (thrown) {
    if (changed !== "") throw unfinished(thrown, plan, changed);
    await plan.undo();
    throw thrown;
  }
}

/**
 * Removes data sources that Quick refused to create, and datasets whose creation was interrupted: the engine does not know
 * them, and nobody could use them.
 */
async function removeLeftovers(
  { engine, signal }: Context,
  { accounts: { hub }, dataSources, leftoverDataSets, request, stack }: OnboardingPlan,
): Promise<void> {
  if (hub === undefined) return;
  for (const id of leftoverDataSets) {
    if (!(await isLeftoverDataSet(hub, id, request, await engine.state(stack)))) continue;
    signal.throwIfAborted();
    await hub.deleteDataSet(id);
  }
  for (const { id } of dataSources) {
    const found = await hub.dataSource(id);
    if (found === undefined || !(await isLeftover(hub, found, id, request, await engine.state(stack))))
      continue;
    signal.throwIfAborted();
    await hub.deleteDataSource(id);
  }
}

/** The failure, with the two ways on from here. */
function unfinished(thrown: unknown, { stack, awaited }: OnboardingPlan, state: string): RunnerError {
  const error = asRunnerError(thrown);
  const cause = awaited === undefined ? "" : `\n${awaitedText(awaited)}`;
  return new RunnerError(
    error.code,
    error.whose,
    `${error.message}${cause}\n${state}: to finish, remove the cause and run the same command again; to undo, run \`spokes offboard ${stack}\``,
    { cause: error, faults: error.faults },
  );
}

/**
 * Waits until Quick says that the data source works. While Quick only says that a role made just now cannot be assumed
 * yet, a data source that it refused to create is made anew, and a change that it refused is repeated.
 */
async function workingDataSource(
  context: Context,
  plan: OnboardingPlan,
  dataSource: PlannedDataSource,
): Promise<string> {
  const { report, signal } = context;
  const { stack, accounts } = plan;
  const { id } = dataSource;
  const hub = hubIn(accounts);
  const roleChanged = plan.spokePlan.changes.some(({ noun }) => noun === "role" || noun === "role policy");
  const begun = Date.now();
  let repeat = dataSource.failedUpdate;
  for (let attempt = 1; ; attempt += 1) {
    const found = await settledDataSource(hub, id, context);
    if (found === undefined)
      throw new RunnerError(
        "data-source.failed",
        "failure",
        `there is no data source ${id} in the hub ${hub.account}, though stack ${stack} made one: run \`pulumi refresh --stack ${stack}\`, then the same command again`,
      );
    if (isWorking(found)) return found.status;
    if (!repeat) {
      const reason = found.error ?? "Quick gives no reason";
      const passing = transientIn(reason, roleChanged);
      const delay = pauseBefore(attempt);
      const patience = (context.patience ?? passing?.patience ?? 0) * 1000;
      if (passing === undefined || Date.now() + delay - begun > patience)
        throw new RunnerError(
          "data-source.failed",
          "failure",
          `data source ${id} is ${found.status}: ${reason}; ${plan.awaited === undefined ? "" : `${awaitedText(plan.awaited)}; `}remove the cause and run the same command again`,
        );
      report({ code: "waiting", text: `data source ${id}: ${passing.reason}, trying again (${passing.id})` });
      await pause(delay, signal);
    }
    repeat = false;
    if (found.status === "CREATION_FAILED") await makeAnew(context, plan, dataSource);
    else await updateAgain(context, plan, dataSource);
  }
}

async function makeAnew(
  context: Context,
  { stack }: OnboardingPlan,
  dataSource: PlannedDataSource,
): Promise<void> {
  const { engine } = context;
  const urns = dataSourceUrns(await engine.state(stack), [dataSource]);
  await step(context, "update.data-source", `make data source ${dataSource.id} anew`, () =>
    engine.up(stack, { replace: urns }),
  );
}

/** The engine knows of no difference: Quick took the change from it, and failed to carry it out. */
async function updateAgain(
  context: Context,
  { environment, accounts }: OnboardingPlan,
  { id, level }: PlannedDataSource,
): Promise<void> {
  await step(context, "update.data-source", `repeat the change of data source ${id}`, () =>
    hubIn(accounts).updateDataSource(id, {
      name: dataSourceNameOf(level),
      roleArn: roleAArn(environment, level),
      consumerAccountRoleArn: roleBArn(level, environment),
      workgroup: workgroupNameOf(level),
    }),
  );
}

async function verified(context: Context, plan: OnboardingPlan): Promise<readonly Rung[]> {
  const { request, environment, accounts, stack, side, awaited } = plan;
  const rungs = await step(
    context,
    "verify",
    `verify ${stack}`,
    () => climbDeployed(context, { request, environment, accounts, side, awaited }),
    outcomeOf,
  );
  refuseFailed(stack, rungs);
  return rungs;
}

/** @throws RunnerError (`verify.failed`) naming the rungs that failed. */
export function refuseFailed(stack: string, rungs: readonly Rung[]): void {
  const failed = rungs.filter(({ status }) => status === "failed");
  if (failed.length > 0)
    throw new RunnerError(
      "verify.failed",
      "failure",
      `${stack} does not pass its verification:\n${failed.map(({ title, detail }) => `  ${title}: ${detail}`).join("\n")}\nwhat was changed by hand is put right by \`pulumi refresh --stack ${stack}\`, then \`spokes onboard\` again`,
    );
}
