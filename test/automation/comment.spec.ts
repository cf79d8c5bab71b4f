/** What `spokes preview --json` told, as a comment on a pull request. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { commentFor } from "../../automation/comment";
import type { Change } from "../../automation/engine/plan";
import { RunnerError } from "../../automation/failure";
import type { Message } from "../../automation/message";
import { HUB, SPOKE } from "../worlds";

const role: Change = {
  operation: "create",
  type: "aws:iam/role:Role",
  noun: "role",
  name: "qs-athena-consumer-role",
  account: SPOKE,
  urn: "urn:pulumi:dev-sales::athena-spokes::aws:iam/role:Role::sales-role-b",
  properties: [],
  kept: false,
};
const told: readonly Message[] = [
  { code: "accounts", names: { [HUB]: "hub", [SPOKE]: "spoke sales" } },
  { code: "step.started", step: "preflight", title: "look" },
  { code: "advisory", text: "the hub has 200 data sources" },
  { code: "plan", plan: { stack: "dev-sales", changes: [role] } },
  { code: "step.finished", step: "proof", outcome: "41 of 41 hold", seconds: 0.1 },
  {
    code: "access.change",
    of: "dev-sales",
    change: { at: role.urn, kind: "gains", words: "Role B gains s3:GetObject on arn:aws:s3:::acme-orders/*" },
  },
  {
    code: "policy",
    stack: "dev-sales",
    findings: [
      {
        rule: "cost-tags",
        level: "advisory",
        resource: "sales-role-b",
        urn: role.urn,
        text: "the resource has no tags: set tags",
      },
    ],
  },
];
const well = { type: "result", ok: true, result: { stack: "dev-sales" } };

describe("a comment on a pull request", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-comment-"));
    await mkdir(path.join(folder, "requests"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function record(name: string, messages: readonly Message[], result?: object): Promise<void> {
    const lines = [
      ...messages.map((message) => ({ type: "event", time: "2026-11-27T12:00:00.000Z", ...message })),
      ...(result === undefined ? [] : [result]),
    ];
    await writeFile(
      path.join(folder, `${name}.jsonl`),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    );
  }

  it("shows findings, what deserves a look, and the plan in words", async () => {
    await record("requests/sales.yaml", told, well);
    expect(await commentFor(folder)).to.equal(`<!-- athena-spokes preview -->
## Access requests

### \`requests/sales.yaml\`: 1 to create ✅

**Rules**: 1 advisory

\`\`\`text
dev-sales, policy pack: 1 advisory
  ! cost-tags, sales-role-b: the resource has no tags: set tags
\`\`\`

**Access**: 41 of 41 hold

\`\`\`text
+ dev-sales: Role B gains s3:GetObject on arn:aws:s3:::acme-orders/*
\`\`\`

<details><summary>Worth a look</summary>

\`\`\`text
note well: the hub has 200 data sources
\`\`\`

</details>

<details><summary>Resources</summary>

\`\`\`text
dev-sales: 1 to create
  spoke sales ${SPOKE}
    + role qs-athena-consumer-role
\`\`\`

</details>
`);
  });

  it("shows what refused a request, and each request under its own name", async () => {
    const error = { code: "input.invalid", message: "requests/b.yaml: account: 12 is not an account" };
    await record("requests/b.yaml", [], { type: "result", ok: false, error });
    await record("requests/a.yaml", [{ code: "plan", plan: { stack: "dev-a", changes: [] } }], well);
    await record("requests/c.yaml", told.slice(0, 2));
    expect((await commentFor(folder)).split("\n").filter((line) => line.startsWith("### "))).to.deep.equal([
      "### `requests/a.yaml`: changes nothing ✅",
      "### `requests/b.yaml`: refused ❌",
      "### `requests/c.yaml`: the preview did not come to an end ❌",
    ]);
    expect(await commentFor(folder)).to.include(`\`\`\`text\n${error.message}\n\`\`\``);
  });

  it("lets no text of a request out of its block", async () => {
    const text = "a\n```\n@everybody <script> [x](http://example.org)";
    await record("requests/`a`.yaml", [], { type: "result", ok: false, error: { message: text } });
    expect(await commentFor(folder)).to.include(
      `### \`requests/a.yaml\`: refused ❌\n\n\`\`\`\`text\n${text}\n\`\`\`\`\n`,
    );
  });

  it("keeps within what GitHub takes, and says what is left out", async () => {
    const changes = Array.from({ length: 1000 }, (_, index) => ({ ...role, name: `role-${index}` }));
    for (let index = 0; index < 10; index++)
      await record(`requests/${index}.yaml`, [{ code: "plan", plan: { stack: "dev-sales", changes } }], well);
    const comment = await commentFor(folder);
    expect(comment.length).to.be.lessThan(65_536);
    expect(comment).to.match(/\n\(\d+ more lines: see the run's log\)\n/);
    expect(comment.match(/too long for this comment: see the run's log/g)).to.have.length.greaterThan(0);
    expect(comment.match(/^### /gm)).to.have.length(10);
  });

  it("says so when there is no request", async () => {
    expect(await commentFor(folder)).to.equal(
      "<!-- athena-spokes preview -->\n## Access requests\n\nNo request was added or changed.\n",
    );
  });

  it("is refused where files cannot be read, with the place", async () => {
    const refusal = async (at: string) =>
      commentFor(at).then(
        () => "nothing",
        (thrown: unknown) => (thrown instanceof RunnerError ? `${thrown.code}: ${thrown.message}` : thrown),
      );
    expect(await refusal(path.join(folder, "nowhere"))).to.match(
      /^input\.unreadable: ".*nowhere" cannot be read \(ENOENT/,
    );
    await writeFile(path.join(folder, "requests/x.yaml.jsonl"), "{}\nnot JSON\n");
    expect(await refusal(folder)).to.match(
      /^input\.unreadable: "requests\/x\.yaml\.jsonl:2" cannot be read \(.*\): name a folder/,
    );
  });
});
