/**
 * Takes away, one at a time, every statement, principal and condition of what access/ deploys, and shows that each is
 * missed.
 *
 *     npm run sabotage [-- --only <text>] [--no-iam] [--lanes <number>]
 *
 * `--only` runs the rows whose name has the text; it may be given several times. `--no-iam` runs them on a sandbox that
 * asks for no permissions, where each must come out as if nothing had been taken away: a row that is caught there would
 * prove nothing. `--lanes`: how many environments are at work at the same time; default: one for each processor.
 *
 * Prints a line a row, and `caught/rows` last. Exit codes: 0 every row caught (with `--no-iam`: none), 1 not so, or what
 * the rows need could not be brought up, 2 wrong arguments.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { listenForInterrupts } from "../../automation/interrupt";
import { locations } from "../../sandbox/installation.js";
import { enterSandbox, resetSandbox, startSandbox } from "../../sandbox/sandbox";
import type { TestCloud } from "../sandbox/cloud";
import { type Lane, lanesOf, rowsIn } from "./lanes";
import { isLastAttempt } from "./outsiders";
import { type Stage, isCommand, stageAfter, stageBefore } from "./lifecycle";
import { roundsOf, tryRound } from "./rounds";
import { type Expected, type Row, rowsOf } from "./rows";
import { type Ground, type Titled, bringUp, prepare } from "./scenario";
import { type Outcome, Trials, byCommands, onChain } from "./trial";

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

interface Options {
  readonly only: readonly string[];
  readonly iam: boolean;
  readonly lanes: number;
}

/** How many rows came out how, and those that only AWS could show. */
type Tally = Record<Outcome["result"], number> & { readonly onlyOnAws: string[] };

/** What lanes share. */
interface Run {
  readonly cloud: TestCloud;
  readonly iam: boolean;
  readonly signal: AbortSignal;
  readonly tally: Tally;
}

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) return 2;
  if (locations().connector === undefined)
    throw new Error("AWS's connector is not installed: npm start installs it with JDK 17 or newer and Maven");
  const lanes = lanesOf(options.only);
  if (lanes.length === 0) {
    process.stderr.write(`no row's name has "${options.only.join('" or "')}" in it\n`);
    return 2;
  }
  const began = Date.now();
  const folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-sabotage-"));
  const place = { name: "sabotage", folder: path.join(folder, "sandbox") };
  const { signal, release } = listenForInterrupts(
    (name) => {
      say(`${name}: stopping after this row`);
    },
    () => undefined,
  );
  const tally: Tally = { caught: 0, "no difference": 0, failed: 0, onlyOnAws: [] };
  try {
    const sandbox = await startSandbox({ ...place, iam: options.iam });
    enterSandbox(sandbox);
    const { endpoint, environment, unset } = sandbox;
    const absent = Object.fromEntries(unset.map((name) => [name, undefined]));
    const cloud = { endpoint, environment: { ...absent, ...environment } };
    await runLanes(lanes, options.lanes, { cloud, iam: options.iam, signal, tally });
  } finally {
    release();
    await resetSandbox(place);
    await rm(folder, { recursive: true, force: true });
  }
  for (const line of tally.onlyOnAws) say(`only on AWS  ${line}`);
  const { caught, "no difference": unnoticed, failed, onlyOnAws } = tally;
  const seconds = Math.round((Date.now() - began) / 1000);
  say(
    `${caught} caught, ${unnoticed} without a difference, ${failed} failed, ${onlyOnAws.length} only on AWS, ` +
      `in ${Math.floor(seconds / 60)} min ${seconds % 60} s`,
  );
  say(`${caught}/${caught + unnoticed + failed}`);
  return failed + (options.iam ? unnoticed : caught) === 0 ? 0 : 1;
}

function optionsOf(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string", multiple: true, default: [""] },
        "no-iam": { type: "boolean", default: false },
        lanes: { type: "string", default: String(availableParallelism()) },
      },
    });
    if (!/^[1-9]\d?$/.test(values.lanes))
      throw new Error(`"${values.lanes}" is no number of lanes: use 1 to 99`);
    return { only: values.only, iam: !values["no-iam"], lanes: Number(values.lanes) };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

