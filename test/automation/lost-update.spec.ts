import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { Engine } from "../../automation/engine/engine";
import { updateEnvironment } from "../../automation/environment";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { offboard } from "../../automation/offboard";
import { onboard } from "../../automation/onboard";
import { verify } from "../../automation/verify";
import { environmentWith, OTHER_SPOKE, registeredSales } from "../worlds";
import { chain, type Chain, failureOf } from "./chain";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const NAME = { environment: "dev", spoke: "sales", stack: "dev-sales" };

describe("an environment that another checkout deploys meanwhile", () => {
  let world: Chain;
  let sales: WrittenRequest;

  /** The other checkout onboards a spoke. */
  const deployElsewhere = () => {
    const yy = { account: OTHER_SPOKE, roleB: "qs-athena-consumer-role", producers: ["music"] };
    const spokes = { sales: registeredSales, yy };
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith({ spokes }) },
      resources: [],
      pending: [],
    });
    world.engine.states.set("dev-yy", { stack: "dev-yy", outputs: {}, resources: [], pending: [] });
  };
  const files = async () =>
    Object.fromEntries(
      await Promise.all(
        (await readdir(world.project)).map(async (name) => [
          name,
          await readFile(path.join(world.project, name), "utf8"),
        ]),
      ),
    ) as Record<string, string>;
  const whileAsked = (): Chain["context"] => ({
    ...world.context,
    confirm: () => {
      deployElsewhere();
      return Promise.resolve(true);
    },
  });

  beforeEach(async () => {
    world = await chain();
    sales = await readRequestFile(path.join(EXAMPLES, "sales.yaml"), world.project);
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  it("is not updated by an onboarding that was asked before", async () => {
    const before = await files();
    const error = await failureOf(onboard(whileAsked(), sales));
    expect(error).to.include({ code: "environment.outdated", exitCode: 2 });
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "remove dev-sales"]);
    expect(await files()).to.deep.equal(before);
  });

  it("is not brought up to date by a run that was asked before", async () => {
    world.cloud.accounts.clear();
    const error = await failureOf(updateEnvironment(whileAsked(), "dev"));
    expect(error).to.include({ code: "environment.outdated", exitCode: 2 });
    expect(world.engine.calls).to.deep.equal([]);
  });

  it("is not updated by an offboarding that was asked before", async () => {
    await onboard(world.context, sales);
    world.engine.calls.length = 0;
    const before = (await files())["Pulumi.dev.yaml"];
    const error = await failureOf(offboard(whileAsked(), NAME));
    expect(error).to.include({ code: "environment.outdated", exitCode: 2 });
    expect(world.engine.calls).to.not.include("up dev");
    expect((await files())["Pulumi.dev.yaml"]).to.equal(before);
  });

  it("is looked at again after a wait for the other's update", async () => {
    const engine = Object.create(world.engine) as Engine;
    engine.up = async (stack, options = {}) => {
      if (stack === "dev") {
        deployElsewhere();
        await options.beforeRetry?.();
      }
      return world.engine.up(stack, options);
    };
    const error = await failureOf(onboard({ ...world.context, engine }, sales));
    expect(error).to.include({ code: "environment.outdated" });
    expect(world.engine.calls).to.deep.equal(["create dev-sales"]);
  });

  it("does not pass the verification of a spoke that it no longer lists", async () => {
    await onboard(world.context, sales);
    world.engine.states.set("dev", {
      stack: "dev",
      outputs: { environment: environmentWith() },
      resources: [],
      pending: [],
    });
    const error = await failureOf(verify(world.context, NAME));
    expect(error).to.include({ code: "verify.failed", exitCode: 1 });
    expect(String(error)).to.match(/environment dev lists the spoke: it was updated without sales/);
    expect(String(error)).to.include(
      "what was changed by hand is put right by `pulumi refresh --stack dev-sales`, then `spokes onboard` again",
    );
  });
});
