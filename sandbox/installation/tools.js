// @ts-check
"use strict";

/** The tools that must be on the machine already: which are there, what is wrong with the others. */

const { execFile, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

/** @typedef {readonly [number, number, number]} Version */

/** Oldest versions that do: of Node two lines, as in package.json's `engines`. */
const NODE_20 = /** @type {Version} */ ([20, 19, 0]);
const NODE_22 = /** @type {Version} */ ([22, 12, 0]);
const GO = /** @type {Version} */ ([1, 25, 11]);
const PULUMI = /** @type {Version} */ ([3, 200, 0]);
const PYTHON = /** @type {Version} */ ([3, 11, 0]);
const JDK = /** @type {Version} */ ([17, 0, 0]);

/** Python's usual names, the plain one first. */
const PYTHON_NAMES = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"];

/** Prints what is to be known of a Python; a Debian Python without python3-venv lacks ensurepip. */
const ASK_PYTHON = `
import importlib.util, json, os, platform, sys
print(json.dumps({
    "version": platform.python_version(),
    "executable": os.path.realpath(sys.executable),
    "missing": [m for m in ("venv", "ensurepip") if importlib.util.find_spec(m) is None],
}))`;

/**
 * What is on the machine.
 *
 * `pulumi` and `python` are "" when there is none that will do. `faults` has one line for each tool
 * that is needed and missing or too old, with the ways to get it; `notes` what is worth knowing. `java` is
 * undefined unless JDK and Maven are both there.
 *
 * @typedef {{ go: string, pulumi: string, python: string, java: Java | undefined, faults: string[], notes: string[] }} Tools
 */

/** @typedef {{ javac: string, mvn: string }} Java */

/**
 * Looks for the tools.
 *
 * @param {{ go: boolean, python: boolean, java?: boolean }} needed what has to be built: a tool without work is not asked for
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Promise<Tools>}
 */
async function findTools(needed, environment = process.env) {
  const [go, python, java] = await Promise.all([
    needed.go ? findGo(environment) : { found: "", fault: undefined },
    needed.python ? findPython(environment) : { found: "", fault: undefined },
    needed.java === true ? findJava(environment) : { found: undefined, fault: undefined },
  ]);
  const pulumi = findPulumi(environment);
  const faults = [nodeFault(process.versions.node), python.fault].filter((f) => f !== undefined);
  const notes = [];
  if (go.fault !== undefined && pulumi === "") faults.push(go.fault);
  if (go.fault !== undefined && pulumi !== "")
    notes.push("go is not here: the engine will download the aws-native provider itself, from the internet");
  const forDataPath = ["java", "mvn"].filter((name) => onPath(name, environment) === "");
  const lacking = forDataPath.length > 0 ? `${forDataPath.join(" and ")} not found` : java.fault;
  if (java.found === undefined && lacking !== undefined)
    notes.push(
      `${lacking}: only AWS's connector needs JDK 17 or newer and Maven, without it the sandbox shows no table of a producer`,
    );
  return { go: go.found, pulumi, python: python.found, java: java.found, faults, notes };
}

/**
 * What is wrong with a version of Node, if anything.
 *
 * @param {string} version as in `process.versions.node`
 */
function nodeFault(version) {
  const found = versionIn(version);
  if (found !== undefined && ((found[0] === 20 && atLeast(found, NODE_20)) || atLeast(found, NODE_22)))
    return undefined;
  return `node 20.19 or newer of line 20, or 22.12 or newer, is needed, this is ${version}: get it from https://nodejs.org, or with \`nvm install 22\`, \`fnm install 22\` or \`brew install node@22\``;
}

/** @param {NodeJS.ProcessEnv} environment */
async function findGo(environment) {
  const ways =
    "get it from https://go.dev/dl, or with `brew install go` or `snap install go --classic`; or put a pulumi 3.200.0 or newer on the PATH (https://www.pulumi.com/docs/install)";
  const needed = "go 1.25.11 or newer is needed to build the Pulumi engine and the aws-native provider";
  const go = onPath("go", environment);
  if (go === "") return { found: "", fault: `${needed}, and none is on the PATH: ${ways}` };
  // GOTOOLCHAIN: the answer must be about this Go, not about one that it would download for a go.mod.
  const answer = await ask(go, ["version"], { ...environment, GOTOOLCHAIN: "local" });
  const version = versionIn(/ go(\S+)/.exec(answer.text)?.[1] ?? "");
  if (version === undefined)
    return { found: "", fault: `${needed}, and ${go} does not tell its version (${answer.fault}): ${ways}` };
  if (!atLeast(version, GO))
    return { found: "", fault: `${needed}, and ${go} is ${version.join(".")}: ${ways}` };
  return { found: go, fault: undefined };
}

/**
 * A `pulumi` on the PATH that is new enough, or "".
 *
 * @param {NodeJS.ProcessEnv} [environment]
 */
function findPulumi(environment = process.env) {
  const pulumi = onPath("pulumi", environment);
  if (pulumi === "") return "";
  let does = newEnough.get(pulumi);
  newEnough.set(pulumi, (does ??= isNewEnough(pulumi, environment)));
  return does ? pulumi : "";
}

/** Whether the `pulumi` in a place is new enough: asking takes 0.3 s. */
const newEnough = /** @type {Map<string, boolean>} */ (new Map());

/**
 * @param {string} pulumi
 * @param {NodeJS.ProcessEnv} environment
 */
function isNewEnough(pulumi, environment) {
  // Without the switch it would ask its server for a newer version first.
  const env = { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const answer = spawnSync(pulumi, ["version"], { env, encoding: "utf8", timeout: 30_000 });
  const version = versionIn(answer.status === 0 ? answer.stdout : "");
  return version !== undefined && atLeast(version, PULUMI);
}

/** @param {NodeJS.ProcessEnv} environment */
async function findPython(environment) {
  const needed = "python 3.11 or newer with venv and ensurepip is needed for the emulated cloud";
  const ways =
    "get it from https://www.python.org/downloads, or with `brew install python`, `apt install python3 python3-venv` or `dnf install python3`";
  const candidates = PYTHON_NAMES.map((name) => onPath(name, environment)).filter((found) => found !== "");
  const answers = await Promise.all(candidates.map((found) => askPython(found, environment)));
  const good = answers.find((answer) => answer.fault === undefined);
  if (good !== undefined) return { found: good.executable, fault: undefined };
  const first = answers[0]?.fault ?? "none is on the PATH";
  return { found: "", fault: `${needed}, and ${first}: ${ways}` };
}

/**
 * The programs of the JDK that JAVA_HOME or else the PATH names, where they are in truth: `java` and `javac`
 * on a PATH may be of two JDKs. "" for what is not there.
 *
 * @param {NodeJS.ProcessEnv} [environment]
 */
function findJdk(environment = process.env) {
  const home = environment["JAVA_HOME"] ?? "";
  const places = home === "" ? environment : { PATH: path.join(home, "bin") };
  const javac = onPath("javac", places) || onPath("javac", environment);
  if (javac === "") return { javac: "", java: "" };
  const folder = path.dirname(fs.realpathSync(javac));
  return { javac, java: onPath("java", { PATH: folder }) };
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<{ found: Java | undefined, fault: string | undefined }>}
 */
async function findJava(environment) {
  const { javac, java } = findJdk(environment);
  const mvn = onPath("mvn", environment);
  if (javac === "" || java === "") return { found: undefined, fault: "javac not found" };
  if (mvn === "") return { found: undefined, fault: "mvn not found" };
  const answer = await ask(javac, ["-version"], environment);
  // The first release of a line says "javac 17" only.
  const version = versionIn(answer.text.replace(/^javac (\d+)$/m, "$1.0"));
  if (version === undefined)
    return { found: undefined, fault: `${javac} does not tell its version (${answer.fault})` };
  if (!atLeast(version, JDK)) return { found: undefined, fault: `${javac} is ${version.join(".")}` };
  return { found: { javac, mvn }, fault: undefined };
}

/** @typedef {{ version: string, executable: string, missing: string[] }} PythonAnswer */

/**
 * @param {string} python
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<{ executable: string, fault: string | undefined }>}
 */
async function askPython(python, environment) {
  const answer = await ask(python, ["-c", ASK_PYTHON], environment);
  if (answer.fault !== "") return { executable: "", fault: `${python} does not run (${answer.fault})` };
  /** @type {unknown} */
  const parsed = JSON.parse(answer.text);
  const { version, executable, missing } = /** @type {PythonAnswer} */ (parsed);
  const found = versionIn(version);
  if (found === undefined || !atLeast(found, PYTHON)) return { executable, fault: `${python} is ${version}` };
  if (missing.length > 0) return { executable, fault: `${python} lacks ${missing.join(" and ")}` };
  return { executable, fault: undefined };
}

/**
 * The file that a command name stands for, or "".
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} environment
 */
function onPath(name, environment) {
  for (const folder of (environment["PATH"] ?? "").split(path.delimiter).filter((f) => f !== "")) {
    const file = path.join(folder, name);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      if (fs.statSync(file).isFile()) return file;
    } catch {
      // Not here: look in the next folder.
    }
  }
  return "";
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ text: string, fault: string }>} fault is "" when it ended well
 */
function ask(program, args, env) {
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 30_000 }, (error, text, errors) => {
      resolve({
        text,
        fault: error === null ? "" : (errors.trim().split("\n").pop() ?? "") || error.message,
      });
    });
  });
}

/**
 * The first version number in a text: a pre-release such as 1.26rc1 counts as its release.
 *
 * @param {string} text
 * @returns {Version | undefined}
 */
function versionIn(text) {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
}

/**
 * @param {Version} version
 * @param {Version} oldest
 */
function atLeast(version, oldest) {
  const different = [0, 1, 2].find((i) => version[i] !== oldest[i]);
  return different === undefined || Number(version[different]) > Number(oldest[different]);
}

module.exports = { findTools, findPulumi, findJdk, nodeFault, onPath, versionIn, atLeast };
