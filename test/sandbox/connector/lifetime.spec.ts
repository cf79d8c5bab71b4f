import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import type { RunningProcess } from "../../../sandbox/gateway/process";
import { resetSandbox, sandboxStatus, startSandbox, stopSandbox } from "../../../sandbox/sandbox";
import { Clients } from "../gateway/clients";
import { MUSIC, connectorOf, makeConnector, needsConnector } from "./producer";

describe("connector: lifetime", () => {
  const connector = connectorOf("120000000803", "acct1dynamodb");
  let folder: string | undefined;
  let place: { name: string; folder: string };

  before(async function () {
    needsConnector(this);
    folder = await mkdtemp(path.join(tmpdir(), "lifetime-"));
    place = { name: "lifetime", folder: path.join(folder, "sandbox") };
    await makeConnector(new Clients((await startSandbox(place)).endpoint), connector, { Music: MUSIC });
  });

  after(async () => {
    if (folder === undefined) return;
    await resetSandbox(place);
    await rm(folder, { recursive: true, force: true });
  });

  /** Invokes the function in the sandbox, which is started for it, and returns its JVM's process id. */
  async function runningJvm(): Promise<number> {
    const { endpoint } = await startSandbox(place);
    const lambda = await new Clients(endpoint).in(LambdaClient, connector.account);
    const identity = { id: "", principal: "", account: "", arn: "", tags: {}, groups: [] };
    const ping = { "@type": "PingRequest", identity, catalogName: "c", queryId: "q" };
    const Payload = Buffer.from(JSON.stringify(ping));
    const { FunctionError } = await lambda.send(new InvokeCommand({ FunctionName: connector.name, Payload }));
    expect(FunctionError).to.equal(undefined);
    const status = await sandboxStatus(place);
    const jvms =
      status.state === "running" ? status.processes.filter(({ name }) => name.startsWith("function ")) : [];
    expect(jvms.map(({ name }) => name)).to.deep.equal([
      `function ${connector.account}:function:acct1dynamodb`,
    ]);
    return jvms[0]?.pid ?? 0;
  }

  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  it("ends with the sandbox, and the function still runs in the next one", async () => {
    const pid = await runningJvm();
    await stopSandbox(place);
    expect(isAlive(pid)).to.equal(false);
    expect(await runningJvm()).to.not.equal(pid);
  });

  it("ends when the gateway is killed", async () => {
    const pid = await runningJvm();
    const file = path.join(place.folder, "sandbox.json");
    const { pid: gateway } = JSON.parse(await readFile(file, "utf8")) as RunningProcess;
    process.kill(gateway, "SIGKILL");
    while (isAlive(pid)) await pause(20);
  });
});
