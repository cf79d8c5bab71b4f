import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { readState } from "../../automation/engine/state";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { offboard } from "../../automation/offboard";
import { onboard } from "../../automation/onboard";
import { HUB, SPOKE } from "../worlds";
import { chain, type Chain, failureOf, onboardInto } from "./chain";
import { resourceOf } from "./fake-engine";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const RESULTS = "dev-sales-athena-results-133333333333";
const OURS = { "athena-spokes:environment": "dev", "athena-spokes:spoke": "sales" };

describe("what a killed onboarding was creating", () => {
  let world: Chain;
  let sales: WrittenRequest;

  beforeEach(async () => {
    world = await chain();
    sales = await readRequestFile(path.join(EXAMPLES, "sales.yaml"), world.project);
    world.engine.states.set("dev-sales", {
      stack: "dev-sales",
      outputs: {},
      resources: [],
      pending: [`creating bucket ${RESULTS}`],
      interrupted: [
        resourceOf("bucket", RESULTS, SPOKE, { bucket: RESULTS }),
        resourceOf("role", "qs-athena-consumer-role", SPOKE),
        resourceOf("Quick data source", "dev-sales", HUB),
      ],
    });
    world.cloud.account(SPOKE).buckets.set(RESULTS, { keys: [] });
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  it("is taken over when it exists with exactly our tags, before the update", async () => {
    world.cloud.account(SPOKE).thingTags.set(`bucket ${RESULTS}`, OURS);
    await onboard(world.context, sales);
    expect(world.engine.calls).to.deep.equal(["up dev", `adopt dev-sales ${RESULTS}`, "up dev-sales"]);
  });

  for (const [whose, tags] of [
    ["nobody's", {}],
    ["another spoke's", { ...OURS, "athena-spokes:spoke": "other" }],
  ] as const)
    it(`is refused when it is ${whose}`, async () => {
      world.cloud.account(SPOKE).thingTags.set(`bucket ${RESULTS}`, tags);
      const error = await failureOf(onboard(world.context, sales));
      expect(error).to.include({ code: "preflight.failed", exitCode: 2 });
      expect(world.engine.calls).to.deep.equal([]);
    });

  it("is made anew when it is our data source, on which nobody has built yet", async () => {
    world.cloud.account(SPOKE).buckets.delete(RESULTS);
    const { dataSources, thingTags } = world.cloud.account(HUB);
    const elsewhere = await chain();
    onboardInto(elsewhere.cloud);
    await rm(elsewhere.project, { recursive: true });
    const made = elsewhere.cloud.account(HUB).dataSources.get("dev-sales");
    if (made === undefined) throw new Error("there is no data source");
    dataSources.set("dev-sales", made);
    thingTags.set("data source dev-sales", OURS);
    const update = world.engine.updates.get("dev-sales");
    let left: boolean | undefined;
    world.engine.updates.set("dev-sales", () => {
      left = dataSources.has("dev-sales");
      if (update === undefined) throw new Error("there is no update");
      return update();
    });
    await onboard(world.context, sales);
    expect(left).to.equal(false);
  });

  it("is taken over by an offboarding, so that it goes with the rest", async () => {
    await writeFile(
      path.join(world.project, "Pulumi.dev-sales.yaml"),
      `config:\n  athena-spokes:spoke:\n${(await readFile(path.join(EXAMPLES, "sales.yaml"), "utf8")).replace(/^/gm, "    ")}`,
    );
    world.cloud.account(SPOKE).thingTags.set(`bucket ${RESULTS}`, OURS);
    await offboard(world.context, { environment: "dev", spoke: "sales", stack: "dev-sales" });
    expect(world.engine.calls).to.deep.equal([
      `adopt dev-sales ${RESULTS}`,
      "destroy dev-sales",
      "remove dev-sales",
    ]);
  });

  it("is read from the stack's pending operations", () => {
    const resource = {
      urn: "urn:pulumi:dev-sales::athena-spokes::aws:s3/bucket:Bucket::b",
      type: "aws:s3/bucket:Bucket",
      inputs: { bucket: "b" },
    };
    const read = (type: string) =>
      readState(
        "dev-sales",
        JSON.stringify({ deployment: { pending_operations: [{ type, resource }] } }),
      ).interrupted?.map(({ noun, name }) => [noun, name]);
    expect(read("creating")).to.deep.equal([["bucket", "b"]]);
    expect(read("updating")).to.equal(undefined);
  });
});
