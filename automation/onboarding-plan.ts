/** Onboarding up to the point where somebody is asked: read, look, preview. Nothing in any account has changed by then. */
import { type Environment, type RegisteredSpoke } from "../access/environment";
import { InputError } from "../access/faults";
import { dayOf, expiredText, withoutExpired } from "../access/mesh/grant";
import { queriedLevels } from "../access/level";
import { dataSourceIdOf, spokeStackName } from "../access/names";
import {
  faultsInEnvironment,
  isNamedByEnvironment,
  registrationOf,
  type SpokeRequest,
} from "../access/request";
import { faultsOnSide, type Side } from "../access/side";
import { accountNames, type ChainAccounts, enterAll, viewsOf } from "./accounts";
import type { Context } from "./context";
import { countsOf, type Plan, type PlannedResource } from "./engine/plan";
import { knows, type StackState } from "./engine/state";
import { grantPatch } from "./files/grant-patch";
import {
  isRegistered,
  readEnvironmentFile,
  registrationPatch,
  registrationText,
} from "./files/environment-file";
import type { WrittenRequest } from "./files/request-file";
import { previewBeside, previewEnvironment } from "./environment-preview";
import { type Full, keptByUpdate, tellFull } from "./kept-data";
import { leavingKeys, tellLeaving } from "./leaving-keys";
import { refuseCredentials } from "./leaving-users";
import { SPOKE_KEY } from "../stacks/configuration";
import { readStackFile, restore, spokeText, type StackFile, writeSpoke } from "./files/stack-file";
import { canonical, withLines } from "./files/yaml-file";
import { step } from "./message";
import { refuseOutdated } from "./outdated";
import { type PolicyOptions, tellFindings } from "./policy";
import { preflight } from "./preflight/preflight";
import { type Awaited, awaitedSide, awaitedText, rivalsOf } from "./sides";

export interface OnboardingPlan {
  readonly stack: string;
  /** Undefined when the stack holds both. */
  readonly side: Side | undefined;
  /** The other side, while it is not as this one. */
  readonly awaited: Awaited | undefined;
  readonly request: SpokeRequest;
  /** The environment with the spoke in its list, as it will be. */
  readonly environment: Environment;
  readonly accounts: ChainAccounts;
  /** What the environment's list has to say of the spoke; undefined when its scopes need not name it. */
  readonly registration: RegisteredSpoke | undefined;
  /** Changes of the environment's stack; undefined when it need not be updated. */
  readonly environmentPlan: Plan | undefined;
  readonly spokePlan: Plan;
  /** What the update lets go without deleting it, since people have put something there. */
  readonly kept: readonly Full[];
  /** The data source of each level. */
  readonly dataSources: readonly PlannedDataSource[];
  /** Ids of datasets that an interrupted attempt has left, which are removed first. */
  readonly leftoverDataSets: readonly string[];
  /** State of the spoke's stack, when there is one. */
  readonly spokeState: StackState | undefined;
  readonly environmentState: StackState | undefined;
  /** What the spoke's stack would have, changed or not. */
  readonly spokeResources: readonly PlannedResource[];
  /** What the environment's would; undefined when it need not be updated. */
  readonly environmentResources: readonly PlannedResource[] | undefined;
  /** Resources to make anew although nothing about them changed. */
  readonly replace: readonly string[];
  /** Makes the stack and writes its configuration: the plan is approved. */
  readonly write: () => Promise<void>;
  /** Removes the stack when it was made for the preview. */
  readonly undo: () => Promise<void>;
}

/** A data source as it was found. */
export interface PlannedDataSource {
  readonly id: string;
  /** The level that it is of. */
  readonly level: SpokeRequest;
  /** Left by an earlier attempt without the stack knowing; it goes before a new one is made. */
  readonly leftover: boolean;
  /** Refused by Quick: to be made anew. */
  readonly refused: boolean;
  /** Quick failed to carry out its last change, which has to be repeated then. */
  readonly failedUpdate: boolean;
}

export interface PlanOptions extends PolicyOptions {
  /** From how many data sources on the hub's quota deserves a look (L23). Default 200. */
  readonly dataSourceWarning?: number;
  /** Which side of the spoke (R46). Default: all of it, in one stack. */
  readonly side?: Side | undefined;
}

