/** Who a query runs as, and how one becomes that. */
import { roleArn } from "../../access/arn";
import type { Environment } from "../../access/environment";
import { analystArn, dataSourceArnOf, roleAArn, roleBArn, workgroupNameOf } from "../../access/names";
import type { SpokeRequest } from "../../access/request";
import { asAccessError, spokeEntry } from "../accounts";
import { type AccountView, RoleRefused } from "../cloud/cloud";
import type { Context } from "../context";
import { RunnerError } from "../failure";
import type { Hop } from "./hop";

/** As whom a query may run: people of the spoke where they have a role, Role B by itself, Quick with all that bounds it, or any role by its ARN. */
export type As = "analyst" | "role-b" | "quick" | `arn:${string}`;

/** Somebody who can query. */
export interface Identity {
  readonly as: As;
  readonly roleArn: string;
  /** The account, seen as this role. */
  readonly view: AccountView;
  /** How one got there. */
  readonly hops: readonly Hop[];
}

/** The role could not be reached. */
export class ChainEnded extends Error {
  override readonly name = "ChainEnded";
  constructor(
    /** The last is the one that did not hold. */
    readonly hops: readonly Hop[],
    /** AWS's words. */
    readonly reason: string,
    cause?: unknown,
  ) {
    super(reason, { cause });
  }
}

/**
 * Reads `--as`.
 *
 * @param written `analyst`, `role-b`, `quick`, a role's ARN or `<account>:<role>`. Default: the analyst, when the spoke has
 * one, else Role B.
 * @throws RunnerError (`input.invalid`)
 */
export function readAs(written: string | undefined, request: SpokeRequest): As {
  if (written === undefined) return hasAnalystRole(request) ? "analyst" : "role-b";
  if (written === "analyst" || written === "role-b" || written === "quick") return written;
  if (/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(written)) return written as `arn:${string}`;
  const [, account, role] = /^(\d{12}):([\w+=,.@/-]+)$/.exec(written) ?? [];
  if (account !== undefined && role !== undefined)
    return roleArn(request.region, account, role) as `arn:${string}`;
  throw new RunnerError(
    "input.invalid",
    "input",
    `"${written}" is nobody to query as: write analyst, role-b, quick, a role's ARN, or <account>:<role>`,
  );
}

/**
 * Becomes the role.
 *
 * @throws ChainEnded when a hop does not hold; RunnerError when there is no such role, or nobody but Quick can be it.
 */
export function become(
  context: Pick<Context, "cloud" | "actAsQuick">,
  as: As,
  request: SpokeRequest,
  environment: Environment,
): Promise<Identity> {
  switch (as) {
    case "analyst":
      return becomeAnalyst(context, request, environment);
    case "role-b":
    case "quick":
      return becomeRoleB(context, as, request, environment);
    default:
      return becomeAnybody(context, as, request);
  }
}

/** Whether the spoke's analyst is a role, which can be assumed; a user cannot. */
function hasAnalystRole({ analyst }: SpokeRequest): boolean {
  return analyst === true || (analyst !== false && !analyst.startsWith("user/"));
}

/** Through the role that the provider assumes in the spoke, which belongs to the account that the analyst trusts. */
async function becomeAnalyst(
  { cloud }: Pick<Context, "cloud">,
  request: SpokeRequest,
  environment: Environment,
): Promise<Identity> {
  const analyst = analystArn(request, environment);
  if (analyst === undefined)
    throw new RunnerError(
      "query.unavailable",
      "input",
      request.classification !== undefined
        ? `nobody of the spoke's own people queries what is ${request.classification}: query --as quick`
        : `spoke ${request.spoke} has no analyst: add \`analyst: true\` to its request and onboard it again, or name a role with --as`,
    );
  if (!hasAnalystRole(request))
    throw new RunnerError(
      "query.unavailable",
      "input",
      `nobody becomes ${analyst}, a user: query with its own password in Athena's console, or with its own keys, in workgroup ${workgroupNameOf(request)}`,
    );
  const entry = spokeEntry(request);
  const own = roleArn(entry.region, entry.account, entry.role);
  try {
    const [caller, spoke] = await Promise.all([cloud.caller(request.region), cloud.enter(entry)]);
    const hops = [assumption(caller.arn, own), assumption(own, analyst)];
    return { as: "analyst", roleArn: analyst, hops, view: await hop(hops, spoke.assume(analyst)) };
  } catch (thrown) {
    throw thrown instanceof ChainEnded ? thrown : asAccessError(thrown);
  }
}

/** Role A trusts nobody but Quick, and Role B nobody but Role A. */
async function becomeRoleB(
  { cloud, actAsQuick }: Pick<Context, "cloud" | "actAsQuick">,
  as: "role-b" | "quick",
  request: SpokeRequest,
  environment: Environment,
): Promise<Identity> {
  if (!request.quick)
    throw new RunnerError(
      "query.unavailable",
      "input",
      `spoke ${request.spoke} has no Role B, since its request says \`quick: false\`: query --as analyst`,
    );
  const dataSource = dataSourceArnOf(request, environment);
  if (actAsQuick === undefined)
    throw new RunnerError(
      "query.unavailable",
      "input",
      `nobody but Quick can query as ${as}: Role A trusts quicksight.amazonaws.com only, and Role B only Role A; query ${hasAnalystRole(request) ? "--as analyst" : "as an analyst that is a role (`analyst: true` in the request)"}, or build a dataset on data source ${dataSource} in Quick; in a rehearsal, --sandbox can`,
    );
  const [roleA, roleB] = [roleAArn(environment, request), roleBArn(request, environment)];
  const hops = [
    assumption(`Quick for data source ${dataSource}`, roleA),
    assumption(as === "quick" ? `${roleA}, scoped down by Quick to Role B` : roleA, roleB),
  ];
  const credentials = await actAsQuick({ dataSource, scopedDown: as === "quick" });
  if ("refused" in credentials)
    throw new ChainEnded(credentials.refused === roleA ? hops.slice(0, 1) : hops, credentials.reason);
  // They last an hour, which is longer than a command.
  const view = cloud.view(request.account, request.region, () => Promise.resolve(credentials));
  return { as, roleArn: roleB, hops, view };
}

/** Any role that the caller may assume. */
async function becomeAnybody(
  { cloud }: Pick<Context, "cloud">,
  as: `arn:${string}`,
  request: SpokeRequest,
): Promise<Identity> {
  try {
    const caller = await cloud.caller(request.region);
    const hops = [assumption(caller.arn, as)];
    return { as, roleArn: as, hops, view: await hop(hops, cloud.assume(as, request.region)) };
  } catch (thrown) {
    throw thrown instanceof ChainEnded ? thrown : asAccessError(thrown);
  }
}

function assumption(from: string, to: string): Hop {
  return { from, action: "sts:AssumeRole", to };
}

/** The last of the hops. @throws ChainEnded */
async function hop<Result>(hops: readonly Hop[], made: Promise<Result>): Promise<Result> {
  try {
    return await made;
  } catch (thrown) {
    if (thrown instanceof RoleRefused) throw new ChainEnded(hops, thrown.reason, thrown);
    throw thrown;
  }
}
