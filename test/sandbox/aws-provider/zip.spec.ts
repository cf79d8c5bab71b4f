import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { contentsOf } from "../../../sandbox/aws-provider/asset-contents";
import { Asset, type WireValue } from "../../../sandbox/aws-provider/values";
import { zip } from "../../../sandbox/aws-provider/zip";
import { locations } from "../../../sandbox/installation.js";

/** Python's zipfile, which checks each entry's sum, as a second opinion: name -> contents. */
function unzipped(bytes: Buffer, folder: string): Record<string, string> {
  const file = path.join(folder, "read.zip");
  writeFileSync(file, bytes);
  const program =
    "import json, sys, zipfile\n" +
    "z = zipfile.ZipFile(sys.argv[1])\n" +
    "assert z.testzip() is None\n" +
    "print(json.dumps({i.filename: [z.read(i).decode(), oct(i.external_attr >> 16)] for i in z.infolist()}))";
  return JSON.parse(execFileSync(locations().python, ["-c", program, file], { encoding: "utf8" })) as Record<
    string,
    string
  >;
}

describe("an archive", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "athena-spokes-zip-"));
    mkdirSync(path.join(folder, "lib", "deep"), { recursive: true });
    writeFileSync(path.join(folder, "lib", "deep", "ü.txt"), "one\n".repeat(1000));
    writeFileSync(path.join(folder, "lib", "empty"), "");
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const signature = "4dabf18193072939515e22adb298388d";
  const fileOf = (fields: Record<string, WireValue>): Record<string, WireValue> => ({
    [signature]: "c44067f5952c0a294b673a41bacd8c17",
    ...fields,
  });
  const archiveOf = (fields: Record<string, WireValue>): Record<string, WireValue> => ({
    [signature]: "0def7320c3a5731c473e5ecbe6d01bc7",
    ...fields,
  });

  it("of texts, files and folders is a zip file that others read", async () => {
    const asset = Asset.of(
      archiveOf({
        assets: {
          "index.js": fileOf({ text: "exports.handler = 1;" }),
          copied: fileOf({ path: path.join(folder, "lib", "empty") }),
          node_modules: archiveOf({ path: path.join(folder, "lib") }),
        },
      }),
    );
    expect(unzipped(await contentsOf(asset), folder)).to.deep.equal({
      copied: ["", "0o100755"],
      "index.js": ["exports.handler = 1;", "0o100755"],
      "node_modules/deep/ü.txt": ["one\n".repeat(1000), "0o100755"],
      "node_modules/empty": ["", "0o100755"],
    });
  });

  it("has the same bytes whatever the order and the time", () => {
    const entries = ["b", "a"].map((name) => ({ name, contents: Buffer.from(name) }));
    expect(zip(entries).equals(zip([...entries].reverse()))).to.equal(true);
  });

  it("that is a file already is taken as it stands", async () => {
    const file = path.join(folder, "ready.jar");
    writeFileSync(file, zip([{ name: "a", contents: Buffer.from("a") }]));
    expect(statSync(file).size).to.be.greaterThan(0);
    const contents = await contentsOf(Asset.of(archiveOf({ path: file })));
    expect(contents.equals(readFileSync(file))).to.equal(true);
  });

  for (const [title, fields, message] of [
    [
      "of another form",
      { path: __filename },
      `archive "${__filename}" is neither a folder nor a .zip or .jar file: make it one of these`,
    ],
    [
      "that is remote",
      { uri: "https://example.com/a.zip" },
      `archive "https://example.com/a.zip" is remote: the sandbox's aws provider reads local files only`,
    ],
  ] as const) {
    it(`${title} is refused`, async () => {
      const failed: unknown = await contentsOf(Asset.of(archiveOf(fields))).catch((error: unknown) => error);
      expect(failed).to.be.an("error").with.property("message").that.equals(message);
    });
  }
});
