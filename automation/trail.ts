/** The chain as CloudTrail tells it: who became Role A, who became Role B from there, and what was queried (R73). */
import { QUICK } from "../access/alarms";
import type { Environment } from "../access/environment";
import { levelsOf, queriedLevels } from "../access/level";
import {
  analystArn,
  dataSourceArnOf,
  ownsWorkgroup,
  roleAArn,
  roleBArn,
  workgroupNameOf,
} from "../access/names";
import type { SpokeRequest } from "../access/request";
import {
  ownsReaderWorkgroup,
  readerRoleArn,
  readersOf,
  readerUserArn,
  type ThirdPartyReader,
} from "../access/third-party-reader";
import type { ChainAccounts } from "./accounts";
import type { AccountView, TrailEvent } from "./cloud/cloud";

/** One way along the chain: a session of Role B with what led to it and what it queried. */
export interface TrailedSession {
  /** Whose Role B it is; undefined for the general level's. */
  readonly classification?: string;
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

/** Reads the trails of hub and spoke, or of the side that was entered, and joins their events by the keys of the sessions, for each level of the spoke. */
export async function readTrail(
  { hub, spoke }: Pick<ChainAccounts, "hub" | "spoke">,
  request: SpokeRequest,
  environment: Environment,
  since: Date,
): Promise<Trailed> {
  // An environment may have moved to another scope meanwhile; Role B lets in only the one of its day (C12).
  const rolesA = (["pattern", "dedicated"] as const).map((roleA) =>
    roleAArn({ ...environment, roleA }, request),
  );
  const levels = levelsOf(request);
  const rolesB = queriedLevels(request).map((level) => roleBArn(level, environment));
  const assumed = async (account: AccountView | undefined, roles: readonly string[]) => {
    if (account === undefined) return [];
    const events = await Promise.all(roles.map((role) => account.trail({ assumed: role }, since)));
    return events.flat().filter(({ error }) => error === undefined);
  };
  const [intoA, fromHub, intoB, started] = await Promise.all([
    // Without Quick there is no Role A.
    assumed(hub, rolesA),
    assumed(hub, rolesB),
    // The hub's trail tells of the same, where the spoke's is not there to be read.
    assumed(spoke ?? hub, rolesB),
    spoke?.trail({ event: "StartQueryExecution" }, since) ?? [],
  ]);
  const joined = levels.map((level) =>
    joinedAtLevel({ rolesA, intoA, fromHub, intoB, started }, level, environment),
  );
  return {
    sessions: joined.flatMap(({ sessions }) => sessions),
    unexpected: [
      ...intoA
        .filter(({ caller }) => caller !== QUICK)
        .map(({ caller, time }) => `${caller} became Role A at ${time.toISOString()}; only ${QUICK} should`),
      ...joined.flatMap(({ unexpected }) => unexpected),
      ...readersOf(request).flatMap((reader) => strangersAt(reader, request, started)),
    ],
  };
}

/** What succeeded. */
interface Events {
  readonly rolesA: readonly string[];
  readonly intoA: readonly TrailEvent[];
  /** Assumptions of Role B's, as the hub's trail tells them. */
  readonly fromHub: readonly TrailEvent[];
  /** The same, as the spoke's does. */
  readonly intoB: readonly TrailEvent[];
  readonly started: readonly TrailEvent[];
}

function joinedAtLevel(
  { rolesA, intoA, fromHub, intoB, started }: Events,
  level: SpokeRequest,
  environment: Environment,
): Trailed {
  const roleB = roleBArn(level, environment);
  const ofLevel = ({ assumedRole }: TrailEvent) => assumedRole === roleB;
  // The hub's trail knows the session that called, the spoke's only its account.
  const told = new Map(fromHub.filter(ofLevel).map((event) => [event.givenKey, event]));
  const unexpected: string[] = [];
  const name = level.classification === undefined ? "Role B" : `the Role B of ${level.classification}`;
  const sessions = intoB.filter(ofLevel).map((event): TrailedSession => {
    const call = told.get(event.givenKey);
    const by = call?.caller ?? event.caller;
    const from = intoA.find(({ givenKey }) => givenKey !== undefined && givenKey === call?.key);
    const when = event.time.toISOString();
    if (event.callerAccount !== environment.hub.account)
      unexpected.push(
        `${by} of account ${event.callerAccount ?? "unknown"} became ${name} at ${when}; only hub ${environment.hub.account} should`,
      );
    else if (call !== undefined && !rolesA.includes(call.callerRole ?? ""))
      unexpected.push(`${by} became ${name} at ${when}; only Role A should`);
    const wanted = dataSourceArnOf(level, environment);
    if (environment.externalId === "exact" && event.externalId !== wanted)
      unexpected.push(
        `${by} became ${name} at ${when} with external id ${event.externalId ?? "none"}; only ${wanted} should open it`,
      );
    return {
      ...(level.classification === undefined ? {} : { classification: level.classification }),
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
  const analyst = analystArn(level, environment);
  const expected = [...(level.quick ? [roleB] : []), ...(analyst === undefined ? [] : [analyst])];
  const workgroup = workgroupNameOf(level);
  const should = [...(level.quick ? [name] : []), ...(analyst === undefined ? [] : ["the analyst"])];
  for (const event of started)
    if (
      // What runs in `primary` may be anybody's.
      ownsWorkgroup(level) &&
      event.workgroup === workgroup &&
      event.error === undefined &&
      // Of a user the caller itself is told.
      !expected.includes(event.callerRole ?? event.caller)
    )
      unexpected.push(queriedText(event, should.join(" and ")));
  return { sessions, unexpected };
}

/** Who else queried in the workgroup that is a third party's reader's own. */
function strangersAt(
  reader: ThirdPartyReader,
  request: SpokeRequest,
  started: readonly TrailEvent[],
): string[] {
  if (!ownsReaderWorkgroup(reader)) return [];
  const role = readerRoleArn(request, reader);
  const user = readerUserArn(request, reader);
  return started
    .filter(({ workgroup, error }) => workgroup === reader.workgroup && error === undefined)
    .filter(({ caller, callerRole }) => (role === undefined ? caller !== user : callerRole !== role))
    .map((event) => queriedText(event, `reader ${reader.name}`));
}

function queriedText({ caller, workgroup, time, queryId }: TrailEvent, should: string): string {
  return `${caller} queried in workgroup ${workgroup ?? ""} at ${time.toISOString()} (${queryId ?? "no id"}); only ${should} should`;
}

/** Whether a session shows all three events. */
export function isWhole({ roleABy, queries }: TrailedSession): boolean {
  return roleABy !== undefined && queries.length > 0;
}
