import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { InputError } from "../../access/faults";
import { roleAArn } from "../../access/names";
import type { Side } from "../../access/side";
import { costs } from "../../automation/costs";
import { RunnerError } from "../../automation/failure";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { offboard } from "../../automation/offboard";
import { onboard } from "../../automation/onboard";
import { preview, requestNamed } from "../../automation/preview";
import { refuseUnproved } from "../../automation/proof";
import { listSpokes } from "../../automation/spokes";
import { awaitedSide } from "../../automation/sides";
import { spokeNamed, spokeOfRequest } from "../../automation/spoke-name";
import { verify } from "../../automation/verify";
import { environmentWith, HUB, OTHER_SPOKE, PRODUCER, registeredSales, requestWith, SPOKE } from "../worlds";
import { chain, type Chain, deployedEnvironmentCloud, failureOf, onboardedState, onboardInto } from "./chain";
import type { FakeCloud } from "./fake-cloud";
import { changeOf } from "./fake-engine";

const EXAMPLES = path.resolve(__dirname, "../../examples");

/** What the stack of one side knows of after onboarding. */
function stateOf(side: Side) {
  const { resources, outputs, ...rest } = onboardedState();
  return {
    ...rest,
    outputs: { ...outputs, roleAArn: roleAArn(environmentWith(), requestWith()) },
    resources: resources.filter(({ account }) => (account === SPOKE) === (side === "spoke")),
  };
}

/** Adds what the onboarding of one side makes. */
function bring(cloud: FakeCloud, side: Side): void {
  const whole = deployedEnvironmentCloud();
  onboardInto(whole);
  for (const account of side === "spoke" ? [SPOKE] : [HUB, PRODUCER])
    Object.assign(cloud.account(account), whole.account(account));
}

