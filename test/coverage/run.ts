/**
 * Draws rows of docs/coverage.md, takes the piece of each out of a copy of the project, and wants its test to fail.
 *
 *     npm run coverage [-- --rows 10] [--seed 1] [--all]
 *
 * Exit code 1 when a test misses nothing or does not pass anyway, 130 when it is interrupted.
 */
import { parseArgs } from "node:util";
import { proved, readRows } from "./rows";
import { drawn, type Tried, tryRows } from "./trial";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      all: { type: "boolean", default: false },
    },
  });
  const rows = proved(readRows());
  const count = Number(values.rows);
  if (!Number.isInteger(count) || count < 1 || count > rows.length)
    throw new Error(`--rows ${values.rows}: write a whole number from 1 to ${rows.length}`);
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      ending.abort();
    });
  const chosen = values.all ? rows : drawn(rows, count, Number(values.seed));
  try {
    const tried = await tryRows(chosen, tell, ending.signal);
    const noticed = tried.filter((each) => "failure" in each).length;
    process.stdout.write(`${noticed}/${tried.length} noticed\n`);
    return noticed === tried.length ? 0 : 1;
  } catch (thrown) {
    if (ending.signal.aborted) return 130;
    throw thrown;
  }
}

function tell(tried: Tried): void {
  const { number, file, piece } = tried.row;
  const told = "failure" in tried ? `noticed: ${tried.failure.split("\n")[0] ?? ""}` : tried.fault;
  process.stdout.write(`${number}: ${file} without ${piece}: ${told}\n`);
}

void main().then((code) => {
  process.exitCode = code;
});
