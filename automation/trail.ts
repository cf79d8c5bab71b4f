/** The chain as CloudTrail tells it: who became Role A, who became Role B from there, and what was queried (R73). */
import type { Environment } from "../access/environment";
import { analystArn, dataSourceArnOf, roleAArn, roleBArn, workgroupNameOf } from "../access/names";
import type { SpokeRequest } from "../access/request";
import type { ChainAccounts } from "./accounts";
import type { TrailEvent } from "./cloud/cloud";

/** One way along the chain: a session of Role B with what led to it and what it queried. */
export interface TrailedSession {
  /** ISO time at which Role B was assumed. */
  readonly time: string;
  /** Name of Role B's session. */
  readonly session: string;
  /** Who assumed Role B: an ARN where the hub's trail says it, else the account. */
  readonly by: string;
  /** Who assumed Role A before that; undefined when the trail does not tell. */
  readonly roleABy: string | undefined;
  readonly externalId: string | undefined;
  /** Athena's ids of what it queried. */
  readonly queries: readonly string[];
}

/** What was found in the trails of hub and spoke. */
export interface Trailed {
  readonly sessions: readonly TrailedSession[];
  /** What the chain does not explain, each with who, what and when. */
  readonly unexpected: readonly string[];
}

/** Who of AWS becomes Role A. */
const QUICK = "quicksight.amazonaws.com";

/** Reads the trails of hub and spoke, and joins their events by the keys of the sessions. */
export async function readTrail(
  { hub, spoke }: Pick<ChainAccounts, "hub" | "spoke">,
  request: SpokeRequest,
  environment: Environment,
  since: Date,
): Promise<Trailed> {
  const [inHub, inSpoke, started] = await Promise.all([
    // Without Quick there is no Role A.
    hub === undefined ? [] : hub.trail("AssumeRole", since),
    spoke.trail("AssumeRole", since),
    spoke.trail("StartQueryExecution", since),
  ]);
  return joined({ inHub, inSpoke, started }, request, environment);
}

interface Events {
  readonly inHub: readonly TrailEvent[];
  readonly inSpoke: readonly TrailEvent[];
  readonly started: readonly TrailEvent[];
}

function joined(
  { inHub, inSpoke, started }: Events,
  request: SpokeRequest,
  environment: Environment,
): Trailed {
  // An environment may have moved to another scope meanwhile; Role B lets in only the one of its day (C12).
  const rolesA = (["pattern", "dedicated"] as const).map((roleA) =>
    roleAArn({ ...environment, roleA }, request),
  );
  const roleB = roleBArn(request, environment);
  const succeeded = (events: readonly TrailEvent[], ...roles: string[]) =>
    events.filter(
      ({ assumedRole, error }) =>
        assumedRole !== undefined && roles.includes(assumedRole) && error === undefined,
    );
  const intoA = succeeded(inHub, ...rolesA);
  // The hub's trail knows the session that called, the spoke's only its account.
  const told = new Map(succeeded(inHub, roleB).map((event) => [event.givenKey, event]));
  const unexpected: string[] = [];
  for (const event of intoA)
    if (event.caller !== QUICK)
      unexpected.push(`${event.caller} became Role A at ${event.time.toISOString()}; only ${QUICK} should`);
  const sessions = succeeded(inSpoke, roleB).map((event): TrailedSession => {
    const call = told.get(event.givenKey);
    const by = call?.caller ?? event.caller;
    const from = intoA.find(({ givenKey }) => givenKey !== undefined && givenKey === call?.key);
    const when = event.time.toISOString();
    if (event.callerAccount !== environment.hub.account)
      unexpected.push(
        `${by} of account ${event.callerAccount ?? "unknown"} became Role B at ${when}; only hub ${environment.hub.account} should`,
      );
    else if (call !== undefined && !rolesA.includes(call.callerRole ?? ""))
      unexpected.push(`${by} became Role B at ${when}; only Role A should`);
    const wanted = dataSourceArnOf(request, environment);
    if (environment.externalId === "exact" && event.externalId !== wanted)
      unexpected.push(
        `${by} became Role B at ${when} with external id ${event.externalId ?? "none"}; only ${wanted} should open it`,
      );
    return {
      time: when,
      session: event.session ?? "",
      by,
      roleABy: from?.caller,
      externalId: event.externalId,
      queries: started.flatMap(({ key, queryId }) =>
        key !== undefined && key === event.givenKey && queryId !== undefined ? [queryId] : [],
      ),
    };
  });
  const expected = [roleB, analystArn(request, environment)];
  const workgroup = workgroupNameOf(request);
  for (const event of started)
    if (event.workgroup === workgroup && event.error === undefined && !expected.includes(event.callerRole))
      unexpected.push(
        `${event.caller} queried in workgroup ${workgroup} at ${event.time.toISOString()} (${event.queryId ?? "no id"}); only Role B${expected[1] === undefined ? "" : " and the analyst"} should`,
      );
  return { sessions, unexpected };
}

/** Whether a session shows all three events. */
export function isWhole({ roleABy, queries }: TrailedSession): boolean {
  return roleABy !== undefined && queries.length > 0;
}
