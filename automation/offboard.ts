/** Offboards a spoke: its resources in all accounts, then its entry in the environment. */
import { rm } from "node:fs/promises";
import { dataSetsOf } from "../access/data-set";
import { type Environment, namesItsSpokes } from "../access/environment";
import { levelsOf } from "../access/level";
import { dayOf, withoutExpired } from "../access/mesh/grant";
import { attachedProducers, dataSourceIdOf } from "../access/names";
import type { SpokeRequest } from "../access/request";
import {
  accountNames,
  asAccessError,
  enterChain,
  type Entered,
  enterAll,
  hubEntry,
  spokeEntry,
} from "./accounts";
import { type AccountView, EntryRefused } from "./cloud/cloud";
import { ask, type Context } from "./context";
import { countsDone, countsOf } from "./engine/plan";
import type { StackState } from "./engine/state";
import { previewEnvironment } from "./environment-preview";
import { updateFromFile } from "./environment-update";
import { RunnerError } from "./failure";
import { readEnvironmentFile, registrationText, writeRegistration } from "./files/environment-file";
import { readStackFile } from "./files/stack-file";
import { canonical } from "./files/yaml-file";
import { adoptInterrupted } from "./interrupted-creations";
import { destroyPlan, holdings, type Kept, settle, tellFull, tellKept } from "./kept-data";
import { type Leftovers, refuseLeftoversOfSpoke } from "./leftovers";
import { type LeavingKey, leavingKeys, tellLeaving, tellLeft } from "./leaving-keys";
import { refuseCredentials } from "./leaving-users";
import { step } from "./message";
import { refuseMoved } from "./preflight/moved";
import { isOwn } from "./preflight/ownership";
import { rivalsOf, rivalText } from "./sides";
import { requestOf, type SpokeName, unknownSpoke } from "./spoke-name";

export interface OffboardOptions {
  /** Deletes what people have put into the spoke's buckets, databases and tables. Default false: they are kept and named. */
  readonly deleteData?: boolean;
  /** The spoke's request, by which is looked for what is left of one that is gone. Default: that of its stack. */
  readonly request?: SpokeRequest;
}

export interface Offboarded {
  readonly stack: string;
  /** Whether there was anything left to remove. */
  readonly changed: boolean;
  /** What stays since it holds what people have put there. */
  readonly kept: readonly Kept[];
  /** Keys that KMS deletes only after some days. */
  readonly leaving: readonly LeavingKey[];
  /** What the accounts still have of it; undefined when nobody knows what it had. */
  readonly leftovers?: Leftovers;
}

/**
 * Offboards a spoke, and looks whether anything is left of it. A run that was interrupted is finished by running it again;
 * of a spoke that is gone, its request tells what to look for.
 *
 * @throws InputError, RunnerError (`leftovers.found` when it is gone and something of it is left)
 */
export async function offboard(
  context: Context,
  name: SpokeName,
  options: OffboardOptions = {},
): Promise<Offboarded> {
  const { engine, cloud, report, project } = context;
  const written = await readEnvironmentFile(project, name.environment);
  const { environment } = written;
  const [state, environmentState, file, stacks] = await Promise.all([
    engine.state(name.stack),
    engine.state(name.environment),
    readStackFile(project, name.stack),
    engine.stacks(),
  ]);
  const [rival] = rivalsOf(name, stacks);
  if (rival !== undefined)
    throw new RunnerError("input.invalid", "input", `${rivalText(name, rival)}: offboard that`);
  const listed = name.side !== "spoke" && isListed(environment, environmentState, name.spoke);
  if (listed) refuseMoved(environment, environmentState);
  if (state === undefined && file.before === undefined && !listed) {
    if (options.request === undefined) throw await unknownSpoke(project, name);
    report({ code: "accounts", names: accountNames(environment, options.request) });
    return {
      stack: name.stack,
      changed: false,
      kept: [],
      leaving: [],
      ...(await look(context, name, options.request)),
    };
  }

  const request = (await requestOf(context, name.stack, state)) ?? options.request;
  if (request === undefined && state !== undefined && state.resources.length > 0)
    throw new RunnerError(
      "input.invalid",
      "input",
      `stack ${name.stack} has what a first run made that did not end, and without ${file.path} nobody can look whether people have put something there: put the file back, then offboard again`,
    );
  if (request !== undefined && name.side !== "spoke") refuseWithoutProducers(environment, request);
  report({ code: "accounts", names: accountNames(environment, request) });
  const deleteData = options.deleteData === true;
  const { full, plan } = await step(
    context,
    "look",
    `look at what ${name.stack} has`,
    async () => {
      if (state === undefined) return { full: [] };
      if (request === undefined) return { full: [], plan: destroyPlan(state, []) };
      const accounts = opened(await enterAll(cloud, request, environment, name.side), name, listed);
      const found = await holdings(state, accounts);
      const wanted = destroyPlan(state, deleteData ? [] : found);
      const spoke = accounts.get(request.account);
      if (spoke !== undefined) await refuseCredentials(spoke, state, wanted);
      return { full: found, plan: wanted };
    },
    (found) => (found.full.length === 0 ? "done" : `${found.full.length} with more than the stack made`),
  );
  const left = withoutSpoke(environment, name.spoke);
  if (listed && !isDeployed(left, environmentState, name.spoke))
    await previewEnvironment(
      context,
      left,
      registrationText(written.file, name.spoke, undefined),
      environmentState,
    );
  const kept = deleteData ? [] : full;
  if (plan !== undefined) report({ code: "plan", plan });
  tellFull(report, full, deleteData);
  const leaving = plan === undefined ? [] : leavingKeys(state, plan);
  tellLeaving(report, leaving);
  await ask(
    context,
    `offboard ${name.stack} (${plan === undefined ? "remove what is left of it" : countsOf(plan)}${listed ? `; environment ${name.environment} is updated` : ""})?`,
  );

  if (plan !== undefined) {
    if (request !== undefined) {
      // A spoke's stack makes such things in the spoke's account only; nothing else may be emptied.
      const own = name.side === "hub" ? [] : [await cloud.enter(spokeEntry(request))];
      await adoptInterrupted(context, state, request, own);
      await settle(
        context,
        name.stack,
        full,
        new Map(own.map((spoke) => [spoke.account, spoke])),
        deleteData,
      );
    }
    await step(
      context,
      "destroy.spoke",
      `remove what ${name.stack} made`,
      () => engine.destroy(name.stack, plan),
      countsDone,
    );
    if (request?.quick === true && name.side !== "spoke")
      await removeLeft(await cloud.enter(hubEntry(environment, "onboarder")), request, environment);
    await engine.remove(name.stack);
  }
  await rm(file.path, { force: true });
  if (listed) await unlist(context, name);
  const told = { kept: tellKept(report, kept), leaving: tellLeft(report, leaving) };
  const found = request === undefined ? {} : await look(context, name, request);
  return { stack: name.stack, changed: true, ...told, ...found };
}

