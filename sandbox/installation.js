// @ts-check
"use strict";

/**
 * What the sandbox needs and a checkout does not hold: the packages of package.json, the Pulumi engine,
 * the aws-native provider, the emulated cloud and, where there is Java, AWS's DynamoDB connector. Each is made
 * once and kept in a folder of the user's, keyed by its version and by the recipe here.
 *
 * Plain JavaScript on Node's own modules, because it runs before there is a node_modules.
 */

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { pipeline } = require("node:stream/promises");
const { createGzip } = require("node:zlib");
const { ensureFolder } = require("./installation/cached-folder");
const { run, CommandError } = require("./installation/command");
const { withLock } = require("./installation/lock");
const { findTools, findPulumi, findJdk } = require("./installation/tools");

const ROOT = path.dirname(__dirname);
const ENGINE_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const ENGINE_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
const AWS_NATIVE_MODULE = "github.com/pulumi/pulumi-aws-native/provider";
const AWS_NATIVE_VERSION_VARIABLE = `${AWS_NATIVE_MODULE}/pkg/version.Version`;

/** Part of every key: raised when a recipe below changes without its pinned versions. */
const RECIPE = "1";

/** How Go builds here: from the pinned checksums only, with nothing of this machine in the result. */
const GO_BUILD = ["build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false"];

/**
 * How an installation is getting on.
 *
 * @typedef {object} Progress
 * @property {string} part `packages`, `oracle`, `engine`, `aws-native`, `moto` or `connector`
 * @property {string} title the part in words, with its version
 * @property {"started" | "waiting" | "output" | "done" | "failed"} state `waiting`: for another process
 *   that is installing the same; `output`: a line of what is running
 * @property {string} detail the line, the process waited for, or the fault
 */

/** @typedef {(progress: Progress) => void} Report */

/** One or more parts could not be installed; the message has a paragraph for each. */
class InstallationError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "InstallationError";
  }
}

/** Tools that must be there already are missing or too old; `faults` has a line for each. */
class MissingToolsError extends InstallationError {
  /** @param {readonly string[]} faults */
  constructor(faults) {
    super(faults.join("\n"));
    this.name = "MissingToolsError";
    this.faults = faults;
  }
}

/** The installation was interrupted; the next one goes on from here. */
class InterruptedError extends InstallationError {
  constructor() {
    super("interrupted: the next run goes on from here");
    this.name = "InterruptedError";
  }
}

/**
 * The folder that keeps what was installed: `ATHENA_SPOKES_CACHE`, by default `athena-spokes` in the
 * user's cache folder (`XDG_CACHE_HOME`, by default `~/.cache`).
 */
function cacheFolder() {
  const own = process.env["ATHENA_SPOKES_CACHE"];
  if (own !== undefined && own !== "") return path.resolve(own);
  const xdg = process.env["XDG_CACHE_HOME"];
  // The XDG specification: a relative path there is invalid and to be ignored.
  const home = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(os.homedir(), ".cache");
  return path.join(home, "athena-spokes");
}

/**
 * Where the installed things are, whether they are there yet or not.
 *
 * @returns {{ enginePath: string, python: string, awsNativeProvider: string, connector: Connector | undefined }}
 *   `enginePath`: the folder to put on the PATH, "" when a `pulumi` that is new enough is on it already;
 *   `python`: the Python that has moto; `awsNativeProvider`: the provider's executable; `connector`: what
 *   runs AWS's connector, undefined where it is not installed or there is no JDK any more
 */
function locations() {
  return {
    enginePath: findPulumi() === "" ? engine().folder : "",
    python: moto().file,
    awsNativeProvider: awsNative().file,
    connector: installedConnector(),
  };
}

/** @typedef {{ java: string, classPath: string }} Connector */

/** @returns {Connector | undefined} */
function installedConnector() {
  const { folder, file } = connector();
  const { java } = findJdk();
  if (java === "" || !fs.existsSync(file)) return undefined;
  const classPath = [path.join(folder, CONNECTOR_CLASSES), path.join(folder, CONNECTOR_JAR)];
  return { java, classPath: classPath.join(path.delimiter) };
}

