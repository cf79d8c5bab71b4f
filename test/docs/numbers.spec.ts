/** Every number that a test or a comment names is explained in docs/. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

const root = join(__dirname, "../..");

const kinds = [
  { letter: "R", count: 102, page: "docs/requirements.md" },
  { letter: "C", count: 29, page: "docs/decisions/seed-contradictions.md" },
  { letter: "L", count: 30, page: "docs/limits.md" },
  { letter: "e", count: 10, page: "docs/requirements.md" },
];

describe("the numbers of requirements, decisions and limits", () => {
  for (const { letter, count, page } of kinds)
    it(`${letter}1-${letter}${count} have one row each in ${page}`, () => {
      const rows = [...read(page).matchAll(new RegExp(`^\\| (${letter}\\d+) *\\|`, "gm"))].map(
        ([, row]) => row,
      );
      const wanted = Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
      expect(rows.sort()).to.deep.equal(wanted.sort());
    });

  it("are the only ones that the code names", () => {
    const known = new Map(kinds.map(({ letter, count }) => [letter, count]));
    const named = ["access", "components", "functions", "stacks", "automation", "policy", "sandbox", "test"]
      .flatMap(sources)
      // In parentheses or in lists of them, as titles and comments write them; `C1` alone may be anything.
      .flatMap((file) =>
        [...read(file).matchAll(/\(((?:[RCL]\d+(?:-[RCL]\d+)?)(?:, [RCL]\d+(?:-[RCL]\d+)?)*)\)/g)].flatMap(
          ([, list = ""]) => list.split(/[-, ]+/).map((number) => ({ file, number })),
        ),
      );
    expect(named).to.have.length.greaterThan(100);
    const unknown = named.filter(({ number }) => {
      const value = Number(number.slice(1));
      return value < 1 || value > (known.get(number.slice(0, 1)) ?? 0);
    });
    expect(unknown).to.deep.equal([]);
  });
});

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : sources(path);
    return /\.[jt]s$/.test(entry.name) ? [path] : [];
  });
}
