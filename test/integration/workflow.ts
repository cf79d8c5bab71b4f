/** The workflow of GitHub Actions that users copy, and a GitHub for its steps to talk to. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const FILE = path.resolve(__dirname, "../../examples/ci/preview-requests.yml");

const step = z.strictObject({
  name: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  run: z.string().optional(),
});

const workflow = z.strictObject({
  name: z.string(),
  on: z.strictObject({ pull_request: z.strictObject({ paths: z.array(z.string()) }) }),
  permissions: z.record(z.string(), z.enum(["read", "write"])),
  concurrency: z.strictObject({ group: z.string(), "cancel-in-progress": z.boolean() }),
  jobs: z.strictObject({
    preview: z.strictObject({
      if: z.string(),
      "runs-on": z.string(),
      "timeout-minutes": z.number(),
      steps: z.array(step),
    }),
  }),
});

export type Workflow = z.infer<typeof workflow>;

/** The workflow. Throws where it has a key that is not known here. */
export async function readWorkflow(): Promise<Workflow> {
  return workflow.parse(parse(await readFile(FILE, "utf8")));
}

/** The script of a step. */
export function scriptOf({ jobs }: Workflow, name: string): string {
  const found = jobs.preview.steps.find((each) => each.name === name)?.run;
  if (found === undefined) throw new Error(`the workflow has no step "${name}" with a script`);
  return found;
}

/** A pull request whose comments stand in a file, behind a `gh` that knows the calls of the workflow. */
export class PullRequest {
  private constructor(readonly folder: string) {}

  static async open(folder: string): Promise<PullRequest> {
    await mkdir(folder);
    await writeFile(path.join(folder, "comments.json"), "[]");
    await writeFile(path.join(folder, "gh"), GH, { mode: 0o755 });
    return new PullRequest(folder);
  }

  /** The comments, from the first on. */
  async comments(): Promise<readonly string[]> {
    const text = await readFile(path.join(this.folder, "comments.json"), "utf8");
    return (JSON.parse(text) as { body: string }[]).map(({ body }) => body);
  }
}

/** `gh api`: lists the comments that begin with a mark, adds one, replaces one; everything else is refused. */
const GH = `#!/usr/bin/env node
const { readFileSync, writeFileSync } = require("node:fs");
const file = __dirname + "/comments.json";
const comments = JSON.parse(readFileSync(file, "utf8"));
const said = process.argv.slice(2).join(" ");
const all = "repos/acme/data/issues/7/comments";
const [, mark] = /startswith\\("(.*?)"\\)/.exec(said) ?? [];
const [, id] = /^api --silent --method PATCH repos\\/acme\\/data\\/issues\\/comments\\/(\\d+) -F body=@comment\\.md$/.exec(said) ?? [];
const body = () => readFileSync("comment.md", "utf8");
if (mark !== undefined && said.startsWith("api " + all + " --paginate --jq "))
  for (const comment of comments.filter(({ body }) => body.startsWith(mark))) console.log(comment.id);
else if (said === "api --silent " + all + " -F body=@comment.md") comments.push({ id: 100 + comments.length, body: body() });
else if (id !== undefined) comments.find((comment) => comment.id === Number(id)).body = body();
else {
  console.error("gh " + said + " is not known");
  process.exit(1);
}
writeFileSync(file, JSON.stringify(comments));
`;
