/** The policy pack on the real engine: by plain Pulumi, by the `spokes` command, on deployed state, on others' programs. */
import { cp, readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { ownCloud } from "../sandbox/cloud";
import { Checkout, type Ran } from "./checkout";
import { PullRequest, readWorkflow, scriptOf, type Workflow } from "./workflow";

const ROOT = path.resolve(__dirname, "../..");

/** A finding as plain Pulumi tells it: its level, rule and resource, without the words. */
function toldByPulumi({ stdout }: Ran): string[] {
  return [...stdout.matchAll(/^\s+- \[(\w+)\] \s*\[severity: \w+\] \s*([\w-]+) \s*\(.*: (.*)\)$/gm)]
    .map(([, level = "", rule = "", resource = ""]) => `${level} ${rule} ${resource}`)
    .sort();
}

/** The objects that the command tells with `--json`. */
function linesOf({ stdout }: Ran): Record<string, unknown>[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the policy pack, on the real engine", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let removeCloud: () => Promise<void>;

  before(async () => {
    // What is brought up here is not taken down again.
    const own = await ownCloud("policy");
    removeCloud = own.remove;
    checkout = await Checkout.make(own.cloud);
    const example = await readFile(path.join(ROOT, "examples/dev.yaml"), "utf8");
    // The organization's own role: what the bootstrapped ones may do is another spec's.
    const written = example.replaceAll(
      /^( *)account: (.*)$/gm,
      "$1account: $2\n$1assumeRole: OrganizationAccountAccessRole",
    );
    await checkout.write("Pulumi.dev.yaml", written);
    const request = await readFile(path.join(ROOT, "examples/sales.yaml"), "utf8");
    await checkout.write("sales.yaml", `${request}assumeRole: OrganizationAccountAccessRole\n`);
  });

  after(async () => {
    await checkout.remove();
    await removeCloud();
  });

  const accepted = ["advisory acknowledged music-music"];

  it("has nothing against the environment that is not acknowledged, by plain `pulumi preview --policy-pack policy`", async () => {
    await checkout.pulumi("stack", "init", "dev");
    const ran = await checkout.pulumi("preview", "--stack", "dev", "--policy-pack", "policy");
    expect(ran.code, ran.stdout + ran.stderr).to.equal(0);
    expect(toldByPulumi(ran)).to.deep.equal(accepted);
    expect(ran.stdout).to.match(
      /table-deletion-protection: .* acknowledged until \d{4}-\d\d-\d\d: sample data/,
    );
    await checkout.pulumi("stack", "rm", "dev", "--yes", "--preserve-config");
  });

  it("lets `spokes environment up --policy` and `spokes preview --policy` pass, and tells what it finds", async () => {
    const up = await checkout.spokes("environment", "up", "dev", "--policy", "--yes");
    expect(up.code, up.stdout + up.stderr).to.equal(0);
    expect(up.stdout).to.include("dev, policy pack: 1 advisory\n    ! acknowledged, music-music: ");
    const preview = await checkout.spokes("preview", "sales.yaml", "--policy", "--json");
    expect(preview.code, preview.stdout + preview.stderr).to.equal(0);
    const told = linesOf(preview).filter(({ code }) => code === "policy");
    expect(told.map(({ stack, findings }) => [stack, (findings as unknown[]).length])).to.deep.equal([
      ["dev", 1],
      ["dev-sales", 0],
    ]);
  });

  it("has the same to say of what is deployed, by `pulumi policy analyze`", async () => {
    const ran = await checkout.pulumi("policy", "analyze", "--stack", "dev", "--policy-pack", "policy");
    expect(ran.code, ran.stdout + ran.stderr).to.equal(0);
    expect(toldByPulumi(ran)).to.deep.equal(accepted);
  });

  it("stops `spokes onboard` before anything is made, by levels and parameters that are configured", async () => {
    await checkout.write(
      "strict.json",
      JSON.stringify({
        "workgroup-cutoff": { bytes: 10_485_760 },
        "lambda-concurrency": "mandatory",
        "table-deletion-protection": { enforcementLevel: "disabled" },
      }),
    );
    const before = await checkout.state("dev");
    const ran = await checkout.spokes(
      "onboard",
      "sales.yaml",
      "--yes",
      "--policy-config",
      "strict.json",
      "--json",
    );
    expect(ran.code, ran.stdout).to.equal(2);
    const { error } = linesOf(ran).at(-1) as { error: { code: string; message: string } };
    expect(error.code).to.equal("policy.refused");
    expect(error.message.split("\n").slice(1)).to.deep.equal([
      "  dev: lambda-concurrency, music-acct1dynamodb: the function reserves no concurrency: set reservedConcurrentExecutions; ask for a larger quota first when the account is new",
      "  dev-sales: workgroup-cutoff, sales-workgroup: the workgroup lets a query scan 10737418240 bytes, more than 10485760: set configuration.bytesScannedCutoffPerQuery, for example to 10737418240 (10 GiB)",
      "correct it, or acknowledge a finding with a reason in policy/acknowledged.yaml",
    ]);
    expect(await checkout.state("dev")).to.equal(before);
    expect((await checkout.pulumi("stack", "ls")).stdout).not.to.include("dev-sales");
    expect(await checkout.exists("Pulumi.dev-sales.yaml")).to.equal(false);
  });

  /** Previews a program of test/policy/programs with the pack. */
  async function previewed(program: string): Promise<Ran> {
    await cp(path.join(ROOT, "test/policy/programs", program), path.join(checkout.folder, program), {
      recursive: true,
    });
    await checkout.pulumi("--cwd", program, "stack", "init", "test");
    const pack = path.join(ROOT, "policy");
    return checkout.pulumi("--cwd", program, "preview", "--stack", "test", "--policy-pack", pack);
  }

  it("reports what is wrong with seed 002 as printed (C3, C4, C6, C7, C5, C16, C22)", async () => {
    const ran = await previewed("seed-002");
    expect(ran.code, ran.stdout).not.to.equal(0);
    expect([...new Set(toldByPulumi(ran))], ran.stdout + ran.stderr).to.deep.equal([
      "advisory cost-tags data-source",
      "advisory cost-tags role-a",
      "advisory cost-tags role-b",
      "advisory primary-workgroup data-source",
      "advisory primary-workgroup role-b-policy",
      "mandatory data-source-owner data-source",
      "mandatory effective-policies role-b-policy",
      "mandatory exact-external-id role-a",
      "mandatory exact-external-id role-a-policy",
      "mandatory exact-external-id role-b",
      "mandatory results-own-account role-b",
      "mandatory role-b-scope role-b",
      "mandatory role-b-writes role-b",
      "mandatory whole-account-trust role-b",
    ]);
  });

  it("does not let pass what it cannot judge in preview", async () => {
    const ran = await previewed("outputs");
    expect(ran.code, ran.stdout).not.to.equal(0);
    expect(
      toldByPulumi(ran).filter((line) => line.endsWith(" bucket-policy")),
      ran.stdout + ran.stderr,
    ).to.deep.equal([
      "mandatory effective-policies bucket-policy",
      "mandatory known-accounts bucket-policy",
      "mandatory organization-bound bucket-policy",
      "mandatory unjudged bucket-policy",
    ]);
    expect(ran.stdout).to.include("cannot be judged in preview: policy is unknown");
  });

  describe("the workflow that comments on pull requests", () => {
    let workflow: Workflow;
    let pullRequest: PullRequest;
    let base: string;

    before(async () => {
      workflow = await readWorkflow();
      pullRequest = await PullRequest.open(path.join(checkout.folder, "github"));
      await shell("git init -q && git add Pulumi.yaml");
      base = await commit();
    });

    async function shell(text: string): Promise<string> {
      const { code, stdout, stderr } = await checkout.script(text, {});
      if (code !== 0) throw new Error(`${text}: ${stderr}`);
      return stdout;
    }

    /** Commits what was added, and says which commit that is. */
    async function commit(): Promise<string> {
      return (await shell("git -c user.name=a -c user.email=a@b commit -qm a && git rev-parse HEAD")).trim();
    }

    /** Runs the scripts of the workflow for a commit with these requests. */
    async function run(requests: Readonly<Record<string, string>>): Promise<number> {
      await shell("mkdir -p requests");
      for (const [name, text] of Object.entries(requests)) await checkout.write(`requests/${name}`, text);
      await shell("git add requests");
      await commit();
      const variables = {
        BASE: base,
        GITHUB_STEP_SUMMARY: path.join(checkout.folder, "summary.md"),
        GITHUB_REPOSITORY: "acme/data",
        NUMBER: "7",
        PATH: `${pullRequest.folder}:${checkout.path}`,
      };
      const previewed = await checkout.script(scriptOf(workflow, "Preview each request"), variables);
      const commented = await checkout.script(scriptOf(workflow, "Comment"), variables);
      expect(commented.code, previewed.stderr + commented.stderr).to.equal(0);
      return previewed.code;
    }

    it("lets in no fork, no more rights than it needs, and no text of a pull request into a script", () => {
      const { on, permissions, jobs } = workflow;
      expect(on).to.deep.equal({ pull_request: { paths: ["requests/**.yaml"] } });
      expect(permissions).to.deep.equal({ contents: "read", "id-token": "write", "pull-requests": "write" });
      expect(jobs.preview.if).to.equal("github.event.pull_request.head.repo.full_name == github.repository");
      for (const { run = "" } of jobs.preview.steps) expect(run).not.to.include("${{");
    });

    it("comments preview, findings and access differences of a request that is added", async () => {
      expect(await run({ "sales.yaml": await checkout.read("sales.yaml") })).to.equal(0);
      const [comment = "", ...others] = await pullRequest.comments();
      expect(others).to.deep.equal([]);
      expect(comment).to.match(/^### `requests\/sales\.yaml`: 1 to update.*; \d+ to create ✅$/m);
      expect(comment).to.include("**Rules**: 1 advisory");
      expect(comment).to.include("  ! acknowledged, music-music: table-deletion-protection: ");
      expect(comment).to.match(/^\*\*Access\*\*: all \d+ expectations of access hold$/m);
      expect(comment).to.match(/^\+ sales: .*gains s3:GetObject on /m);
      expect(comment).to.match(/^ {4}\+ role qs-athena-consumer-role$/m);
      expect(await checkout.read("summary.md")).to.equal(comment);
      expect((await checkout.pulumi("stack", "ls")).stdout).not.to.include("dev-sales");
    });

    it("fails on a request that is refused, and replaces its comment", async () => {
      expect(await run({ "bad one.yaml": "spoke: sales\naccount: 12\n" })).to.equal(1);
      const [comment = "", ...others] = await pullRequest.comments();
      expect(others).to.deep.equal([]);
      expect(comment).to.include("### `requests/bad one.yaml`: refused ❌");
      expect(comment).to.include("### `requests/sales.yaml`: ");
    });
  });

  it("does not start with acknowledgements that are faulty, and says what to change", async () => {
    await checkout.copyPolicy();
    const acknowledged = await checkout.read("policy/acknowledged.yaml");
    await checkout.write("policy/acknowledged.yaml", "acknowledged:\n  - rule: key-rotaton\n");
    const ran = await checkout.pulumi("preview", "--stack", "dev", "--policy-pack", "policy");
    await checkout.write("policy/acknowledged.yaml", acknowledged);
    expect(ran.code, ran.stdout).not.to.equal(0);
    expect(ran.stdout + ran.stderr).to.include(
      'acknowledged[0].rule: there is no rule "key-rotaton": see docs/policy.md',
    );
    expect(ran.stdout + ran.stderr).not.to.include("    at ");
  });
});
