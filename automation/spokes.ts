/** The spokes of an environment: all at a glance, or one in full. */
import { levelsOf } from "../access/level";
import { dataSourceIdOf, roleBName } from "../access/names";
import { asAccessError, hubEntry } from "./accounts";
import type { AccountView } from "./cloud/cloud";
import type { SpokeRequest } from "../access/request";
import { type Side, splitSide } from "../access/side";
import type { Context } from "./context";
import { messageOf, RunnerError } from "./failure";
import { environmentsOf, readEnvironmentFile } from "./files/environment-file";
import { step } from "./message";
import { counted } from "./output/wording";
import { requestOf, type SpokeName, unknownSpoke } from "./spoke-name";

/** A spoke in a list. */
export interface ListedSpoke {
  readonly environment: string;
  readonly spoke: string;
  /** Undefined when the stack holds both. */
  readonly side?: Side | undefined;
  /** Of what level this is, when not of the general one. */
  readonly classification?: string;
  readonly stack: string;
  /** Undefined when nothing here says it: neither its stack nor its configuration. */
  readonly account: string | undefined;
  readonly roleB: string | undefined;
  readonly dataSource: string | undefined;
  /** Quick's status of the data source, `none`, or why it could not be asked. */
  readonly status: string;
  /** ISO time. */
  readonly lastUpdate: string | undefined;
}

/** How many questions to Quick go on at a time. */
const AT_A_TIME = 8;

/**
 * Lists the spokes that have a stack.
 *
 * @param environment default: every environment of the project.
 */
export async function listSpokes(context: Context, environment?: string): Promise<ListedSpoke[]> {
  const { engine, project } = context;
  const environments = environment === undefined ? await environmentsOf(project) : [environment];
  return step(
    context,
    "list",
    "ask the stacks and Quick",
    async () => {
      const stacks = await engine.stacks();
      const listed: ListedSpoke[] = [];
      for (const name of environments) {
        const { environment: read } = await readEnvironmentFile(project, name);
        const hub = await hubOf(context, name);
        const own = stacks.filter((stack) => stack.name.startsWith(`${name}-`));
        for (let start = 0; start < own.length; start += AT_A_TIME)
          listed.push(
            ...(
              await Promise.all(
                own.slice(start, start + AT_A_TIME).map(async ({ name: stack, lastUpdate }) => {
                  const request = await configuredRequest(context, stack);
                  const levels = request === undefined ? [undefined] : levelsOf(request);
                  const { spoke, side } = splitSide(stack.slice(name.length + 1));
                  return Promise.all(
                    levels.map(async (level): Promise<ListedSpoke> => {
                      const dataSource = level?.quick === true ? dataSourceIdOf(level) : undefined;
                      return {
                        environment: name,
                        spoke,
                        ...(side === undefined ? {} : { side }),
                        ...(level?.classification === undefined
                          ? {}
                          : { classification: level.classification }),
                        stack,
                        account: level?.account,
                        roleB: level?.quick === true ? roleBName(level, read) : undefined,
                        dataSource,
                        status:
                          level?.quick === false
                            ? "without Quick"
                            : dataSource === undefined
                              ? "unknown"
                              : await statusOf(hub, dataSource),
                        lastUpdate,
                      };
                    }),
                  );
                }),
              )
            ).flat(),
          );
      }
      return listed;
    },
    (spokes) => counted(new Set(spokes.map(({ environment: of, spoke }) => `${of}-${spoke}`)).size, "spoke"),
  );
}

/** A stack's request. Its configuration is quicker to read than its state, which is asked when there is none here. */
export async function configuredRequest(context: Context, stack: string): Promise<SpokeRequest | undefined> {
  return (
    (await requestOf(context, stack, undefined)) ??
    (await requestOf(context, stack, await context.engine.state(stack)))
  );
}

async function hubOf({ cloud, project }: Context, name: string): Promise<AccountView | RunnerError> {
  const { environment } = await readEnvironmentFile(project, name);
  try {
    return await cloud.enter(hubEntry(environment, "onboarder"));
  } catch (thrown) {
    const error = asAccessError(thrown);
    if (error instanceof RunnerError && error.code !== "endpoint.unreachable") return error;
    throw error;
  }
}

async function statusOf(hub: AccountView | RunnerError, id: string): Promise<string> {
  if (hub instanceof RunnerError) return "hub not reachable";
  try {
    return (await hub.dataSource(id))?.status ?? "none";
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** One spoke in full. */
export interface SpokeStatus extends ListedSpoke {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: number;
  /** Operations that were interrupted. */
  readonly pending: readonly string[];
  readonly updating: boolean;
  /** Quick's reason, when the data source failed. */
  readonly error: string | undefined;
  /** Classification -> data source of its level; undefined when the spoke has none. */
  readonly classifications?: Readonly<
    Record<string, Pick<SpokeStatus, "roleB" | "dataSource" | "status" | "error">>
  >;
}

/** @throws RunnerError (`spoke.unknown`) */
export async function spokeStatus(context: Context, name: SpokeName): Promise<SpokeStatus> {
  const { engine, project } = context;
  return step(context, "status", `ask for ${name.stack}`, async () => {
    const [state, stacks, hub, { environment }] = await Promise.all([
      engine.state(name.stack),
      engine.stacks(),
      hubOf(context, name.environment),
      readEnvironmentFile(project, name.environment),
    ]);
    const request = state === undefined ? undefined : await requestOf(context, name.stack, state);
    if (state === undefined || request === undefined) throw await unknownSpoke(project, name);
    const summary = stacks.find((stack) => stack.name === name.stack);
    const ofLevel = async (level: SpokeRequest) => {
      if (!level.quick)
        return { roleB: undefined, dataSource: undefined, status: "without Quick", error: undefined };
      const dataSource = dataSourceIdOf(level);
      const found = hub instanceof RunnerError ? undefined : await hub.dataSource(dataSource);
      const status = hub instanceof RunnerError ? "hub not reachable" : (found?.status ?? "none");
      return { roleB: roleBName(level, environment), dataSource, status, error: found?.error };
    };
    const classified = await Promise.all(
      levelsOf(request).flatMap((level) => {
        const { classification } = level;
        return classification === undefined
          ? []
          : [ofLevel(level).then((found) => [classification, found] as const)];
      }),
    );
    return {
      ...name,
      account: request.account,
      ...(await ofLevel(request)),
      lastUpdate: summary?.lastUpdate,
      outputs: state.outputs,
      resources: state.resources.length,
      pending: state.pending,
      updating: summary?.updating ?? false,
      ...(classified.length === 0 ? {} : { classifications: Object.fromEntries(classified) }),
    };
  });
}
