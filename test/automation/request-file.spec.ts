import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { InputError } from "../../access/faults";
import { RunnerError } from "../../automation/failure";
import { readRequestFile, readRequestFlags } from "../../automation/files/request-file";
import { failureOf } from "./chain";

const GOOD = 'spoke: sales\nenvironment: dev\naccount: "133333333333"\nregion: us-east-1\n';
const WITH_DATA = `${GOOD}sampleData: true\n`;

/** Text of a request file, and each fault as it has to be shown: place and the beginning of the message. */
const bad: readonly { name: string; text: string; faults: readonly (readonly [string, string])[] }[] = [
  {
    name: "an unknown key",
    text: `${WITH_DATA}spok: x\n`,
    faults: [["line 6", 'unknown key "spok": the request knows spoke, environment, account']],
  },
  {
    name: "an unknown key deep down",
    text: `${WITH_DATA}workgroup:\n  name: dev-sales\n  cutoff: 1\n`,
    faults: [["workgroup (line 8)", 'unknown key "cutoff": workgroup knows name']],
  },
  {
    name: "missing keys",
    text: "spoke: sales\nsampleData: true\n",
    faults: [
      ["environment", "environment name is missing"],
      ["account", "account id is missing: write its 12 digits in quotes"],
      ["region", "Region is missing"],
    ],
  },
  {
    name: "an account id without quotes (YAML reads a number)",
    text: WITH_DATA.replace('"133333333333"', "012345678901"),
    faults: [["account (line 3)", "account id 12345678901 is a number here: put the 12 digits in quotes"]],
  },
  {
    name: "an account id of 11 digits",
    text: WITH_DATA.replace("133333333333", "13333333333"),
    faults: [["account (line 3)", '"13333333333" is not an account id']],
  },
  {
    name: "names that AWS refuses",
    text: `${GOOD}roleB:\n  name: a/b\nworkgroup:\n  name: "my group"\nconnectors:\n  - from: music\n    catalog: Caps\n  - deploy:\n      name: Über\n      tables: [M]\ndataSource:\n  id: a_b\n`,
    faults: [
      ["workgroup.name (line 8)", '"my group" is not a valid workgroup name'],
      ["connectors[0].catalog (line 11)", '"Caps" is not a valid catalog name'],
      ["connectors[1].deploy.name (line 13)", '"Über" is not a valid connector name'],
      ["connectors[1].deploy.tables[0] (line 14)", '"M" is not a valid DynamoDB table name'],
      ["roleB.name (line 6)", '"a/b" is not a valid role name'],
      ["dataSource.id (line 16)", '"a_b" is not a valid data source id'],
    ],
  },
  {
    name: "an output location without s3:// (R93)",
    text: `${WITH_DATA}workgroup:\n  outputLocation: https://s3.amazonaws.com/b/results/\n`,
    faults: [
      [
        "workgroup.outputLocation (line 7)",
        '"https://s3.amazonaws.com/b/results/" is not an S3 location: begin it with s3://',
      ],
    ],
  },
  {
    name: "an output location without trailing slash (R93)",
    text: `${WITH_DATA}workgroup:\n  outputLocation: s3://results/athena\n`,
    faults: [
      [
        "workgroup.outputLocation (line 7)",
        '"s3://results/athena" does not end in a slash: write "s3://results/athena/"',
      ],
    ],
  },
  {
    name: "an output location in a bucket of no valid name",
    text: `${WITH_DATA}workgroup:\n  outputLocation: s3://My_Bucket/x/\n`,
    faults: [["workgroup.outputLocation (line 7)", '"My_Bucket" is not a valid bucket name']],
  },
  {
    name: "a YAML error",
    text: "spoke: sales\nenvironment: [dev\n",
    faults: [
      [
        "",
        "line 3, column 1: flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
    ],
  },
  {
    name: "a key written twice",
    text: `${WITH_DATA}spoke: other\n`,
    faults: [["", "line 6, column 1: map keys must be unique"]],
  },
  {
    name: "an empty file",
    text: "",
    faults: [["", "null is not the request: write the keys spoke, environment"]],
  },
  { name: "a list", text: "- spoke\n", faults: [["", '["spoke"] is not the request']] },
  { name: "nothing to query", text: GOOD, faults: [["data", "the request names nothing to query"]] },
];

describe("a request file", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-request-"));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  for (const { name, text, faults } of bad)
    it(`is refused for ${name}, with its place and the remedy`, async () => {
      const file = path.join(folder, "request.yaml");
      await writeFile(file, text);
      const error = await failureOf(readRequestFile(file));
      if (!(error instanceof InputError)) throw error;
      expect(error.faults.map(({ path: place }) => place)).to.deep.equal(faults.map(([place]) => place));
      for (const [index, [, begin]] of faults.entries())
        expect(error.faults[index]?.message.slice(0, begin.length)).to.equal(begin);
      for (const { message } of error.faults) expect(error.message).to.include(message);
    });

  it("is refused when it is not there", async () => {
    const error = await failureOf(readRequestFile(path.join(folder, "none.yaml")));
    expect(error)
      .to.be.instanceOf(RunnerError)
      .and.to.include({ code: "input.unreadable", whose: "input", exitCode: 2 });
  });

  it("is read with all defaults, and kept as written", async () => {
    const file = path.join(folder, "good.yaml");
    await writeFile(file, `# why\n${WITH_DATA}`);
    const { request, document } = await readRequestFile(file);
    expect(request.workgroup.resultRetentionDays).to.equal(30);
    expect(document.toString()).to.equal(`# why\n${WITH_DATA}`);
  });
});

describe("flags in place of a request file", () => {
  it("make the same request", async () => {
    const { request, document } = await readRequestFlags({
      spoke: "sales",
      environment: "dev",
      account: "133333333333",
      region: "us-east-1",
      from: ["music"],
      workgroup: "primary",
      outputLocation: "s3://results/athena/",
      author: ["group/analysts"],
    });
    expect(request).to.deep.include({ spoke: "sales", account: "133333333333", sampleData: false });
    expect(document.toJS()).to.deep.equal({
      spoke: "sales",
      environment: "dev",
      account: "133333333333",
      region: "us-east-1",
      workgroup: { name: "primary", outputLocation: "s3://results/athena/" },
      connectors: [{ from: "music" }],
      dataSource: { authors: ["group/analysts"] },
    });
  });

  it("are refused with every fault", async () => {
    const flags = { spoke: "Sales", environment: "dev", account: "1", region: "us-east-1", from: ["music"] };
    const error = await failureOf(readRequestFlags(flags));
    expect(error).to.be.instanceOf(InputError).with.property("faults").that.has.length(2);
  });
});
