import { rm } from "node:fs/promises";
import { expect } from "chai";
import { bootstrapTemplate, producerBootstrap } from "../../access/bootstrap";
import { InputError } from "../../access/faults";
import { bootstrap } from "../../automation/bootstrap";
import { environmentWith, OTHER_SPOKE, PRODUCER, SPOKE } from "../worlds";
import { chain, type Chain, failureOf } from "./chain";

const TRUSTED = ["arn:aws:iam::100000000000:role/pipeline"];

describe("the template of a producer's roles", () => {
  let world: Chain;
  beforeEach(async () => {
    world = await chain();
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  for (const [which, spokes] of [
    ["any spoke", undefined],
    ["the spokes that are named, each once", [SPOKE, OTHER_SPOKE, SPOKE]],
  ] as const)
    it(`lets in ${which} (R11, R70)`, async () => {
      const written = await bootstrap(
        world.context,
        { kind: "producer", ...(spokes === undefined ? {} : { spokes }) },
        { trust: TRUSTED },
      );
      const once = spokes === undefined ? [] : [SPOKE, OTHER_SPOKE];
      expect(written).to.deep.equal({
        kind: "producer",
        environment: "dev",
        account: PRODUCER,
        stack: "athena-spokes-producer-dev",
        template: bootstrapTemplate(producerBootstrap(environmentWith(), "music", TRUSTED, once)),
      });
    });

  it("refuses what is no account, each by itself", async () => {
    const spokes = ["13333", SPOKE, "sales"];
    const thrown = await failureOf(
      bootstrap(world.context, { kind: "producer", spokes }, { trust: TRUSTED }),
    );
    if (!(thrown instanceof InputError)) throw thrown;
    expect(thrown.faults).to.deep.equal(
      ["13333", "sales"].map((wrong) => ({
        path: "--spokes",
        message: `"${wrong}" is not an account id: write its 12 digits in quotes`,
      })),
    );
  });
});