/**
 * Installs what is missing, side by side. Two processes may do so at the same time: the second waits.
 *
 * @param {Report} report
 * @param {object} [options]
 * @param {readonly Packages[]} [options.packages] also `npm ci` for these, where node_modules is not what
 *   package-lock.json says; default none
 * @param {AbortSignal} [options.signal] ends the commands that are running
 * @param {(note: string) => void} [options.onNote] gets what is worth knowing about the tools found
 * @returns {Promise<void>}
 * @throws {MissingToolsError} before anything is installed
 * @throws {InstallationError} when all has ended and something failed
 * @throws {InterruptedError}
 */
async function ensureInstalled(report, { packages = [], signal, onNote } = {}) {
  const parts = [engine(), awsNative(), moto(), connector()].filter((part) => !fs.existsSync(part.file));
  const tools = await findTools({
    go: parts.some((part) => part.needs === "go"),
    python: parts.some((part) => part.needs === "python"),
    java: parts.some((part) => part.needs === "java"),
  });
  if (tools.faults.length > 0) throw new MissingToolsError(tools.faults);

  const missing = parts.filter(
    (part) =>
      // The engine on the PATH does; without Go it fetches the provider itself.
      !(part.name === "engine" && tools.pulumi !== "") &&
      !(part.needs === "go" && tools.go === "") &&
      !(part.needs === "java" && tools.java === undefined),
  );
  const stale = packages.filter(({ folder }) => !packagesAreCurrent(folder));
  if (missing.length === 0 && stale.length === 0) return;
  for (const note of tools.notes) onNote?.(note);

  const ending = new AbortController();
  const end = () => {
    ending.abort();
  };
  if (signal?.aborted === true) end();
  signal?.addEventListener("abort", end, { once: true });
  const logs = path.join(cacheFolder(), "logs");
  try {
    fs.mkdirSync(logs, { recursive: true });
    const jobs = missing.map(async (part) => {
      const fault = await installPart(part, { tools, report, logs, signal: ending.signal });
      // Everything but its queries works without the connector.
      if (part.needs !== "java" || ending.signal.aborted) return fault;
      if (fault !== undefined) onNote?.(fault);
      return undefined;
    });
    for (const one of stale) jobs.push(installPackages(one, { report, logs, signal: ending.signal }));
    const faults = (await Promise.all(jobs)).filter((fault) => fault !== undefined);
    if (ending.signal.aborted) throw new InterruptedError();
    if (faults.length > 0) throw new InstallationError(faults.join("\n\n"));
  } catch (error) {
    if (error instanceof InstallationError) throw error;
    throw new InstallationError(
      `the cache folder "${cacheFolder()}" cannot be used: ${/** @type {Error} */ (error).message}: set ATHENA_SPOKES_CACHE to a folder that can be written`,
    );
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

/**
 * A package.json whose packages are installed beside it.
 *
 * @typedef {object} Packages
 * @property {string} name
 * @property {string} title
 * @property {string} folder
 */

/** @type {Packages} */
const PROJECT = { name: "packages", title: "packages of package.json", folder: ROOT };

/** What only tests run, apart from the project because of its licence. @type {Packages} */
const ORACLE = { name: "oracle", title: "oracle of the tests", folder: path.join(ROOT, "test", "oracle") };

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} title
 * @property {string} folder
 * @property {string} file there when the part is whole
 * @property {"go" | "python" | "java"} needs
 * @property {(partial: string, work: Work) => Promise<void>} make fills the folder
 */

/**
 * @typedef {object} Work
 * @property {import("./installation/tools").Tools} tools
 * @property {(program: string, args: readonly string[], where: { cwd: string, env?: NodeJS.ProcessEnv }) => Promise<string>} run
 */

/** @returns {Part} */
function engine() {
  const source = path.join(__dirname, "engine");
  const pins = readPins(source, "go.mod", "go.sum");
  const version = versionOf(pins, /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/);
  const folder = cached("engine", version, pins);
  return {
    name: "engine",
    title: `Pulumi engine ${version}`,
    folder,
    file: path.join(folder, "pulumi"),
    needs: "go",
    make: async (partial, { tools, run: go }) => {
      const flags = `-s -w -X ${ENGINE_VERSION_VARIABLE}=v${version}`;
      const output = path.join(partial, "pulumi");
      await go(tools.go, [...GO_BUILD, "-ldflags", flags, "-o", output, ENGINE_PACKAGE], { cwd: source });
    },
  };
}

/** @returns {Part} */
function awsNative() {
  const source = path.join(__dirname, "aws-native");
  const pins = readPins(source, "go.mod", "go.sum");
  const version = versionOf(pins, /pulumi-aws-native\/provider v(\S+)/);
  // The engine warns about a plugin older than the SDK that asks for it. The resource types are the same
  // Cloud Control calls in both, so the provider claims the SDK's version and names its own behind the plus.
  const claimed = `${packageVersion("@pulumi/aws-native")}+module.${version}`;
  const folder = cached("aws-native", version, pins + claimed);
  return {
    name: "aws-native",
    title: `aws-native provider ${version}`,
    folder,
    file: path.join(folder, "pulumi-resource-aws-native"),
    needs: "go",
    make: async (partial, { tools, run: go }) => {
      const about = await go(tools.go, ["mod", "download", "-json", AWS_NATIVE_MODULE], { cwd: source });
      const { Dir: module } = /** @type {{ Dir: string }} */ (parsed(about));
      const copy = path.join(partial, "source");
      const main = path.join(copy, "cmd", "pulumi-resource-aws-native");
      copyWritable(module, copy);
      // The module embeds these two compressed, and is published without them.
      for (const name of ["schema.json", "metadata.json"]) await compress(path.join(main, name));
      const flags = `-s -w -X ${AWS_NATIVE_VERSION_VARIABLE}=${claimed}`;
      const output = path.join(partial, "pulumi-resource-aws-native");
      const args = [...GO_BUILD, "-ldflags", flags, "-o", output, "./cmd/pulumi-resource-aws-native"];
      await go(tools.go, args, { cwd: copy });
      fs.rmSync(copy, { recursive: true });
    },
  };
}

/** @returns {Part} */
function moto() {
  const source = path.join(__dirname, "moto");
  const pins = readPins(source, "requirements.txt");
  const version = versionOf(pins, /^moto(?:\[[^\]]*\])?==(\S+)/m);
  const folder = cached("moto", version, pins);
  return {
    name: "moto",
    title: `emulated cloud (moto ${version})`,
    folder,
    file: path.join(folder, "bin", "python"),
    needs: "python",
    make: async (partial, { tools, run: python }) => {
      await python(tools.python, ["-m", "venv", partial], { cwd: source });
      const own = path.join(partial, "bin", "python");
      const pip = [
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
      ];
      await python(own, [...pip, "-r", "requirements.txt"], { cwd: source });
      // Commands made by pip and venv name the folder they were made in, which is renamed now.
      for (const name of fs.readdirSync(path.join(partial, "bin")).filter((n) => !n.startsWith("python")))
        fs.rmSync(path.join(partial, "bin", name), { recursive: true });
    },
  };
}

