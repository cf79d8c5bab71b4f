import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { invocationFrame } from "../../../sandbox/functions/frames";
import { nodeRuntime, pythonRuntime } from "../../../sandbox/functions/runtimes";
import { locations } from "../../../sandbox/installation.js";

const HOSTS = path.resolve(__dirname, "../../../sandbox/functions");

describe("processes of Node and Python functions", () => {
  let code: string;

  before(async () => {
    code = await mkdtemp(path.join(tmpdir(), "orphans-"));
    await writeFile(
      path.join(code, "index.js"),
      "exports.handler = async () => { console.log('at work'); setInterval(() => {}, 1000); await new Promise(() => {}); };",
    );
    await writeFile(
      path.join(code, "index.py"),
      "def handler(event, context):\n    print('at work')\n    while True: pass",
    );
  });
  after(() => rm(code, { recursive: true, force: true }));

  const fn = { handler: "index.handler", memory: 128 };
  for (const [name, runtime] of [
    ["Node", nodeRuntime(HOSTS)],
    ["Python", pythonRuntime(HOSTS, locations().python)],
  ] as const)
    for (const busy of [false, true])
      it(`of ${name} end when nobody listens to them any more, ${busy ? "even at work" : "while they wait"}`, async () => {
        const { file, args, folder } = runtime.command({ ...fn, code });
        const child = spawn(file, args, {
          cwd: folder,
          env: {},
          stdio: ["ignore", "pipe", "inherit", "pipe"],
        });
        const channel = child.stdio[3] as Socket;
        // The first frame says that the handler is loaded.
        await once(channel, "data");
        if (busy) {
          const invocation = { requestId: "r", functionArn: "a", payload: Buffer.from("{}") };
          const about = { deadline: Date.now() + 60_000, memory: 128, logGroup: "g", logStream: "s" };
          channel.write(invocationFrame(invocation, about));
          const [printed] = (await once(child.stdout as Readable, "data")) as [Buffer];
          expect(printed.toString()).to.include("at work");
        }
        const ended = once(child, "exit");
        channel.destroy();
        expect(await ended).to.deep.equal([0, null]);
      });
});
