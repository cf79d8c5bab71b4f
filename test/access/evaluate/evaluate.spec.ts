import { expect } from "chai";
import { type Decision, decide } from "../../../access/evaluate";
import { rows } from "./rows";

/** The decision in the words of {@link Row.expected}. */
function inWords({ decision, because }: Decision): string {
  const reasons = because.map(({ type, policy, statement }) =>
    policy === undefined ? type : statement === undefined ? `${type} ${policy}` : `${policy}[${statement}]`,
  );
  return reasons.length === 0 ? decision : `${decision}: ${reasons.join(", ")}`;
}

describe("decide: the table", () => {
  it("has no two rows of the same name, and at least 120", () => {
    expect(new Set(rows.map((row) => row.name)).size).to.equal(rows.length);
    expect(rows.length).to.be.at.least(120);
  });

  for (const { name, request, policies, expected, source } of rows) {
    it(`${name} (${source})`, () => {
      expect(inWords(decide(request, policies))).to.equal(expected);
    });
  }
});