const CONNECTOR_JAR = "connector.jar";
const CONNECTOR_CLASSES = "classes";

/** @returns {Part} */
function connector() {
  const source = path.join(__dirname, "functions", "jvm");
  const host = path.join(source, "host");
  const sources = fs.readdirSync(host).sort();
  const pins = readPins(source, "artifact.json");
  const { artifact, version, sha256, mavenDependencyPlugin } =
    /** @type {{ artifact: string, version: string, sha256: string, mavenDependencyPlugin: string }} */ (
      parsed(pins)
    );
  const folder = cached("connector", version, pins + readPins(host, ...sources));
  return {
    name: "connector",
    title: `DynamoDB connector ${version}`,
    folder,
    file: path.join(folder, CONNECTOR_CLASSES, "ConnectorHost.class"),
    needs: "java",
    make: async (partial, { tools, run: java }) => {
      if (tools.java === undefined) throw new Error("no JDK was found");
      const { javac, mvn } = tools.java;
      const goal = `org.apache.maven.plugins:maven-dependency-plugin:${mavenDependencyPlugin}:copy`;
      const copy = [`-Dartifact=${artifact}:${version}`, `-DoutputDirectory=${partial}`];
      await java(mvn, ["-q", "-B", "-ntp", goal, ...copy], { cwd: partial });
      const jar = path.join(partial, CONNECTOR_JAR);
      fs.renameSync(path.join(partial, `${artifact.split(":")[1] ?? ""}-${version}.jar`), jar);
      const found = await sha256Of(jar);
      if (found !== sha256)
        throw new Error(
          `${artifact}:${version} has the SHA-256 ${found}, not ${sha256}: look at the Maven repository it came from`,
        );
      const classes = path.join(partial, CONNECTOR_CLASSES);
      const files = sources.map((name) => path.join(host, name));
      await java(javac, ["--release", "17", "-cp", jar, "-d", classes, ...files], { cwd: host });
    },
  };
}

