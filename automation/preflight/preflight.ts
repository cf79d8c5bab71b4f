/** What is looked at before anything is changed: all of it side by side, and every problem told at once. */
import type { Environment } from "../../access/environment";
import type { Fault } from "../../access/faults";
import { levelsOf } from "../../access/level";
import type { SpokeRequest } from "../../access/request";
import type { Side } from "../../access/side";
import { spokeStackName } from "../../access/names";
import type { ChainAccounts, Entered } from "../accounts";
import { type AccountView, type DataSourceView, EntryRefused } from "../cloud/cloud";
import type { StackState } from "../engine/state";
import { RunnerError } from "../failure";
import { rivalText } from "../sides";
import { grantProblems } from "./grants";
import { hubProblems, type InHub } from "./hub";
import { movedProblems } from "./moved";
import type { Problem } from "./problem";
import { producerProblems } from "./producer";
import { spokeProblems } from "./spoke";

export interface PreflightInput {
  readonly entered: Entered;
  readonly request: SpokeRequest;
  readonly environment: Environment;
  /** Which side is onboarded. Default: both. */
  readonly side?: Side | undefined;
  /** Stacks of this spoke beside which this one cannot be. */
  readonly rivals: readonly string[];
  /** What the other side is onboarded with, where that is another request. */
  readonly otherSide?: SpokeRequest | undefined;
  /** State of the spoke's stack, when there is one. */
  readonly spokeState: StackState | undefined;
  /** State of the environment's stack, when there is one. */
  readonly environmentState: StackState | undefined;
  /** The account in the spoke's configuration file, when there is one. */
  readonly configuredAccount?: string | undefined;
  /** From how many data sources on the hub's quota deserves a look (L23). Default 200. */
  readonly dataSourceWarning?: number;
  /** The change to the environment that the caller needs, for the platform team. */
  readonly patch?: string | undefined;
}

/** What was found when nothing stands in the way. */
export interface Preflight {
  readonly accounts: ChainAccounts;
  /** Id -> data source, of those of the spoke that exist already. */
  readonly dataSources: ReadonlyMap<string, DataSourceView>;
  /** Ids of the spoke's datasets that an interrupted attempt has left. */
  readonly leftoverDataSets: readonly string[];
  /** Worth a look, in no way a hindrance. */
  readonly advisories: readonly string[];
}

/** What a check has found. */
export interface Findings {
  readonly problems: readonly Problem[];
  readonly advisories?: readonly string[];
}

/**
 * Makes sure that onboarding can work: accounts, environment, Quick, and every name that will be used.
 *
 * @throws RunnerError listing every problem: bad input (exit 2) when one of them is, else for the platform team (exit 4).
 */
export async function preflight(input: PreflightInput): Promise<Preflight> {
  const { entered } = input;
  const { spoke, hub, producers, tables } = entered;
  const inHub: InHub = { dataSources: new Map(), leftoverDataSets: [] };
  const findings = await Promise.all([
    Promise.resolve<Findings>({
      problems: [...environmentProblems(input), ...sideProblems(input), ...grantProblems(input)],
    }),
    ...(spoke === undefined || spoke instanceof EntryRefused ? [] : [spokeProblems(spoke, input)]),
    ...(hub === undefined || hub instanceof EntryRefused ? [] : [hubProblems(hub, input, inHub)]),
    ...[...producers].map(async ([name, producer]): Promise<Findings> =>
      producer instanceof EntryRefused ? { problems: [] } : producerProblems(producer, name, input),
    ),
  ]);
  const problems = [...entryProblems(entered, input.side), ...findings.flatMap((found) => found.problems)];
  if (problems.length > 0) throw refused(problems, input);
  return {
    accounts: {
      spoke: spoke as AccountView | undefined,
      hub: hub as AccountView | undefined,
      producers: producers as ReadonlyMap<string, AccountView>,
      tables: tables as ReadonlyMap<string, AccountView>,
    },
    ...inHub,
    advisories: findings.flatMap((found) => found.advisories ?? []),
  };
}

