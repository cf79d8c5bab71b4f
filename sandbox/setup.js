// @ts-check
"use strict";

/**
 * What `npm start`, `npm test`, `npm run bench` and `npm run sabotage` run: installs what is missing, then hands over.
 *
 *     node sandbox/setup.js <install | start | test | bench | sabotage> [arguments of the program handed over to]
 *
 * Exit codes: 0 done, 1 an installation failed or a tool is missing, 2 not one of those words,
 * 130 interrupted; otherwise the code of the program handed over to.
 */

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const path = require("node:path");

const ROOT = path.dirname(__dirname);

/** What is handed over to: arguments of the very node that runs here. */
const PROGRAMS = /** @type {Record<string, readonly string[]>} */ ({
  install: [],
  start: ["--import", "tsx", "sandbox/rehearsal.ts"],
  test: ["node_modules/mocha/bin/mocha.js", "--reporter", "test/closing-line.js"],
  bench: ["--import", "tsx", "bench/index.ts"],
  sabotage: ["--import", "tsx", "test/sabotage/main.ts"],
});

/** What `test` runs when no spec is named. */
const ALL_SPECS = "test/**/*.spec.ts";

/** @param {readonly string[]} words */
async function main([word = "", ...rest]) {
  const program = Object.hasOwn(PROGRAMS, word) ? PROGRAMS[word] : undefined;
  if (program === undefined) {
    process.stderr.write(`"${word}" is not one of ${Object.keys(PROGRAMS).join(", ")}\n`);
    return 2;
  }
  const code = await install(word === "test");
  const all = word === "test" && !rest.some((argument) => argument.endsWith(".spec.ts")) ? [ALL_SPECS] : [];
  return code !== 0 || program.length === 0 ? code : handOver([...program, ...rest, ...all]);
}

/**
 * @param {boolean} oracle also what tests compare the evaluator with
 * @returns {Promise<number>} the exit code
 */
async function install(oracle) {
  const { ensureInstalled, PROJECT, ORACLE, InstallationError, InterruptedError } = require("./installation");
  const { createProgress } = require("./installation/progress");
  const progress = createProgress(process.stdout);
  const ending = new AbortController();
  const interrupt = () => {
    ending.abort();
  };
  for (const signal of ENDING) process.on(signal, interrupt);
  try {
    await ensureInstalled(progress.report, {
      packages: oracle ? [PROJECT, ORACLE] : [PROJECT],
      signal: ending.signal,
      onNote: (note) => process.stdout.write(`note: ${note}\n`),
    }).finally(progress.close);
    return 0;
  } catch (error) {
    if (!(error instanceof InstallationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof InterruptedError ? 130 : 1;
  } finally {
    for (const signal of ENDING) process.off(signal, interrupt);
  }
}

const ENDING = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Runs a program in place of this one, as far as anybody can see.
 *
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
function handOver(args) {
  const { withoutNpm } = require("./installation");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      // Which Node is needed is said by package.json; what a later SDK will need is no news for who runs this.
      env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true", ...withoutNpm(process.env) },
      stdio: "inherit",
    });
    for (const signal of ENDING)
      process.on(signal, () => {
        // A terminal has sent its Ctrl-C to the child as well; twice would cut its clean-up short.
        if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
      });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** Node before this cannot read the files that would say so themselves. */
if (Number(process.versions.node.split(".")[0]) < 18) {
  process.stderr.write(`${require("./installation/tools").nodeFault(process.versions.node)}\n`);
  process.exitCode = 1;
} else {
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (/** @type {unknown} */ error) => {
      process.stderr.write(`${error instanceof Error ? String(error.stack) : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