/** @param {string} file */
async function sha256Of(file) {
  const hash = createHash("sha256");
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest("hex");
}

/**
 * @param {Part} part
 * @param {{ tools: import("./installation/tools").Tools, report: Report, logs: string, signal: AbortSignal }} how
 * @returns {Promise<string | undefined>} the fault, in a paragraph
 */
function installPart(part, { tools, report, logs, signal }) {
  return reported(part, { report, logs, signal }, (log, onLine, onWait) =>
    ensureFolder(part.folder, {
      isWhole: () => fs.existsSync(part.file),
      signal,
      onWait,
      make: async (partial, also) => {
        const environment = part.needs === "go" ? { CGO_ENABLED: "0", GOWORK: "off" } : {};
        await part.make(partial, {
          tools,
          run: (program, args, { cwd, env }) =>
            run(program, args, {
              cwd,
              env: { ...withoutNpm(process.env), ...environment, ...env },
              log,
              signal,
              onLine,
              onStart: also,
            }),
        });
      },
    }),
  );
}

/**
 * @param {Packages} packages
 * @param {{ report: Report, logs: string, signal: AbortSignal }} how
 * @returns {Promise<string | undefined>} the fault, in a paragraph
 */
function installPackages(packages, { report, logs, signal }) {
  const { folder } = packages;
  const key = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  const lock = path.join(cacheFolder(), "packages", `${key}.lock`);
  return reported(packages, { report, logs, signal }, (log, onLine, onWait) =>
    withLock(lock, { signal, onWait }, async (also) => {
      if (packagesAreCurrent(folder)) return;
      // The tests and the launchers need the development packages, whatever NODE_ENV says.
      const args = ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"];
      const env = withoutNpm(process.env);
      await run("npm", args, { cwd: folder, env, log, signal, onLine, onStart: also });
    }),
  );
}

/**
 * Does one part's work and reports on it.
 *
 * @param {{ name: string, title: string }} part
 * @param {{ report: Report, logs: string, signal: AbortSignal }} how
 * @param {(log: string, onLine: (line: string) => void, onWait: (holder: number) => void) => Promise<unknown>} work
 * @returns {Promise<string | undefined>} the fault, in a paragraph
 */
async function reported({ name, title }, { report, logs, signal }, work) {
  const log = path.join(logs, `${name}-${String(process.pid)}.log`);
  /**
   * @param {Progress["state"]} state
   * @param {string} detail
   */
  const tell = (state, detail) => {
    report({ part: name, title, state, detail });
  };
  tell("started", "");
  try {
    await work(
      log,
      (line) => {
        tell("output", line);
      },
      (holder) => {
        tell("waiting", `process ${String(holder)} is installing it`);
      },
    );
    tell("done", "");
    fs.rmSync(log, { force: true });
    return undefined;
  } catch (error) {
    if (signal.aborted) {
      tell("failed", "interrupted");
      fs.rmSync(log, { force: true });
      return "interrupted";
    }
    const fault = faultOf(/** @type {Error} */ (error));
    tell("failed", fault);
    const tail = error instanceof CommandError ? error.tail.map((line) => `  ${line}\n`).join("") : "";
    return `${title} could not be installed: ${fault}\n${tail}  (log: ${log})`;
  }
}

/**
 * What went wrong, with the remedy where it is known.
 *
 * @param {Error} error
 */
