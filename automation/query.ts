/** Runs one query along a spoke's chain, and says by which hops. */
import { levelOf } from "../access/level";
import { placeOfQueries } from "../access/names";
import type { SpokeRequest } from "../access/request";
import { NotExecuted, QueryFailed, type QueryResult } from "./cloud/cloud";
import type { Context } from "./context";
import { messageOf, RunnerError } from "./failure";
import { Interrupt } from "./interrupt";
import { step } from "./message";
import { counted } from "./output/wording";
import { type Chain, dataHops, type Hop } from "./query/hop";
import { type As, become, ChainEnded, readAs } from "./query/identity";
import { explain, explainAssumption, type Explanation, type Querying } from "./query/reasons";
import { deployedSpoke, type SpokeName } from "./spoke-name";

export interface QueryOptions {
  /** `analyst`, `role-b`, `quick`, a role's ARN or `<account>:<role>`. Default: the analyst if there is one, else Role B. */
  readonly as?: string;
  /** At the level of which classification. Default: the general one. */
  readonly classification?: string;
  /** Catalog of names that name none. Default: the Glue Data Catalog. */
  readonly catalog?: string;
  /** Database of names that name none. */
  readonly database?: string;
  /** How many rows to fetch. Default 100. */
  readonly limit?: number;
  /** Seconds after which the query is stopped. Default 300. */
  readonly timeout?: number;
}

/** What came of a query. */
export interface Queried extends QueryResult {
  readonly stack: string;
  readonly as: As;
  readonly roleArn: string;
  readonly workgroup: string;
  readonly state: "SUCCEEDED";
  /** All of them, from the caller to the results. */
  readonly hops: readonly Hop[];
}

/** The longest text of a query in bytes (L22). */
const LONGEST = 262_144;

/**
 * Runs a query in the spoke's workgroup.
 *
 * @throws RunnerError: `query.failed` names the hop that did not hold, and the remedy where it is known;
 *   `query.unavailable` when nobody here can query as asked. When interrupted, the query is stopped in Athena, too.
 */
export async function query(
  context: Context,
  name: SpokeName,
  sql: string,
  options: QueryOptions = {},
): Promise<Queried> {
  refuseText(sql);
  const { request: whole, environment } = await deployedSpoke(context, name);
  const request = levelNamed(whole, options.classification);
  const as = readAs(options.as, request);
  const chain: Chain = { request, environment, sql, catalog: options.catalog };
  return step(
    context,
    "query",
    `query ${name.stack} as ${as}`,
    async () => {
      const identity = await become(context, as, request, environment).catch((thrown: unknown) => {
        if (thrown instanceof ChainEnded) throw notReached(context, thrown, as);
        throw thrown;
      });
      const { roleArn } = identity;
      const ahead = dataHops(chain, roleArn);
      const place = placeOfQueries(request);
      const { workgroup } = place;
      try {
        const result = await identity.view.query(
          {
            sql,
            ...place,
            ...(options.catalog === undefined ? {} : { catalog: options.catalog }),
            ...(options.database === undefined ? {} : { database: options.database }),
            rows: options.limit ?? 100,
            ...(options.timeout === undefined ? {} : { patience: options.timeout * 1000 }),
          },
          context.signal,
        );
        const hops = [...identity.hops, ...ahead];
        tell(context, hops, true);
        return { ...result, stack: name.stack, as, roleArn, workgroup, state: "SUCCEEDED" as const, hops };
      } catch (thrown) {
        if (thrown instanceof Interrupt) throw thrown;
        throw failed(context, thrown, { ...chain, as, roleArn }, identity.hops, ahead);
      }
    },
    ({ rows, more, bytesScanned }) => `${rowsText(rows.length, more)}, ${bytesScanned} bytes scanned`,
  );
}

/** @throws RunnerError (`input.invalid`) when the spoke does not have the classification. */
function levelNamed(request: SpokeRequest, classification: string | undefined): SpokeRequest {
  const level = levelOf(request, classification);
  if (level !== undefined) return level;
  const known = Object.keys(request.classifications);
  throw new RunnerError(
    "input.invalid",
    "input",
    `spoke ${request.spoke} has no classification "${classification ?? ""}" (${known.length === 0 ? "it has none" : `it has ${known.join(", ")}`}): correct the name, or leave --classification out for its general level`,
  );
}

/** `4 rows`, `1 row`, `the first 100 rows`. */
export function rowsText(count: number, more: boolean): string {
  return `${more ? "the first " : ""}${counted(count, "row")}`;
}

function refuseText(sql: string): void {
  const size = Buffer.byteLength(sql);
  const fault =
    sql.trim() === ""
      ? 'there is no query: write it in quotes, for example \'SELECT * FROM "acct1dynamodb"."default"."music"\''
      : size > LONGEST
        ? `the query has ${size} bytes, Athena takes ${LONGEST} (L22): shorten it`
        : undefined;
  if (fault !== undefined) throw new RunnerError("input.invalid", "input", fault);
}

/** Tells the hops; unless all hold, the last is where the chain ended. */
function tell({ report }: Context, hops: readonly Hop[], allHold: boolean): void {
  for (const [index, hop] of hops.entries())
    report({ code: "hop", number: index + 1, hop, holds: allHold || index < hops.length - 1 });
}

function notReached(context: Context, { hops, reason }: ChainEnded, as: As): RunnerError {
  tell(context, hops, false);
  const hop = hops.at(-1);
  return failure(reason, { hop, remedy: explainAssumption(as), whose: "failure" }, hops.length);
}

function failed(
  context: Context,
  thrown: unknown,
  querying: Querying,
  before: readonly Hop[],
  ahead: readonly Hop[],
): RunnerError {
  if (thrown instanceof NotExecuted)
    return new RunnerError("query.unavailable", "input", messageOf(thrown.cause ?? thrown), {
      cause: thrown,
    });
  const reason = thrown instanceof QueryFailed ? thrown.reason : messageOf(thrown);
  const explained = explain(reason, querying);
  const hops = [...before, ...heldHops(ahead, explained)];
  if (explained?.hop !== undefined) hops.push(explained.hop);
  tell(context, hops, explained?.hop === undefined);
  const id = thrown instanceof QueryFailed ? `\n  query ${thrown.id}: ${thrown.state}` : "";
  return failure(`${reason}${id}`, explained, hops.length, thrown);
}

/** Those that come before the one that does not hold. */
function heldHops(ahead: readonly Hop[], explained: Explanation | undefined): readonly Hop[] {
  const first = ahead.slice(0, 1);
  if (explained?.hop === undefined) return first;
  const { hop, after } = explained;
  const same = ahead.findIndex(({ action }) => action === hop.action);
  if (after === undefined && same !== -1) return ahead.slice(0, same);
  const last = ahead.findLastIndex(({ action }) => action === after);
  return last === -1 ? first : ahead.slice(0, last + 1);
}

function failure(
  reason: string,
  explained: Explanation | undefined,
  number: number,
  cause?: unknown,
): RunnerError {
  const { hop, remedy, whose = "failure" } = explained ?? {};
  return new RunnerError(
    "query.failed",
    whose,
    [
      hop === undefined ? `the query failed: ${reason}` : `hop ${number} does not hold: ${reason}`,
      ...(hop === undefined ? [] : [`  ${hop.from} -> ${hop.action} -> ${hop.to}`]),
      ...(remedy === undefined ? [] : [`  ${remedy}`]),
    ].join("\n"),
    cause === undefined ? {} : { cause },
  );
}
