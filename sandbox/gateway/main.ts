/**
 * The gateway's process: starts moto, serves, and keeps both states in the sandbox's folder.
 *
 *     node gateway.js <GatewaySettings as JSON>
 *
 * It ends, with everything written, on SIGTERM. When moto ends by itself, so does the gateway.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { DuckDb } from "./athena/engine";
import { FunctionCode } from "../functions/code";
import { Functions } from "../functions/functions";
import { jvmRuntime, nodeRuntime, pythonRuntime } from "../functions/runtimes";
import { createGateway } from "./gateway";
import { Moto } from "./moto";
import { DamagedState, loadState, saveState } from "./state";
import type { GatewaySettings, RunningProcess } from "./process";

/** How long a change may stay unwritten, in milliseconds; longer when writing itself takes long. */
const SAVE_AFTER = 2000;
const SAVE_AT_MOST = 1 / 20;

async function main(settings: GatewaySettings): Promise<void> {
  const { name, folder, token } = settings;
  const stateFile = path.join(folder, "gateway-state.json");
  const state = loadState(stateFile);
  const { child, port } = await startMoto(settings);
  const moto = new Moto(port);
  const saves = new Saves(async () => {
    const { skipped } = await moto.own<{ skipped: Record<string, string> }>("POST", "save");
    for (const [service, why] of Object.entries(skipped))
      log(`the state of ${service} cannot be kept: ${why}`);
    saveState(stateFile, state);
  });
  const secret = randomUUID();
  const functions = new Functions();
  const { connector, hosts, python, modules } = settings;
  const { server, start } = createGateway({
    state,
    moto,
    functions,
    // Not a part of the bundle: it has a library of its own that is loaded from its folder.
    duckDb: () => createRequire(settings.duckDb)(settings.duckDb) as DuckDb,
    secret,
    runtimes: {
      connector: connector && jvmRuntime(connector),
      nodejs: nodeRuntime(hosts),
      python: pythonRuntime(hosts, python),
    },
    managedResults: path.join(folder, "managed-results"),
    code: new FunctionCode({ folder: path.join(folder, "functions"), python, modules }),
    iam: settings.iam,
    changed: () => {
      saves.due();
    },
    health: async () => ({
      name,
      token,
      processes: [
        { name: "gateway", pid: process.pid, memory: process.memoryUsage.rss() },
        { name: "moto", ...(await moto.own<object>("GET", "health")) },
        ...(await functions.processes()),
      ],
    }),
    log,
  });
  await start();
  await listen(server, settings);

  let ending = false;
  child.once("exit", (code, signal) => {
    if (ending) return;
    log(`moto ended by itself (${String(code ?? signal)})`);
    saveState(stateFile, state);
    process.exit(1);
  });
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    server.close();
    server.closeIdleConnections();
    await functions.close();
    await saves.finish();
    saveState(stateFile, state);
    // moto writes its state when it ends; what has been asked of it until now is in there.
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
    log("stopped");
    process.exit(0);
  };
  process.on("SIGTERM", () => void end());
  process.on("SIGINT", () => undefined);

  const running: RunningProcess = {
    name,
    token,
    secret,
    pid: process.pid,
    motoPid: child.pid ?? 0,
    port: (server.address() as AddressInfo).port,
    iam: settings.iam,
    started: new Date().toISOString(),
  };
  replaceFile(path.join(folder, "sandbox.json"), JSON.stringify(running, null, 2));
  log(`serving on 127.0.0.1:${running.port}`);
}

async function listen(server: Server, { port, otherPort }: GatewaySettings): Promise<void> {
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    if (!otherPort || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
}

/** Starts moto and waits until it says its port. @throws Error with what it said instead. */
async function startMoto({
  python,
  launcher,
  folder,
}: GatewaySettings): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(python, ["-B", launcher, "--state", path.join(folder, "moto-state")], {
    // The pipe to its standard input is how moto notices that the gateway is gone.
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<never>((_resolve, reject) => {
    child.once("error", (error) => {
      reject(new Error(`cannot run ${python}: ${error.message}`));
    });
    child.once("exit", (code) => {
      // serve.py has said on standard error, which is the log, what is wrong.
      reject(new Error(code === 3 ? DAMAGED : `moto ended with exit code ${String(code)} at its start`));
    });
  });
  ended.catch(() => undefined);
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, "line"), ended])) as [string];
  return { child, port: (JSON.parse(line) as { port: number }).port };
}

const DAMAGED = "the state of the emulator cannot be used: it is damaged, or of another version";

/** Writes the state some time after a change, and not so often that it would be all the sandbox does. */
class Saves {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private wait = SAVE_AFTER;

  constructor(private readonly save: () => Promise<void>) {}

  due(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      // One at a time: what changes during one is due again.
      if (this.running !== undefined) this.due();
      else this.running = this.run();
    }, this.wait);
  }

  /** Waits for what is running and begins nothing new. */
  async finish(): Promise<void> {
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    const begun = Date.now();
    try {
      await this.save();
    } catch (error) {
      log(`the state could not be written: ${String(error)}`);
    }
    this.wait = Math.max(SAVE_AFTER, (Date.now() - begun) / SAVE_AT_MOST);
    this.running = undefined;
  }
}

function replaceFile(file: string, content: string): void {
  writeFileSync(`${file}.tmp`, `${content}\n`, { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}

function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

main(JSON.parse(process.argv[2] ?? "{}") as GatewaySettings).catch((error: unknown) => {
  const known = error instanceof DamagedState || (error instanceof Error && error.message === DAMAGED);
  log(`cannot start: ${error instanceof Error ? error.message : String(error)}`);
  // 3: the remedy is a reset.
  process.exit(known ? 3 : 1);
});
