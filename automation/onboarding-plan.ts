/** Onboarding up to the point where somebody is asked: read, look, preview. Nothing in any account has changed by then. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Environment, namesItsSpokes, type RegisteredSpoke } from "../access/environment";
import { InputError } from "../access/faults";
import { dataSourceIdOf, spokeStackName } from "../access/names";
import { faultsInEnvironment, type SpokeRequest } from "../access/request";
import { accountNames, type ChainAccounts, enterAll } from "./accounts";
import type { Context } from "./context";
import { countsOf, type Plan } from "./engine/plan";
import { knows, type StackState } from "./engine/state";
import {
  isRegistered,
  readEnvironmentFile,
  registration,
  registrationPatch,
  registrationText,
} from "./files/environment-file";
import type { WrittenRequest } from "./files/request-file";
import { SPOKE_KEY } from "../stacks/configuration";
import { readStackFile, restore, type StackFile, writeSpoke } from "./files/stack-file";
import { canonical, withLines } from "./files/yaml-file";
import { step } from "./message";
import { refuseOutdated } from "./outdated";
import { preflight } from "./preflight/preflight";

export interface OnboardingPlan {
  readonly stack: string;
  readonly request: SpokeRequest;
  /** The environment with the spoke in its list, as it will be. */
  readonly environment: Environment;
  readonly accounts: ChainAccounts;
  /** What the environment's list has to say of the spoke; undefined when the scopes name no spokes. */
  readonly registration: RegisteredSpoke | undefined;
  /** Changes of the environment's stack; undefined when it need not be updated. */
  readonly environmentPlan: Plan | undefined;
  readonly spokePlan: Plan;
  /** The data source that an earlier attempt left, refused by Quick; it goes before a new one is made. */
  readonly leftover: boolean;
  /** Resources to make anew although nothing about them changed. */
  readonly replace: readonly string[];
  /** Puts the configuration back as it was, and removes the stack when it was made for this plan. */
  readonly undo: () => Promise<void>;
}

export interface PlanOptions {
  /** From how many data sources on the hub's quota deserves a look (L23). Default 200. */
  readonly dataSourceWarning?: number;
}

/**
 * Plans an onboarding and reports the plan.
 *
 * @throws InputError, RunnerError; the configuration is as it was.
 */
export async function planOnboarding(
  context: Context,
  written: WrittenRequest,
  options: PlanOptions = {},
): Promise<OnboardingPlan> {
  const { project, engine, cloud, report } = context;
  const { request } = written;
  const { environment: configured, file: environmentFile } = await readEnvironmentFile(
    project,
    request.environment,
  );
  const stack = spokeStackName(request.environment, request.spoke);
  const file = await readStackFile(project, stack);
  refuseFaults(written, configured);

  const wanted = namesItsSpokes(configured) ? registration(request, configured) : undefined;
  const environment =
    wanted === undefined
      ? configured
      : { ...configured, spokes: { ...configured.spokes, [request.spoke]: wanted } };
  report({ code: "accounts", names: accountNames(environment, request) });

  const looked = await step(
    report,
    "preflight",
    `look at accounts, names and Quick for ${stack}`,
    async () => {
      const asked = Promise.all([
        enterAll(cloud, request, environment),
        engine.state(stack),
        engine.state(environment.name),
      ]);
      engine.prepare();
      const [entered, spokeState, environmentState] = await asked;
      const found = await preflight({
        entered,
        request,
        environment,
        spokeState,
        environmentState,
        configuredAccount: configuredAccount(file),
        ...(options.dataSourceWarning === undefined ? {} : { dataSourceWarning: options.dataSourceWarning }),
        patch:
          wanted === undefined || isRegistered(configured, request.spoke, wanted)
            ? undefined
            : registrationPatch(project, environment.name, request.spoke, wanted),
      });
      if (wanted !== undefined) await refuseOutdated(context, environment.name, environmentState);
      return { ...found, spokeState, environmentState };
    },
  );
  for (const text of looked.advisories) report({ code: "advisory", text });
  for (const text of looked.spokeState?.pending ?? [])
    report({
      code: "advisory",
      text: `an earlier run was interrupted while ${text}: it may exist without the stack knowing`,
    });

  const environmentPlan =
    wanted !== undefined &&
    !(
      isRegistered(configured, request.spoke, wanted) &&
      isDeployed(looked.environmentState, request.spoke, wanted)
    )
      ? await previewEnvironment(context, environmentFile, request.spoke, wanted)
      : undefined;

  const id = dataSourceIdOf(request);
  const isBroken = looked.dataSource?.status.endsWith("_FAILED") ?? false;
  const leftover = isBroken && !knows(looked.spokeState, "Quick data source", id);
  const replace = isBroken && !leftover ? dataSourceUrns(looked.spokeState) : [];
  if (leftover)
    report({
      code: "advisory",
      text: `data source ${id} of an earlier attempt, which Quick refused (${looked.dataSource?.error ?? "no reason given"}), is removed first`,
    });
  const { spokePlan, undo } = await previewSpoke(context, stack, file, written, looked.spokeState, replace);
  return {
    stack,
    request,
    environment,
    accounts: looked.accounts,
    registration: wanted,
    environmentPlan,
    spokePlan,
    leftover,
    replace,
    undo,
  };
}

