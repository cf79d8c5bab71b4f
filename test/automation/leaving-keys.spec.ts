import { rm } from "node:fs/promises";
import { expect } from "chai";
import { destroyEnvironment, updateEnvironment } from "../../automation/environment";
import { offboard } from "../../automation/offboard";
import { environmentWith, PRODUCER, SPOKE } from "../worlds";
import { chain, type Chain, onboardedState, onboardInto, undeploy } from "./chain";
import { changeOf, resourceOf } from "./fake-engine";

const SALES = { environment: "dev", spoke: "sales", stack: "dev-sales" };

const keyOf = (account: string, inputs: Record<string, unknown> = { deletionWindowInDays: 30 }) => ({
  ...resourceOf("KMS key", "spill-key", account, inputs),
  id: `key-of-${account}`,
});
const advisory = (account: string, days: number) =>
  `KMS key key-of-${account} of ${account} will be deleted in ${days} days, and nobody can read then what it encrypted`;
const note = (account: string, days: number) =>
  `pending deletion: KMS key key-of-${account} of ${account}, for ${days} days; in that account \`aws kms cancel-key-deletion --key-id key-of-${account}\` brings it back`;

describe("KMS keys that a stack lets go (R13)", () => {
  let world: Chain;

  beforeEach(async () => {
    world = await chain();
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  const texts = (code: "advisory" | "note") =>
    world.messages.flatMap((message) => (message.code === code ? [message.text] : []));

  function deploy(resource: ReturnType<typeof keyOf>): void {
    const outputs = { environment: environmentWith() };
    world.engine.states.set("dev", { stack: "dev", outputs, resources: [resource], pending: [] });
  }

  it("are named before an environment is destroyed and after, with the way back", async () => {
    deploy(keyOf(PRODUCER));
    undeploy(world.cloud);
    expect((await destroyEnvironment(world.context, "dev")).leaving).to.deep.equal([
      { account: PRODUCER, key: `key-of-${PRODUCER}`, days: 30 },
    ]);
    expect(texts("advisory")).to.deep.equal([advisory(PRODUCER, 30)]);
    expect(texts("note")).to.deep.equal([note(PRODUCER, 30)]);
  });

  it("are named when a spoke that has one is offboarded; where no days are said, with KMS's own", async () => {
    onboardInto(world.cloud);
    const state = onboardedState();
    const resources = [...state.resources, keyOf(SPOKE, {})];
    world.engine.states.set("dev-sales", { stack: "dev-sales", ...state, resources });
    expect((await offboard(world.context, SALES)).leaving).to.deep.equal([
      { account: SPOKE, key: `key-of-${SPOKE}`, days: 30 },
    ]);
    expect(texts("note")).to.deep.equal([note(SPOKE, 30)]);
  });

  for (const [what, operation, told] of [
    ["are named when an update takes one away", "delete", true],
    ["are not named when an update changes one", "update", false],
  ] as const)
    it(what, async () => {
      deploy(keyOf(PRODUCER, { deletionWindowInDays: 7 }));
      world.cloud.accounts.clear();
      const changed = changeOf("KMS key", "spill-key", PRODUCER, operation);
      world.engine.plans.set("dev", [{ ...changed, urn: "urn:KMS key:spill-key" }]);
      await updateEnvironment(world.context, "dev");
      expect(texts("advisory")).to.deep.equal(told ? [advisory(PRODUCER, 7)] : []);
      expect(texts("note")).to.deep.equal(told ? [note(PRODUCER, 7)] : []);
    });

  it("are not named when the question is declined", async () => {
    deploy(keyOf(PRODUCER));
    world.answer = false;
    await destroyEnvironment(world.context, "dev").catch(() => undefined);
    expect(texts("advisory")).to.deep.equal([advisory(PRODUCER, 30)]);
    expect(texts("note")).to.deep.equal([]);
  });
});
