import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { InputError } from "../../access/faults";
import { RunnerError } from "../../automation/failure";
import { writeRegistration } from "../../automation/files/environment-file";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { onboard } from "../../automation/onboard";
import { preview } from "../../automation/preview";
import { environmentWith, HUB, OTHER_SPOKE, PRODUCER, registeredSales, requestWith, SPOKE } from "../worlds";
import { chain, type Chain, failureOf, onboardedState, onboardInto } from "./chain";
import { resourceOf } from "./fake-engine";

const EXAMPLES = path.resolve(__dirname, "../../examples");

function runnerError(thrown: unknown): RunnerError {
  if (!(thrown instanceof RunnerError)) throw thrown;
  return thrown;
}

describe("onboarding, on an engine and an AWS in memory", () => {
  let world: Chain;
  let sales: WrittenRequest;
  let before: Record<string, string>;

  const files = async () =>
    Object.fromEntries(
      await Promise.all(
        (await readdir(world.project))
          .sort()
          .map(async (name) => [name, await readFile(path.join(world.project, name), "utf8")]),
      ),
    ) as Record<string, string>;

  const written = async (text: string) => {
    const file = path.join(world.project, "..", `${path.basename(world.project)}.yaml`);
    await writeFile(file, text);
    try {
      return await readRequestFile(file);
    } finally {
      await rm(file);
    }
  };

  beforeEach(async () => {
    world = await chain();
    sales = await readRequestFile(path.join(EXAMPLES, "sales.yaml"));
    before = await files();
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  it("refuses users that are somebody else's, or of another spoke (R28, R77)", async () => {
    const users = world.cloud.account(SPOKE).users;
    for (const name of ["analyst", "dev-sales-connecty"])
      users.set(name, { tags: {}, groups: [], policies: new Map() });
    const text = `${await readFile(path.join(EXAMPLES, "sales.yaml"), "utf8")}readers:\n  connecty: {}\n`;
    const people = await written(text.replace("analyst: true", "analyst: user/analyst"));
    const error = await failureOf(onboard(world.context, people));
    expect((error as RunnerError).faults.map(({ path: place, message }) => [place, message])).to.deep.equal([
      [
        "analyst",
        `user "analyst" exists in ${SPOKE} and belongs to somebody else, having no tags of ours: choose another name under analyst`,
      ],
      [
        "readers.connecty.user",
        `user "dev-sales-connecty" exists in ${SPOKE} and belongs to somebody else, having no tags of ours: choose another name under readers.connecty.user`,
      ],
    ]);
  });

  it("lists the spoke in the environment, updates it, then makes the spoke, and verifies", async () => {
    const result = await onboard(world.context, sales);
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "up dev", "up dev-sales"]);
    expect(result).to.deep.include({
      stack: "dev-sales",
      changed: true,
      environmentChanged: true,
      roleB: "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
      analyst: "arn:aws:iam::133333333333:role/analyst",
      dataSource: { id: "dev-sales", status: "CREATION_SUCCESSFUL" },
      accounts: { hub: HUB, spoke: SPOKE, producers: { music: PRODUCER } },
    });
    expect(result.rungs.filter(({ status }) => status === "failed")).to.deep.equal([]);
    expect(result.rungs.filter(({ status }) => status === "not executed").map(({ id }) => id)).to.deep.equal([
      "producer-select:acct1dynamodb",
      "quick:acct1dynamodb",
      "quick:AwsDataCatalog",
      "browse",
      "trail",
    ]);
    expect(Object.keys(await files())).to.deep.equal([
      "Pulumi.dev-sales.yaml",
      "Pulumi.dev.yaml",
      "Pulumi.yaml",
    ]);
  });

  it("makes a consumer without Quick, and waits for no data source (R28-R31)", async () => {
    const people = await readRequestFile(path.join(EXAMPLES, "people.yaml"));
    const result = await onboard(world.context, people, { verify: false });
    expect(result).to.deep.include({ stack: "dev-people", changed: true });
    expect(result).to.not.have.any.keys("roleA", "roleB", "dataSource");
  });

  it("changes nothing the second time and says so", async () => {
    await onboard(world.context, sales);
    const once = await files();
    world.engine.calls.length = 0;
    const result = await onboard(world.context, sales);
    expect(result).to.deep.include({ changed: false, environmentChanged: false });
    expect(world.engine.calls).to.deep.equal([]);
    expect(await files()).to.deep.equal(once);
    expect(world.messages).to.deep.include({
      code: "note",
      text: "dev-sales is onboarded already: nothing changed",
    });
  });

  it("leaves the environment alone in the scopes that name no spokes", async () => {
    const file = path.join(world.project, "Pulumi.dev.yaml");
    await writeFile(
      file,
      before["Pulumi.dev.yaml"]?.replace("    hub:", "    producerGrants: organization\n    hub:") ?? "",
    );
    const scoped = await files();
    const open = { producerGrants: "organization" };
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith(open) },
      resources: [],
      pending: [],
    });
    world.engine.updates.set("dev-sales", () => {
      onboardInto(world.cloud, requestWith(), { ...open, spokes: {} });
      return onboardedState();
    });
    const result = await onboard(world.context, sales, { verify: false });
    expect(result).to.deep.include({ changed: true, environmentChanged: false, rungs: [] });
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "up dev-sales"]);
    expect((await files())["Pulumi.dev.yaml"]).to.equal(scoped["Pulumi.dev.yaml"]);
  });

  it("puts everything back when the answer is no", async () => {
    world.answer = false;
    const error = runnerError(await failureOf(onboard(world.context, sales)));
    expect(error).to.include({ code: "declined", exitCode: 3 });
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "remove dev-sales"]);
    expect(await files()).to.deep.equal(before);
  });

  it("puts everything back when the preview fails", async () => {
    await writeRegistration(world.project, "dev", "sales", registeredSales);
    before = await files();
    world.engine.previewFailure = new RunnerError("engine.failed", "failure", "preview of dev-sales failed");
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith({ spokes: { sales: registeredSales } }) },
      resources: [],
      pending: [],
    });
    expect(await failureOf(onboard(world.context, sales))).to.equal(world.engine.previewFailure);
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "remove dev-sales"]);
    expect(await files()).to.deep.equal(before);
  });

  it("previews and puts everything back", async () => {
    const result = await preview(world.context, sales);
    expect(result.environment?.changes).to.have.length(1);
    expect(result.spoke.changes).to.have.length(1);
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "remove dev-sales"]);
    expect(await files()).to.deep.equal(before);
  });

  it("says how to finish or undo when the spoke fails after the environment was updated", async () => {
    world.engine.updates.set("dev-sales", () => {
      throw new RunnerError("engine.failed", "failure", "update of dev-sales failed:\n  role x: no");
    });
    const error = runnerError(await failureOf(onboard(world.context, sales)));
    expect(error).to.include({ code: "engine.failed", exitCode: 1 });
    expect(error.message).to.equal(
      "update of dev-sales failed:\n  role x: no\nwhat was made so far stays: to finish, remove the cause and run the same command again; to undo, run `spokes offboard dev-sales`",
    );
    expect((await files())["Pulumi.dev.yaml"]).to.match(/^ {6}sales:$/m);
  });

  it("hands a caller without rights on hub and producers the patch for the platform team, exit 4", async () => {
    world.cloud.refused.add(HUB).add(PRODUCER);
    const error = runnerError(await failureOf(onboard(world.context, sales)));
    expect(error).to.include({ code: "platform.needed", exitCode: 4 });
    expect(error.faults).to.have.length(2);
    expect(error.attachment).to.match(
      /^# add to .*Pulumi\.dev\.yaml\nconfig:\n {2}athena-spokes:environment:\n {4}spokes:\n {6}sales:\n/,
    );
    expect(world.engine.calls).to.deep.equal([]);
    expect(await files()).to.deep.equal(before);
  });

  it("makes the data source anew when Quick refused it once, and asks before it does", async () => {
    await onboard(world.context, sales);
    const made = world.cloud.account(HUB).dataSources.get("dev-sales");
    if (made === undefined) throw new Error("there is no data source");
    world.cloud
      .account(HUB)
      .dataSources.set("dev-sales", { ...made, status: "CREATION_FAILED", error: "ACCESS_DENIED: no" });
    world.engine.calls.length = 0;
    await onboard(world.context, sales);
    expect(world.engine.calls).to.deep.equal(["up dev-sales --replace"]);
  });

  it("fails with Quick's reason when the data source does not work", async () => {
    world.engine.updates.set("dev-sales", () => {
      onboardInto(world.cloud);
      const made = world.cloud.account(HUB).dataSources.get("dev-sales");
      if (made !== undefined)
        world.cloud.account(HUB).dataSources.set("dev-sales", {
          ...made,
          status: "CREATION_FAILED",
          error: "ACCESS_DENIED: workgroup",
        });
      return onboardedState();
    });
    const error = runnerError(await failureOf(onboard(world.context, sales)));
    expect(error).to.include({
      code: "data-source.failed",
      exitCode: 1,
      message:
        "data source dev-sales is CREATION_FAILED: ACCESS_DENIED: workgroup; remove the cause and run the same command again",
    });
  });

  it("removes a data source that an earlier attempt left, and only one with this spoke's tags", async () => {
    const hub = world.cloud.account(HUB);
    const refused = {
      arn: "arn:x",
      type: "ATHENA",
      status: "CREATION_FAILED",
      roleArn: undefined,
      consumerAccountRoleArn: undefined,
      workgroup: undefined,
      error: "ACCESS_DENIED: no",
      permissions: [],
    };
    hub.dataSources.set("dev-sales", refused);
    hub.thingTags.set("data source dev-sales", {
      "athena-spokes:environment": "dev",
      "athena-spokes:spoke": "other",
    });
    const error = runnerError(await failureOf(onboard(world.context, sales)));
    expect(error.faults.map(({ path: place }) => place)).to.deep.equal(["dataSource.id"]);
    expect(hub.dataSources.get("dev-sales")).to.equal(refused);

    hub.thingTags.set("data source dev-sales", {
      "athena-spokes:environment": "dev",
      "athena-spokes:spoke": "sales",
    });
    let left: unknown;
    world.engine.updates.set("dev-sales", () => {
      left = hub.dataSources.get("dev-sales");
      onboardInto(world.cloud);
      return onboardedState();
    });
    expect((await onboard(world.context, sales)).dataSource?.status).to.equal("CREATION_SUCCESSFUL");
    expect(left).to.equal(undefined);
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "up dev", "up dev-sales"]);
  });

  it("refuses a copy of the environment that is older than what is deployed", async () => {
    const other = { account: OTHER_SPOKE, roleB: "qs-athena-consumer-role", producers: [] };
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith({ spokes: { returns: other } }) },
      resources: [],
      pending: [],
    });
    world.engine.states.set("dev-returns", { stack: "dev-returns", outputs: {}, resources: [], pending: [] });
    const error = runnerError(await failureOf(onboard(world.context, sales)));
    expect(error).to.include({ code: "environment.outdated", exitCode: 2 });
    expect(await files()).to.deep.equal(before);
  });

  /** What is wrong in the world, and the problems that have to be told: place and words. */
  const faults: readonly {
    name: string;
    make: () => void;
    problems: readonly (readonly [string, RegExp])[];
    exit: number;
  }[] = [
    {
      name: "an environment that was never deployed",
      make: () => world.engine.states.delete("dev"),
      problems: [["environment", /never deployed: run `spokes environment up dev`/]],
      exit: 2,
    },
    {
      name: "credentials for the wrong account",
      make: () => world.cloud.refused.add(SPOKE).add(HUB).add(PRODUCER),
      problems: [
        [
          "account",
          /spoke 133333333333: arn:aws:iam::100000000000:user\/platform may not assume athena-spokes-spoke-deployer-dev/,
        ],
        ["", /^hub 111111111111: /],
        ["", /^producer music 122222222222: /],
      ],
      exit: 2,
    },
    {
      name: "a Quick that is not Enterprise (R38)",
      make: () => (world.cloud.account(HUB).quick = { edition: "STANDARD", status: "ACCOUNT_CREATED" }),
      problems: [["", /is the STANDARD edition: role chaining needs Enterprise/]],
      exit: 4,
    },
    {
      name: "no Quick (R38)",
      make: () => (world.cloud.account(HUB).quick = undefined),
      problems: [["", /has no Amazon Quick subscription/]],
      exit: 4,
    },
    {
      name: "owners that the identity Region does not know (C29)",
      make: () => world.cloud.account(HUB).principals.delete("us-east-1 default group/bi-admins"),
      problems: [
        [
          "",
          /there is no Quick group\/bi-admins in namespace "default" of 111111111111, identity Region us-east-1/,
        ],
      ],
      exit: 4,
    },
    {
      name: "names that belong to somebody else, all at once",
      make: () => {
        onboardInto(world.cloud);
        world.cloud.account(SPOKE).thingTags.set("role qs-athena-consumer-role", {
          "athena-spokes:environment": "dev",
          "athena-spokes:spoke": "other",
        });
        world.cloud.account(SPOKE).foreignBuckets.add("dev-sales-athena-data-133333333333");
      },
      problems: [
        ["analyst", /role "analyst" exists in 133333333333 and belongs to somebody else/],
        ["sampleData", /bucket name "dev-sales-athena-data-133333333333" is taken by another account/],
        ["sampleData", /Glue database "sales" exists in 133333333333/],
        [
          "roleB.name",
          /role "qs-athena-consumer-role" exists in 133333333333 and belongs to spoke dev-other: choose another name under roleB.name/,
        ],
        ["workgroup.name", /belongs to somebody else, having no tags of ours: choose another name/],
        ["workgroup.outputLocation", /bucket "dev-sales-athena-results-133333333333" exists/],
        ["connectors[0].catalog", /Athena catalog "acct1dynamodb" exists/],
        ["dataSource.id", /Quick data source "dev-sales" exists in 111111111111/],
        [
          "connectors[0]",
          /has a statement "CrossAccountInvocationStatement-dev-sales" that this spoke's stack did not make/,
        ],
      ],
      exit: 2,
    },
    {
      name: "a spoke that is onboarded with another account",
      make: () =>
        world.engine.states.set("dev-sales", {
          stack: "dev-sales",
          outputs: { spoke: requestWith({ account: OTHER_SPOKE }) },
          resources: [],
          pending: [],
        }),
      problems: [
        [
          "account",
          /spoke "sales" is onboarded with account 133333333334: run `spokes offboard dev-sales` first/,
        ],
      ],
      exit: 2,
    },
    {
      name: "a connector that the environment has not deployed",
      make: () => world.cloud.account(PRODUCER).functions.delete("acct1dynamodb"),
      problems: [["connectors[0]", /producer "music" \(122222222222\) has no function "acct1dynamodb"/]],
      exit: 4,
    },
  ];
  for (const { name, make, problems, exit } of faults)
    it(`refuses ${name}, with exit ${exit} and nothing changed`, async () => {
      make();
      const error = runnerError(await failureOf(onboard(world.context, sales)));
      expect(error.exitCode).to.equal(exit);
      expect(error.faults.map(({ path: place }) => place)).to.deep.equal(problems.map(([place]) => place));
      for (const [index, [, words]] of problems.entries())
        expect(error.faults[index]?.message).to.match(words);
      expect(world.engine.calls).to.deep.equal([]);
      expect(await files()).to.deep.equal(before);
    });

  it("refuses an endpoint that nobody answers at", async () => {
    world.cloud.reachable = false;
    const error = runnerError(await failureOf(onboard(world.context, sales)));
    expect(error).to.include({ code: "endpoint.unreachable", exitCode: 2 });
    expect(error.message).to.include("nobody answers at http://127.0.0.1:1");
  });

  it("refuses an environment that does not exist", async () => {
    const request = await written(
      'spoke: sales\nenvironment: prod\naccount: "133333333333"\nregion: us-east-1\nsampleData: true\n',
    );
    const error = runnerError(await failureOf(onboard(world.context, request)));
    expect(error).to.include({ code: "environment.missing", exitCode: 2 });
    expect(error.message).to.match(/there is no environment "prod".*configured: dev/);
  });

  it("refuses another Region than the connector's (R9) and producers that are not there, each with its line", async () => {
    const request = await written(
      'spoke: sales\nenvironment: dev\naccount: "133333333333"\nregion: eu-west-1\nconnectors:\n  - from: movies\n',
    );
    const error = await failureOf(onboard(world.context, request));
    if (!(error instanceof InputError)) throw error;
    expect(error.faults.map(({ path: place }) => place)).to.deep.equal([
      "region (line 4)",
      "connectors[0].from (line 6)",
    ]);
  });

  it("refuses data, tables and places that are not there", async () => {
    world.cloud.account(SPOKE).databases.set("shop", ["customers"]);
    const request = await written(
      'spoke: sales\nenvironment: dev\naccount: "133333333333"\nregion: us-east-1\nworkgroup:\n  name: primary\n  outputLocation: s3://nowhere/x/\ndata:\n  - database: shop\n    tables: [orders]\n    prefixes: [s3://shop/orders/]\n  - database: none\n    prefixes: [s3://none/]\nconnectors:\n  - deploy:\n      tables: [Films]\n',
    );
    const error = runnerError(await failureOf(onboard(world.context, request)));
    expect(error.exitCode).to.equal(2);
    expect(error.faults.map(({ path: place }) => place)).to.deep.equal([
      "workgroup.outputLocation",
      "data[0].tables[0]",
      "data[1].database",
      "connectors[0].deploy.tables[0]",
    ]);
  });

  it("accepts names that its own stack made", async () => {
    onboardInto(world.cloud);
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...onboardedState() });
    expect((await onboard(world.context, sales)).changed).to.equal(true);
  });

  it("says how to go on when a change away from a name did not finish and the name is asked for again", async () => {
    onboardInto(world.cloud);
    const state = onboardedState();
    const resources = state.resources.map((resource) => ({
      ...resource,
      leaving: resource.name === "qs-athena-consumer-role",
    }));
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...state, resources });
    const error = runnerError(await failureOf(onboard(world.context, sales)));
    expect(error).to.include({ code: "preflight.failed", exitCode: 2 });
    expect(error.faults).to.deep.equal([
      {
        path: "roleB.name",
        message:
          'role "qs-athena-consumer-role" of 133333333333 is still to be deleted, since the change away from it did not finish: finish that change first, with the name it chose, or choose another name under roleB.name',
      },
    ]);
  });

  it("says what an interrupted run has left", async () => {
    world.engine.states.set("dev-sales", {
      stack: "dev-sales",
      outputs: {},
      resources: [resourceOf("role", "x", SPOKE)],
      pending: ["creating bucket b"],
    });
    await onboard(world.context, sales);
    expect(world.messages).to.deep.include({
      code: "advisory",
      text: "an earlier run was interrupted while creating bucket b: it may exist without the stack knowing",
    });
  });
});