function faultOf(error) {
  const text = [error.message, ...(error instanceof CommandError ? error.tail : [])].join("\n");
  const { code } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === "ENOSPC" || /ENOSPC|no space left on device/i.test(text))
    return `${error.message}: the disk is full, make room on the disk of ${cacheFolder()} and of ${os.tmpdir()}`;
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|no such host|dial tcp|i\/o timeout|name resolution|NewConnectionError|ConnectTimeout|ProxyError|Network is unreachable/i.test(
      text,
    )
  )
    return `${error.message}: its server could not be reached, look at the network and the proxy settings and run it again`;
  return error.message;
}

/** What of npm's variables says where the network is; the others speak of the script that npm runs. */
const NPM_NETWORK =
  /^npm_config_(@.*|registry|.*proxy|ca|cafile|strict_ssl|userconfig|globalconfig|cache|offline)$/i;

/**
 * The environment without what npm puts there for the script it runs, which would bend other programs,
 * a second npm among them.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv}
 */
function withoutNpm(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => name !== "INIT_CWD" && (!/^npm_/i.test(name) || NPM_NETWORK.test(name)),
    ),
  );
}

/**
 * Whether node_modules holds what package-lock.json says.
 *
 * @param {string} folder where both are
 */
function packagesAreCurrent(folder) {
  const wanted = lockedPackages(path.join(folder, "package-lock.json"));
  // npm writes this file last, so an interrupted installation has none.
  const found = lockedPackages(path.join(folder, "node_modules", ".package-lock.json"));
  if (wanted === undefined || found === undefined) return false;
  const names = Object.keys(wanted).filter((name) => name !== "");
  return (
    names.every((name) => {
      const installed = found[name];
      // Optional packages are for some platforms only.
      if (installed === undefined) return wanted[name]?.optional === true;
      return installed.version === wanted[name]?.version && installed.integrity === wanted[name]?.integrity;
    }) && Object.keys(found).every((name) => wanted[name] !== undefined)
  );
}

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage */

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined} undefined: there is no such file
 */
function lockedPackages(file) {
  try {
    const lock = /** @type {{ packages: Record<string, LockedPackage> }} */ (
      parsed(fs.readFileSync(file, "utf8"))
    );
    return lock.packages;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * The exact version that package.json asks for.
 *
 * @param {string} name
 */
function packageVersion(name) {
  const { dependencies } = /** @type {{ dependencies: Record<string, string> }} */ (
    parsed(fs.readFileSync(path.join(ROOT, "package.json"), "utf8"))
  );
  const version = dependencies[name];
  if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version))
    throw new Error(`package.json asks for ${name} "${String(version)}": write one exact version`);
  return version;
}

/**
 * @param {string} folder
 * @param {readonly string[]} names
 */
function readPins(folder, ...names) {
  return names.map((name) => fs.readFileSync(path.join(folder, name), "utf8")).join("\n");
}

/**
 * @param {string} pins
 * @param {RegExp} pattern
 */
function versionOf(pins, pattern) {
  const version = pattern.exec(pins)?.[1];
  if (version === undefined) throw new Error(`no version matches ${String(pattern)} in the pinned versions`);
  return version;
}

/**
 * @param {string} name
 * @param {string} version
 * @param {string} pins
 */
function cached(name, version, pins) {
  const key = [RECIPE, process.platform, process.arch, pins].join("\n");
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 8);
  return path.join(cacheFolder(), name, `${version}-${hash}`);
}

/**
 * @param {string} json
 * @returns {unknown}
 */
function parsed(json) {
  return JSON.parse(json);
}

/**
 * Copies a folder whose files are read-only, as those of Go's module cache are.
 *
 * @param {string} from
 * @param {string} to
 */
function copyWritable(from, to) {
  fs.mkdirSync(to, { recursive: true });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) copyWritable(source, target);
    else fs.writeFileSync(target, fs.readFileSync(source));
  }
}

/** @param {string} file */
async function compress(file) {
  await pipeline(fs.createReadStream(file), createGzip(), fs.createWriteStream(`${file}.gz`));
}

module.exports = {
  cacheFolder,
  locations,
  ensureInstalled,
  PROJECT,
  ORACLE,
  withoutNpm,
  InstallationError,
  MissingToolsError,
  InterruptedError,
};
