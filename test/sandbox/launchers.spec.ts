import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import manifest from "../../package.json";
import { cacheFolder, locations } from "../../sandbox/installation.js";
import { buildLaunchers, installLaunchers } from "../../sandbox/launchers";

const LAUNCH = path.resolve(__dirname, "../../sandbox/launch.js");

describe("launchers", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "launchers-"));
  });
  const cache = process.env["ATHENA_SPOKES_CACHE"];
  afterEach(async () => {
    if (cache === undefined) delete process.env["ATHENA_SPOKES_CACHE"];
    else process.env["ATHENA_SPOKES_CACHE"] = cache;
    await rm(folder, { recursive: true, force: true });
  });

  it("are made once, by however many ask at the same time, whatever one that was killed has left", async () => {
    process.env["ATHENA_SPOKES_CACHE"] = folder;
    await mkdir(path.dirname(locations().awsNativeProvider), { recursive: true });
    await writeFile(locations().awsNativeProvider, "");
    const killed = await buildLaunchers();
    await rename(killed, `${killed}.partial-gDpu1N`);
    const [first, second] = await Promise.all([buildLaunchers(), buildLaunchers()]);
    expect(first).to.equal(second);
    expect(first).to.equal(killed);
    expect(path.dirname(first)).to.equal(path.join(cacheFolder(), "launchers"));
    const { mtimeMs } = await stat(first);
    await buildLaunchers();
    expect((await stat(first)).mtimeMs).to.equal(mtimeMs);
    expect((await readdir(path.dirname(first))).filter((name) => name.includes(".partial"))).to.deep.equal(
      [],
    );
    expect((await readdir(first)).sort()).to.deep.equal([
      "launch.js",
      "pulumi-language-nodejs",
      "pulumi-language-nodejs.js",
      "pulumi-language-nodejs.js.cache",
      "pulumi-resource-aws",
      "pulumi-resource-aws-native",
      "pulumi-resource-aws.js",
      "pulumi-resource-aws.js.cache",
      "readable-errors.js",
    ]);
    expect(await readlink(path.join(first, "pulumi-resource-aws-native"))).to.equal(
      locations().awsNativeProvider,
    );
  });

  for (const name of ["pulumi-language-nodejs", "pulumi-resource-aws"])
    it(`start: ${name} prints its port and ends when it is interrupted`, async () => {
      const child = spawn(path.join(await buildLaunchers(), name), ["127.0.0.1:1"], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const [data] = (await once(child.stdout, "data")) as [Buffer];
      expect(data.toString()).to.match(/^\d+\n$/);
      child.kill("SIGINT");
      await once(child, "close");
    });

  it("are installed as plugins of the versions that package.json asks for", async () => {
    const { dependencies } = manifest;
    const launchers = await buildLaunchers();
    const expected = {
      [`language-nodejs-v${dependencies["@pulumi/pulumi"]}/pulumi-language-nodejs`]: "pulumi-language-nodejs",
      [`resource-aws-native-v${dependencies["@pulumi/aws-native"]}/pulumi-resource-aws-native`]:
        "pulumi-resource-aws-native",
      [`resource-aws-v${dependencies["@pulumi/aws"]}/pulumi-resource-aws`]: "pulumi-resource-aws",
    };
    for (const time of ["first", "second"]) {
      await installLaunchers(folder, "sandbox");
      expect(await plugins(), time).to.deep.equal(Object.keys(expected).sort());
    }
    for (const [place, launcher] of Object.entries(expected))
      expect(await readlink(path.join(folder, "plugins", place))).to.equal(path.join(launchers, launcher));
  });

  it("leave the providers to the engine when the real ones are wanted, and one that it got", async () => {
    await installLaunchers(folder, "sandbox");
    const real = `resource-aws-v${manifest.dependencies["@pulumi/aws"]}`;
    await rm(path.join(folder, "plugins", real), { recursive: true });
    await mkdir(path.join(folder, "plugins", real));
    await writeFile(path.join(folder, "plugins", real, "pulumi-resource-aws"), "real");
    await installLaunchers(folder, "real");
    expect(await plugins()).to.deep.equal([
      `language-nodejs-v${manifest.dependencies["@pulumi/pulumi"]}/pulumi-language-nodejs`,
      `${real}/pulumi-resource-aws`,
    ]);
  });

  it("run a program from its compiled code, as if it were started itself", async () => {
    const program = path.join(folder, "program.js");
    await copyFile(LAUNCH, path.join(folder, "launch.js"));
    await writeFile(
      program,
      `process.stdout.write(JSON.stringify([process.argv.slice(1), __dirname, require("./other.js")]) + "\\n");
       setInterval(() => {}, 1000);`,
    );
    await writeFile(path.join(folder, "other.js"), "module.exports = 7;");
    const run = promisify(execFile);
    const expected = `${JSON.stringify([[program, "a", "b"], folder, 7])}\n`;
    // Recording ends a program that would go on.
    const recorded = await run(process.execPath, [LAUNCH, "--record", program, "a", "b"]);
    expect(recorded.stdout).to.equal(expected);
    expect((await readFile(`${program}.cache`)).length).to.be.greaterThan(0);
    const child = spawn(process.execPath, [path.join(folder, "launch.js"), program, "a", "b"]);
    const [data] = (await once(child.stdout, "data")) as [Buffer];
    expect(data.toString()).to.equal(expected);
    child.kill("SIGKILL");
  });

  /** The files in the plugins folder. */
  async function plugins(): Promise<string[]> {
    const entries = await readdir(path.join(folder, "plugins"), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.join(path.basename(entry.parentPath), entry.name))
      .sort();
  }
});
