import { expect } from "chai";
import { refuseUsedRoleA } from "../../automation/former-role-a";
import { environmentWith, HUB } from "../worlds";
import { chain, failureOf } from "./chain";
import { resourceOf } from "./fake-engine";

const SHARED = "qs-athena-cross-account-role-a";

describe("moving away from a scope of Role A (C12)", () => {
  /** An engine that knows the shared Role A, and two spokes with the Role A's given. */
  async function engineWith(roleAs: Readonly<Record<string, string>>) {
    const { engine } = await chain();
    for (const [stack, role] of Object.entries(roleAs))
      engine.states.set(stack, {
        stack,
        outputs: { roleAArn: `arn:aws:iam::${HUB}:role/${role}` },
        resources: [],
        pending: [],
      });
    const state = {
      stack: "dev",
      outputs: { environment: environmentWith() },
      resources: [resourceOf("role", SHARED, HUB)],
      pending: [],
    };
    return { engine, state };
  }

  it("is refused while spokes still use what would go, naming them and the remedy", async () => {
    const { engine, state } = await engineWith({
      "dev-sales": SHARED,
      "dev-returns": `${SHARED}-dev-returns`,
    });
    const error = await failureOf(
      refuseUsedRoleA({ engine }, environmentWith({ roleA: "dedicated" }), state),
    );
    expect((error as Error).message).to.equal(
      "environment dev would lose Role A qs-athena-cross-account-role-a, as which Quick still goes into dev-sales: write `formerRoleA: pattern` in Pulumi.dev.yaml, update the environment, onboard it again, and then take that line away",
    );
  });

  const passing = [
    {
      name: "the former scope is kept",
      changes: { roleA: "dedicated", formerRoleA: "pattern" },
      role: SHARED,
    },
    { name: "spokes have gone over", changes: { roleA: "dedicated" }, role: `${SHARED}-dev-sales` },
    { name: "Role A stays", changes: { roleA: "list" }, role: SHARED },
  ];
  for (const { name, changes, role } of passing)
    it(`passes where ${name}`, async () => {
      const { engine, state } = await engineWith({ "dev-sales": role });
      await refuseUsedRoleA({ engine }, environmentWith(changes), state);
    });
});
