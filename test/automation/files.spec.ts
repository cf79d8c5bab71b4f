import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { registrationPatch, writeRegistration } from "../../automation/files/environment-file";
import { readRequestFile } from "../../automation/files/request-file";
import { readStackFile, restore, writeSpoke } from "../../automation/files/stack-file";
import { findProject } from "../../automation/files/project";
import { RunnerError } from "../../automation/failure";
import { registeredSales } from "../worlds";
import { failureOf } from "./chain";

const ENVIRONMENT = `# the platform team's
config:
  athena-spokes:environment:
    region: us-east-1 # ours
    producers:
      # jazz only
      music:
        account: "122222222222"
        connectors: {acct1dynamodb: {tables: [Music]}}
    # kept by spokes onboard
    spokes:
      old: {account: "133333333339", roleB: x, producers: []}
encryptionsalt: v1:abc
`;

describe("configuration files", () => {
  let project: string;
  const file = (name: string) => path.join(project, name);
  beforeEach(async () => {
    project = await mkdtemp(path.join(tmpdir(), "athena-spokes-files-"));
    await writeFile(file("Pulumi.yaml"), "name: athena-spokes\n");
    await writeFile(file("Pulumi.dev.yaml"), ENVIRONMENT);
  });
  afterEach(async () => {
    await rm(project, { recursive: true });
  });

  it("take a spoke into the environment's list and leave comments and order as they are", async () => {
    expect(await writeRegistration(project, "dev", "sales", registeredSales)).to.equal(true);
    expect(await readFile(file("Pulumi.dev.yaml"), "utf8")).to.equal(
      ENVIRONMENT.replace(
        "encryptionsalt",
        '      sales:\n        account: "133333333333"\n        roleB: qs-athena-consumer-role\n        analyst: analyst\n        producers:\n          - music\nencryptionsalt',
      ),
    );
    expect(await writeRegistration(project, "dev", "sales", registeredSales)).to.equal(false);
    expect(await writeRegistration(project, "dev", "sales", undefined)).to.equal(true);
    expect(await readFile(file("Pulumi.dev.yaml"), "utf8")).to.equal(ENVIRONMENT);
  });

  it("lose no entry when several processes write at the same time", async () => {
    const names = ["a", "b", "c", "d"];
    const ends = names.map(async (name) => {
      const child = spawn(
        process.execPath,
        ["--import", "tsx", path.join(__dirname, "register-spokes.ts"), project, name, "5"],
        { cwd: path.resolve(__dirname, "../.."), stdio: "inherit" },
      );
      const [code] = (await once(child, "exit")) as [number];
      return code;
    });
    expect(await Promise.all(ends)).to.deep.equal([0, 0, 0, 0]);
    const written = parse(await readFile(file("Pulumi.dev.yaml"), "utf8")) as {
      config: Record<string, { spokes: Record<string, unknown> }>;
    };
    expect(Object.keys(written.config["athena-spokes:environment"]?.spokes ?? {}).sort()).to.deep.equal(
      ["old", ...names.flatMap((name) => [1, 2, 3, 4, 5].map((n) => `${name}${n}`))].sort(),
    );
    expect(await readdir(project)).to.have.members(["Pulumi.yaml", "Pulumi.dev.yaml"]);
  });

  it("take a request as it was written, keep the stack's other keys, and are not touched when they say the same", async () => {
    await writeFile(
      file("request.yaml"),
      '# ours\nspoke: sales\nenvironment: dev\naccount: "133333333333"\nregion: us-east-1\nsampleData: true # for now\n',
    );
    await writeFile(file("Pulumi.dev-sales.yaml"), "# mine\nencryptionsalt: v1:abc\n");
    const request = await readRequestFile(file("request.yaml"));
    await writeSpoke(await readStackFile(project, "dev-sales"), request);
    const text = await readFile(file("Pulumi.dev-sales.yaml"), "utf8");
    expect(text).to.match(/^# mine\nencryptionsalt: v1:abc\nconfig:\n {2}athena-spokes:spoke:\n/);
    expect(text).to.include("sampleData: true # for now");
    await writeFile(
      file("Pulumi.dev-sales.yaml"),
      text.replace("region: us-east-1", "region: us-east-1 # a note"),
    );
    const before = await stat(file("Pulumi.dev-sales.yaml"));
    await writeSpoke(await readStackFile(project, "dev-sales"), request);
    expect((await stat(file("Pulumi.dev-sales.yaml"))).ino).to.equal(before.ino);
  });

  it("change where the request changed, and keep comments beside the rest", async () => {
    await writeFile(
      file("Pulumi.dev-sales.yaml"),
      'config:\n  athena-spokes:spoke:\n    spoke: sales # the team\n    environment: dev\n    account: "133333333333"\n    region: us-east-1\n    sampleData: true\n    tags: {a: b}\n',
    );
    await writeFile(
      file("request.yaml"),
      'spoke: sales\nenvironment: dev\naccount: "133333333333"\nregion: us-east-1\nconnectors:\n  - from: music\n',
    );
    await writeSpoke(await readStackFile(project, "dev-sales"), await readRequestFile(file("request.yaml")));
    expect(await readFile(file("Pulumi.dev-sales.yaml"), "utf8")).to.equal(
      'config:\n  athena-spokes:spoke:\n    spoke: sales # the team\n    environment: dev\n    account: "133333333333"\n    region: us-east-1\n    connectors:\n      - from: music\n',
    );
  });

  it("are put back as they were", async () => {
    const before = await readStackFile(project, "dev");
    await writeRegistration(project, "dev", "sales", registeredSales);
    await restore(before);
    expect(await readFile(file("Pulumi.dev.yaml"), "utf8")).to.equal(ENVIRONMENT);
    const absent = await readStackFile(project, "dev-x");
    await writeFile(absent.path, "config: {}\n");
    await restore(absent);
    expect(await readdir(project)).to.have.members(["Pulumi.yaml", "Pulumi.dev.yaml"]);
  });

  it("become a patch for the platform team", () => {
    expect(registrationPatch("/checkout", "dev", "sales", registeredSales)).to.equal(
      '# add to /checkout/Pulumi.dev.yaml\nconfig:\n  athena-spokes:environment:\n    spokes:\n      sales:\n        account: "133333333333"\n        roleB: qs-athena-consumer-role\n        analyst: analyst\n        producers:\n          - music\n',
    );
  });

  it("are found from any folder below, and nowhere else when a folder is named", async () => {
    expect(await findProject(undefined, project)).to.equal(project);
    expect(await findProject(undefined, tmpdir())).to.equal(path.resolve(__dirname, "../.."));
    expect(await failureOf(findProject(tmpdir())))
      .to.be.instanceOf(RunnerError)
      .and.to.include({ code: "project.missing" });
  });
});
