/** docs/coverage.md: every number has its row, what rows name is there, and tests miss what rows take out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { without } from "../coverage/removal";
import { proved, readRows } from "../coverage/rows";
import { drawn, tryRows } from "../coverage/trial";

const SEED = 1;

const root = join(__dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** Whether a title names the number, by itself or in a range: `R58` is named by `(R56-R60, C6)`. */
function names(title: string, number: string): boolean {
  const value = Number(number.slice(1));
  return [...title.matchAll(/\b([RC])(\d+)(?:-[RC](\d+))?\b/g)].some(
    ([, letter, first, last = first]) =>
      letter === number[0] && Number(first) <= value && value <= Number(last),
  );
}

describe("docs/coverage.md", () => {
  const rows = readRows();

  it("has one row for each requirement and each decision", () => {
    const numbers = (letter: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
    expect(rows.map(({ number }) => number)).to.deep.equal([...numbers("R", 102), ...numbers("C", 29)]);
  });

  it("says fact of no more than what cannot be built", () => {
    const facts = rows.filter((row) => "reason" in row).map(({ number }) => number);
    expect(facts).to.deep.equal(["R20", "R23", "R49", "R69", "R78", "R95", "C2", "C20"]);
  });

  it("names pieces that can be taken out, keys that are documented, and tests by titles with the number", () => {
    const reference = ["request", "environment"].map((page) => read(`docs/reference/${page}.md`)).join("\n");
    const faults = proved(rows).flatMap(({ number, file, piece, key, spec, title }) => {
      const found: string[] = [];
      try {
        without(piece, read(file));
      } catch (thrown) {
        found.push(`${file}: ${String(thrown)}`);
      }
      if (key !== undefined && !reference.includes(`| \`${key}\` `)) found.push(`there is no key ${key}`);
      const missing = title.split("…").filter((part) => !read(spec).includes(part.trim()));
      if (missing.length > 0) found.push(`${spec} has no "${missing.join('", "')}"`);
      if (!names(title, number)) found.push(`the title "${title}" does not name it`);
      return found.map((fault) => `${number}: ${fault}`);
    });
    expect(faults).to.deep.equal([]);
  });

  it(`has tests that miss the pieces of ten rows, drawn with seed ${SEED}`, async function () {
    this.timeout(600_000);
    const tried = await tryRows(drawn(proved(rows), 10, SEED));
    expect(tried).to.have.length(10);
    expect(tried.filter((each) => "fault" in each)).to.deep.equal([]);
  });

  it("would tell of a test that misses nothing, is not there, or is not even loaded without the piece", async function () {
    this.timeout(300_000);
    const spec = "test/access/table-reader.spec.ts";
    const row = (file: string, piece: string, title: string) => ({
      ...{ number: "R97", key: undefined, spec },
      ...{ file, piece, title },
    });
    const gets = "gets items of the one table, and nothing else (R97, C10)";
    const tried = await tryRows([
      row("access/table-reader.ts", 'Sid: "GetItem"', gets),
      row("access/table-reader.ts", 'Sid: "AssumeTableRole"', gets),
      row("access/table-reader.ts", 'Sid: "GetItem"', "gets nothing (R97)"),
      row("access/table-reader.ts", "role: written.role ??", gets),
    ]);
    const faults = tried.map((each) => ("fault" in each ? each.fault.split(":")[0] : "none"));
    expect(faults).to.deep.equal([
      "none",
      "its test does not miss the piece",
      "its test does not run and pass",
      `${spec} cannot be loaded`,
    ]);
  });
});

describe("rows of coverage", () => {
  const row = "| R1 | `a.ts` | `b: 1` | always | `a.spec.ts` | keeps … apart (R1) |";
  it("are read with their cells, or with the reason of a fact", () => {
    expect(readRows(`# Page\n\n${row}\n| C2 | fact: it is so | | | | |\n`)).to.deep.equal([
      {
        number: "R1",
        file: "a.ts",
        piece: "b: 1",
        key: undefined,
        spec: "a.spec.ts",
        title: "keeps … apart (R1)",
      },
      { number: "C2", reason: "it is so" },
    ]);
  });

  for (const line of ["| R1 | `a.ts` | | | | |", "| R1 | fact: so | `b` | | | |", "| R1 | `a.ts` | `b` |"])
    it(`are refused with cells left out: ${line}`, () => {
      expect(() => readRows(line)).to.throw(`not a row of coverage: ${line}`);
    });

  it("are drawn alike for a seed", () => {
    const [first, second] = [1, 2].map((seed) => drawn(proved(readRows()), 10, seed));
    expect(drawn(proved(readRows()), 10, 1)).to.deep.equal(first);
    expect(second).to.not.deep.equal(first);
    expect(new Set(first).size).to.equal(10);
  });
});

describe("a piece is taken out", () => {
  const cases: readonly (readonly [what: string, piece: string, source: string, expected: string])[] = [
    ["a property", "b:", "f({ a: 1, b: 2, c: 3 });", "f({ a: 1, c: 3 });"],
    ["the last property", "b:", "f({ a: 1, b: 2, });", "f({ a: 1 });"],
    ["the only property", "a:", "f({ a: 1 });", "f({  });"],
    ["an element", '"y"', 'const a = ["x", "y"] as const;', 'const a = ["x"] as const;'],
    ["a spread", "...(a ?", "f([...(a ? [1] : []), 2]);", "f([2]);"],
    ["an argument", "two()", "f(one, two(), 3);", "f(one, 3);"],
    ["a statement", "if (a)", "{ b(); if (a) { c(); } }", "{ b();  }"],
    ["a call in a chain", ".min(1", 'z.min(0).min(1, { e: "" }).max(2);', "z.min(0).max(2);"],
    ["a policy statement", 'Sid: "A"', 'p({ Sid: "A", E: 1 }, { Sid: "B" });', 'p({ Sid: "B" });'],
    ["one that is a value", 'Sid: "A"', 'f(a ? b : { Sid: "A" });', "f(a ? b : undefined);"],
    ["one with a type", 'Sid: "A"', 'f([{ Sid: "A" } as const, 1]);', "f([1]);"],
  ];
  for (const [what, piece, source, expected] of cases)
    it(what, () => {
      expect(without(piece, source)).to.equal(expected);
    });

  it("unless it is not there, there more than once, or no piece", () => {
    expect(() => without("c:", "f({ a: 1 });")).to.throw('"c:" does not stand there');
    expect(() => without("a", "f({ a: a });")).to.throw('"a" stands there more than once');
    expect(() => without("1 }", "f({ a: 1 });")).to.throw('nothing begins with "1 }"');
  });
});
