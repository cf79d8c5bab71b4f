/** Previews that a policy pack judges. */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { type Finding, findingOf } from "../../automation/engine/finding";
import { updateEnvironment } from "../../automation/environment";
import { RunnerError } from "../../automation/failure";
import { readRequestFile, type WrittenRequest } from "../../automation/files/request-file";
import { onboard } from "../../automation/onboard";
import { messageLines } from "../../automation/output/wording";
import { policyPackOf } from "../../automation/policy";
import { preview } from "../../automation/preview";
import { HUB, PRODUCER } from "../worlds";
import { chain, type Chain, failureOf } from "./chain";

const ROOT = path.resolve(__dirname, "../..");
const policy = { folder: "policy" };

const advisory: Finding = {
  rule: "cost-tags",
  level: "advisory",
  resource: "sales-role-b",
  urn: "urn:pulumi:dev-sales::athena-spokes::aws:iam/role:Role::sales-role-b",
  text: "the resource has no tags: set tags",
};
const mandatory: Finding = {
  ...advisory,
  rule: "role-b-scope",
  level: "mandatory",
  text: "too wide: narrow it",
};

async function refusalOf(operation: Promise<unknown>): Promise<RunnerError> {
  const thrown = await failureOf(operation);
  if (!(thrown instanceof RunnerError)) throw thrown;
  return thrown;
}

describe("a policy pack in previews, on an engine and an AWS in memory", () => {
  let world: Chain;
  let sales: WrittenRequest;
  beforeEach(async () => {
    world = await chain();
    sales = await readRequestFile(path.join(ROOT, "examples/sales.yaml"));
  });
  afterEach(async () => {
    await rm(world.project, { recursive: true });
  });

  const told = () => world.messages.filter(({ code }) => code === "policy");
  const refusal = [
    "the policy pack refuses this, and nothing was changed:",
    "  dev-sales: role-b-scope, sales-role-b: too wide: narrow it",
    "correct it, or acknowledge a finding with a reason in policy/acknowledged.yaml",
  ].join("\n");

  it("is not asked unless it is wanted", async () => {
    world.engine.findings.set("dev-sales", [mandatory]);
    await onboard(world.context, sales, { verify: false });
    expect(told()).to.deep.equal([]);
  });

  it("lets advisories pass, and tells of each stack what it found", async () => {
    world.engine.findings.set("dev-sales", [advisory]);
    const { changed } = await onboard(world.context, sales, { verify: false, policy });
    expect(changed).to.equal(true);
    expect(told()).to.deep.equal([
      { code: "policy", stack: "dev", findings: [] },
      { code: "policy", stack: "dev-sales", findings: [advisory] },
    ]);
  });

  for (const [title, operation] of [
    ["onboarding", () => onboard(world.context, sales, { policy })],
    ["a preview", () => preview(world.context, sales, { policy })],
  ] as const)
    it(`stops ${title} by a mandatory finding, with everything put back`, async () => {
      const before = (await readdir(world.project)).sort();
      world.engine.findings.set("dev-sales", [advisory, mandatory]);
      const error = await refusalOf(operation());
      expect([error.code, error.exitCode, error.message]).to.deep.equal(["policy.refused", 2, refusal]);
      expect(world.engine.calls).to.deep.equal(["create dev-sales", "remove dev-sales"]);
      expect((await readdir(world.project)).sort()).to.deep.equal(before);
      expect(told()).to.have.length(2);
    });

  it("stops an environment's update by a mandatory finding", async () => {
    // Of an environment that is still to be made.
    const { roles } = world.cloud.account(HUB);
    const { functions, catalogs, buckets, dynamoTables, roles: theirs } = world.cloud.account(PRODUCER);
    for (const things of [roles, theirs, functions, catalogs, buckets, dynamoTables]) things.clear();
    world.engine.states.delete("dev");
    world.engine.findings.set("dev", [mandatory]);
    const error = await refusalOf(updateEnvironment(world.context, "dev", { policy }));
    expect(error.code).to.equal("policy.refused");
    expect(world.engine.calls).to.deep.equal(["create dev", "remove dev"]);
  });

  it("is the project's own where it has one, else this package's", async () => {
    expect(await policyPackOf(world.project)).to.deep.equal({ folder: path.join(ROOT, "policy") });
    const own = path.join(world.project, "policy");
    await mkdir(own);
    await writeFile(path.join(own, "PulumiPolicy.yaml"), "runtime: nodejs\n");
    const config = path.join(world.project, "strict.json");
    await writeFile(config, "{}");
    expect(await policyPackOf(world.project, config)).to.deep.equal({ folder: own, config });
    const error = await refusalOf(policyPackOf(world.project, "nowhere.json"));
    expect([error.code, error.message]).to.deep.equal([
      "input.unreadable",
      "there is no file nowhere.json: --policy-config takes a JSON file with rules' levels and parameters, see docs/policy.md",
    ]);
  });

  it("is told in words, also when it found nothing", () => {
    expect([
      ...messageLines({ code: "policy", stack: "dev", findings: [] }, {}),
      ...messageLines({ code: "policy", stack: "dev-sales", findings: [mandatory, advisory] }, {}),
    ]).to.deep.equal([
      "dev, policy pack: no findings",
      "dev-sales, policy pack: 1 mandatory, 1 advisory",
      "  ✖ role-b-scope, sales-role-b: too wide: narrow it",
      "  ! cost-tags, sales-role-b: the resource has no tags: set tags",
    ]);
  });

  it("is read from the engine's events", () => {
    const event = {
      resourceUrn: advisory.urn,
      message: "",
      color: "",
      policyName: "cost-tags",
      policyPackName: "athena-spokes",
      policyPackVersion: "0.1.0",
      policyPackVersionTag: "0.1.0",
      enforcementLevel: "warning",
    } as const;
    expect(findingOf(event, `What costs something carries tags\n${advisory.text}\n`)).to.deep.equal(advisory);
    expect(findingOf({ ...event, resourceUrn: "" }, "one line").text).to.equal("one line");
  });
});
