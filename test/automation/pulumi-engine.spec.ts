import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { PulumiEngine } from "../../automation/engine/pulumi-engine";
import { Interrupt } from "../../automation/interrupt";
import { locations } from "../../sandbox/installation.js";
import { useVariables } from "../sandbox/cloud";
import { failureOf } from "./chain";

const STACK = "urn:pulumi:dev-sales::athena-spokes::pulumi:pulumi:Stack::athena-spokes-dev-sales";
const urn = (name: string) => `urn:pulumi:dev-sales::athena-spokes::athena-spokes:index:Part::${name}`;

describe("the real engine", function () {
  this.timeout(120_000);
  let folder: string;
  useVariables(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-engine-"));
    const { enginePath } = locations();
    return {
      PATH: [enginePath, process.env.PATH].filter((part) => part !== "").join(path.delimiter),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  });
  before(async () => {
    await writeFile(path.join(folder, "Pulumi.yaml"), "name: athena-spokes\nruntime: nodejs\n");
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  const engine = (signal = new AbortController().signal) =>
    new PulumiEngine({
      project: folder,
      report: () => undefined,
      program: () => Promise.resolve(() => Promise.resolve({})),
      signal,
    });
  const marks = () =>
    (
      JSON.parse(
        execFileSync("pulumi", ["stack", "export", "--stack", "dev-sales"], {
          cwd: folder,
          encoding: "utf8",
        }),
      ) as { deployment: { resources?: { urn: string; retainOnDelete?: boolean }[] } }
    ).deployment.resources?.flatMap((resource) =>
      resource.retainOnDelete === true ? [resource.urn.slice(resource.urn.lastIndexOf("::") + 2)] : [],
    );

  it("keeps just what it is told, not what a run before was told", async () => {
    expect([await engine().create("dev-sales"), await engine().create("dev-sales")]).to.deep.equal([
      true,
      false,
    ]);
    const file = path.join(folder, "state.json");
    const resource = { custom: false, type: "athena-spokes:index:Part", parent: STACK };
    await writeFile(
      file,
      JSON.stringify({
        version: 3,
        deployment: {
          manifest: { time: "2026-01-01T00:00:00Z", magic: "", version: "" },
          resources: [
            { urn: STACK, custom: false, type: "pulumi:pulumi:Stack" },
            ...["a", "b", "c"].map((name) => ({ ...resource, urn: urn(name) })),
          ],
        },
      }),
    );
    execFileSync("pulumi", ["stack", "import", "--stack", "dev-sales", "--file", file], { cwd: folder });
    await engine().keep("dev-sales", [urn("a"), urn("b")]);
    expect(marks()).to.deep.equal(["a", "b"]);
    await engine().keep("dev-sales", [urn("b"), urn("c")]);
    expect(marks()).to.deep.equal(["b", "c"]);

    // The marks of the offboarding that was interrupted are gone by the time the engine destroys.
    let atDestroy: unknown;
    const destroying = engine();
    const keep = destroying.keep.bind(destroying);
    destroying.keep = async (stack, urns) => {
      await keep(stack, urns);
      atDestroy = marks();
    };
    await destroying.destroy("dev-sales", { stack: "dev-sales", changes: [] });
    expect(atDestroy).to.deep.equal([]);
  });

  it("begins nothing after an interrupt, and still takes away an empty stack", async () => {
    const reason = new Interrupt("SIGTERM", false);
    const interrupted = engine(AbortSignal.abort(reason));
    const plan = { stack: "dev-sales", changes: [] };
    for (const operation of [
      () => interrupted.create("dev-other"),
      () => interrupted.preview("dev-sales"),
      () => interrupted.up("dev-sales"),
      () => interrupted.destroy("dev-sales", plan),
      () => interrupted.unprotect("dev-sales"),
      () => interrupted.keep("dev-sales", []),
    ])
      expect(await failureOf(operation())).to.equal(reason);
    await interrupted.remove("dev-sales");
    expect(await engine().stacks()).to.deep.equal([]);
  });
});
