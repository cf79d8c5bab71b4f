import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { destroyEnvironment, updateEnvironment } from "../../automation/environment";
import { RunnerError } from "../../automation/failure";
import { readRequestFile } from "../../automation/files/request-file";
import { offboard } from "../../automation/offboard";
import { destroyPlan } from "../../automation/kept-data";
import { onboard } from "../../automation/onboard";
import { listSpokes, spokeStatus } from "../../automation/spokes";
import { spokeNamed } from "../../automation/spoke-name";
import { environmentWith, HUB, PRODUCER, SPOKE } from "../worlds";
import { chain, type Chain, failureOf, onboardedState, undeploy } from "./chain";
import { resourceOf } from "./fake-engine";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const RESULTS = "dev-sales-athena-results-133333333333";
const SALES = { environment: "dev", spoke: "sales", stack: "dev-sales" };

async function refusal(operation: Promise<unknown>): Promise<RunnerError> {
  const thrown = await failureOf(operation);
  if (!(thrown instanceof RunnerError)) throw thrown;
  return thrown;
}

describe("a spoke that is onboarded", () => {
  let world: Chain;
  const file = (name: string) => readFile(path.join(world.project, name), "utf8");

  beforeEach(async () => {
    world = await chain();
    await onboard(world.context, await readRequestFile(path.join(EXAMPLES, "sales.yaml")));
    world.engine.calls.length = 0;
    world.engine.updates.set("dev", () => ({
      outputs: { environment: environmentWith() },
      resources: [],
      pending: [],
    }));
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  it("is offboarded: its own stack first, then its entry in the environment (R34, R76)", async () => {
    expect(await offboard(world.context, SALES)).to.deep.equal({
      stack: "dev-sales",
      changed: true,
      kept: [],
      leaving: [],
      leftovers: { looked: 11, left: [], staying: [], unseen: [] },
    });
    expect(world.engine.calls).to.deep.equal(["destroy dev-sales", "remove dev-sales", "up dev"]);
    expect(await readdir(world.project)).to.have.members(["Pulumi.yaml", "Pulumi.dev.yaml"]);
    expect(await file("Pulumi.dev.yaml")).to.equal(await readFile(path.join(EXAMPLES, "dev.yaml"), "utf8"));
  });

  it("keeps buckets with objects that no stack made, and names them", async () => {
    world.cloud.account(SPOKE).buckets.get(RESULTS)?.keys.push("results/1.csv");
    const { kept } = await offboard(world.context, SALES);
    expect(kept).to.deep.equal([{ account: SPOKE, noun: "bucket", name: RESULTS }]);
    expect(world.engine.calls).to.deep.equal([
      `keep dev-sales urn:bucket:${RESULTS} urn:encryption of bucket:${RESULTS}`,
      "destroy dev-sales",
      "remove dev-sales",
      "up dev",
    ]);
    expect(world.cloud.account(SPOKE).buckets.get(RESULTS)?.keys).to.deep.equal(["results/1.csv"]);
  });

  it("deletes objects only when told to", async () => {
    world.cloud.account(SPOKE).buckets.get(RESULTS)?.keys.push("results/1.csv");
    expect((await offboard(world.context, SALES, { deleteData: true })).kept).to.deep.equal([]);
    expect(world.cloud.account(SPOKE).buckets.has(RESULTS)).to.equal(false);
    expect(world.engine.calls[0]).to.equal("destroy dev-sales");
  });

  for (const [whose, owner, stays] of [
    ["its own", "sales", false],
    ["another spoke's", "other", true],
  ] as const)
    it(`${stays ? "leaves" : "takes along"} a data source that its stack does not know and that is ${whose} (R76)`, async () => {
      const hub = world.cloud.account(HUB);
      const state = onboardedState();
      const resources = state.resources.filter(({ noun }) => noun !== "Quick data source");
      world.engine.states.set("dev-sales", { stack: "dev-sales", ...state, resources });
      hub.thingTags.set("data source dev-sales", {
        "athena-spokes:environment": "dev",
        "athena-spokes:spoke": owner,
      });
      await offboard(world.context, SALES);
      expect(hub.dataSources.has("dev-sales")).to.equal(stays);
    });

  it("stays while nobody can say what a first run has made, whose file is gone: data could be in it", async () => {
    const { engine, project } = world;
    const state = engine.states.get("dev-sales");
    if (state === undefined) throw new Error("it was onboarded");
    engine.states.set("dev-sales", { ...state, outputs: {} });
    await rm(path.join(project, "Pulumi.dev-sales.yaml"));
    const error = await refusal(offboard(world.context, SALES, { deleteData: true }));
    expect(error.message).to.equal(
      `stack dev-sales has what a first run made that did not end, and without ${path.join(project, "Pulumi.dev-sales.yaml")} nobody can look whether people have put something there: put the file back, then offboard again`,
    );
    expect(engine.calls).to.deep.equal([]);
  });

  it("stays when the answer is no", async () => {
    world.answer = false;
    expect(await refusal(offboard(world.context, SALES))).to.include({ exitCode: 3 });
    expect(world.engine.calls).to.deep.equal([]);
    expect(await readdir(world.project)).to.include("Pulumi.dev-sales.yaml");
  });

  it("is finished off by a second run when the first was interrupted after its stack was gone", async () => {
    const { engine } = world;
    const state = await engine.state("dev-sales");
    if (state === undefined) throw new Error("it was onboarded");
    await engine.destroy("dev-sales", destroyPlan(state, []));
    engine.states.delete("dev-sales");
    engine.calls.length = 0;
    await offboard(world.context, SALES);
    expect(world.engine.calls).to.deep.equal(["up dev"]);
    expect(await refusal(offboard(world.context, SALES))).to.include({ code: "spoke.unknown", exitCode: 2 });
  });

  it("is finished off by a second run when the first was interrupted after its entry was gone", async () => {
    const { engine } = world;
    const state = await engine.state("dev-sales");
    if (state === undefined) throw new Error("it was onboarded");
    await engine.destroy("dev-sales", destroyPlan(state, []));
    engine.states.delete("dev-sales");
    engine.calls.length = 0;
    await writeFile(
      path.join(world.project, "Pulumi.dev.yaml"),
      await readFile(path.join(EXAMPLES, "dev.yaml"), "utf8"),
    );
    await offboard(world.context, SALES);
    expect(world.engine.calls).to.deep.equal(["up dev"]);
  });

  it("needs the platform team when hub and producers cannot be entered, and stays", async () => {
    world.cloud.refused.add(HUB).add(PRODUCER);
    expect(await refusal(offboard(world.context, SALES))).to.include({
      code: "platform.needed",
      exitCode: 4,
    });
    expect(world.engine.calls).to.deep.equal([]);
  });

  it("keeps its environment from being destroyed", async () => {
    const error = await refusal(destroyEnvironment(world.context, "dev"));
    expect(error).to.include({ code: "environment.in-use", exitCode: 2 });
    expect(error.message).to.include("dev-sales");
    expect(world.engine.calls).to.deep.equal([]);
  });

  it("is listed, and shown in full", async () => {
    expect(await listSpokes(world.context)).to.deep.equal([
      {
        environment: "dev",
        spoke: "sales",
        stack: "dev-sales",
        account: SPOKE,
        roleB: "qs-athena-consumer-role",
        dataSource: "dev-sales",
        status: "CREATION_SUCCESSFUL",
        lastUpdate: undefined,
      },
    ]);
    const status = await spokeStatus(world.context, await spokeNamed(world.project, "sales"));
    expect(status).to.deep.include({
      resources: 12,
      pending: [],
      status: "CREATION_SUCCESSFUL",
      updating: false,
    });
    expect(await refusal(spokeStatus(world.context, await spokeNamed(world.project, "dev-none")))).to.include(
      {
        code: "spoke.unknown",
      },
    );
  });
});

describe("the name of a spoke", () => {
  let world: Chain;
  beforeEach(async () => {
    world = await chain();
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  for (const [written, environment, stack] of [
    ["sales", undefined, "dev-sales"],
    ["dev-sales", undefined, "dev-sales"],
    ["sales", "dev", "dev-sales"],
    ["dev-sales", "dev", "dev-sales"],
    ["sales", "prod", "prod-sales"],
  ] as const)
    it(`${written}${environment === undefined ? "" : ` -e ${environment}`} is ${stack}`, async () => {
      expect((await spokeNamed(world.project, written, environment)).stack).to.equal(stack);
    });

  it("needs its environment when there are several", async () => {
    await writeFile(path.join(world.project, "Pulumi.prod.yaml"), "config: {}\n");
    expect(await refusal(spokeNamed(world.project, "sales"))).to.include({
      code: "spoke.unknown",
      exitCode: 2,
    });
    expect((await spokeNamed(world.project, "prod-sales")).stack).to.equal("prod-sales");
  });
});

describe("an environment", () => {
  let world: Chain;
  beforeEach(async () => {
    world = await chain();
    world.engine.states.delete("dev");
    undeploy(world.cloud);
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  it("is brought up once, and then found to be up", async () => {
    world.engine.updates.set("dev", () => ({
      outputs: { environment: environmentWith() },
      resources: [],
      pending: [],
    }));
    expect((await updateEnvironment(world.context, "dev")).changed).to.equal(true);
    expect(world.engine.calls).to.deep.equal(["create dev", "up dev"]);
    expect((await updateEnvironment(world.context, "dev")).changed).to.equal(false);
    expect(world.engine.calls).to.have.length(2);
  });

  it("is brought up again for what only its outputs tell, which spokes read", async () => {
    world.engine.plans.set("dev", []);
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith({ externalId: "any-data-source" }) },
      resources: [],
      pending: [],
    });
    expect((await updateEnvironment(world.context, "dev")).changed).to.equal(true);
    expect(world.engine.calls).to.deep.equal(["up dev"]);
  });

  it("is put back when the answer is no", async () => {
    world.answer = false;
    expect(await refusal(updateEnvironment(world.context, "dev"))).to.include({ exitCode: 3 });
    expect(world.engine.calls).to.deep.equal(["create dev", "remove dev"]);
  });

  it("is refused when names are taken or tables are not there", async () => {
    const producer = world.cloud.account(PRODUCER);
    producer.functions.set("acct1dynamodb", []);
    producer.dynamoTables.add("Music");
    producer.foreignBuckets.add("dev-music-athena-spill-122222222222");
    const error = await refusal(updateEnvironment(world.context, "dev"));
    expect(error.exitCode).to.equal(2);
    expect(error.faults.map(({ path: place }) => place)).to.deep.equal([
      "producers.music.connectors.acct1dynamodb",
      "producers.music.spill.bucket",
      "producers.music.sampleData",
    ]);
    expect(world.engine.calls).to.deep.equal([]);
  });

  it("is refused when a log group or a managed policy of its names is there already", async () => {
    const spokes =
      '    spokes:\n      sales: { account: "133333333333", roleB: qs-athena-consumer-role, producers: [music] }\n';
    const file = path.join(world.project, "Pulumi.dev.yaml");
    await writeFile(
      file,
      `${(await readFile(file, "utf8")).replace("    hub:", "    roleA: list\n    hub:")}${spokes}`,
    );
    world.cloud.account(PRODUCER).logGroups.add("/aws/lambda/acct1dynamodb");
    world.cloud.account(HUB).managedPolicies.add("AssumeConsumerRolePolicy-dev-1");
    const error = await refusal(updateEnvironment(world.context, "dev"));
    expect(error.exitCode).to.equal(2);
    expect(error.faults).to.deep.equal([
      {
        whose: "input",
        path: "hub",
        message: `managed policy "AssumeConsumerRolePolicy-dev-1" exists in ${HUB} and belongs to somebody else, having no tags of ours: remove it`,
      },
      {
        whose: "input",
        path: "producers.music.connectors.acct1dynamodb",
        message: `log group "/aws/lambda/acct1dynamodb" exists in ${PRODUCER} and belongs to somebody else, having no tags of ours: rename the connector, or remove it`,
      },
    ]);
    expect(world.engine.calls).to.deep.equal([]);
  });

  it("is not destroyed while it has a bucket in an account that its file no longer names", async () => {
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: {},
      resources: [resourceOf("bucket", "gone", "122222222299")],
      pending: [],
    });
    const error = await refusal(destroyEnvironment(world.context, "dev", { deleteData: true }));
    expect(error.message).to.equal(
      "bucket gone of stack dev is in account 122222222299, which its configuration no longer names, so that nobody can look what is in it: put the account back",
    );
    expect(world.engine.calls).to.deep.equal([]);
  });

  it("is destroyed with what is protected, and keeps full buckets", async () => {
    const bucket = "dev-music-athena-spill-122222222222";
    world.cloud.account(PRODUCER).buckets.set(bucket, { keys: ["athena-spill/x"] });
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: {},
      resources: [resourceOf("bucket", bucket, PRODUCER, { bucket })],
      pending: [],
    });
    const { kept } = await destroyEnvironment(world.context, "dev");
    expect(kept).to.deep.equal([{ account: PRODUCER, noun: "bucket", name: bucket }]);
    expect(world.engine.calls).to.deep.equal([
      `keep dev urn:bucket:${bucket}`,
      "unprotect dev",
      "destroy dev",
      "remove dev",
    ]);
  });
});
