/** docs/dependencies.md against what is installed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import manifest from "../../package.json";

const root = join(__dirname, "../..");

describe("docs/dependencies.md", () => {
  it("has a row with the licence for each dependency, and no other", () => {
    const page = readFileSync(join(root, "docs/dependencies.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([^`]+)` *\| ([^|]+?) *\|/gm)].map(([, name = "", licence = ""]) => [
      name,
      licence,
    ]);
    const installed = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).map((name) => [
      name,
      licenceOf(name),
    ]);
    expect(rows.sort()).to.deep.equal(installed.sort());
  });
});

function licenceOf(name: string): string | undefined {
  const text = readFileSync(join(root, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { license?: string }).license;
}
