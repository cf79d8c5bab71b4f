import { rm } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { UserCredential } from "../../automation/cloud/cloud";
import { RunnerError } from "../../automation/failure";
import { offboard } from "../../automation/offboard";
import { onboard } from "../../automation/onboard";
import { SPOKE } from "../worlds";
import { readRequestFile } from "../../automation/files/request-file";
import { chain, type Chain, failureOf, onboardedState, onboardInto } from "./chain";
import { changeOf, resourceOf } from "./fake-engine";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const SALES = { environment: "dev", spoke: "sales", stack: "dev-sales" };
const USER = { ...resourceOf("user", "dev-sales-connecty", SPOKE, {}), id: "dev-sales-connecty" };
const KEY = { ...resourceOf("access key", "connecty-key", SPOKE, {}), id: "AKIAOWN" };

describe("users that a stack lets go (R28, R80)", () => {
  let world: Chain;

  beforeEach(async () => {
    world = await chain();
    onboardInto(world.cloud);
    const state = onboardedState();
    world.engine.states.set("dev-sales", {
      stack: "dev-sales",
      ...state,
      resources: [...state.resources, USER, KEY],
    });
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  const credentials = (...found: UserCredential[]) =>
    world.cloud.account(SPOKE).credentials.set("dev-sales-connecty", found);
  it("stop an offboarding before anything is removed, each with what people have made and how it goes", async () => {
    credentials(
      { kind: "access key", id: "AKIAOWN" },
      { kind: "access key", id: "AKIAHAND" },
      { kind: "password", id: "" },
      { kind: "MFA device", id: `arn:aws:iam::${SPOKE}:mfa/ada` },
    );
    const failure = await failureOf(offboard(world.context, SALES));
    expect(failure).to.be.instanceOf(RunnerError);
    expect(failure).to.deep.include({ code: "preflight.failed", whose: "input" });
    expect((failure as RunnerError).message).to.equal(
      [
        `dev-sales would delete users of ${SPOKE} that people have made credentials for, and IAM deletes no such user; nothing was changed. With these commands in that account they go, then run this again:`,
        "  aws iam delete-access-key --user-name dev-sales-connecty --access-key-id AKIAHAND",
        "  aws iam delete-login-profile --user-name dev-sales-connecty",
        `  aws iam deactivate-mfa-device --user-name dev-sales-connecty --serial-number arn:aws:iam::${SPOKE}:mfa/ada`,
      ].join("\n"),
    );
    expect(world.engine.calls.filter((call) => call.startsWith("destroy"))).to.deep.equal([]);
  });

  it("stop none where they have but the stack's own key", async () => {
    credentials({ kind: "access key", id: "AKIAOWN" });
    expect((await offboard(world.context, SALES)).changed).to.equal(true);
  });

  it("stop an onboarding that lets one go, and not one that keeps it", async () => {
    credentials({ kind: "access key", id: "AKIAHAND" });
    const sales = await readRequestFile(path.join(EXAMPLES, "sales.yaml"));
    const changed = { ...changeOf("user", USER.name, SPOKE, "delete"), urn: USER.urn };
    world.engine.plans.set("dev-sales", [changed]);
    expect(await failureOf(onboard(world.context, sales))).to.deep.include({ code: "preflight.failed" });
    expect(world.engine.calls.filter((call) => call.startsWith("up"))).to.deep.equal([]);
    world.engine.plans.set("dev-sales", [{ ...changed, operation: "update" }]);
    expect((await onboard(world.context, sales, { verify: false })).changed).to.equal(true);
  });
});
