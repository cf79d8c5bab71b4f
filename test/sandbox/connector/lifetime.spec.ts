import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { connectorRoleName } from "../../../access/names";
import type { RunningProcess } from "../../../sandbox/gateway/process";
import type { GatewayState } from "../../../sandbox/gateway/state";
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
    const about = { identity, queryId: "q", catalogName: "c", schemaName: "default", nextToken: null };
    const request = Buffer.from(JSON.stringify({ "@type": "ListTablesRequest", ...about, pageSize: 10 }));
    const { Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: connector.name, Payload: request }),
    );
    expect(JSON.parse(Buffer.from(Payload ?? []).toString())).to.deep.include({
      tables: [{ schemaName: "default", tableName: "music" }],
    });
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

  it("acts as the function's execution role", async () => {
    await runningJvm();
    await stopSandbox(place);
    const state = await readFile(path.join(place.folder, "gateway-state.json"), "utf8");
    const { accessKeys } = JSON.parse(state) as GatewayState;
    const role = connectorRoleName(connector);
    const sessions = Object.values(accessKeys).flatMap(({ principal }) =>
      principal.type === "role" && principal.name === role ? [principal] : [],
    );
    // One of each JVM that has asked.
    expect(sessions.length).to.be.greaterThan(0);
    for (const { arn, account, session } of sessions)
      expect([arn, account, session]).to.deep.equal([
        `arn:aws:iam::${connector.account}:role/${role}`,
        connector.account,
        connector.name,
      ]);
  });

  it("ends when the gateway is killed", async () => {
    const pid = await runningJvm();
    const file = path.join(place.folder, "sandbox.json");
    const { pid: gateway } = JSON.parse(await readFile(file, "utf8")) as RunningProcess;
    process.kill(gateway, "SIGKILL");
    while (isAlive(pid)) await pause(20);
  });
});