describe("the sides of a spoke, on an engine and an AWS in memory (R46)", () => {
  let world: Chain;
  let sales: WrittenRequest;

  /** Only the accounts of this side can be entered. */
  const as = (side: Side) => {
    world.cloud.refused.clear();
    for (const account of side === "spoke" ? [HUB, PRODUCER] : [SPOKE]) world.cloud.refused.add(account);
  };
  const onboardSide = (side: Side) => {
    as(side);
    return onboard(world.context, sales, { side });
  };
  const nameOf = (written: string) => spokeNamed(world.project, written);

  beforeEach(async () => {
    world = await chain();
    sales = await readRequestFile(path.join(EXAMPLES, "sales.yaml"));
    for (const side of ["spoke", "hub"] as const) {
      const stack = `dev-sales--${side}`;
      world.engine.plans.set(stack, [
        side === "spoke"
          ? changeOf("role", "qs-athena-consumer-role", SPOKE)
          : changeOf("Quick data source", "dev-sales", HUB),
      ]);
      world.engine.updates.set(stack, () => {
        bring(world.cloud, side);
        return stateOf(side);
      });
    }
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  it("spoke: is a stack of its own that leaves hub, producers and environment alone", async () => {
    const result = await onboardSide("spoke");
    expect(world.engine.calls).to.deep.equal(["create dev-sales--spoke", "up dev-sales--spoke"]);
    expect(result).to.deep.include({
      stack: "dev-sales--spoke",
      side: "spoke",
      environmentChanged: false,
      roleB: "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      analyst: "arn:aws:iam::133333333333:role/analyst",
    });
    expect(result).to.not.have.any.keys("roleA", "dataSource");
    expect(await readdir(world.project)).to.include("Pulumi.dev-sales--spoke.yaml");
    expect(JSON.stringify(world.messages)).to.match(
      /the platform team has run `spokes onboard --side hub` with this one, neither Quick nor a connector knows/,
    );
  });

  it("spoke: tries only what it can reach, and what does not go through the other side", async () => {
    const { rungs } = await onboardSide("spoke");
    const told = Object.fromEntries(rungs.map(({ id, status, detail }) => [id, `${status}: ${detail}`]));
    expect(rungs.filter(({ status }) => status === "failed")).to.deep.equal([]);
    expect(told["role-b"]).to.match(/^passed/);
    expect(told["catalog:acct1dynamodb"]).to.match(/^passed/);
    expect(told["select:AwsDataCatalog"]).to.match(/^passed/);
    for (const id of ["registered", "role-a", "permission:acct1dynamodb", "data-source"])
      expect(told[id]).to.match(/^not executed: not executed: .* on the hub's side$/);
    for (const id of ["tables:acct1dynamodb", "select:acct1dynamodb", "quick:AwsDataCatalog"])
      expect(told[id]).to.equal("not executed: not executed: the hub's side is not onboarded yet");
  });

  it("hub: lists the spoke in the environment and never enters the spoke's account", async () => {
    const result = await onboardSide("hub");
    expect(world.engine.calls).to.deep.equal(["create dev-sales--hub", "up dev", "up dev-sales--hub"]);
    expect(result).to.deep.include({
      stack: "dev-sales--hub",
      environmentChanged: true,
      roleA: "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a",
      dataSource: { id: "dev-sales", status: "CREATION_SUCCESSFUL" },
    });
    expect(result.rungs.filter(({ status }) => status === "failed")).to.deep.equal([]);
    const passed = result.rungs.filter(({ status }) => status === "passed").map(({ id }) => id);
    expect(passed).to.include.members(["registered", "role-a", "permission:acct1dynamodb", "data-source"]);
  });

  it("hub: first, is refused by Quick, says whose turn it is, and is finished by the same command", async () => {
    let thereIsRoleB = false;
    world.engine.updates.set("dev-sales--hub", () => {
      if (!thereIsRoleB) throw new RunnerError("engine.failed", "failure", "Role B cannot be assumed");
      bring(world.cloud, "hub");
      return stateOf("hub");
    });
    const error = await failureOf(onboardSide("hub"));
    expect(error).to.be.instanceOf(RunnerError);
    expect((error as RunnerError).message).to.match(
      /Role B cannot be assumed\nthe spoke's side is not onboarded, .* `spokes onboard --side spoke` .*\nwhat was made so far stays: .* run the same command again/,
    );
    await onboardSide("spoke");
    thereIsRoleB = true;
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith({ spokes: { sales: registeredSales } }) },
      resources: [],
      pending: [],
    });
    expect((await onboardSide("hub")).dataSource?.status).to.equal("CREATION_SUCCESSFUL");
    as("spoke");
    const { rungs } = await verify(world.context, await nameOf("dev-sales--spoke"));
    expect(rungs.find(({ id }) => id === "select:acct1dynamodb")?.status).to.equal("passed");
  });

  for (const side of ["spoke", "hub"] as const)
    it(`${side}: says who is needed when its own accounts cannot be entered, and changes nothing`, async () => {
      as(side === "spoke" ? "hub" : "spoke");
      const error = await failureOf(onboard(world.context, sales, { side }));
      expect(error).to.include({ exitCode: side === "spoke" ? 2 : 4 });
      expect(world.engine.calls).to.deep.equal([]);
    });

  it("are not mixed with a stack that holds both", async () => {
    await onboard(world.context, sales);
    const error = await failureOf(onboardSide("spoke"));
    expect(String(error)).to.match(
      /spoke: "sales" is onboarded as a whole, in stack dev-sales: leave --side out, or run `spokes offboard dev-sales` first/,
    );
    expect(String(await failureOf(offboard(world.context, await nameOf("sales--hub"))))).to.match(
      /"sales" is onboarded as a whole, in stack dev-sales: offboard that/,
    );
    world.engine.states.delete("dev-sales");
    world.cloud.accounts.delete(SPOKE);
    await onboardSide("spoke");
    world.cloud.refused.clear();
    const whole = await failureOf(onboard(world.context, sales));
    expect(String(whole)).to.match(
      /onboarded by its sides, in stack dev-sales--spoke: name the side with --side, or run `spokes offboard dev-sales--spoke` first/,
    );
    expect(String(await failureOf(offboard(world.context, await nameOf("sales"))))).to.match(
      /"sales" is onboarded by its sides, in stack dev-sales--spoke: offboard that/,
    );
  });

  it("are refused before anything is looked at where one cannot do without the other", async () => {
    const shared = {
      ...sales,
      request: requestWith({ connectors: [{ from: "music", registeredBy: "producer" }] }),
    };
    const error = await failureOf(onboard(world.context, shared, { side: "spoke" }));
    expect(error).to.be.instanceOf(InputError);
    expect(world.engine.calls).to.deep.equal([]);
  });

  it("know when the other was onboarded with another request, and wait for it with what goes through both", async () => {
    await onboardSide("spoke");
    await onboardSide("hub");
    world.messages.length = 0;
    sales = { ...sales, request: requestWith({ sampleData: true, analyst: true, tags: { team: "bi" } }) };
    world.engine.plans.set("dev-sales--spoke", []);
    const { rungs } = await onboardSide("spoke");
    expect(JSON.stringify(world.messages)).to.match(
      /the hub's side is onboarded with another request, or for another Role A: until the platform team has run/,
    );
    expect(rungs.find(({ id }) => id === "select:acct1dynamodb")?.detail).to.equal(
      "not executed: the hub's side is onboarded with another request",
    );
  });

  it("are of one account", async () => {
    await onboardSide("spoke");
    sales = { ...sales, request: requestWith({ account: OTHER_SPOKE }) };
    const error = await failureOf(onboardSide("hub"));
    expect(String(error)).to.match(
      /account: the other side of "sales" is onboarded with account 133333333333: write that, or offboard it first/,
    );
  });

  it("are for one Role A", async () => {
    await onboardSide("spoke");
    const { request } = sales;
    const state = world.engine.states.get("dev-sales--spoke");
    const dedicated = environmentWith({ roleA: "dedicated" });
    if (state !== undefined)
      world.engine.states.set("dev-sales--spoke", {
        ...state,
        outputs: { spoke: request, roleAArn: roleAArn(dedicated, request) },
      });
    expect(await awaitedSide(world.context, request, dedicated, "hub")).to.equal(undefined);
    expect(await awaitedSide(world.context, request, environmentWith(), "hub")).to.deep.include({
      side: "spoke",
    });
  });

  it("spoke: waits for nobody where hub and producers have nothing to do", async () => {
    const alone = requestWith({ quick: false, connectors: [], analyst: true });
    expect(await awaitedSide(world.context, alone, environmentWith(), "spoke")).to.equal(undefined);
  });

  it("spoke: does not need the newest copy of the environment's file, which it does not update", async () => {
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: {
        environment: environmentWith({ spokes: { returns: { ...registeredSales, account: OTHER_SPOKE } } }),
      },
      resources: [],
      pending: [],
    });
    world.engine.states.set("dev-returns", { stack: "dev-returns", outputs: {}, resources: [], pending: [] });
    expect((await onboardSide("spoke")).changed).to.equal(true);
    expect(await failureOf(onboardSide("hub"))).to.include({ code: "environment.outdated" });
  });

  it("spoke: is offboarded although the platform team has taken its producer away", async () => {
    await onboardSide("spoke");
    const file = path.join(world.project, "Pulumi.dev.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("      music:", "      films:"));
    as("spoke");
    const { leftovers } = await offboard(world.context, await nameOf("sales--spoke"), { deleteData: true });
    expect(leftovers).to.equal(undefined);
    expect(world.engine.calls).to.include("remove dev-sales--spoke");
  });

  it("are looked for once more by the request, each by its own people", async () => {
    for (const side of ["spoke", "hub"] as const) {
      as(side);
      const found = await offboard(world.context, spokeOfRequest(sales.request, side), {
        request: sales.request,
      });
      expect(found).to.deep.include({ stack: `dev-sales--${side}`, changed: false });
      expect(found.leftovers?.left).to.deep.equal([]);
    }
  });

  it("are refused by a proof for what fails, and told what is not proved", () => {
    const row = { id: "role-a/unlisted", says: "Role A may not", proves: ["R36"], why: [] };
    const proof = (outcome: "fails" | "not proved") => ({
      holds: false,
      rows: [{ ...row, outcome }],
      unplaced: [],
    });
    const refused = (outcome: "fails" | "not proved", side?: Side) => () => {
      refuseUnproved("dev-sales", proof(outcome), "input", side);
    };
    expect(refused("not proved", "spoke")).to.not.throw();
    expect(refused("fails", "spoke")).to.throw(RunnerError, /role-a\/unlisted fails/);
    expect(refused("not proved")).to.throw(RunnerError, /is not proved/);
  });

  it("are named once: by the name or by the flag", async () => {
    const named = { environment: "dev", spoke: "sales", side: "hub", stack: "dev-sales--hub" };
    expect(await spokeNamed(world.project, "sales", undefined, "hub")).to.deep.equal(named);
    expect(await spokeNamed(world.project, "dev-sales--hub", undefined, "hub")).to.deep.equal(named);
    expect(String(await failureOf(spokeNamed(world.project, "sales--hub", undefined, "spoke")))).to.match(
      /side: "sales--hub" is the hub's side: leave --side spoke out/,
    );
  });

  it("are offboarded each by its own accounts; the environment goes with the hub's", async () => {
    await onboardSide("spoke");
    await onboardSide("hub");
    world.engine.calls.length = 0;
    as("spoke");
    await offboard(world.context, await nameOf("sales--spoke"), { deleteData: true });
    expect(world.engine.calls).to.deep.equal(["destroy dev-sales--spoke", "remove dev-sales--spoke"]);
    expect(world.cloud.account(HUB).dataSources.has("dev-sales")).to.equal(true);
    world.engine.calls.length = 0;
    as("hub");
    await offboard(world.context, await nameOf("sales--hub"));
    expect(world.engine.calls).to.deep.equal(["destroy dev-sales--hub", "remove dev-sales--hub", "up dev"]);
  });

  it("are listed, previewed by name, and paid for once", async () => {
    await onboardSide("spoke");
    await onboardSide("hub");
    world.cloud.refused.clear();
    const listed = await listSpokes(world.context);
    expect(listed.map(({ spoke, side, stack }) => [spoke, side, stack])).to.deep.equal([
      ["sales", "hub", "dev-sales--hub"],
      ["sales", "spoke", "dev-sales--spoke"],
    ]);
    expect((await costs(world.context)).map(({ stack }) => stack)).to.deep.equal(["dev-sales--spoke"]);
    const { request, side } = await requestNamed(world.project, "dev-sales--spoke");
    expect(side).to.equal("spoke");
    expect((await preview(world.context, request, { side })).stack).to.equal("dev-sales--spoke");
  });
});
