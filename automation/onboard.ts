/** Onboards a spoke, end to end. */
import { setTimeout as pause } from "node:timers/promises";
import { dataSourceIdOf, roleAArn, roleBArn } from "../access/names";
import { ask, type Context } from "./context";
import { isWorking, settledDataSource } from "./data-source";
import { changesAnything, countsDone, countsOf, type Plan } from "./engine/plan";
import { asRunnerError, RunnerError } from "./failure";
import { withEnvironmentLock } from "./files/environment-lock";
import { writeRegistration } from "./files/environment-file";
import type { WrittenRequest } from "./files/request-file";
import { step } from "./message";
import { dataSourceUrns, type OnboardingPlan, planOnboarding, type PlanOptions } from "./onboarding-plan";
import { isLeftover } from "./preflight/hub";
import { pauseBefore, transientIn } from "./transient";
import { climbDeployed } from "./verify/deployed";
import { outcomeOf, type Rung } from "./verify/rung";

export interface OnboardOptions extends PlanOptions {
  /** Climbs the ladder of verification at the end. Default true. */
  readonly verify?: boolean;
}

/** What came of an onboarding. */
export interface Onboarded {
  readonly stack: string;
  /** Whether anything was changed; false when all was there already. */
  readonly changed: boolean;
  readonly environmentChanged: boolean;
  readonly accounts: {
    readonly hub: string;
    readonly spoke: string;
    readonly producers: Readonly<Record<string, string>>;
  };
  readonly roleA: string;
  readonly roleB: string;
  readonly dataSource: { readonly id: string; readonly status: string };
  /** Empty when verification was not asked for. */
  readonly rungs: readonly Rung[];
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
  const { stack, request, environment, accounts, environmentPlan, spokePlan } = plan;
  const changes = environmentPlan !== undefined || changesAnything(spokePlan);
  if (changes) {
    try {
      await ask(context, question(stack, environmentPlan, spokePlan));
    } catch (thrown) {
      await plan.undo();
      throw thrown;
    }
    await apply(context, plan);
  } else {
    report({ code: "note", text: `${stack} is onboarded already: nothing changed` });
  }
  const id = dataSourceIdOf(request);
  const settled = await workingDataSource(context, plan);
  const rungs = options.verify === false ? [] : await verified(context, plan);
  return {
    stack,
    changed: changes,
    environmentChanged: environmentPlan !== undefined,
    accounts: {
      hub: environment.hub.account,
      spoke: request.account,
      producers: Object.fromEntries([...accounts.producers].map(([name, { account }]) => [name, account])),
    },
    roleA: roleAArn(environment),
    roleB: roleBArn(request, environment),
    dataSource: { id, status: settled },
    rungs,
  };
}

function question(stack: string, environmentPlan: Plan | undefined, spokePlan: Plan): string {
  return environmentPlan === undefined
    ? `onboard ${stack} (${countsOf(spokePlan)})?`
    : `onboard ${stack} (environment ${environmentPlan.stack}: ${countsOf(environmentPlan)}; spoke: ${countsOf(spokePlan)})?`;
}

async function apply(context: Context, plan: OnboardingPlan): Promise<void> {
  const { engine, report, project } = context;
  const { stack, request, environmentPlan } = plan;
  if (environmentPlan !== undefined) {
    const environment = environmentPlan.stack;
    try {
      await withEnvironmentLock(project, environment, report, async () => {
        await writeRegistration(project, environment, request.spoke, plan.registration);
        await step(
          report,
          "update.environment",
          `update environment ${environment}`,
          () => engine.up(environment),
          ({ plan: done }) => countsDone(done),
        );
      });
    } catch (thrown) {
      throw unfinished(
        thrown,
        plan,
        `environment ${environment} lists the spoke, and its update did not end`,
      );
    }
  }
  if (!changesAnything(plan.spokePlan)) return;
  const beforeRetry = () => removeLeftover(plan);
  try {
    if (plan.leftover) await removeLeftover(plan);
    await step(
      report,
      "update.spoke",
      `onboard ${stack}`,
      () => engine.up(stack, { replace: plan.replace, beforeRetry }),
      ({ plan: done }) => countsDone(done),
    );
  } catch (thrown) {
    throw unfinished(thrown, plan, "what was made so far stays");
  }
}

/** Removes a data source that Quick refused and the engine therefore does not know; nobody could use it. */
async function removeLeftover({ accounts: { hub }, request }: OnboardingPlan): Promise<void> {
  const id = dataSourceIdOf(request);
  const found = await hub.dataSource(id);
  if (found !== undefined && (await isLeftover(hub, found, id, request, undefined)))
    await hub.deleteDataSource(id);
}

/** The failure, with the two ways on from here. */
function unfinished(thrown: unknown, { stack, request }: OnboardingPlan, state: string): RunnerError {
  const error = asRunnerError(thrown);
  return new RunnerError(
    error.code,
    error.whose,
    `${error.message}\n${state}: to finish, remove the cause and run the same command again; to undo, run \`spokes offboard ${request.spoke} -e ${request.environment}\` (${stack})`,
    { cause: error, faults: error.faults },
  );
}

/**
 * Waits until Quick says that the data source works; makes it anew while Quick only says that a role made just now
 * cannot be assumed yet.
 */
async function workingDataSource(context: Context, plan: OnboardingPlan): Promise<string> {
  const { engine, report } = context;
  const id = dataSourceIdOf(plan.request);
  const roleChanged = plan.spokePlan.changes.some(({ noun }) => noun === "role" || noun === "role policy");
  const begun = Date.now();
  for (let attempt = 1; ; attempt += 1) {
    const found = await settledDataSource(plan.accounts.hub, id, report);
    if (found === undefined)
      throw new RunnerError(
        "data-source.failed",
        "failure",
        `there is no data source ${id} in the hub ${plan.accounts.hub.account}, though stack ${plan.stack} made one: run \`pulumi refresh --stack ${plan.stack}\`, then the same command again`,
      );
    if (isWorking(found)) return found.status;
    const reason = found.error ?? "Quick gives no reason";
    const passing = transientIn(reason, roleChanged);
    const delay = pauseBefore(attempt);
    if (passing === undefined || Date.now() + delay - begun > passing.patience * 1000)
      throw new RunnerError(
        "data-source.failed",
        "failure",
        `data source ${id} is ${found.status}: ${reason}; remove the cause and run the same command again`,
      );
    report({ code: "waiting", text: `data source ${id}: ${passing.reason}, trying again (${passing.id})` });
    await pause(delay);
    const urns = dataSourceUrns(await engine.state(plan.stack));
    await step(report, "update.data-source", `make data source ${id} anew`, () =>
      engine.up(plan.stack, { replace: urns }),
    );
  }
}

async function verified(context: Context, plan: OnboardingPlan): Promise<readonly Rung[]> {
  const { request, environment, accounts, stack } = plan;
  const rungs = await step(
    context.report,
    "verify",
    `verify ${stack}`,
    () => climbDeployed(context, { request, environment, accounts }),
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