/** Runs lanes, as many at a time as asked for. @throws AggregateError of what has kept lanes from their ends */
async function runLanes(lanes: readonly Lane[], atOnce: number, run: Run): Promise<void> {
  const waiting = [...lanes];
  const work = async () => {
    for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) await runLane(lane, run);
  };
  const done = await Promise.allSettled(Array.from({ length: atOnce }, work));
  const faults = done.flatMap((each): unknown[] => (each.status === "rejected" ? [each.reason] : []));
  if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join("\n"));
}

async function runLane({ scenario, ids }: Lane, run: Run): Promise<void> {
  const { signal, tally } = run;
  const scope = Object.entries(scenario.scope).map((pair) => pair.join(": "));
  say(`${scenario.name}: ${scope.join(", ")}: ${ids.size} rows in accounts ..${scenario.accounts}`);
  signal.throwIfAborted();
  const planned = rowsIn(scenario).filter(({ id }) => ids.has(id));
  for (const { name, expected } of planned)
    if (expected.kind === "only on AWS") tally.onlyOnAws.push(`${name}: ${expected.reason}`);
  const tried = planned.filter(({ expected }) => expected.kind !== "only on AWS");
  if (tried.length === 0) return;

  const ground = await prepare(scenario, run.cloud);
  const rowsOfThese = (documents: readonly Titled[]) =>
    rowsOf(documents, scenario.name).filter(
      ({ id, expected }) => ids.has(id) && expected.kind !== "only on AWS",
    );
  const settled = ({ name }: Row<Titled>, { result, seen }: Outcome) => {
    tally[result] += 1;
    say(`${result}  ${name} -> ${seen}`);
  };
  try {
    await tryCommands(rowsOfThese(ground.documents).filter(isByCommand), ground, run, settled);
    if (tried.every(isByCommand)) return;
    signal.throwIfAborted();
    const chain = await bringUp(ground);
    const trials = new Trials(onChain(chain), settled);
    for (const row of inOrder(rowsOfThese(chain.documents).filter((each) => !isByCommand(each)))) {
      signal.throwIfAborted();
      await trials.try(row);
    }
    await trials.finish();
  } finally {
    await ground.remove();
  }
}

async function tryCommands(
  rows: readonly Row<Titled>[],
  { lifecycle }: Ground,
  { iam, signal }: Run,
  settled: (row: Row<Titled>, outcome: Outcome) => void,
): Promise<void> {
  if (!iam) {
    for (const round of roundsOf(rows)) {
      signal.throwIfAborted();
      await tryRound(round, lifecycle, settled);
    }
    return;
  }
  const trials = new Trials(byCommands(lifecycle), settled);
  let left = rows;
  while (left.length > 0) {
    signal.throwIfAborted();
    const next = nextByStage(left, lifecycle.stage);
    const others = left.filter((row) => row !== next);
    left = (await trials.try(next)) ? others : [next, ...others];
  }
  await trials.finish();
}

function isByCommand({ expected }: Pick<Row<unknown>, "expected">): boolean {
  return expected.kind === "stops" && isCommand(expected.work);
}

/** The row that needs the fewest commands to get to: one that stays where it is first, then one that begins there. */
function nextByStage<T>(rows: readonly Row<T>[], stage: Stage): Row<T> {
  const begins = rows.filter(({ expected }) => commandOf(expected).from === stage);
  const [next] = [...begins.filter(({ expected }) => commandOf(expected).to === stage), ...begins, ...rows];
  if (next === undefined) throw new Error("no row is left");
  return next;
}

function commandOf(expected: Expected): { readonly from: Stage; readonly to: Stage } {
  if (expected.kind !== "stops" || !isCommand(expected.work)) throw new Error("the row is of no command");
  return { from: stageBefore(expected.work), to: stageAfter(expected.work) };
}

/** Rows of the same work beside each other; those after which nothing works any more last. */
function inOrder<T>(rows: readonly Row<T>[]): Row<T>[] {
  const works = [...new Set(rows.map(workOf))];
  const isLast = ({ expected }: Row<T>) => expected.kind === "admits" && isLastAttempt(expected.outsider);
  const grouped = works.flatMap((work) => rows.filter((row) => workOf(row) === work));
  return [...grouped.filter((row) => !isLast(row)), ...grouped.filter(isLast)];
}

function workOf({ expected }: Row<unknown>): string | undefined {
  return expected.kind === "stops" ? expected.work : undefined;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(
      `the rows could not be tried: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  },
);
