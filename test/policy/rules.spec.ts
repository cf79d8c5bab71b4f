/** What all rules have in common: a file and a spec each, and what is known of them. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { rules } from "../../policy/rules";

const root = path.join(__dirname, "../..");

/** How each tool writes the ids of its rules. */
const IDS: Readonly<Record<string, RegExp>> = {
  checkov: /^CKV2?_AWS_\d+$/,
  prowler: /^[a-z0-9]+(_[a-z0-9]+)+$/,
  "cdk-nag": /^(AwsSolutions-[A-Z]+\d+|[A-Z][A-Za-z0-9]+)$/,
  "compliance-policies": /^aws\.[a-z0-9]+\.[A-Z]\w+\.[a-z]\w+$/,
  AWSGuard: /^[a-z][A-Za-z]+$/,
  parliament: /^[A-Z]+(_[A-Z]+)+$/,
  cloudsplaining: /^[A-Z][A-Za-z]+$/,
  "Access Analyzer": /^[A-Z][\w-]+$/,
};

describe("the rules of the policy pack", () => {
  it("stand in a file each, with a spec each", () => {
    const names = rules.map(({ name }) => name);
    const files = (folder: string, suffix: string) =>
      readdirSync(path.join(root, folder))
        .filter((file) => file.endsWith(suffix))
        .map((file) => file.slice(0, -suffix.length));
    expect(new Set(names).size).to.equal(names.length);
    expect(files("policy/rules", ".ts").sort()).to.deep.equal([...names].sort());
    expect(files("test/policy/rules", ".spec.ts").sort()).to.deep.equal([...names].sort());
  });

  for (const { name, summary, remedy, requirements, references, parameters } of rules)
    it(`${name} says what it asks for, why, and what to do`, () => {
      expect(name).to.match(/^[a-z]+(-[a-z]+)*$/);
      expect(summary, "one sentence without a final period").to.match(/^[A-Z].{20,}[^.]$/);
      expect(remedy, "ends a finding").to.match(/^[a-z].{10,}[^.]$/s);
      expect(requirements, "why").to.have.length.greaterThan(0);
      for (const number of requirements) expect(explained(number), number).to.equal(true);
      for (const reference of references) {
        const [, tool = "", id = ""] = /^(.*) (\S+)$/.exec(reference) ?? [];
        expect(id, `an id of ${tool}`).to.match(IDS[tool] ?? /$^/);
      }
      expect(new Set(references).size).to.equal(references.length);
      for (const [parameter, { description }] of Object.entries(parameters))
        expect(description, parameter).to.match(/^[A-Z].{10,}[^.]$/);
    });
});

const PAGES: Readonly<Record<string, string>> = {
  R: "docs/requirements.md",
  C: "docs/decisions/seed-contradictions.md",
  L: "docs/limits.md",
};

/** Whether a number has its row in docs/. */
function explained(number: string): boolean {
  const page = PAGES[number.slice(0, 1)] ?? "";
  return new RegExp(`^\\| ${number} *\\|`, "m").test(readFileSync(path.join(root, page), "utf8"));
}
