/**
 * What onboarding costs, as ratios within one run: machines differ and are shared, ratios much less.
 *
 *     npm run bench [-- --json] [--pairs N] [--cold]
 *
 * Pairs of commands run one after the other, in turns the one and the other first: `spokes onboard` of one spoke (with
 * its preview, its checks and its verification, without an update of the environment) and `preview` + `up` of an empty
 * inline program. `--cold` adds an `npm start` on a fresh clone with empty caches, which takes many minutes.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import Table from "cli-table3";
import { resetSandbox, startSandbox } from "../sandbox/sandbox";
import { type Measured, measure } from "./measured-process";
import { type Spread, spreadOf } from "./spread";

const ROOT = path.dirname(__dirname);

interface Figures {
  readonly pairs: number;
  /** Seconds and MiB. */
  readonly empty: { readonly seconds: Spread; readonly memory: Spread | undefined };
  readonly onboard: { readonly seconds: Spread; readonly memory: Spread | undefined };
  /** Onboarding as a multiple of the empty program, pair by pair. */
  readonly ratio: { readonly seconds: Spread; readonly memory: Spread | undefined };
  readonly warmStart: Measured;
  readonly coldStart: Measured | undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      cold: { type: "boolean", default: false },
      pairs: { type: "string", default: "5" },
    },
  });
  const pairs = Number(values.pairs);
  if (!Number.isInteger(pairs) || pairs < 1)
    throw new Error(`--pairs ${values.pairs} is not a number of pairs`);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-bench-"));
  const place = { name: "bench", folder: path.join(folder, "sandbox") };
  try {
    const { environment } = await startSandbox(place);
    const env = { ...process.env, ...environment };
    const measured = await measurePairs(folder, env, pairs, say);
    say("warm npm start");
    const warmStart = await measure("npm", ["start", "--silent"], { cwd: ROOT, env: process.env });
    const coldStart = values.cold ? await measureColdStart(folder, say) : undefined;
    const figures = { pairs, ...measured, warmStart, coldStart };
    process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : `${tableOf(figures)}\n`);
  } finally {
    await resetSandbox(place);
    await rm(folder, { recursive: true, force: true });
  }
}

async function measurePairs(
  folder: string,
  env: NodeJS.ProcessEnv,
  pairs: number,
  say: (text: string) => void,
): Promise<Pick<Figures, "empty" | "onboard" | "ratio">> {
  const project = await projectIn(folder);
  const spokes = path.join(ROOT, "automation/bin/spokes.js");
  say("environment up");
  await measure(process.execPath, [spokes, "environment", "up", "bench", "--yes"], { cwd: project, env });

  const emptyRuns: Measured[] = [];
  const onboardRuns: Measured[] = [];
  const runs = [
    async (pair: number) => {
      const args = ["--import", "tsx", path.join(ROOT, "bench/empty-program.ts"), folder, `empty${pair}`];
      emptyRuns.push(await measure(process.execPath, args, { cwd: ROOT, env }));
    },
    async (pair: number) => {
      const request = path.join(project, `s${pair}.yaml`);
      await writeFile(request, requestFor(pair));
      onboardRuns.push(
        await measure(process.execPath, [spokes, "onboard", request, "--yes"], { cwd: project, env }),
      );
    },
  ];
  for (let pair = 1; pair <= pairs; pair += 1) {
    say(`pair ${pair} of ${pairs}`);
    for (const run of pair % 2 === 0 ? [...runs].reverse() : runs) await run(pair);
  }
  const memories = (of: readonly Measured[]) => {
    const known = of.flatMap(({ peakMemory }) => peakMemory ?? []);
    return known.length === of.length ? known : undefined;
  };
  const ratios = (a: readonly number[], b: readonly number[]) =>
    a.map((value, index) => value / (b[index] ?? NaN));
  const [emptySeconds, onboardSeconds] = [emptyRuns, onboardRuns].map((of) =>
    of.map(({ seconds }) => seconds),
  );
  if (emptySeconds === undefined || onboardSeconds === undefined) throw new Error("nothing was measured");
  const [emptyMemory, onboardMemory] = [memories(emptyRuns), memories(onboardRuns)];
  return {
    empty: { seconds: spreadOf(emptySeconds), memory: emptyMemory && spreadOf(emptyMemory) },
    onboard: { seconds: spreadOf(onboardSeconds), memory: onboardMemory && spreadOf(onboardMemory) },
    ratio: {
      seconds: spreadOf(ratios(onboardSeconds, emptySeconds)),
      memory: emptyMemory && onboardMemory && spreadOf(ratios(onboardMemory, emptyMemory)),
    },
  };
}

