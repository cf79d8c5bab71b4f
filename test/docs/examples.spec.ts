/** examples/README.md: each pattern of the seeds has its files, and each file is run. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

const ROOT = join(__dirname, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** A row of the table. */
interface Pattern {
  readonly pattern: string;
  readonly files: readonly string[];
  /** Programs that run the files. */
  readonly runners: readonly string[];
}

const patterns: readonly Pattern[] = read("examples/README.md")
  .split("\n")
  .filter((line) => line.startsWith("| ") && line.includes(".yaml"))
  .map((line) => {
    const [, pattern = "", environment = "", requests = "", runBy = ""] = line.split("|");
    return {
      pattern: pattern.trim(),
      files: [...`${environment} ${requests}`.matchAll(/\]\(([^)]+)\)/g)].map(([, file]) => file ?? ""),
      runners: [...runBy.matchAll(/`([^`]+\.ts)`/g)].map(([, file]) => file ?? ""),
    };
  });

describe("examples/README.md", () => {
  it("lists every example", () => {
    const files = readdirSync(join(ROOT, "examples")).filter((file) => file.endsWith(".yaml"));
    expect([...new Set(patterns.flatMap((row) => row.files))].sort()).to.deep.equal(files.sort());
  });

  it("has the patterns of the seeds (R14, R18, R44, R45, R47, R72, R77, R95)", () => {
    const numbers = patterns.flatMap(({ pattern }) => pattern.match(/\bR\d+/g) ?? []);
    for (const number of ["R14", "R18", "R44", "R45", "R47", "R72", "R77", "R95"])
      expect(numbers, number).to.include(number);
  });

  for (const { pattern, files, runners } of patterns)
    it(`says what runs each file: ${pattern}`, () => {
      const programs = runners.map(read);
      expect(files).to.have.length.greaterThan(0);
      // By its very name, in quotes, as what is read or handed to the command.
      const run = (file: string) =>
        programs.some((text) => text.includes(`"${file}"`) || text.includes(`examples/${file}"`));
      expect(files.filter((file) => !run(file))).to.deep.equal([]);
    });
});
