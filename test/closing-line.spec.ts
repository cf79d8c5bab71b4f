/** The closing line of `npm test`, in a project of its own: what it says of rows of docs/coverage.md. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";

const ROOT = path.resolve(__dirname, "..");

describe("the closing line", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "closing-line-"));
    for (const name of ["docs", "test/coverage"]) await mkdir(path.join(folder, name), { recursive: true });
    for (const name of ["test/closing-line.js", "test/coverage/rows.ts"])
      await copyFile(path.join(ROOT, name), path.join(folder, name));
    await symlink(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
    const row = (number: string, spec: string, title: string) =>
      `| ${number} | \`a.ts\` | \`a\` | always | \`${spec}\` | ${title} |\n`;
    await writeFile(
      path.join(folder, "docs/coverage.md"),
      row("R1", "test/a.spec.js", "says … (R1)") +
        row("R2", "test/a.spec.js", "says more (R2)") +
        "| R3 | fact: so it is | | | | |\n" +
        row("R4", "test/other.spec.js", "is in a spec that is not run (R4)"),
    );
  });
  after(() => rm(folder, { recursive: true }));

  /** Runs a spec of these lines. */
  async function run(
    lines: readonly string[],
    ...options: string[]
  ): Promise<{ code: number; said: string }> {
    await writeFile(
      path.join(folder, "test/a.spec.js"),
      `describe("it", () => {\n${lines.join("\n")}\n});\n`,
    );
    const mocha = [path.join(ROOT, "node_modules/mocha/bin/mocha.js"), "--require", "tsx"];
    const child = spawn(
      process.execPath,
      [...mocha, "--reporter", "test/closing-line.js", ...options, "test/a.spec.js"],
      { cwd: folder, stdio: ["ignore", "pipe", "inherit"] },
    );
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, "close") as Promise<[number]>]);
    return { code, said };
  }

  const passes = (title: string) => `it("${title}", () => {});`;
  const all = [passes("says this (R1)"), passes("says that (R1)"), passes("says more (R2)")];
  const told = (number: string, title: string) =>
    `docs/coverage.md, ${number}: no test passed in test/a.spec.js of the title: ${title}\n`;

  it("counts what passed, where every row has its tests", async () => {
    const { code, said } = await run(all);
    expect(said).to.match(/\n3 passed, 0 failed\n$/);
    expect(code).to.equal(0);
  });

  const unproved: readonly (readonly [
    what: string,
    lines: readonly string[],
    rows: string,
    counts: string,
  ])[] = [
    ["is gone", all.slice(0, 2), told("R2", "says more (R2)"), "2 passed, 1 failed"],
    [
      "is left out",
      [...all.slice(0, 2), 'it.skip("says more (R2)", () => {});'],
      told("R2", "says more (R2)"),
      "2 passed, 1 failed",
    ],
    [
      "leaves itself out, one of several",
      [...all, 'it("says a third (R1)", function () { this.skip(); });'],
      told("R1", "says … (R1)"),
      "3 passed, 1 failed",
    ],
    [
      "fails",
      [...all.slice(0, 2), 'it("says more (R2)", () => { throw new Error(); });'],
      told("R2", "says more (R2)"),
      "2 passed, 2 failed",
    ],
  ];
  for (const [what, lines, rows, counts] of unproved)
    it(`counts a row as failed whose test ${what}`, async () => {
      const { code, said } = await run(lines);
      expect(said.slice(said.indexOf("docs/coverage.md"))).to.equal(`${rows}${counts}\n`);
      expect(code).to.equal(Number(/, (\d+) failed/.exec(counts)?.[1]));
    });

  for (const options of [["--grep", "this"], ["--fgrep", "this"], ["--bail"]])
    it(`says nothing of rows with ${options.join(" ")}`, async () => {
      const { code, said } = await run(all.slice(0, 2), ...options);
      expect(said)
        .to.match(/\n[12] passed, 0 failed\n$/)
        .and.not.include("docs/coverage.md");
      expect(code).to.equal(0);
    });
});
