/**
 * Runs what is measured, one after the other, or the one that is named.
 *
 *     npm run bench [-- <access | proof | sandbox | queries | onboarding> [its options]]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const NAMES = ["access", "proof", "sandbox", "queries", "onboarding"];

async function main([name, ...options]: readonly string[]): Promise<number> {
  if (name !== undefined && !NAMES.includes(name)) {
    process.stderr.write(`"${name}" is not one of ${NAMES.join(", ")}\n`);
    return 2;
  }
  let worst = 0;
  for (const each of name === undefined ? NAMES : [name]) {
    process.stdout.write(`\n${each}\n`);
    const file = path.join(__dirname, `${each}.ts`);
    const child = spawn(process.execPath, ["--import", "tsx", file, ...options], { stdio: "inherit" });
    const [code] = (await once(child, "close")) as [number | null];
    worst = Math.max(worst, code ?? 1);
  }
  return worst;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
