import { rm } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { destroyEnvironment, updateEnvironment } from "../../automation/environment";
import { countsOf } from "../../automation/engine/plan";
import { readRequestFile } from "../../automation/files/request-file";
import { keptByUpdate } from "../../automation/kept-data";
import { offboard } from "../../automation/offboard";
import { onboard } from "../../automation/onboard";
import { environmentWith, HUB, PRODUCER, registeredSales, SPOKE } from "../worlds";
import { chain, type Chain, onboardedState, onboardInto, undeploy } from "./chain";
import { changeOf, resourceOf } from "./fake-engine";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const SALES = { environment: "dev", spoke: "sales", stack: "dev-sales" };
const DATABASE = "urn:Glue database:sales";
const TABLE = "urn:DynamoDB table:Music";

const key = (artist: string, song: string) => ({ Artist: { S: artist }, SongTitle: { S: song } });
const ours = resourceOf("DynamoDB item", "Music", PRODUCER, {
  tableName: "Music",
  hashKey: "Artist",
  rangeKey: "SongTitle",
  item: JSON.stringify({ ...key("Acme Band", "Happy Day"), Awards: { N: "10" } }),
});
const table = resourceOf("DynamoDB table", "Music", PRODUCER, { name: "Music" });

describe("what people have put into what a stack made", () => {
  let world: Chain;

  beforeEach(async () => {
    world = await chain();
    onboardInto(world.cloud);
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...onboardedState() });
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  const texts = (code: "advisory" | "note") =>
    world.messages.flatMap((message) => (message.code === code ? [message.text] : []));

  it("keeps a Glue database with a table that is not the stack's, and lets the stack's own table go", async () => {
    world.cloud.account(SPOKE).databases.get("sales")?.push("peoples_own");
    const { kept } = await offboard(world.context, SALES);
    expect(kept).to.deep.equal([{ account: SPOKE, noun: "Glue database", name: "sales" }]);
    expect(world.engine.calls.slice(0, 2)).to.deep.equal([`keep dev-sales ${DATABASE}`, "destroy dev-sales"]);
    expect(texts("advisory")).to.deep.equal([
      `Glue database sales of ${SPOKE} holds tables that no stack made and will be kept (--delete-data deletes it with all tables)`,
    ]);
    expect(texts("note")).to.deep.equal([`kept: Glue database sales of ${SPOKE}, with its tables`]);
  });

  it("deletes such a database when told to, and says so before it asks", async () => {
    world.cloud.account(SPOKE).databases.get("sales")?.push("peoples_own");
    expect((await offboard(world.context, SALES, { deleteData: true })).kept).to.deep.equal([]);
    expect(world.engine.calls[0]).to.equal("destroy dev-sales");
    expect(texts("advisory")).to.deep.equal([
      `all tables in Glue database sales of ${SPOKE} will be deleted`,
    ]);
  });

  for (const [what, items, keeps] of [
    ["items that are not the stack's", [key("Acme Band", "Happy Day"), key("Theirs", "Song")], true],
    ["the stack's own items", [key("Acme Band", "Happy Day")], false],
  ] as const)
    it(`${keeps ? "keeps" : "lets go"} a DynamoDB table with ${what}`, async () => {
      world.engine.states.delete("dev-sales");
      world.engine.states.set("dev", {
        stack: "dev",
        outputs: {},
        resources: [table, ours],
        pending: [],
      });
      undeploy(world.cloud);
      world.cloud.account(PRODUCER).dynamoTables.add("Music");
      world.cloud.account(PRODUCER).dynamoItems.set("Music", [...items]);
      const { kept } = await destroyEnvironment(world.context, "dev");
      expect(kept).to.deep.equal(keeps ? [{ account: PRODUCER, noun: "DynamoDB table", name: "Music" }] : []);
      expect(world.engine.calls).to.deep.equal([
        ...(keeps ? [`keep dev ${TABLE}`] : []),
        "unprotect dev",
        "destroy dev",
        "remove dev",
      ]);
    });

  it("is kept by an update that would delete it: a bucket with its protection, while empty ones go", async () => {
    const results = "dev-sales-athena-results-133333333333";
    const data = "dev-sales-athena-data-133333333333";
    world.cloud.account(SPOKE).buckets.get(results)?.keys.push("results/1.csv");
    const state = await world.engine.state("dev-sales");
    const gone = (noun: string, name: string) => ({
      ...changeOf(noun, name, SPOKE, "delete"),
      urn: `urn:${noun}:${name}`,
    });
    const changes = [
      gone("bucket", results),
      gone("encryption of bucket", results),
      gone("bucket", data),
      changeOf("Athena workgroup", "dev-sales", SPOKE, "update"),
    ];
    const { plan, kept } = await keptByUpdate({ stack: "dev-sales", changes }, state, () => [
      world.cloud.account(SPOKE),
    ]);
    expect(kept.flatMap(({ urns }) => urns)).to.deep.equal([
      `urn:bucket:${results}`,
      `urn:encryption of bucket:${results}`,
    ]);
    expect(countsOf(plan)).to.equal("1 to update, 1 to delete, 2 to keep");
  });

  it("is kept by a changed request: the mark comes after the answer and before the update", async () => {
    const results = "dev-sales-athena-results-133333333333";
    // A new spoke's first update must find nothing here.
    world.engine.states.delete("dev-sales");
    world.cloud.account(SPOKE).roles.clear();
    for (const things of ["workgroups", "catalogs", "buckets", "databases"] as const)
      world.cloud.account(SPOKE)[things].clear();
    world.cloud.account(HUB).dataSources.clear();
    world.cloud.account(PRODUCER).functions.set("acct1dynamodb", []);
    const request = await readRequestFile(path.join(EXAMPLES, "sales.yaml"));
    await onboard(world.context, request, { verify: false });
    world.cloud.account(SPOKE).buckets.get(results)?.keys.push("results/1.csv");
    world.messages.length = 0;
    world.engine.plans.set("dev-sales", [
      { ...changeOf("bucket", results, SPOKE, "delete"), urn: `urn:bucket:${results}` },
    ]);
    await onboard(world.context, request, { verify: false });
    expect(world.engine.calls.slice(-2)).to.deep.equal([
      `keep dev-sales urn:bucket:${results} urn:encryption of bucket:${results}`,
      "up dev-sales",
    ]);
    expect(texts("advisory")).to.deep.equal([
      `bucket ${results} of ${SPOKE} holds objects that no stack made and will be kept`,
    ]);
    expect(texts("note")).to.deep.equal([`kept: bucket ${results} of ${SPOKE}, with its objects`]);
  });

  it("is not even looked at by an update that deletes nothing", async () => {
    const state = await world.engine.state("dev-sales");
    const plan = { stack: "dev-sales", changes: [changeOf("role", "r", SPOKE, "update")] };
    const enter = () => {
      throw new Error("nothing is to be looked at");
    };
    expect(await keptByUpdate(plan, state, enter)).to.deep.equal({ plan, kept: [] });
  });

  const films = "122222222299";
  const withFilms = {
    ...environmentWith().producers,
    films: { account: films, connectors: { films: { tables: ["Films"] } } },
  };
  for (const [command, run] of [
    [
      "onboarding",
      async () =>
        onboard(world.context, await readRequestFile(path.join(EXAMPLES, "sales.yaml")), { verify: false }),
    ],
    ["offboarding", () => offboard(world.context, SALES)],
  ] as const)
    for (const [what, objects] of [
      ["full", ["orders/orders.csv"]],
      ["empty", []],
    ] as const)
      it(`${command} ${what === "full" ? "is refused before anything changes" : "goes on"} where its update of the environment would delete a bucket that is ${what}`, async () => {
        const { cloud, engine } = world;
        const bucket = "dev-films-athena-spill-122222222299";
        const spokes = command === "offboarding" ? { sales: registeredSales } : {};
        engine.states.set("dev", {
          stack: "dev",
          outputs: {
            environment: environmentWith({ producers: withFilms, spokes }),
          },
          resources: [resourceOf("bucket", bucket, films, { bucket })],
          pending: [],
        });
        cloud.account(films).buckets.set(bucket, { keys: [...objects] });
        cloud.account(PRODUCER).functions.set("acct1dynamodb", []);
        engine.plans.set("dev", [
          { ...changeOf("bucket", bucket, films, "delete"), urn: `urn:bucket:${bucket}` },
        ]);
        const outcome = await run().then(
          () => "done",
          (thrown: unknown) => thrown,
        );
        if (what === "full") {
          expect(outcome).to.include({
            code: "platform.needed",
            exitCode: 4,
            message:
              `the update of environment dev needs the platform team, nothing was changed:\n` +
              `  bucket ${bucket} of ${films} holds objects that no stack made, and the environment's file no longer has it\n` +
              `run \`spokes environment up dev\` first, which keeps it`,
          });
          expect(engine.calls).to.deep.equal([]);
        } else {
          expect(outcome).to.equal("done");
          expect(engine.calls).to.include("up dev");
        }
      });

  it("keeps what an environment's update would delete, also of a producer that is taken out of its file", async () => {
    const { cloud, context, engine } = world;
    const bucket = "dev-films-product-data-122222222299";
    engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith({ producers: withFilms }) },
      resources: [
        table,
        ours,
        resourceOf("bucket", bucket, films, { bucket }),
        resourceOf("Lambda function", "acct1dynamodb", PRODUCER),
        resourceOf("Athena catalog", "acct1dynamodb", PRODUCER),
        resourceOf("bucket", "dev-music-athena-spill-122222222222", PRODUCER),
        resourceOf("role", "qs-athena-cross-account-role-a", HUB),
      ],
      pending: [],
    });
    cloud
      .account(PRODUCER)
      .dynamoItems.set("Music", [key("Acme Band", "Happy Day"), key("Acme Band", "My Own")]);
    cloud.account(films).buckets.set(bucket, { keys: ["orders/orders.csv"] });
    const gone = (urn: string) => ({ ...changeOf("x", "x", PRODUCER, "delete"), urn });
    engine.plans.set("dev", [gone(TABLE), gone(`urn:bucket:${bucket}`)]);
    await updateEnvironment(context, "dev");
    expect(engine.calls).to.deep.equal([`keep dev ${TABLE} urn:bucket:${bucket}`, "up dev"]);
    expect(texts("note")).to.deep.equal([
      `kept: DynamoDB table Music of ${PRODUCER}, with its items`,
      `kept: bucket ${bucket} of ${films}, with its objects`,
    ]);
  });
});
