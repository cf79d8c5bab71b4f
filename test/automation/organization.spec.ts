import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { RunnerError } from "../../automation/failure";
import { readRequestFile } from "../../automation/files/request-file";
import { onboard } from "../../automation/onboard";
import { environmentWith, OTHER_SPOKE, SPOKE } from "../worlds";
import { chain, type Chain, failureOf } from "./chain";
import { changeOf } from "./fake-engine";

const EXAMPLES = path.resolve(__dirname, "../../examples");

describe("a spoke's organization", () => {
  let world: Chain;
  beforeEach(async () => {
    world = await chain();
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  async function refusal(): Promise<RunnerError> {
    const request = await readRequestFile(path.join(EXAMPLES, "sales.yaml"));
    const thrown = await failureOf(onboard(world.context, request));
    if (!(thrown instanceof RunnerError)) throw thrown;
    expect(world.engine.calls).to.deep.equal([]);
    return thrown;
  }

  for (const [id, words] of [
    [undefined, "is in no organization"],
    ["o-strangers1", "is in organization o-strangers1"],
  ] as const)
    it(`has to be the environment's under roleA: pattern: one that ${words} is refused before any change`, async () => {
      world.cloud.account(SPOKE).organizationId = id;
      const error = await refusal();
      expect(error).to.include({ code: "preflight.failed", exitCode: 2 });
      expect(error.faults).to.deep.equal([
        {
          path: "account",
          message: `account ${SPOKE} ${words}, and roleA: pattern of environment "dev" reaches only into o-athenaspokes: move the account there, or use an environment with roleA: list`,
        },
      ]);
    });

  it("may be any under scopes that name the accounts", async () => {
    const file = path.join(world.project, "Pulumi.dev.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("    hub:", "    roleA: list\n    hub:"));
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith({ roleA: "list" }) },
      resources: [],
      pending: [],
    });
    world.cloud.account(SPOKE).organizationId = undefined;
    const request = await readRequestFile(path.join(EXAMPLES, "sales.yaml"));
    await onboard(world.context, request, { verify: false });
    expect(world.engine.calls).to.include("up dev-sales");
  });

  it("that the account may not tell is worth a look, and no hindrance", async () => {
    world.cloud.account(SPOKE).organizationId = "hidden";
    const request = await readRequestFile(path.join(EXAMPLES, "sales.yaml"));
    await onboard(world.context, request, { verify: false });
    expect(
      world.messages.flatMap((message) => (message.code === "advisory" ? [message.text] : [])),
    ).to.deep.equal([
      `account ${SPOKE} may not describe its organization: it has to be in o-athenaspokes (roleA: pattern of environment "dev")`,
    ]);
  });
});

describe("a spoke that attaches no producer", () => {
  it("is not named by an environment whose scopes name only the accounts of producers' callers", async () => {
    const world = await chain();
    try {
      const before = await readFile(path.join(world.project, "Pulumi.dev.yaml"), "utf8");
      const returns = await readRequestFile(path.join(EXAMPLES, "returns.yaml"));
      world.engine.plans.set("dev-returns", [changeOf("role", "qs-athena-consumer-role", OTHER_SPOKE)]);
      await failureOf(onboard(world.context, returns, { verify: false }));
      expect(world.engine.calls).to.deep.equal(["create dev-returns", "up dev-returns"]);
      expect(await readFile(path.join(world.project, "Pulumi.dev.yaml"), "utf8")).to.equal(before);
    } finally {
      await rm(world.project, { recursive: true });
    }
  });
});