/**
 * Plans an onboarding and reports the plan, and what the policy pack finds; what it refuses is the caller's to stop.
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
  const { side } = options;
  const { environment: configured, file: environmentFile } = await readEnvironmentFile(
    project,
    request.environment,
  );
  const stack = spokeStackName(request.environment, request.spoke, side);
  const file = await readStackFile(project, stack);
  refuseFaults(written, configured, side);

  // An entry that stands there already follows the request, even when the scopes no longer need it.
  const wanted =
    side !== "spoke" &&
    (isNamedByEnvironment(request, configured) || Object.hasOwn(configured.spokes, request.spoke))
      ? registrationOf(request, configured)
      : undefined;
  const environment =
    wanted === undefined
      ? configured
      : { ...configured, spokes: { ...configured.spokes, [request.spoke]: wanted } };
  report({ code: "accounts", names: accountNames(environment, request) });

  const looked = await step(
    context,
    "preflight",
    `look at accounts, names and Quick for ${stack}`,
    async () => {
      const asked = Promise.all([
        enterAll(cloud, request, environment, side),
        engine.state(stack),
        engine.state(environment.name),
        engine.stacks(),
        awaitedSide(context, request, environment, side),
      ]);
      engine.prepare();
      const [entered, spokeState, environmentState, stacks, awaited] = await asked;
      const found = await preflight({
        entered,
        request,
        environment,
        side,
        rivals: rivalsOf({ ...request, side }, stacks),
        otherSide: awaited?.request,
        spokeState,
        environmentState,
        configuredAccount: configuredAccount(file),
        ...(options.dataSourceWarning === undefined ? {} : { dataSourceWarning: options.dataSourceWarning }),
        patch: patchesOf(
          wanted === undefined || isRegistered(configured, request.spoke, wanted)
            ? undefined
            : registrationPatch(project, environment.name, request.spoke, wanted),
          grantPatch(project, request, configured),
        ),
      });
      // The spoke's side updates no environment, and takes it as it is deployed.
      if (side !== "spoke") await refuseOutdated(context, environment.name, environmentState);
      return { ...found, spokeState, environmentState, awaited };
    },
  );
  const advisories =
    looked.awaited === undefined ? looked.advisories : [awaitedText(looked.awaited), ...looked.advisories];
  for (const text of advisories) report({ code: "advisory", text });
  for (const grant of withoutExpired(configured, dayOf(new Date())).expired)
    report({ code: "advisory", text: expiredText(grant) });
  for (const text of looked.spokeState?.pending ?? [])
    report({
      code: "advisory",
      text: `an earlier run was interrupted while ${text}: it may exist without the stack knowing`,
    });

  const environmentPreview =
    wanted !== undefined &&
    !(
      isRegistered(configured, request.spoke, wanted) &&
      isDeployed(looked.environmentState, request.spoke, wanted)
    )
      ? await previewEnvironment(
          context,
          environment,
          registrationText(environmentFile, request.spoke, wanted),
          looked.environmentState,
          options,
        )
      : undefined;

  const dataSources = (side === "spoke" ? [] : queriedLevels(request)).map((level): PlannedDataSource => {
    const id = dataSourceIdOf(level);
    const found = looked.dataSources.get(id);
    const known = knows(looked.spokeState, "Quick data source", id, environment.hub.account);
    // Preflight lets no other pass.
    const leftover = found !== undefined && !known;
    // Only what Quick never made may be made anew: datasets break with the data source they are built on.
    const refused = found?.status === "CREATION_FAILED" && known;
    const failedUpdate = found?.status === "UPDATE_FAILED" && known;
    if (failedUpdate)
      report({
        code: "advisory",
        text: `the last change of data source ${id} failed in Quick (${found.error ?? "no reason given"}): it is repeated`,
      });
    if (leftover)
      report({
        code: "advisory",
        text: `data source ${id} of an earlier attempt (${found.error ?? found.status}) is removed first`,
      });
    return { id, level, leftover, refused, failedUpdate };
  });
  for (const id of looked.leftoverDataSets)
    report({ code: "advisory", text: `dataset ${id} of an interrupted attempt is removed first` });
  const replace = dataSourceUrns(
    looked.spokeState,
    dataSources.filter(({ refused }) => refused),
  );
  const { spokePlan, spokeResources, kept, write, undo } = await previewSpoke(
    context,
    stack,
    file,
    written,
    looked.spokeState,
    replace,
    looked.accounts,
    options,
  );
  return {
    stack,
    side,
    awaited: looked.awaited,
    request,
    environment,
    accounts: looked.accounts,
    registration: wanted,
    environmentPlan: environmentPreview?.plan,
    environmentResources: environmentPreview?.resources,
    spokePlan,
    spokeResources,
    kept,
    dataSources,
    leftoverDataSets: looked.leftoverDataSets,
    spokeState: looked.spokeState,
    environmentState: looked.environmentState,
    replace,
    write,
    undo,
  };
}

function refuseFaults(
  { request, source, text }: WrittenRequest,
  environment: Environment,
  side: Side | undefined,
): void {
  const faults = [
    ...faultsInEnvironment(request, environment),
    ...(side === undefined ? [] : faultsOnSide(request, environment, side)),
  ];
  if (faults.length > 0) throw new InputError(source, text === undefined ? faults : withLines(faults, text));
}

function patchesOf(...patches: readonly (string | undefined)[]): string | undefined {
  const there = patches.filter((patch) => patch !== undefined);
  return there.length === 0 ? undefined : there.join("");
}

function configuredAccount(file: StackFile): string | undefined {
  const account = (file.value(SPOKE_KEY) as { account?: unknown } | undefined)?.account;
  return typeof account === "string" ? account : undefined;
}

function isDeployed(state: StackState | undefined, spoke: string, wanted: RegisteredSpoke): boolean {
  const deployed = state?.outputs.environment as Partial<Environment> | undefined;
  return canonical(deployed?.spokes?.[spoke]) === canonical(wanted);
}

/** URNs of data sources. */
export function dataSourceUrns(
  state: StackState | undefined,
  dataSources: readonly Pick<PlannedDataSource, "id">[],
): string[] {
  const ids = new Set(dataSources.map(({ id }) => id));
  return (state?.resources ?? [])
    .filter(({ noun, name }) => noun === "Quick data source" && ids.has(name))
    .map(({ urn }) => urn);
}

