/** Whether the test that a row names misses the piece that the row names, in a copy of the project without it. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { without } from "./removal";
import { type Row, titlePattern } from "./rows";

const ROOT = path.resolve(__dirname, "../..");

/** Rows drawn at random, always the same ones for a seed. */
export function drawn(rows: readonly Row[], count: number, seed: number): Row[] {
  const some = fc.shuffledSubarray([...rows], { minLength: count, maxLength: count });
  return fc.sample(some, { numRuns: 1, seed })[0] ?? [];
}

/** A row that was tried: its test passes with the piece and fails without it, or there is a fault. */
export type Tried = { readonly row: Row } & ({ readonly failure: string } | { readonly fault: string });

/**
 * Tries the rows one after the other. First all their tests have to pass in the copy as it is; what fails there anyway
 * would tell nothing.
 *
 * @param tell called with each row as soon as it was tried.
 */
export async function tryRows(
  rows: readonly Row[],
  tell: (tried: Tried) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Tried[]> {
  const copy = await mkdtemp(path.join(tmpdir(), "athena-spokes-coverage-"));
  try {
    await cp(ROOT, copy, { recursive: true, filter: (from) => !/[/\\](node_modules|\.git)$/.test(from) });
    await symlink(path.join(ROOT, "node_modules"), path.join(copy, "node_modules"));
    const untouched = await run(copy, rows, signal);
    const tried: Tried[] = [];
    for (const row of rows) {
      const fault = faultUntouched(row, untouched);
      const told = fault === undefined ? await withoutPiece(row, copy, signal) : { row, fault };
      tried.push(told);
      tell(told);
    }
    return tried;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function faultUntouched(row: Row, report: Report): string | undefined {
  const passes = titled(row, report.passes);
  const failures = titled(row, report.failures);
  if (failures.length > 0) return `its test fails with the piece, too: ${failures[0]?.err.message ?? ""}`;
  return passes.length === 0 ? (report.broken ?? "its test does not run and pass") : undefined;
}

async function withoutPiece(row: Row, copy: string, signal: AbortSignal | undefined): Promise<Tried> {
  const file = path.join(copy, row.file);
  const source = await readFile(file, "utf8");
  await writeFile(file, without(row.piece, source));
  const { failures, broken } = await run(copy, [row], signal);
  await writeFile(file, source);
  const [failed] = titled(row, failures);
  if (failed !== undefined) return { row, failure: failed.err.message ?? "" };
  return { row, fault: broken ?? "its test does not miss the piece" };
}

interface Told {
  readonly fullTitle: string;
  readonly err: { readonly message?: string };
}

/** What mocha's reporter `json` writes, as far as it is looked at. */
interface Report {
  readonly passes: readonly Told[];
  readonly failures: readonly Told[];
  /** Why there is no report: a spec could not even be loaded, which tells nothing of its tests. */
  readonly broken?: string;
}

function titled(row: Row, tests: readonly Told[]): Told[] {
  return tests.filter(({ fullTitle }) => titlePattern(row).test(fullTitle));
}

async function run(copy: string, rows: readonly Row[], signal: AbortSignal | undefined): Promise<Report> {
  const output = path.join(copy, "report.json");
  await rm(output, { force: true });
  const grep = rows.map((row) => titlePattern(row).source).join("|");
  const specs = [...new Set(rows.map(({ spec }) => spec))];
  const args = ["--reporter", "json", "--reporter-option", `output=${output}`, "--grep", grep, ...specs];
  const said = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      ["node_modules/mocha/bin/mocha.js", ...args],
      { cwd: copy, maxBuffer: 64 * 1024 * 1024, ...(signal === undefined ? {} : { signal }) },
      // How it went stands in the report, and not in the exit code.
      (error, stdout, stderr) => {
        if (signal?.aborted === true) reject(error ?? new Error("interrupted"));
        else resolve(`${stdout}${stderr}`);
      },
    );
  });
  const text = await readFile(output, "utf8").catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as Report;
  return { passes: [], failures: [], broken: `${specs.join(", ")} cannot be loaded: ${said.slice(-2000)}` };
}
