import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { readState } from "../../automation/engine/state";
import { updateEnvironment } from "../../automation/environment";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { offboard } from "../../automation/offboard";
import { onboard } from "../../automation/onboard";
import { HUB, PRODUCER, SPOKE } from "../worlds";
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
    world.engine.onDestroy = () => world.cloud.account(SPOKE).buckets.delete(RESULTS);
    await offboard(world.context, { environment: "dev", spoke: "sales", stack: "dev-sales" });
    expect(world.engine.calls).to.deep.equal([
      `adopt dev-sales ${RESULTS}`,
      "destroy dev-sales",
      "remove dev-sales",
    ]);
  });

  describe("and was a KMS key, whose id nobody could know", () => {
    const KEY = "12345678-1234-1234-1234-123456789012";
    const SECOND = "12345678-1234-1234-1234-123456789013";
    const OTHERS = { ...OURS, "athena-spokes:spoke": "other" };

    beforeEach(() => {
      world.engine.states.set("dev-sales", {
        stack: "dev-sales",
        outputs: {},
        resources: [{ ...resourceOf("KMS key", "sales-spill-key", SPOKE), id: SECOND }],
        pending: ["creating KMS key another"],
        interrupted: [resourceOf("KMS key", "another", SPOKE)],
      });
      world.cloud.account(SPOKE).buckets.delete(RESULTS);
    });

    const cases: readonly (readonly [string, Readonly<Record<string, Record<string, string>>>, boolean])[] = [
      ["is taken over when it is the only one of ours that has no alias", { [KEY]: OURS }, true],
      ["is told from another spoke's and nobody's", { [KEY]: OURS, other: OTHERS, nobodys: {} }, true],
      ["is not one that the stack knows", { [SECOND]: OURS }, false],
      ["is left alone when it could be one of two", { [KEY]: OURS, second: OURS }, false],
      ["is left alone when it is another spoke's", { [KEY]: OTHERS }, false],
    ];
    for (const [what, keys, adopted] of cases)
      it(what, async () => {
        for (const [id, tags] of Object.entries(keys)) world.cloud.account(SPOKE).unnamed.push({ id, tags });
        await onboard(world.context, sales);
        expect(world.engine.calls).to.deep.equal([
          "up dev",
          ...(adopted ? [`adopt dev-sales ${KEY}`] : []),
          "up dev-sales",
        ]);
      });

    it("is taken over by the environment when it is a producer's", async () => {
      const state = world.engine.states.get("dev");
      if (state === undefined) throw new Error("the environment is not up");
      world.cloud.account(HUB).roles.clear();
      const { functions, catalogs, buckets, dynamoTables } = world.cloud.account(PRODUCER);
      for (const things of [functions, catalogs, buckets, dynamoTables]) things.clear();
      world.engine.states.set("dev", {
        ...state,
        pending: ["creating KMS key music-spill-key"],
        interrupted: [resourceOf("KMS key", "music-spill-key", PRODUCER)],
      });
      world.cloud.account(PRODUCER).unnamed.push({ id: KEY, tags: { "athena-spokes:environment": "dev" } });
      await updateEnvironment(world.context, "dev");
      expect(world.engine.calls).to.deep.equal([`adopt dev ${KEY}`, "up dev"]);
    });
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
