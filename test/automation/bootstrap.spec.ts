import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { Document, parse } from "yaml";
import { bootstrapTemplate, producerBootstrap } from "../../access/bootstrap";
import { InputError } from "../../access/faults";
import { bootstrap } from "../../automation/bootstrap";
import { environmentWith, keyedProducers, OTHER_SPOKE, PRODUCER, SPOKE } from "../worlds";
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

  describe("where producers let the organization in", () => {
    const spokes = [SPOKE, OTHER_SPOKE];
    const written = async (changes: Readonly<Record<string, unknown>>) => {
      const file = path.join(world.project, "Pulumi.dev.yaml");
      const text = parse(await readFile(file, "utf8")) as { config: Record<string, object> };
      const key = "athena-spokes:environment";
      text.config[key] = { ...text.config[key], producerGrants: "organization", ...changes };
      await writeFile(file, new Document(text).toString());
      return bootstrap(world.context, { kind: "producer", spokes }, { trust: TRUSTED });
    };

    it("refuses to name spokes, which narrows nothing", async () => {
      const thrown = await failureOf(written({}));
      if (!(thrown instanceof InputError)) throw thrown;
      expect(thrown.faults).to.deep.equal([
        {
          path: "--spokes",
          message:
            "no role of producer music lets spokes in one by one: it has no connectors, or under `producerGrants: organization` they are open to the organization, without grants on keys (`keyAccess: grants`) and without `registersCatalogs`; leave --spokes out",
        },
      ]);
    });

    for (const [what, changes] of [
      ["keys are granted", { producers: keyedProducers, keyAccess: "grants" }],
      [
        "producers register catalogs",
        { producers: { music: { ...environmentWith().producers["music"], registersCatalogs: true } } },
      ],
    ] as const)
      it(`names spokes where ${what}`, async () => {
        const environment = environmentWith({ producerGrants: "organization", ...changes });
        expect((await written(changes)).template).to.deep.equal(
          bootstrapTemplate(producerBootstrap(environment, "music", TRUSTED, spokes)),
        );
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
