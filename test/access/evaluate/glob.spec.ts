import { expect } from "chai";
import fc from "fast-check";
import { matcher, matches, overlap, patternOf } from "../../../access/evaluate/glob";

const text = fc.string({ unit: fc.constantFrom("a", "b", ":"), maxLength: 7 });
const wild = fc.string({ unit: fc.constantFrom("a", "b", ":", "*", "?"), maxLength: 7 });

/** The same language by other means. */
function asExpression(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
}

describe("wildcards", () => {
  it("match what the regular expression of the pattern matches, prepared or not", () => {
    fc.assert(
      fc.property(wild, text, (pattern, tried) => {
        const expected = asExpression(pattern).test(tried);
        expect(matches(patternOf(pattern), tried)).to.equal(expected);
        expect(matcher(patternOf(pattern))(tried)).to.equal(expected);
      }),
      { numRuns: 20_000 },
    );
  });

  it("two patterns overlap when one text matches both", () => {
    fc.assert(
      fc.property(wild, wild, text, (a, b, tried) => {
        fc.pre(asExpression(a).test(tried) && asExpression(b).test(tried));
        expect(overlap(patternOf(a), patternOf(b))).to.equal(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("a pattern overlaps a plain text exactly when it matches it", () => {
    fc.assert(
      fc.property(wild, text, (pattern, tried) => {
        expect(overlap(patternOf(pattern), tried)).to.equal(asExpression(pattern).test(tried));
      }),
      { numRuns: 5_000 },
    );
  });

  it("take no time that grows with the number of ways to match", () => {
    const pattern = patternOf("*a".repeat(40));
    expect(matches(pattern, `${"a".repeat(5_000)}b`)).to.equal(false);
  });
});