/** Looks for what is left of a spoke that is gone, in the environment as its file says. */
async function look(
  context: Context,
  { environment: written, side, stack }: SpokeName,
  request: SpokeRequest,
): Promise<{ leftovers?: Leftovers }> {
  const { environment } = await readEnvironmentFile(context.project, written);
  if (side !== "spoke") refuseWithoutProducers(environment, request);
  else if (goneProducer(environment, request) !== undefined) return {};
  const accounts = await enterChain(context.cloud, request, environment, side);
  return { leftovers: await refuseLeftoversOfSpoke(context, stack, request, environment, accounts, side) };
}

/**
 * Removes data sources and, before them, datasets that an attempt left without the engine knowing (Quick refused them, or a
 * run was killed).
 */
async function removeLeft(hub: AccountView, request: SpokeRequest, environment: Environment): Promise<void> {
  for (const { id } of levelsOf(request).flatMap((level) => dataSetsOf(level, environment)))
    if ((await hub.dataSetPermissions(id)) !== undefined && isOwn(await hub.tags("dataset", id), request))
      await hub.deleteDataSet(id);
  for (const id of levelsOf(request).map(dataSourceIdOf))
    if ((await hub.dataSource(id)) !== undefined && isOwn(await hub.tags("data source", id), request))
      await hub.deleteDataSource(id);
}

/** Whether the environment's policies name the spoke, by its file or as deployed. */
function isListed(configured: Environment, state: StackState | undefined, spoke: string): boolean {
  const deployed = state?.outputs.environment as Partial<Environment> | undefined;
  return (
    Object.hasOwn(configured.spokes, spoke) ||
    (namesItsSpokes(configured) && deployed?.spokes?.[spoke] !== undefined)
  );
}

function withoutSpoke<Told extends Partial<Environment>>(environment: Told, spoke: string): Told {
  const spokes = Object.entries(environment.spokes ?? {}).filter(([name]) => name !== spoke);
  return { ...environment, spokes: Object.fromEntries(spokes) };
}

/** Whether the environment is deployed as it is to be, but for the spoke. */
function isDeployed(left: Environment, state: StackState | undefined, spoke: string): boolean {
  const deployed = state?.outputs.environment as Partial<Environment> | undefined;
  if (deployed === undefined) return true;
  const { environment } = withoutExpired(left, dayOf(new Date()));
  return canonical(withoutSpoke(deployed, spoke)) === canonical(environment);
}

/** A producer that the spoke attaches and that the platform team took out of the file since. */
function goneProducer(environment: Environment, request: SpokeRequest): string | undefined {
  return attachedProducers(request).find((producer) => !Object.hasOwn(environment.producers, producer));
}

/** Producers that are no longer in the file cannot be entered. */
function refuseWithoutProducers(environment: Environment, request: SpokeRequest): void {
  const producer = goneProducer(environment, request);
  if (producer !== undefined)
    throw new RunnerError(
      "environment.missing",
      "platform",
      `producer "${producer}", which the spoke uses, is no longer in environment ${environment.name}: put it back until the spoke is offboarded`,
    );
}

/** The accounts by their ids. @throws RunnerError when one of them is refused */
function opened(
  { spoke, hub, producers, tables }: Entered,
  { stack }: SpokeName,
  listed: boolean,
): ReadonlyMap<string, AccountView> {
  if (spoke instanceof EntryRefused) throw asAccessError(spoke);
  const views: AccountView[] = [];
  const refused: string[] = [];
  for (const view of [...(hub === undefined ? [] : [hub]), ...producers.values(), ...tables.values()])
    if (view instanceof EntryRefused) refused.push(view.message);
    else views.push(view);
  // In an account that is several of them, what the stack made is seen with the spoke's own role.
  if (spoke !== undefined) views.push(spoke);
  if (refused.length > 0)
    throw new RunnerError(
      "platform.needed",
      "platform",
      `offboarding ${stack} needs the platform team, nothing was changed:\n${refused.map((text) => `  ${text}`).join("\n")}`,
      listed
        ? {
            attachment: `# run by the platform team\nspokes offboard ${stack}\n`,
          }
        : {},
    );
  return new Map(views.map((view) => [view.account, view]));
}

async function unlist(context: Context, { environment, spoke }: SpokeName): Promise<void> {
  await updateFromFile(context, environment, () =>
    writeRegistration(context.project, environment, spoke, undefined),
  );
}
