/** Whether anything is left of a spoke, or of an environment, that is gone: looked for in the accounts, not in a state (R74, R76). */
import type { Environment } from "../access/environment";
import type { SpokeRequest } from "../access/request";
import type { Side } from "../access/side";
import type { ChainAccounts } from "./accounts";
import { isDenied, NotExecuted } from "./cloud/cloud";
import type { Context } from "./context";
import type { EnteredEnvironment } from "./environment-accounts";
import { messageOf, RunnerError } from "./failure";
import { pause } from "./interrupt";
import { isLeft, type Left, type Look, type Staying, together, type Unseen } from "./leftovers/look";
import { looksForEnvironment } from "./leftovers/of-environment";
import { looksForSpoke } from "./leftovers/of-spoke";
import { step } from "./message";
import { counted } from "./output/wording";
import { pauseBefore } from "./transient";

/** What was found. */
export interface Leftovers {
  /** How many things were looked for. */
  readonly looked: number;
  /** What should not be there. */
  readonly left: readonly Left[];
  /** What is there on purpose: data that people have, keys that are to be deleted, grants that are not the spoke's. */
  readonly staying: readonly Staying[];
  /** What could not be looked at, and nothing is claimed of it. */
  readonly unseen: readonly Unseen[];
}

/** Seconds that AWS is given to tell everywhere that something is gone: IAM and S3 answer from copies. */
const PATIENCE = 30;

/** Looks for what is left of a spoke. @throws RunnerError (`leftovers.found`) naming it, with what takes it away. */
export async function refuseLeftoversOfSpoke(
  context: Context,
  stack: string,
  request: SpokeRequest,
  environment: Environment,
  accounts: ChainAccounts,
  side?: Side,
): Promise<Leftovers> {
  const looks = looksForSpoke(request, environment, accounts);
  const again = `\`spokes offboard <request file>${side === undefined ? "" : ` --side ${side}`}\``;
  return refuseLeftovers(context, stack, looks, again);
}

/**
 * Looks for what is left of an environment.
 *
 * @param entered as its file says, and as it was deployed, where that is something else.
 * @throws RunnerError (`leftovers.found`) as above.
 */
export async function refuseLeftoversOfEnvironment(
  context: Context,
  name: string,
  entered: readonly EnteredEnvironment[],
): Promise<Leftovers> {
  const looks = together(
    entered.flatMap(({ environment, accounts }) => looksForEnvironment(environment, accounts)),
  );
  return refuseLeftovers(context, `environment ${name}`, looks, `\`spokes environment destroy ${name}\``);
}

/** @param again the command that looks again. */
async function refuseLeftovers(
  context: Context,
  what: string,
  looks: readonly Look[],
  again: string,
): Promise<Leftovers> {
  const leftovers = await step(
    context,
    "leftovers",
    `look whether anything is left of ${what}`,
    () => search(context, looks),
    outcomeOf,
  );
  context.report({ code: "leftovers", leftovers });
  const { left } = leftovers;
  if (left.length === 0) return leftovers;
  throw new RunnerError(
    "leftovers.found",
    "failure",
    `${what} is gone but for ${counted(left.length, "thing")}:\n${left.map((each) => `  ${leftText(each)}`).join("\n")}\nremove what is not needed, and look again with ${again}`,
    { faults: left.map((each) => ({ path: "", message: leftText(each) })) },
  );
}

function leftText({ account, noun, name, doubt, remedy }: Left): string {
  const what = `${noun} ${name} of ${account}`;
  return doubt === undefined
    ? `${what}: ${remedy}`
    : `${what}, ${doubt}: make sure that it is nobody else's, then ${remedy}`;
}

function outcomeOf({ looked, left, staying, unseen }: Leftovers): string {
  return [
    left.length === 0
      ? `nothing of ${counted(looked, "thing")}`
      : `${left.length} of ${counted(looked, "thing")}`,
    ...(staying.length === 0 ? [] : [`${staying.length} on purpose`]),
    ...(unseen.length === 0 ? [] : [`${unseen.length} not looked at`]),
  ].join(", ");
}

/** Looks for all of them side by side; what is found is looked for again until it is gone, or patience is at an end. */
async function search(
  { report, signal, patience = PATIENCE }: Context,
  looks: readonly Look[],
): Promise<Leftovers> {
  const end = Date.now() + patience * 1000;
  const settled: Found[] = [];
  let open = looks;
  for (let attempt = 1; ; attempt++) {
    const found = await Promise.all(open.map(lookOnce));
    const wait = pauseBefore(attempt);
    const isLast = Date.now() + wait > end;
    settled.push(...found.filter(({ entries }) => isLast || !entries.some(isLeft)));
    open = isLast ? [] : found.filter(({ entries }) => entries.some(isLeft)).map(({ look }) => look);
    if (open.length === 0) break;
    if (attempt === 1)
      report({
        code: "waiting",
        text: `${counted(open.length, "thing")} still to be seen: looking again for up to ${patience} seconds, since AWS answers from copies`,
      });
    await pause(wait, signal);
  }
  const entries = settled.flatMap((each) => each.entries);
  return {
    looked: looks.length,
    left: entries.filter(isLeft),
    staying: entries.filter((entry): entry is Staying => !isLeft(entry)),
    unseen: settled.flatMap(({ unseen }) => unseen ?? []),
  };
}

interface Found {
  readonly look: Look;
  readonly entries: readonly (Left | Staying)[];
  readonly unseen?: Unseen;
}

async function lookOnce(look: Look): Promise<Found> {
  try {
    return { look, entries: await look.find() };
  } catch (thrown) {
    if (!isDenied(thrown) && !(thrown instanceof NotExecuted)) throw thrown;
    const { account, what } = look;
    return { look, entries: [], unseen: { account, what, reason: messageOf(thrown) } };
  }
}