function entryProblems(
  { caller, spoke, hub, producers, tables }: Entered,
  side: Side | undefined,
): Problem[] {
  const problems: Problem[] = [];
  const refusal = (who: string, { entry, reason }: EntryRefused) =>
    `${who} ${entry.account}: ${caller.arn} may not assume ${entry.role} there (${reason})`;
  if (spoke instanceof EntryRefused)
    problems.push({
      whose: "input",
      path: "account",
      message: `${refusal("spoke", spoke)}: use credentials of an account that the role trusts, or name the right role under assumeRole`,
    });
  // Who can enter the spoke but not the others is a spoke's owner, who needs the platform team's hands for the rest. Who
  // can enter nothing has the wrong credentials.
  const whose = spoke instanceof EntryRefused || side === "spoke" ? "input" : "platform";
  for (const [who, view] of [
    ["hub", hub] as const,
    ...[...producers].map(([name, view]) => [`producer ${name}`, view] as const),
    ...[...tables.values()].map((view) => ["account of tables", view] as const),
  ])
    if (view instanceof EntryRefused)
      problems.push({
        whose,
        path: "",
        message: `${refusal(who, view)}: ${whose === "platform" ? `the platform team has to run this onboarding${side === undefined ? ", or you your own side of it with --side spoke" : ""}` : "use credentials of an account that the role trusts"}`,
      });
  return problems;
}

function environmentProblems({
  request,
  environment,
  environmentState,
  spokeState,
  configuredAccount,
  side,
}: PreflightInput): Problem[] {
  const problems: Problem[] = [];
  const { name } = environment;
  const deployed = environmentState?.outputs.environment as Partial<Environment> | undefined;
  if (deployed === undefined)
    problems.push({
      whose: "input",
      path: "environment",
      message: `environment "${name}" is configured, but was never deployed: run \`spokes environment up ${name}\``,
    });
  else {
    // These places are in the environment's file, not in the request.
    problems.push(
      ...movedProblems(environment, environmentState).map((problem) => ({ ...problem, path: "" })),
    );
    for (const connector of levelsOf(request).flatMap(({ connectors }) => connectors))
      if ("from" in connector) {
        const producer = deployed.producers?.[connector.from];
        const wanted =
          connector.connector ?? Object.keys(environment.producers[connector.from]?.connectors ?? {})[0];
        if (producer === undefined || wanted === undefined || !(wanted in producer.connectors))
          problems.push({
            whose: "platform",
            path: "connectors",
            message: `producer "${connector.from}" with connector "${wanted ?? ""}" is configured, but not deployed: run \`spokes environment up ${name}\``,
          });
      }
  }
  const onboarded = spokeState?.outputs.spoke as Partial<SpokeRequest> | undefined;
  // A first run that was interrupted has left resources, and no outputs yet.
  const account =
    onboarded?.account ?? ((spokeState?.resources.length ?? 0) > 0 ? configuredAccount : undefined);
  if (account !== undefined && account !== request.account)
    problems.push({
      whose: "input",
      path: "account",
      message: `spoke "${request.spoke}" is onboarded with account ${account}: run \`spokes offboard ${spokeStackName(name, request.spoke, side)}\` first, or choose another spoke name`,
    });
  return problems;
}

function sideProblems({ request, side, rivals, otherSide }: PreflightInput): Problem[] {
  const moved: Problem[] =
    otherSide === undefined || otherSide.account === request.account
      ? []
      : [
          {
            whose: "input",
            path: "account",
            message: `the other side of "${request.spoke}" is onboarded with account ${otherSide.account}: write that, or offboard it first`,
          },
        ];
  const mixed = rivals.map((stack): Problem => ({
    whose: "input",
    path: "spoke",
    message: `${rivalText({ ...request, side }, stack)}: ${side === undefined ? "name the side with --side" : "leave --side out"}, or run \`spokes offboard ${stack}\` first`,
  }));
  return [...moved, ...mixed];
}

function refused(problems: readonly Problem[], { request, side, patch }: PreflightInput): RunnerError {
  const forInput = problems.some(({ whose }) => whose === "input");
  const stack = spokeStackName(request.environment, request.spoke, side);
  const faults: Fault[] = problems.map(({ path, message }) => ({ path, message }));
  const lines = faults.map(({ path, message }) => `  ${path === "" ? "" : `${path}: `}${message}`).join("\n");
  return forInput
    ? new RunnerError(
        "preflight.failed",
        "input",
        `${stack} cannot be onboarded, nothing was changed:\n${lines}`,
        { faults },
      )
    : new RunnerError(
        "platform.needed",
        "platform",
        `${stack} needs the platform team, nothing was changed:\n${lines}`,
        { faults, ...(patch === undefined ? {} : { attachment: patch }) },
      );
}