function refuseFaults({ request, source, text }: WrittenRequest, environment: Environment): void {
  const faults = faultsInEnvironment(request, environment);
  if (faults.length > 0) throw new InputError(source, text === undefined ? faults : withLines(faults, text));
}

function configuredAccount(file: StackFile): string | undefined {
  const account = (file.value(SPOKE_KEY) as { account?: unknown } | undefined)?.account;
  return typeof account === "string" ? account : undefined;
}

function isDeployed(state: StackState | undefined, spoke: string, wanted: RegisteredSpoke): boolean {
  const deployed = state?.outputs.environment as Partial<Environment> | undefined;
  return canonical(deployed?.spokes?.[spoke]) === canonical(wanted);
}

/** URNs of the spoke's data source. */
export function dataSourceUrns(state: StackState | undefined): string[] {
  return (state?.resources ?? []).filter(({ noun }) => noun === "Quick data source").map(({ urn }) => urn);
}

/** Previews the environment with the spoke in its list, from a configuration beside the real one. */
async function previewEnvironment(
  { engine, report }: Context,
  file: StackFile,
  spoke: string,
  wanted: RegisteredSpoke,
): Promise<Plan> {
  const stack = basename(file.path).slice("Pulumi.".length, -".yaml".length);
  const folder = await mkdtemp(join(tmpdir(), "athena-spokes-"));
  try {
    const configFile = join(folder, basename(file.path));
    await writeFile(configFile, registrationText(file, spoke, wanted));
    const plan = await step(
      report,
      "preview.environment",
      `preview of environment ${stack}`,
      () => engine.preview(stack, { configFile }),
      countsOf,
    );
    report({ code: "plan", plan });
    return plan;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function previewSpoke(
  { project, engine, report }: Context,
  stack: string,
  before: StackFile,
  written: WrittenRequest,
  state: StackState | undefined,
  replace: readonly string[],
): Promise<{ spokePlan: Plan; undo: () => Promise<void> }> {
  const undo = async () => {
    if (state === undefined) await engine.remove(stack);
    await restore(before);
  };
  if (state === undefined) await engine.create(stack);
  try {
    // The engine has written the new stack's encryption salt into the file.
    await writeSpoke(state === undefined ? await readStackFile(project, stack) : before, written);
    const spokePlan = await step(
      report,
      "preview.spoke",
      `preview of spoke ${stack}`,
      () => engine.preview(stack, { replace }),
      countsOf,
    );
    report({ code: "plan", plan: spokePlan });
    return { spokePlan, undo };
  } catch (thrown) {
    await undo();
    throw thrown;
  }
}
