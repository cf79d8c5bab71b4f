import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { updateEnvironment } from "../../automation/environment";
import { RunnerError } from "../../automation/failure";
import { readRequestFile } from "../../automation/files/request-file";
import { offboard } from "../../automation/offboard";
import { onboard } from "../../automation/onboard";
import type { StackState } from "../../automation/engine/state";
import { movedProblems } from "../../automation/preflight/moved";
import { claimProblem } from "../../automation/preflight/ownership";
import { environmentWith, HUB, PRODUCER } from "../worlds";
import { chain, type Chain, failureOf } from "./chain";
import { resourceOf } from "./fake-engine";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const OTHER_HUB = "111111111112";
const OTHER_PRODUCER = "122222222223";
const ROLE_A = "qs-athena-cross-account-role-a";

describe("an environment whose file was edited after it was deployed", () => {
  let world: Chain;

  beforeEach(async () => {
    world = await chain();
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith() },
      resources: [
        resourceOf("role", ROLE_A, HUB),
        resourceOf("role", "acct1dynamodb-role", PRODUCER),
        resourceOf("bucket", "dev-music-athena-spill-122222222222", PRODUCER),
        resourceOf("Lambda function", "acct1dynamodb", PRODUCER),
        resourceOf("Athena catalog", "acct1dynamodb", PRODUCER),
        resourceOf("DynamoDB table", "Music", PRODUCER),
      ],
      pending: [],
    });
    for (const account of [HUB, OTHER_HUB]) {
      const hub = world.cloud.account(account);
      hub.quick = { edition: "ENTERPRISE", status: "ACCOUNT_CREATED" };
      hub.principals.add("us-east-1 default group/bi-admins").add("us-east-1 default group/bi-authors");
    }
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  async function edit(before: string, now: string): Promise<void> {
    const file = path.join(world.project, "Pulumi.dev.yaml");
    const text = await readFile(file, "utf8");
    expect(text).to.include(before);
    await writeFile(file, text.replaceAll(before, now));
  }

  async function refusal(operation: Promise<unknown>): Promise<RunnerError> {
    const thrown = await failureOf(operation);
    if (!(thrown instanceof RunnerError)) throw thrown;
    expect(world.engine.calls).to.deep.equal([]);
    return thrown;
  }

  it("is updated while its accounts and its Region are those that are deployed", async () => {
    await updateEnvironment(world.context, "dev");
    expect(world.engine.calls).to.deep.equal(["up dev"]);
  });

  for (const [place, before, now] of [
    ["hub.account", HUB, OTHER_HUB],
    ["producers.music.account", PRODUCER, OTHER_PRODUCER],
    ["region", "us-east-1", "eu-west-1"],
  ] as const) {
    it(`is not updated when ${place} is another: the engine would change what is there`, async () => {
      await edit(before, now);
      const error = await refusal(updateEnvironment(world.context, "dev"));
      expect(error).to.include({ code: "preflight.failed", exitCode: 2 });
      const told = error.faults.find((fault) => fault.path === place);
      expect(told?.message).to.match(
        new RegExp(`is deployed with ${place} ${before} and configured with ${now}.*put ${before} back`),
      );
    });
  }

  it("gets no spoke when hub.account is another", async () => {
    await edit(HUB, OTHER_HUB);
    const request = await readRequestFile(path.join(EXAMPLES, "sales.yaml"));
    const error = await refusal(onboard(world.context, request));
    expect(error).to.include({ code: "preflight.failed", exitCode: 2 });
    expect(error.message).to.include(`is deployed with hub.account ${HUB} and configured with ${OTHER_HUB}`);
  });

  it("lets no spoke go when hub.account is another: that updates the environment, too", async () => {
    world.engine.states.set("dev-sales", { stack: "dev-sales", outputs: {}, resources: [], pending: [] });
    await edit(HUB, OTHER_HUB);
    const file = path.join(world.project, "Pulumi.dev.yaml");
    await writeFile(
      file,
      `${await readFile(file, "utf8")}    spokes:\n      sales: { account: "133333333333", roleB: qs-athena-consumer-role, producers: [music] }\n`,
    );
    const error = await refusal(
      offboard(world.context, { environment: "dev", spoke: "sales", stack: "dev-sales" }),
    );
    expect(error.message).to.include(`put ${HUB} back`);
  });

  it("is updated again when a first update failed that went into an account of tables, too (C11)", () => {
    const connectors = { acct1dynamodb: { tables: ["Music"], tablesIn: { account: OTHER_PRODUCER } } };
    const environment = environmentWith({ producers: { music: { account: PRODUCER, connectors } } });
    const state = (account: string): StackState => ({
      stack: "dev",
      outputs: {},
      resources: [HUB, PRODUCER, account].map((each) => resourceOf("role", "any", each)),
      pending: [],
    });
    expect(movedProblems(environment, state(OTHER_PRODUCER))).to.deep.equal([]);
    expect(movedProblems(environment, state(OTHER_HUB)).map(({ message }) => message)).to.deep.equal([
      `environment "dev" has resources in account ${OTHER_HUB}, which Pulumi.dev.yaml no longer names: put it back`,
    ]);
  });

  it("is not updated either when a first update failed, which left resources and no outputs", async () => {
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: {},
      resources: [resourceOf("role", ROLE_A, HUB)],
      pending: [],
    });
    await edit(HUB, OTHER_HUB);
    const error = await refusal(updateEnvironment(world.context, "dev"));
    expect(error.message).to.include(
      `has resources in account ${HUB}, which Pulumi.dev.yaml no longer names`,
    );
  });

  it("does not take another environment's Role A for its own because a name is the same", async () => {
    const state: StackState = {
      stack: "dev",
      outputs: {},
      resources: [resourceOf("role", ROLE_A, HUB)],
      pending: [],
    };
    const there = world.cloud.account(OTHER_HUB);
    there.thingTags.set(`role ${ROLE_A}`, { "athena-spokes:environment": "two" });
    const claim = { kind: "role", noun: "role", name: ROLE_A, path: "hub", remedy: "remove it" } as const;
    const claimant = { environment: "dev" };
    expect(await claimProblem(world.cloud.account(HUB), claim, true, claimant, state)).to.deep.equal([]);
    expect(await claimProblem(there, claim, true, claimant, state)).to.deep.equal([
      {
        whose: "input",
        path: "hub",
        message: `role "${ROLE_A}" exists in ${OTHER_HUB} and belongs to environment two: remove it`,
      },
    ]);
  });
});
