import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import type { Engine } from "../../automation/engine/engine";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { preview } from "../../automation/preview";
import { chain, type Chain } from "./chain";

const EXAMPLES = path.resolve(__dirname, "../../examples");

describe("a preview", () => {
  let world: Chain;
  let sales: WrittenRequest;
  const at = (name: string) => path.join(world.project, name);

  /** What lies in the checkout, and in the configuration the preview reads, while a stack is previewed. */
  const watching = (seen: Record<string, unknown>[]): Engine => {
    const engine = Object.create(world.engine) as Engine;
    engine.preview = async (stack, options = {}) => {
      seen.push({
        stack,
        files: (await readdir(world.project)).sort(),
        own: path.dirname(options.configFile ?? world.project) !== world.project,
        configured: Object.keys(
          (parse(await readFile(options.configFile ?? "", "utf8")) as { config: object }).config,
        ),
      });
      return world.engine.preview(stack, options);
    };
    return engine;
  };

  beforeEach(async () => {
    world = await chain();
    sales = await readRequestFile(path.join(EXAMPLES, "sales.yaml"), world.project);
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  it("reads a configuration of its own, so that plain pulumi never sees a request nobody approved", async () => {
    const seen: Record<string, unknown>[] = [];
    const files = (await readdir(world.project)).sort();
    await preview({ ...world.context, engine: watching(seen) }, sales);
    expect(seen).to.deep.equal([
      { stack: "dev", files, own: true, configured: ["athena-spokes:environment"] },
      { stack: "dev-sales", files, own: true, configured: ["athena-spokes:spoke"] },
    ]);
  });

  it("leaves the stack that another run has made meanwhile", async () => {
    const engine = Object.create(world.engine) as Engine;
    engine.create = async (stack) => {
      await world.engine.create(stack);
      return false;
    };
    await preview({ ...world.context, engine }, sales);
    expect(world.engine.calls).to.deep.equal(["create dev-sales"]);
  });

  it("leaves its own stack to a run that has written its configuration meanwhile", async () => {
    const engine = Object.create(world.engine) as Engine;
    engine.preview = async (stack, options) => {
      if (stack === "dev-sales") await writeFile(at("Pulumi.dev-sales.yaml"), "config: {}\n");
      return world.engine.preview(stack, options);
    };
    await preview({ ...world.context, engine }, sales);
    expect(world.engine.calls).to.deep.equal(["create dev-sales"]);
    expect(await readFile(at("Pulumi.dev-sales.yaml"), "utf8")).to.equal("config: {}\n");
  });
});