/** A project with an environment of constant size, where onboarding updates nothing but the spoke. */
async function projectIn(folder: string): Promise<string> {
  const project = await mkdtemp(path.join(folder, "project-"));
  await writeFile(
    path.join(project, "Pulumi.yaml"),
    `name: athena-spokes\nmain: ${path.join(ROOT, "stacks/index.ts")}\nruntime: nodejs\nconfig:\n  pulumi:disable-default-providers:\n    value: [aws, aws-native]\n`,
  );
  await writeFile(
    path.join(project, "Pulumi.bench.yaml"),
    `config:
  athena-spokes:environment:
    region: us-east-1
    organization: o-athenaspokes
    producerGrants: organization
    hub:
      account: "111111111111"
      assumeRole: OrganizationAccountAccessRole
      quick: { owners: [group/bi-admins], authors: [group/bi-authors] }
    producers:
      music:
        account: "122222222222"
        assumeRole: OrganizationAccountAccessRole
        sampleData: true
        connectors: { acct1dynamodb: { tables: [Music] } }
`,
  );
  return project;
}

function requestFor(pair: number): string {
  return `spoke: s${pair}
environment: bench
account: "${133333330000 + pair}"
assumeRole: OrganizationAccountAccessRole
region: us-east-1
sampleData: true
connectors:
  - from: music
`;
}

/** `npm start` on a fresh clone with empty caches: of this project, of Go, of npm and of pip. */
async function measureColdStart(folder: string, say: (text: string) => void): Promise<Measured> {
  say("cold npm start: this takes many minutes");
  const clone = path.join(folder, "clone");
  await promisify(execFile)("git", ["clone", "--quiet", ROOT, clone]);
  const cache = (name: string) => path.join(folder, "cold", name);
  return measure("npm", ["start", "--silent"], {
    cwd: clone,
    env: {
      ...process.env,
      ATHENA_SPOKES_CACHE: cache("athena-spokes"),
      GOCACHE: cache("go-build"),
      // Read-only folders in a module cache could not be removed afterwards.
      GOFLAGS: "-modcacherw",
      GOMODCACHE: cache("go-modules"),
      npm_config_cache: cache("npm"),
      PIP_CACHE_DIR: cache("pip"),
    },
  });
}

function tableOf({ pairs, empty, onboard, ratio, warmStart, coldStart }: Figures): string {
  const spread = (of: Spread | undefined, unit: string, digits: number) =>
    of === undefined
      ? "not measured here"
      : `${of.median.toFixed(digits)}${unit} (${of.least.toFixed(digits)}-${of.most.toFixed(digits)})`;
  const table = new Table({
    head: [`median (spread) of ${pairs}`, "time", "peak memory"],
    style: { head: [], border: [] },
  });
  table.push(
    ["preview + up of an empty program", spread(empty.seconds, " s", 1), spread(empty.memory, " MiB", 0)],
    ["spokes onboard", spread(onboard.seconds, " s", 1), spread(onboard.memory, " MiB", 0)],
    ["ratio", spread(ratio.seconds, "x", 2), spread(ratio.memory, "x", 2)],
  );
  const starts = [
    ["warm npm start", warmStart],
    ["cold npm start", coldStart],
  ] as const;
  for (const [name, start] of starts)
    table.push([
      name,
      start === undefined
        ? "not measured: add --cold"
        : `${start.seconds.toFixed(0)} s, ${(start.seconds / empty.seconds.median).toFixed(1)}x`,
      start?.peakMemory === undefined ? "" : `${start.peakMemory.toFixed(0)} MiB`,
    ]);
  return table.toString();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
