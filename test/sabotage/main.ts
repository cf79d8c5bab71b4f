/**
 * Takes away, one at a time, every statement, principal and condition of what access/ deploys, and shows that each is
 * missed.
 *
 *     npm run sabotage [-- --only <text>] [--no-iam]
 *
 * `--only` runs the rows whose name has the text; it may be given several times. `--no-iam` runs them on a sandbox that asks for no permissions, where
 * each must come out as if nothing had been taken away: a row that is caught there would prove nothing.
 *
 * Prints a line a row, and `caught/rows` last. Exit codes: 0 every row caught (with `--no-iam`: none), 1 not so, or what
 * the rows need could not be brought up, 2 wrong arguments.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { dataSourceIdOf } from "../../access/names";
import { listenForInterrupts } from "../../automation/interrupt";
import { locations } from "../../sandbox/installation.js";
import { enterSandbox, resetSandbox, startSandbox } from "../../sandbox/sandbox";
import type { TestCloud } from "../sandbox/cloud";
import { isLastAttempt } from "./outsiders";
import { type Stage, isCommand, stageAfter, stageBefore } from "./lifecycle";
import { type Expected, type Row, formOf, rowsOf } from "./rows";
import { type Scenario, SCENARIOS, type Titled, bringUp, planOf, prepare } from "./scenario";
import { type Outcome, Trials, byCommands, onChain } from "./trial";

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

interface Options {
  readonly only: readonly string[];
  readonly iam: boolean;
}

/** How many rows came out how, and those that only AWS could show. */
type Tally = Record<Outcome["result"], number> & { readonly onlyOnAws: string[] };

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) return 2;
  if (locations().connector === undefined)
    throw new Error("AWS's connector is not installed: npm start installs it with JDK 17 or newer and Maven");
  const planned = plannedRows(options.only);
  if (planned.size === 0) {
    process.stderr.write(`no row's name has "${options.only.join('" or "')}" in it\n`);
    return 2;
  }
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
    for (const [scenario, names] of planned) await runScenario(scenario, names, cloud, tally, signal);
  } finally {
    release();
    await resetSandbox(place);
    await rm(folder, { recursive: true, force: true });
  }
  for (const line of tally.onlyOnAws) say(`only on AWS  ${line}`);
  const { caught, "no difference": unnoticed, failed, onlyOnAws } = tally;
  say(
    `${caught} caught, ${unnoticed} without a difference, ${failed} failed, ${onlyOnAws.length} only on AWS`,
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
      },
    });
    return { only: values.only, iam: !values["no-iam"] };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

/** The names of the rows that each scenario is needed for: those that no scenario before it has in the same form. */
function plannedRows(only: readonly string[]): Map<Scenario, Set<string>> {
  const texts = only.map((text) => text.toLowerCase());
  const forms = new Set<string>();
  const planned = new Map<Scenario, Set<string>>();
  for (const scenario of SCENARIOS) {
    for (const row of rowsOf(planOf(scenario).documents, stackOf(scenario))) {
      const form = formOf(row, scenario.name);
      if (forms.has(form) || !texts.some((text) => row.name.toLowerCase().includes(text))) continue;
      forms.add(form);
      planned.set(scenario, (planned.get(scenario) ?? new Set()).add(row.id));
    }
  }
  return planned;
}

async function runScenario(
  scenario: Scenario,
  ids: ReadonlySet<string>,
  cloud: TestCloud,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const scope = Object.entries(scenario.scope).map((pair) => pair.join(": "));
  say(`${scenario.name}: ${scope.join(", ")}`);
  signal.throwIfAborted();
  const wanted = ({ id }: Pick<Row<unknown>, "id">) => ids.has(id);
  const planned = rowsOf(planOf(scenario).documents, stackOf(scenario)).filter(wanted);
  for (const { name, expected } of planned)
    if (expected.kind === "only on AWS") tally.onlyOnAws.push(`${name}: ${expected.reason}`);
  const tried = planned.filter(({ expected }) => expected.kind !== "only on AWS");
  if (tried.length === 0) return;

  const ground = await prepare(scenario, cloud);
  const tryRow = async (trials: Trials, row: Row<Titled>) => {
    signal.throwIfAborted();
    const { result, seen } = await trials.of(row);
    tally[result] += 1;
    say(`${result}  ${row.name} -> ${seen}`);
  };
  try {
    const commands = new Trials(byCommands(ground.lifecycle));
    let rows = rowsOf(ground.documents, stackOf(scenario)).filter((row) => wanted(row) && isByCommand(row));
    while (rows.length > 0) {
      const next = nextByStage(rows, ground.lifecycle.stage);
      rows = rows.filter((row) => row !== next);
      await tryRow(commands, next);
    }
    if (tried.every(isByCommand)) return;
    signal.throwIfAborted();
    const chain = await bringUp(ground);
    const onIt = new Trials(onChain(chain));
    const others = rowsOf(chain.documents, stackOf(scenario)).filter(
      (row) => wanted(row) && !isByCommand(row) && row.expected.kind !== "only on AWS",
    );
    for (const row of lastAttemptsLast(others)) await tryRow(onIt, row);
  } finally {
    await ground.remove();
  }
}

function stackOf(scenario: Scenario): string {
  return dataSourceIdOf(planOf(scenario).request);
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

/** Rows after which nothing works any more come last. */
function lastAttemptsLast<T>(rows: readonly Row<T>[]): Row<T>[] {
  const isLast = ({ expected }: Row<T>) => expected.kind === "admits" && isLastAttempt(expected.outsider);
  return [...rows.filter((row) => !isLast(row)), ...rows.filter(isLast)];
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
