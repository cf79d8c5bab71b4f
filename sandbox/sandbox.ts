import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { get } from "node:http";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import lockfile from "proper-lockfile";
import { InputError } from "../access/faults";
import type { GatewaySettings, Health, RunningProcess } from "./gateway/process";
import type { Refused } from "./gateway/quick/act";
import type { SessionCredentials } from "./gateway/role-session";
import { cacheFolder, locations } from "./installation.js";
import { installLaunchers } from "./launchers";
import { ADMINISTRATOR, QUICK } from "./world";

/** The sandbox that commands mean when no name is given. */
export const DEFAULT_SANDBOX = "default";

/** Names the folder of the sandbox that a process has entered. */
const SANDBOX_VARIABLE = "ATHENA_SPOKES_SANDBOX";

/** How long a start or a stop may take, in milliseconds. They take 1-3 s; a loaded machine may need longer. */
const START_WITHIN = 60_000;
const STOP_WITHIN = 60_000;

/** How often a condition is looked at, in milliseconds. */
const LOOK_AGAIN = 20;

/** A sandbox and where it keeps its state. */
export interface SandboxPlace {
  /** Lower-case letters, digits and hyphens. Default: `default`. */
  readonly name?: string;
  /** Default: `sandboxes/<name>` in the cache folder. */
  readonly folder?: string;
}

export interface StartOptions extends SandboxPlace {
  /** Port of the endpoint on 127.0.0.1. Default: the one it had before, when that is free, else any free one. */
  readonly port?: number;
  /** `sandbox`: this project's aws provider and the built aws-native; `real`: the engine downloads both. Default: `sandbox`. */
  readonly providers?: "sandbox" | "real";
  /**
   * Whether permissions are asked for. False: everybody who has a key may do everything. Default: as it was before, at
   * first true.
   */
  readonly iam?: boolean;
}

/** A sandbox that answers. */
export interface RunningSandbox {
  readonly name: string;
  readonly folder: string;
  /** `http://127.0.0.1:<port>`, for AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  /** Whether permissions are asked for. */
  readonly iam: boolean;
  /** Variables under which AWS clients and Pulumi work in this sandbox, with the management account's credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that must not be set beside them, since they would lead AWS clients to other credentials or endpoints. */
  readonly unset: readonly string[];
}

/** What `spokes sandbox status` shows. */
export type SandboxStatus =
  | { readonly state: "stopped"; readonly name: string; readonly folder: string }
  | {
      readonly state: "running";
      readonly name: string;
      readonly folder: string;
      readonly endpoint: string;
      /** Whether permissions are asked for. */
      readonly iam: boolean;
      /** ISO time. */
      readonly started: string;
      /** Memory in bytes. */
      readonly processes: Health["processes"];
    };

/** A sandbox cannot be started or stopped; the message has the reason and the remedy. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
}

/**
 * Starts a sandbox, or returns the one that is running. Two processes may do so at the same time. Its processes live on
 * when the caller ends, until `stopSandbox`.
 *
 * @throws SandboxError
 */
export async function startSandbox(options: StartOptions = {}): Promise<RunningSandbox> {
  const { name, folder } = placeOf(options);
  return locked(folder, async () => {
    await mkdir(folder, { recursive: true });
    const running = (await runningProcess(folder)) ?? (await startProcess(name, folder, options));
    if (options.port !== undefined && options.port !== running.port) {
      throw new SandboxError(
        `sandbox "${name}" is running on port ${running.port}, not ${options.port}: stop it first, or leave out the port`,
      );
    }
    if (options.iam !== undefined && options.iam !== running.iam) {
      const [is, asked] = running.iam ? ["enforced", "not to be"] : ["not enforced", "to be"];
      throw new SandboxError(
        `sandbox "${name}" is running with permissions ${is}, and they are ${asked}: stop it first, or leave out the option`,
      );
    }
    const pulumiHome = path.join(folder, "pulumi-home");
    const backend = path.join(folder, "backend");
    await mkdir(backend, { recursive: true });
    await installLaunchers(pulumiHome, options.providers ?? "sandbox");
    const endpoint = `http://127.0.0.1:${running.port}`;
    const { iam } = running;
    return {
      name,
      folder,
      endpoint,
      iam,
      environment: { ...environment(endpoint, pulumiHome, backend), [SANDBOX_VARIABLE]: folder },
      unset: unset(),
    };
  });
}

/** Lets everything that this process does from now on see the sandbox in place of AWS. */
export function enterSandbox({ environment: variables, unset: others }: RunningSandbox): void {
  for (const name of others) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, variables);
}

/** What acts as Quick in a sandbox: for a data source it answers credentials of Role B, or which role was refused and why. */
export type ActInSandbox = (wanted: { readonly dataSource: string; readonly scopedDown: boolean }) => Promise<
  | {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string;
      readonly expiration: Date;
    }
  | { readonly refused: string; readonly reason: string }
>;

