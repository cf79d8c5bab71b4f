import { rm } from "node:fs/promises";
import { expect } from "chai";
import type { StackState } from "../../automation/engine/state";
import { adoptInterrupted } from "../../automation/interrupted-creations";
import { functionProblem } from "../../automation/preflight/connector-function";
import { PRODUCER } from "../worlds";
import { chain, type Chain } from "./chain";
import { resourceOf } from "./fake-engine";

const NAME = "acct1dynamodb";
const STACK = `arn:aws:cloudformation:us-east-1:${PRODUCER}:stack/serverlessrepo-${NAME}/1`;
const OURS = { "athena-spokes:environment": "dev" };

describe("the function of a connector (R25)", () => {
  let world: Chain;
  beforeEach(async () => {
    world = await chain();
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  const knowing = (...nouns: string[]): StackState => ({
    stack: "dev",
    outputs: {},
    resources: nouns.map((noun) => resourceOf(noun, NAME, PRODUCER)),
    pending: [],
  });
  const stackIn = (status: string, tags: Readonly<Record<string, string>> = OURS) =>
    world.cloud.account(PRODUCER).stacks.set(NAME, { id: STACK, status, tags });
  const messages = async (application: string | undefined, state: StackState) =>
    (
      await functionProblem(
        world.cloud.account(PRODUCER),
        { name: NAME, path: "here", remedy: "name it otherwise" },
        { application },
        { environment: "dev" },
        state,
      )
    ).map(({ path, message }) => `${path}: ${message}`);

  for (const [was, application, becomes] of [
    ["Lambda function", "2026.33.1", "serverless application"],
    ["serverless application", undefined, "Lambda function"],
  ] as const) {
    it(`does not become a ${becomes} under its name where it is a ${was}`, async () => {
      expect(await messages(application, knowing(was))).to.deep.equal([
        `here: ${was} "${NAME}" of ${PRODUCER} cannot become a ${becomes}, since its name is taken until it is deleted: take the connector out, update, and put it in again, or name it otherwise`,
      ]);
    });

    it(`stays a ${was}`, async () => {
      expect(
        await messages(becomes === "Lambda function" ? "2026.33.1" : undefined, knowing(was)),
      ).to.deep.equal([]);
    });
  }

  it("is refused where somebody else has its name", async () => {
    expect(await messages("2026.33.1", knowing())).to.deep.equal([
      `here: serverless application "${NAME}" exists in ${PRODUCER} and belongs to somebody else, having no tags of ours: name it otherwise`,
    ]);
  });

  for (const status of ["ROLLBACK_COMPLETE", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"])
    it(`is refused where its stack is ${status}, which CloudFormation does not update`, async () => {
      stackIn(status);
      expect(await messages("2026.33.1", knowing("serverless application"))).to.deep.equal([
        `here: stack serverlessrepo-${NAME} of ${PRODUCER} is ${status}, which CloudFormation does not update: delete it (\`aws cloudformation delete-stack --stack-name serverlessrepo-${NAME}\`), then have it forgotten by \`pulumi refresh\``,
      ]);
    });

  it("is updated where an update of its stack was taken back", async () => {
    stackIn("UPDATE_ROLLBACK_COMPLETE");
    expect(await messages("2026.33.1", knowing("serverless application"))).to.deep.equal([]);
  });

  for (const [title, status, tags, adopted] of [
    ["is taken over by its stack's id when a killed run made it", "CREATE_COMPLETE", OURS, true],
    ["is not taken over when it is somebody else's", "CREATE_COMPLETE", {}, false],
    ["is not taken over when its stack was only begun", "REVIEW_IN_PROGRESS", OURS, false],
  ] as const)
    it(title, async () => {
      stackIn(status, tags);
      const state = {
        ...knowing(),
        pending: [`creating serverless application ${NAME}`],
        interrupted: [resourceOf("serverless application", NAME, PRODUCER)],
      };
      const producer = world.cloud.account(PRODUCER);
      await adoptInterrupted(world.context, state, { environment: "dev" }, [producer]);
      expect(world.engine.calls).to.deep.equal(adopted ? [`adopt dev ${STACK}`] : []);
    });
});
