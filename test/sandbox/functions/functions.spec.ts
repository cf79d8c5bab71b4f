import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Functions } from "../../../sandbox/functions/functions";
import type { FunctionToRun } from "../../../sandbox/functions/functions";
import { jvmRuntime } from "../../../sandbox/functions/runtimes";
import type { Runtime } from "../../../sandbox/functions/runtimes";

/** Stands for Java: does what the payload says, and answers with its process id and what it has in hand. */
const HOST = `#!${process.execPath}
const frame = (kind, payload) => {
  const head = Buffer.alloc(5);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(Buffer.byteLength(payload), 1);
  process.stdout.write(Buffer.concat([head, Buffer.from(payload)]));
};
const handler = process.argv[process.argv.length - 1];
if (handler === "Broken") { frame(3, JSON.stringify({ errorType: "java.lang.ClassNotFoundException", errorMessage: "Broken" })); process.exit(0); }
if (handler === "Dead") process.exit(3);
frame(2, "");
let held = Buffer.alloc(0), running = 0;
process.stdin.on("data", (chunk) => {
  held = Buffer.concat([held, chunk]);
  let at = 0;
  const text = () => { const n = held.readUInt16BE(at); at += 2 + n; return held.toString("utf8", at - n, at); };
  const requestId = text(), arn = text();
  at += 12;
  text(); text();
  const length = held.readInt32BE(at);
  if (held.length < at + 4 + length) return;
  const payload = held.toString("utf8", at + 4, at + 4 + length);
  held = held.subarray(at + 4 + length);
  running++;
  console.error("noise of " + requestId);
  const answer = () => { frame(0, JSON.stringify({ pid: process.pid, requestId, arn, running, value: process.env.value })); running--; };
  if (payload === "hang") return;
  if (payload === "crash") process.exit(7);
  if (payload === "throw") { running--; frame(1, JSON.stringify({ errorType: "E", errorMessage: "thrown" })); return; }
  if (payload === "large") { running--; frame(0, "x".repeat(6291557)); return; }
  setTimeout(answer, 20);
});
process.stdin.on("end", () => process.exit(0));
`;

