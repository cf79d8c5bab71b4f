import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { withEnvironmentLock } from "../../automation/files/environment-lock";
import { forwarded, Interrupt, listenForInterrupts, pause } from "../../automation/interrupt";
import { offboard } from "../../automation/offboard";
import { onboard } from "../../automation/onboard";
import { updateEnvironment } from "../../automation/environment";
import { HUB } from "../worlds";
import { chain, type Chain, failureOf, onboardInto } from "./chain";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const reason = new Interrupt("SIGTERM", false);

describe("an interrupt", () => {
  let world: Chain;
  let sales: WrittenRequest;

  const files = async () =>
    Object.fromEntries(
      await Promise.all(
        (await readdir(world.project)).map(async (name) => [
          name,
          await readFile(path.join(world.project, name), "utf8"),
        ]),
      ),
    ) as Record<string, string>;

  /** Interrupts as soon as a step of the name begins. */
  const interruptIn = (name: string): Chain["context"] => ({
    ...world.context,
    report: (message) => {
      if (message.code === "step.started" && message.step === name) world.interrupt.abort(reason);
    },
  });

  beforeEach(async () => {
    world = await chain();
    sales = await readRequestFile(path.join(EXAMPLES, "sales.yaml"), world.project);
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  for (const step of ["preflight", "preview.environment", "preview.spoke"])
    it(`in the step ${step} of an onboarding changes nothing, although the answer is yes`, async () => {
      const before = await files();
      expect(await failureOf(onboard(interruptIn(step), sales))).to.equal(reason);
      expect(world.engine.calls.filter((call) => call.startsWith("up"))).to.deep.equal([]);
      expect([...world.engine.states.keys()]).to.deep.equal(["dev"]);
      expect(await files()).to.deep.equal(before);
    });

  it("while the question stands changes nothing", async () => {
    const before = await files();
    const confirm = () => {
      world.interrupt.abort(reason);
      return Promise.resolve(true);
    };
    expect(await failureOf(onboard({ ...world.context, confirm }, sales))).to.equal(reason);
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "remove dev-sales"]);
    expect(await files()).to.deep.equal(before);
  });

  it("while another run holds the environment ends the wait, and changes nothing", async () => {
    const before = await files();
    const waiting: Chain["context"] = {
      ...world.context,
      report: (message) => {
        if (message.code === "waiting") world.interrupt.abort(reason);
      },
    };
    await withEnvironmentLock({ ...world.context, signal: new AbortController().signal }, "dev", async () => {
      expect(await failureOf(onboard(waiting, sales))).to.equal(reason);
    });
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "remove dev-sales"]);
    expect(await files()).to.deep.equal(before);
  });

  it("between the environment's update and the spoke's begins the second no more", async () => {
    const error = await failureOf(onboard(interruptIn("update.environment"), sales));
    expect(error).to.include({ code: "interrupted", exitCode: 1 });
    expect(world.engine.calls).to.deep.equal(["create dev-sales", "up dev"]);
  });

  it("ends the wait for Quick", async () => {
    world.engine.updates.set("dev-sales", () => {
      onboardInto(world.cloud);
      const { dataSources } = world.cloud.account(HUB);
      const made = dataSources.get("dev-sales");
      if (made !== undefined) dataSources.set("dev-sales", { ...made, status: "CREATION_IN_PROGRESS" });
      return { outputs: {}, resources: [], pending: [] };
    });
    const waiting: Chain["context"] = {
      ...world.context,
      report: (message) => {
        if (message.code === "waiting") world.interrupt.abort(reason);
      },
    };
    expect(await failureOf(onboard(waiting, sales))).to.equal(reason);
  });

  it("in the look of an offboarding deletes nothing", async () => {
    await onboard(world.context, sales);
    world.engine.calls.length = 0;
    const before = await files();
    const name = { environment: "dev", spoke: "sales", stack: "dev-sales" };
    expect(await failureOf(offboard(interruptIn("look"), name))).to.equal(reason);
    expect(world.engine.calls).to.deep.equal([]);
    expect(await files()).to.deep.equal(before);
  });

  it("in the preview of an environment updates nothing", async () => {
    world.cloud.accounts.clear();
    expect(await failureOf(updateEnvironment(interruptIn("preview.environment"), "dev"))).to.equal(reason);
    expect(world.engine.calls).to.deep.equal([]);
  });
});

describe("interrupts of the process", () => {
  it("are told once and kept as the reason; further ones are told apart", () => {
    const told: string[] = [];
    const { signal, release } = listenForInterrupts(
      (name) => told.push(name),
      () => told.push("again"),
    );
    process.emit("SIGTERM", "SIGTERM");
    process.emit("SIGINT", "SIGINT");
    release();
    expect(told).to.deep.equal(["SIGTERM", "again"]);
    expect(signal.reason).to.be.instanceOf(Interrupt);
    expect(signal.reason).to.include({ reachedEngine: false, code: "interrupted" });
  });

  for (const [terminal, reachedEngine] of [
    [true, true],
    [false, false],
  ] as const)
    it(`${terminal ? "abort the signal from a terminal too, where Ctrl-C has reached" : "without a terminal have not reached"} the engine`, () => {
      const before = Object.getOwnPropertyDescriptor(process.stdin, "isTTY");
      Object.defineProperty(process.stdin, "isTTY", { value: terminal, configurable: true });
      const { signal, release } = listenForInterrupts(
        () => undefined,
        () => undefined,
      );
      try {
        process.emit("SIGINT", "SIGINT");
      } finally {
        release();
        if (before === undefined) Reflect.deleteProperty(process.stdin, "isTTY");
        else Object.defineProperty(process.stdin, "isTTY", before);
      }
      expect(signal.aborted).to.equal(true);
      expect(signal.reason).to.include({ reachedEngine });
    });

  for (const [name, reachedEngine] of [
    ["is handed on to an engine that it has not reached", false],
    ["is not handed on to an engine that it has reached: a second one means at once", true],
  ] as const)
    it(name, () => {
      for (const early of [true, false]) {
        const controller = new AbortController();
        if (early) controller.abort(new Interrupt("SIGINT", reachedEngine));
        const signal = forwarded(controller.signal);
        if (!early) controller.abort(new Interrupt("SIGINT", reachedEngine));
        expect(signal.aborted).to.equal(!reachedEngine);
      }
    });

  it("end a pause with their reason", async () => {
    const controller = new AbortController();
    const paused = failureOf(pause(60_000, controller.signal));
    controller.abort(reason);
    expect(await paused).to.equal(reason);
    expect(await failureOf(pause(60_000, controller.signal))).to.equal(reason);
  });
});