/** Acts as Quick in the sandbox that this process has entered; undefined when its AWS is no sandbox. */
export async function enteredQuick(): Promise<ActInSandbox | undefined> {
  const folder = process.env[SANDBOX_VARIABLE];
  const recorded = folder === undefined ? undefined : await recordedProcess(folder);
  const endpoint = `http://127.0.0.1:${recorded?.port ?? 0}`;
  // A shell may have left it for AWS since.
  if (recorded === undefined || process.env["AWS_ENDPOINT_URL"] !== endpoint) return undefined;
  return async (wanted) => {
    const answer = await fetch(`${endpoint}/_sandbox/quick`, {
      method: "POST",
      headers: { authorization: recorded.secret },
      body: JSON.stringify(wanted),
    });
    const body = (await answer.json()) as Partial<SessionCredentials & Refused & { message: string }>;
    if (body.refused !== undefined) return { refused: body.refused, reason: body.reason ?? "" };
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = body;
    if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
      throw new SandboxError(`the sandbox's Quick does not query: ${body.message ?? answer.statusText}`);
    return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(body.Expiration ?? 0) };
  };
}

/** Says whether a sandbox is running. */
export async function sandboxStatus(place: SandboxPlace = {}): Promise<SandboxStatus> {
  const { name, folder } = placeOf(place);
  const running = await runningProcess(folder);
  if (running === undefined) return { state: "stopped", name, folder };
  const { port, iam, started, health } = running;
  const endpoint = `http://127.0.0.1:${port}`;
  return { state: "running", name, folder, endpoint, iam, started, processes: health.processes };
}

/**
 * Stops a sandbox; its state stays. True when it was running.
 *
 * @throws SandboxError when it does not end
 */
export async function stopSandbox(place: SandboxPlace = {}): Promise<boolean> {
  const { folder } = placeOf(place);
  return locked(folder, () => stop(folder));
}

/** Stops a sandbox and removes everything in it. @throws SandboxError when it does not end */
export async function resetSandbox(place: SandboxPlace = {}): Promise<void> {
  const { folder } = placeOf(place);
  await locked(folder, async () => {
    await stop(folder);
    await rm(folder, { recursive: true, force: true });
  });
}

/** Variables that would lead AWS clients elsewhere: to other credentials, or past `AWS_ENDPOINT_URL` to other endpoints. */
function unset(): string[] {
  return [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    // One for each service; only those that are set can be known.
    ...Object.keys(process.env).filter((name) => name.startsWith("AWS_ENDPOINT_URL_")),
  ];
}

function environment(endpoint: string, pulumiHome: string, backend: string): Record<string, string> {
  const { enginePath } = locations();
  const direct = [process.env["NO_PROXY"] ?? process.env["no_proxy"] ?? "", "127.0.0.1"]
    .filter((s) => s !== "")
    .join(",");
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: ADMINISTRATOR.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ADMINISTRATOR.secretAccessKey,
    // Somebody's own token beside these keys would make them another's.
    AWS_SESSION_TOKEN: "",
    AWS_REGION: QUICK.identityRegion,
    AWS_DEFAULT_REGION: QUICK.identityRegion,
    AWS_EC2_METADATA_DISABLED: "true",
    NO_PROXY: direct,
    no_proxy: direct,
    PATH: [enginePath, process.env["PATH"] ?? ""].filter((part) => part !== "").join(path.delimiter),
    PULUMI_BACKEND_URL: pathToFileURL(backend).href,
    PULUMI_HOME: pulumiHome,
    PULUMI_CONFIG_PASSPHRASE: "sandbox",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

function placeOf({ name = DEFAULT_SANDBOX, folder }: SandboxPlace): { name: string; folder: string } {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) {
    throw new InputError("the command line", [
      {
        path: "sandbox",
        message: `sandbox name "${name}" is not valid: use 1-40 lower-case letters, digits and hyphens`,
      },
    ]);
  }
  return { name, folder: path.resolve(folder ?? path.join(cacheFolder(), "sandboxes", name)) };
}

/** Starting, stopping and resetting one sandbox happen one after the other, whoever does them. */
async function locked<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(folder), { recursive: true });
  const release = await lockfile.lock(folder, {
    lockfilePath: `${folder}.lock`,
    realpath: false,
    stale: 30_000,
    retries: { retries: 1200, factor: 1, minTimeout: 50, maxTimeout: 100 },
  });
  try {
    return await work();
  } finally {
    await release();
  }
}

/** The process that sandbox.json names, when it is still that one. */
async function runningProcess(folder: string): Promise<(RunningProcess & { health: Health }) | undefined> {
  const recorded = await recordedProcess(folder);
  if (recorded === undefined) return undefined;
  const health = await healthOf(recorded.port);
  // Another program may have the port by now, or another sandbox.
  return health?.token === recorded.token ? { ...recorded, health } : undefined;
}

