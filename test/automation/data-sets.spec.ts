/** Datasets before and after: names that are taken, and what an attempt has left. */
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { offboard } from "../../automation/offboard";
import { onboard } from "../../automation/onboard";
import { HUB, requestWith } from "../worlds";
import { chain, type Chain, failureOf, onboardedState, onboardInto } from "./chain";
import { resourceOf } from "./fake-engine";

const OURS = { "athena-spokes:environment": "dev", "athena-spokes:spoke": "sales" };
const ID = "dev-sales_orders";

describe("datasets of a spoke (R66)", () => {
  let world: Chain;
  let sales: WrittenRequest;
  const request = requestWith({ datasets: { orders: { database: "sales", table: "orders" } } });

  beforeEach(async () => {
    world = await chain();
    const file = path.join(world.project, "sales.yaml");
    await writeFile(file, stringify(request));
    sales = await readRequestFile(file, world.project);
    world.engine.updates.set("dev-sales", () => {
      onboardInto(world.cloud, request);
      return onboardedState(request);
    });
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  /** Puts the dataset into the hub, as somebody has made it. */
  function there(tags: Record<string, string>): void {
    const hub = world.cloud.account(HUB);
    hub.dataSets.set(ID, {
      importMode: "DIRECT_QUERY",
      ...{ dataSource: undefined, catalog: undefined, database: undefined, table: undefined },
      columns: {},
      permissions: [],
    });
    hub.thingTags.set(`dataset ${ID}`, tags);
  }

  for (const [whose, tags, words] of [
    ["nobody's", {}, "and belongs to somebody else, having no tags of ours"],
    ["another spoke's", { ...OURS, "athena-spokes:spoke": "other" }, "and belongs to spoke dev-other"],
    [
      "ours, of which the stack knows nothing",
      OURS,
      "and was left over from spoke dev-sales, whose stack no longer knows it",
    ],
  ] as const)
    it(`whose id is ${whose} are refused before anything is made`, async () => {
      there(tags);
      const error = await failureOf(onboard(world.context, sales));
      expect(error).to.deep.include({
        code: "preflight.failed",
        faults: [
          {
            path: "datasets.orders",
            message: `Quick dataset "${ID}" exists in ${HUB} ${words}: give the dataset another name under datasets`,
          },
        ],
      });
      expect(world.engine.calls).to.deep.equal([]);
    });

  it("are told by their ids, and no obstacle to their own stack", async () => {
    expect((await onboard(world.context, sales)).datasets).to.deep.equal({ orders: ID });
    world.engine.states.set("dev-sales", {
      stack: "dev-sales",
      ...onboardedState(request),
      resources: [...onboardedState(request).resources, resourceOf("Quick dataset", ID, HUB)],
    });
    expect(await onboard(world.context, sales)).to.include({ changed: false });
  });

  it("that a killed run was creating are made anew, since nobody has built on them yet", async () => {
    there(OURS);
    world.engine.states.set("dev-sales", {
      stack: "dev-sales",
      outputs: {},
      resources: [],
      pending: [`creating Quick dataset ${ID}`],
      interrupted: [resourceOf("Quick dataset", ID, HUB)],
    });
    const update = world.engine.updates.get("dev-sales");
    let left: boolean | undefined;
    world.engine.updates.set("dev-sales", () => {
      left = world.cloud.account(HUB).dataSets.has(ID);
      if (update === undefined) throw new Error("there is no update");
      return update();
    });
    await onboard(world.context, sales);
    expect(left).to.equal(false);
    expect(world.messages).to.deep.include({
      code: "advisory",
      text: `dataset ${ID} of an interrupted attempt is removed first`,
    });
  });

  for (const [whose, owner, gone] of [
    ["ours", "sales", [ID, "dev-sales"]],
    ["another spoke's", "other", ["dev-sales"]],
  ] as const)
    it(`that are left are taken along before their data source when they are ${whose} (R76)`, async () => {
      await onboard(world.context, sales);
      const hub = world.cloud.account(HUB);
      hub.thingTags.set("data source dev-sales", OURS);
      hub.thingTags.set(`dataset ${ID}`, { ...OURS, "athena-spokes:spoke": owner });
      // The stack knows neither.
      const state = onboardedState(request);
      const resources = state.resources.filter(({ noun }) => noun !== "Quick data source");
      world.engine.states.set("dev-sales", { stack: "dev-sales", ...state, resources });
      const deleted: string[] = [];
      for (const [operation, things] of [
        ["deleteDataSet", hub.dataSets],
        ["deleteDataSource", hub.dataSources],
      ] as const)
        hub[operation] = (id: string) => {
          if (things.delete(id)) deleted.push(id);
          return Promise.resolve();
        };
      await offboard(world.context, { environment: "dev", spoke: "sales", stack: "dev-sales" });
      expect(deleted).to.deep.equal(gone);
    });
});