async function previewSpoke(
  context: Context,
  stack: string,
  before: StackFile,
  written: WrittenRequest,
  state: StackState | undefined,
  replace: readonly string[],
  accounts: ChainAccounts,
  { policy }: PolicyOptions,
): Promise<Pick<OnboardingPlan, "spokePlan" | "spokeResources" | "kept" | "write" | "undo">> {
  const { project, engine, report } = context;
  const made = state === undefined && (await engine.create(stack));
  // The engine has written a new stack's encryption salt into the file.
  const file = made ? await readStackFile(project, stack) : before;
  const write = async () => {
    if (state === undefined) await engine.create(stack);
    await writeSpoke(await readStackFile(project, stack), written);
  };
  const undo = async () => {
    // When somebody else has written the file meanwhile, the stack is theirs now.
    if (!made || (await readStackFile(project, stack)).before !== file.before) return;
    await engine.remove(stack);
    await restore(before);
  };
  try {
    const {
      plan: spokePlan,
      resources: spokeResources,
      kept,
    } = await step(
      context,
      "preview.spoke",
      `preview of spoke ${stack}`,
      async () => {
        const { plan, resources } = await previewBeside(context, stack, spokeText(file, written), {
          replace,
          policy,
        });
        if (accounts.spoke !== undefined) await refuseCredentials(accounts.spoke, state, plan);
        return { resources, ...(await keptByUpdate(plan, state, () => viewsOf(accounts))) };
      },
      ({ plan }) => countsOf(plan),
    );
    report({ code: "plan", plan: spokePlan });
    tellFindings(report, spokePlan);
    tellFull(report, kept);
    tellLeaving(report, leavingKeys(state, spokePlan));
    return { spokePlan, spokeResources, kept, write, undo };
  } catch (thrown) {
    await undo();
    throw thrown;
  }
}