async function recordedProcess(folder: string): Promise<RunningProcess | undefined> {
  try {
    return JSON.parse(await readFile(path.join(folder, "sandbox.json"), "utf8")) as RunningProcess;
  } catch {
    // Not there, or not whole: whatever it named cannot be found by it.
    return undefined;
  }
}

async function healthOf(port: number): Promise<Health | undefined> {
  return new Promise((resolve) => {
    const request = get(
      { host: "127.0.0.1", port, path: "/_sandbox/health", agent: false, timeout: 10_000 },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("error", () => {
          resolve(undefined);
        });
        response.on("end", () => {
          try {
            resolve(JSON.parse(text) as Health);
          } catch {
            resolve(undefined);
          }
        });
      },
    );
    request.on("timeout", () => request.destroy());
    request.on("error", () => {
      resolve(undefined);
    });
  });
}

async function startProcess(
  name: string,
  folder: string,
  { port, iam }: StartOptions,
): Promise<RunningProcess> {
  const { python, connector } = locations();
  if (!existsSync(python)) {
    throw new SandboxError(`the sandbox's emulator is not installed (${python}): run npm start once`);
  }
  const program = path.join(folder, "gateway.js");
  await bundleGateway(program);
  const logFile = path.join(folder, "gateway.log");
  const log = await open(logFile, "a");
  const logged = (await stat(logFile)).size;
  const before = await recordedProcess(folder);
  const settings: GatewaySettings = {
    name,
    folder,
    port: port ?? before?.port ?? 0,
    iam: iam ?? before?.iam ?? true,
    otherPort: port === undefined,
    token: randomUUID(),
    python,
    launcher: path.join(__dirname, "moto", "serve.py"),
    duckDb: require.resolve("@duckdb/node-api"),
    hosts: path.join(__dirname, "functions"),
    modules: path.join(__dirname, "..", "node_modules"),
    ...(connector === undefined ? {} : { connector }),
  };
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    // A group and session of its own: neither the caller's end nor a Ctrl-C in its terminal reaches it.
    detached: true,
    cwd: folder,
    stdio: ["ignore", log.fd, log.fd],
    env: { ...cleanEnvironment(), ...SMALL_HEAP },
  });
  const failed = once(child, "error").then(([error]) => {
    throw new SandboxError(`sandbox "${name}" cannot be started: ${String(error)}`);
  });
  const ended = once(child, "exit").then(async ([code]) => {
    const said = (await readFile(logFile)).subarray(logged).toString("utf8").trim();
    const remedy = code === 3 ? `: \`spokes sandbox reset --name ${name}\` removes its state` : "";
    throw new SandboxError(`sandbox "${name}" cannot be started${remedy}\n${said}\n(${logFile})`);
  });
  try {
    return await Promise.race([ready(folder, settings.token), failed, ended]);
  } catch (error) {
    if (child.exitCode === null) child.kill("SIGKILL");
    throw error;
  } finally {
    failed.catch(() => undefined);
    ended.catch(() => undefined);
    child.unref();
    await log.close();
  }
}

async function ready(folder: string, token: string): Promise<RunningProcess> {
  const running = await until(START_WITHIN, async () => {
    const recorded = await recordedProcess(folder);
    return recorded?.token === token && (await healthOf(recorded.port)) !== undefined ? recorded : undefined;
  });
  if (running === undefined) {
    throw new SandboxError(
      `the sandbox does not answer within ${START_WITHIN / 1000} s: see ${folder}/gateway.log`,
    );
  }
  return running;
}

/** One file starts in a third of the time that compiling each source would take, and needs no compiler running. */
async function bundleGateway(outfile: string): Promise<void> {
  await build({
    entryPoints: [path.join(__dirname, "gateway", "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: `node${process.versions.node}`,
    sourcemap: "inline",
    logLevel: "silent",
  });
}

/** What the gateway and moto see: nothing of the caller's AWS or proxy settings. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS|MOTO|NODE_OPTIONS|PYTHON)|_proxy$/i.test(name)),
  );
}

/**
 * glibc gives each thread a heap of its own, and keeps in it what objects of S3, pages of tables and blocks of connectors took: a
 * gigabyte after a large query. With these, what is large goes back when it is done with. moto has them from the gateway.
 */
const SMALL_HEAP = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "131072",
  MALLOC_TRIM_THRESHOLD_: "131072",
};

async function stop(folder: string): Promise<boolean> {
  const running = await runningProcess(folder);
  if (running === undefined) return false;
  process.kill(running.pid, "SIGTERM");
  const gone = await until(STOP_WITHIN, () => Promise.resolve(isAlive(running.pid) ? undefined : true));
  if (gone === undefined) {
    throw new SandboxError(
      `the sandbox does not stop within ${STOP_WITHIN / 1000} s: see ${folder}/gateway.log, and end process ${running.pid} yourself`,
    );
  }
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What `look` finds, as soon as it finds something; undefined after the time given in milliseconds. */
async function until<T>(within: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() > end) return found;
    await pause(LOOK_AGAIN);
  }
}