describe("functions in warm processes", () => {
  let folder: string;
  let functions: Functions;
  let java: Runtime;
  let released: string[];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "functions-"));
    await writeFile(path.join(folder, "java"), HOST);
    await chmod(path.join(folder, "java"), 0o755);
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => {
    released = [];
    functions = new Functions();
    java = jvmRuntime({ java: path.join(folder, "java"), classPath: "none" });
  });
  afterEach(() => functions.close());

  const fn = (name: string, more: Partial<FunctionToRun> = {}): FunctionToRun => ({
    arn: `arn:aws:lambda:us-east-1:120000000001:function:${name}`,
    name,
    handler: "Handler",
    timeout: 10,
    memory: 128,
    revision: "1",
    runtime: java,
    environment: () => ({ value: name }),
    released: ({ value }) => {
      released.push(String(value));
    },
    ...more,
  });

  async function invoke(
    of: FunctionToRun,
    payload = "",
  ): Promise<{ kind: string; log: string; [member: string]: unknown }> {
    const requestId = `request-${payload}`;
    const outcome = await functions.invoke(of, {
      requestId,
      functionArn: of.arn,
      payload: Buffer.from(payload),
    });
    const text = outcome.payload.toString();
    return { kind: outcome.kind, log: outcome.log, ...(JSON.parse(text) as object) };
  }

  it("answer from one process, with the function's environment; what they print is the log", async () => {
    const first = await invoke(fn("a"), "1");
    expect(first).to.include({ kind: "answer", requestId: "request-1", arn: fn("a").arn, value: "a" });
    const second = await invoke(fn("a"), "2");
    expect(second["pid"]).to.equal(first["pid"]);
    expect(second.log).to.equal("noise of request-1\nnoise of request-2\n");
  });

  it("run one invocation at a time", async () => {
    const all = await Promise.all(["1", "2", "3"].map((payload) => invoke(fn("a"), payload)));
    expect(all.map(({ requestId, running }) => [requestId, running])).to.deep.equal([
      ["request-1", 1],
      ["request-2", 1],
      ["request-3", 1],
    ]);
  });

  it("get a process of their own for another revision", async () => {
    const first = await invoke(fn("a"));
    const second = await invoke(fn("a", { revision: "2" }));
    expect(second["pid"]).to.not.equal(first["pid"]);
    expect(released).to.deep.equal(["a"]);
  });

  it("are at most three processes: the one not used for longest makes room", async () => {
    const [a] = [await invoke(fn("a")), await invoke(fn("b")), await invoke(fn("c"))];
    expect((await invoke(fn("a")))["pid"]).to.equal(a["pid"]);
    await invoke(fn("d"));
    expect(released).to.deep.equal(["b"]);
    expect((await functions.processes()).map(({ name }) => name.split(":")[2])).to.have.members([
      "a",
      "c",
      "d",
    ]);
  });

  it("wait for room when all are at work", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const all = await Promise.all(names.map((name) => invoke(fn(name))));
    expect(all.map(({ value }) => value)).to.deep.equal(names);
    expect((await functions.processes()).length).to.equal(3);
  });

  it("are ended at their timeout, and run again", async () => {
    const late = await invoke(fn("a", { timeout: 0.3 }), "hang");
    expect(late).to.deep.include({ kind: "error", errorType: "Sandbox.Timedout" });
    expect(late["errorMessage"]).to.match(/^20\S+Z request-hang Task timed out after 0\.30 seconds$/);
    expect((await invoke(fn("a"), "2")).kind).to.equal("answer");
  });

  const faults: [string, Partial<FunctionToRun>, string, object][] = [
    ["thrown", {}, "throw", { errorType: "E", errorMessage: "thrown" }],
    [
      "of a process that ends",
      {},
      "crash",
      {
        errorType: "Runtime.ExitError",
        errorMessage: "RequestId: request-crash Error: Runtime exited with error: exit status 7",
      },
    ],
    [
      "of a handler that cannot be loaded",
      { handler: "Broken" },
      "",
      { errorType: "java.lang.ClassNotFoundException", errorMessage: "Broken" },
    ],
    [
      "of a process that does not start",
      { handler: "Dead" },
      "",
      { errorType: "Runtime.ExitError", errorMessage: "the function's process did not start: 3" },
    ],
    [
      "of an answer above 6 MB",
      {},
      "large",
      {
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
      },
    ],
  ];
  for (const [name, more, payload, expected] of faults)
    it(`tell the fault ${name}, and run again`, async () => {
      const { log, ...outcome } = await invoke(fn("a", more), payload);
      expect(outcome).to.deep.equal({ kind: "error", ...expected });
      expect(log).to.be.a("string");
      expect((await invoke(fn("a", { revision: "good" }), "2")).kind).to.equal("answer");
    });

  it("end with a fault when there is no Java", async () => {
    const runtime = jvmRuntime({ java: path.join(folder, "none"), classPath: "none" });
    const { kind, payload } = await functions.invoke(fn("a", { runtime }), {
      requestId: "r",
      functionArn: "a",
      payload: Buffer.alloc(0),
    });
    expect([kind, JSON.parse(payload.toString())]).to.deep.equal([
      "error",
      {
        errorType: "Runtime.ExitError",
        errorMessage: `the function's process did not start: spawn ${path.join(folder, "none")} ENOENT`,
      },
    ]);
  });

  it("are all gone after close, also those at work", async () => {
    const { pid } = await invoke(fn("a"));
    const hanging = invoke(fn("a"), "hang");
    // After this it is at work: what precedes it takes no turn of the event loop.
    await new Promise(setImmediate);
    await functions.close();
    expect(await hanging).to.deep.include({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: request-hang Error: Runtime exited with error: signal: SIGKILL",
    });
    expect((await invoke(fn("b")))["errorMessage"]).to.equal("the sandbox is being stopped");
    expect(() => process.kill(Number(pid), 0)).to.throw("ESRCH");
    expect(await functions.processes()).to.deep.equal([]);
  });
});
