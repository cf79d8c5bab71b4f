/** What each spoke's queries cost, out of the history of its workgroup (R71, R75). */
import { type Costs, costsOf, PRICE_PER_TERABYTE } from "../access/costs";
import { levelsOf } from "../access/level";
import { workgroupNameOf } from "../access/names";
import type { SpokeRequest } from "../access/request";
import { splitSide } from "../access/side";
import { readersOf } from "../access/third-party-reader";
import { asAccessError, spokeEntry } from "./accounts";
import type { Context } from "./context";
import { messageOf, RunnerError } from "./failure";
import { environmentsOf } from "./files/environment-file";
import { step } from "./message";
import { counted } from "./output/wording";
import { configuredRequest } from "./spokes";

export interface CostsOptions {
  /** Default: every environment of the project. */
  readonly environment?: string;
  /** How far back, in days. Default 30; Athena's history has 45. */
  readonly days?: number;
  /** US dollars for each terabyte scanned. Default 5. */
  readonly pricePerTb?: number;
}

/** What the queries of one workgroup of a spoke came to. */
export interface SpokeCosts extends Costs {
  readonly stack: string;
  readonly account: string;
  readonly workgroup: string;
}

/** Athena keeps the history of queries for 45 days. */
const MOST_DAYS = 45;
const DEFAULT_DAYS = 30;
const DAY = 24 * 3600 * 1000;
/** How many accounts are asked at a time. */
const AT_A_TIME = 8;

/**
 * Adds up the history of each spoke's workgroups: of its levels, and of its readers. `primary` is left out: what ran in it may be anybody's.
 *
 * @throws RunnerError (`costs.unknown`) when a spoke cannot be asked, naming each; `input.invalid`.
 */
export async function costs(context: Context, options: CostsOptions = {}): Promise<SpokeCosts[]> {
  const { days = DEFAULT_DAYS, pricePerTb = PRICE_PER_TERABYTE } = options;
  if (days < 1 || days > MOST_DAYS)
    throw new RunnerError(
      "input.invalid",
      "input",
      `${days} days are not in Athena's history of queries: write 1 to ${MOST_DAYS}`,
    );
  const since = new Date(Date.now() - days * DAY);
  return step(
    context,
    "costs",
    `add up the queries of ${counted(days, "day")}`,
    async () => {
      const spokes = await spokesOf(context, options.environment);
      const added: SpokeCosts[] = [];
      const failed: string[] = [];
      for (let start = 0; start < spokes.length; start += AT_A_TIME)
        await Promise.all(
          spokes.slice(start, start + AT_A_TIME).map(async ({ stack, request }) => {
            try {
              added.push(...(await costsOfSpoke(context, stack, request, since, pricePerTb)));
            } catch (thrown) {
              failed.push(`${stack} (${request.account}): ${messageOf(asAccessError(thrown))}`);
            }
          }),
        );
      if (failed.length > 0)
        throw new RunnerError(
          "costs.unknown",
          "failure",
          `the history of queries cannot be read:\n${failed.map((line) => `  ${line}`).join("\n")}`,
        );
      return added.sort((a, b) => (`${a.stack} ${a.workgroup}` < `${b.stack} ${b.workgroup}` ? -1 : 1));
    },
    (added) => counted(added.length, "workgroup"),
  );
}

async function spokesOf(
  context: Context,
  environment: string | undefined,
): Promise<{ stack: string; request: SpokeRequest }[]> {
  const { engine, project } = context;
  const environments = environment === undefined ? await environmentsOf(project) : [environment];
  const stacks = (await engine.stacks())
    .map(({ name }) => name)
    .filter((name) => environments.some((each) => name.startsWith(`${each}-`)))
    // Workgroups are on the spoke's side.
    .filter((name) => splitSide(name).side !== "hub");
  const found = await Promise.all(
    stacks.map(async (stack) => {
      const request = await configuredRequest(context, stack);
      return request === undefined ? [] : [{ stack, request }];
    }),
  );
  return found.flat();
}

async function costsOfSpoke(
  { cloud }: Context,
  stack: string,
  request: SpokeRequest,
  since: Date,
  pricePerTb: number,
): Promise<SpokeCosts[]> {
  const account = await cloud.enter(spokeEntry(request));
  const workgroups = [
    ...levelsOf(request).map(workgroupNameOf),
    ...readersOf(request).map(({ workgroup }) => workgroup),
  ];
  return Promise.all(
    [...new Set(workgroups)]
      .filter((workgroup) => workgroup !== "primary")
      .map(async (workgroup) => ({
        stack,
        account: request.account,
        workgroup,
        ...costsOf(await account.queryHistory(workgroup, since), pricePerTb),
      })),
  );
}
