/** docs/policy.md against the pack: its rules, their parameters, the tools they refer to, what is acknowledged. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { readAcknowledgements } from "../../policy/frame/acknowledgements";
import { KNOWN_LATER } from "../../policy/frame/judge";
import { TOOLS } from "../../policy/frame/rule";
import { rules } from "../../policy/rules";

const root = path.join(__dirname, "../..");
const page = readFileSync(path.join(root, "docs/policy.md"), "utf8");

/** The rows of the table below a heading, cell by cell. */
function rowsBelow(heading: string): string[][] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [, , ...rows] = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("|"));
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const code = (text: string) => `\`${text}\``;

describe("docs/policy.md", () => {
  it("has a row for each rule, as the rule says it", () => {
    expect(rowsBelow("Rules")).to.deep.equal(
      rules.map(({ name, summary, severity, level = "mandatory", requirements, references }) => [
        code(name),
        summary,
        severity,
        level,
        requirements.join(", "),
        references.length === 0
          ? "none"
          : references.map((reference) => reference.replace(/ (\S+)$/, " `$1`")).join(", "),
      ]),
    );
  });

  it("has a row for each parameter", () => {
    expect(rowsBelow("Parameters")).to.deep.equal(
      rules.flatMap(({ name, parameters }) =>
        Object.entries(parameters).map(([parameter, { type, default: value, description }]) => [
          code(name),
          code(parameter),
          type,
          code(JSON.stringify(value)),
          description,
        ]),
      ),
    );
  });

  it("says in which versions the other tools were read", () => {
    for (const [tool, version] of Object.entries(TOOLS).filter(([tool]) => tool !== "Access Analyzer"))
      expect(page.replaceAll(/\s+/g, " ")).to.include(`${tool} ${version}`);
  });

  it("says what is acknowledged here, and why", () => {
    const file = readFileSync(path.join(root, "policy/acknowledged.yaml"), "utf8");
    const names = rules.map(({ name }) => name);
    const entries = readAcknowledgements(file, "policy/acknowledged.yaml", names);
    expect(rowsBelow("Acknowledge a finding").map(([rule, , why]) => [rule, why])).to.deep.equal(
      entries.map(({ rule, reason }) => [code(rule), reason]),
    );
  });

  it("names the values that are known later, and no others", () => {
    expect(KNOWN_LATER.map(({ why }) => why)).to.deep.equal(["a new key's id", "a RAM share's ARN"]);
    expect(page).to.include(
      "Two values no program can choose: the id of a new key, and the ARN of a new RAM share.",
    );
  });
});
