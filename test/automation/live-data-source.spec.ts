import { rm } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { Engine } from "../../automation/engine/engine";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { onboard } from "../../automation/onboard";
import { HUB, SPOKE } from "../worlds";
import { chain, type Chain, onboardedState } from "./chain";
import { changeOf } from "./fake-engine";

const EXAMPLES = path.resolve(__dirname, "../../examples");

describe("a data source that people build on", () => {
  let world: Chain;
  let sales: WrittenRequest;

  /** Quick's answer to the last change. */
  const fails = (status: string) => {
    const { dataSources, thingTags } = world.cloud.account(HUB);
    const made = dataSources.get("dev-sales");
    if (made === undefined) throw new Error("there is no data source");
    dataSources.set("dev-sales", { ...made, status, error: "ACCESS_DENIED: unable to assume role" });
    thingTags.set("data source dev-sales", {
      "athena-spokes:environment": "dev",
      "athena-spokes:spoke": "sales",
    });
  };
  const there = () => world.cloud.account(HUB).dataSources.has("dev-sales");

  /** Lets the first attempt of an update end in an error that passes, with the world as `fail` leaves it. */
  const failingFirst = (fail: () => void): Engine => {
    const engine = Object.create(world.engine) as Engine;
    engine.up = async (stack, options = {}) => {
      if (stack === "dev-sales") {
        fail();
        await options.beforeRetry?.();
      }
      return world.engine.up(stack, options);
    };
    return engine;
  };

  beforeEach(async () => {
    world = await chain();
    sales = await readRequestFile(path.join(EXAMPLES, "sales.yaml"), world.project);
    await onboard(world.context, sales);
    world.engine.calls.length = 0;
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  for (const [status, known, stays] of [
    ["UPDATE_FAILED", true, true],
    ["UPDATE_FAILED", false, true],
    ["CREATION_FAILED", true, true],
    ["CREATION_FAILED", false, false],
  ] as const)
    it(`${stays ? "stays" : "goes"} before a next attempt when it is ${status} and ${known ? "known" : "unknown"} to the stack`, async () => {
      world.engine.plans.set("dev-sales", [changeOf("role", "qs-athena-consumer-role", SPOKE, "replace")]);
      let left: boolean | undefined;
      const engine = failingFirst(() => {
        fails(status);
        const state = onboardedState();
        const resources = state.resources.filter(({ noun }) => known || noun !== "Quick data source");
        world.engine.states.set("dev-sales", { stack: "dev-sales", ...state, resources });
      });
      const update = world.engine.updates.get("dev-sales");
      world.engine.updates.set("dev-sales", () => {
        left = there();
        if (update === undefined) throw new Error("there is no update");
        return update();
      });
      await onboard({ ...world.context, engine }, sales);
      expect(left).to.equal(stays);
    });

  it("has its failed change repeated, and is not made anew", async () => {
    fails("UPDATE_FAILED");
    const result = await onboard(world.context, sales);
    expect(world.engine.calls).to.deep.equal([]);
    expect(result).to.deep.include({
      changed: true,
      dataSource: { id: "dev-sales", status: "UPDATE_SUCCESSFUL" },
    });
    expect(world.cloud.account(HUB).dataSources.get("dev-sales")).to.deep.include({
      consumerAccountRoleArn: "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      roleArn: "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a",
      workgroup: "dev-sales",
    });
  });

  it("has its failed change repeated only when the answer is yes", async () => {
    fails("UPDATE_FAILED");
    world.answer = false;
    let error: unknown;
    try {
      await onboard(world.context, sales);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).to.include({ code: "declined" });
    expect(world.cloud.account(HUB).dataSources.get("dev-sales")?.status).to.equal("UPDATE_FAILED");
  });
});
