import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";

const ROOT = path.resolve(__dirname, "../..");

/** A Go that answers `version`, and does what a test wants for anything else. */
const GO = (work: string) =>
  `[ "$1" = version ] && { echo go version go1.25.11 linux/amd64; exit 0; }\n${work}`;
/** A Python that answers the question for its version, and does what a test wants for anything else. */
const PYTHON = (work: string) =>
  `[ "$1" = -c ] && { echo '{"version": "3.11.0", "executable": "'"$0"'", "missing": []}'; exit 0; }\n${work}`;

describe("setup", () => {
  let folder: string;
  let cache: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "setup-"));
    cache = path.join(folder, "cache");
    await mkdir(path.join(folder, "bin"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function tool(name: string, script: string): Promise<void> {
    const file = path.join(folder, "bin", name);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }

  /** Starts setup.js with the tools of the test only, and an empty cache. */
  function start(words: string[], environment: NodeJS.ProcessEnv = {}) {
    const setup = spawn(process.execPath, ["sandbox/setup.js", ...words], {
      cwd: ROOT,
      env: { PATH: path.join(folder, "bin"), ATHENA_SPOKES_CACHE: cache, ...environment },
    });
    const ended = Promise.all([once(setup, "close"), text(setup.stdout), text(setup.stderr)]).then(
      ([[code], out, errors]) => ({ code: code as number, out, errors }),
    );
    return { setup, ended };
  }

  it("refuses a word it does not know", async () => {
    const { code, out, errors } = await start(["deploy"]).ended;
    expect({ code, out, errors }).to.deep.equal({
      code: 2,
      out: "",
      errors: '"deploy" is not one of install, start, test, bench, sabotage\n',
    });
  });

  it("names each missing tool in one line before it makes anything", async () => {
    const { code, out, errors } = await start(["start"]).ended;
    expect({ code, out }).to.deep.equal({ code: 1, out: "" });
    expect(
      errors
        .trimEnd()
        .split("\n")
        .map((line) => line.split(",")[0]),
    ).to.deep.equal([
      "python 3.11 or newer with venv and ensurepip is needed for the emulated cloud",
      "go 1.25.11 or newer is needed to build the Pulumi engine and the aws-native provider",
    ]);
    expect(await readdir(folder)).to.deep.equal(["bin"]);
  });

  it("names the step, the fault, the remedy and the log of each part that failed", async () => {
    const full = "write /tmp/x: no space left on device";
    const offline = "Temporary failure in name resolution";
    await tool("go", GO(`echo "${full}" >&2; exit 1`));
    await tool("python3", PYTHON(`echo "${offline}"; exit 2`));
    const { code, out, errors } = await start(["start"]).ended;
    expect(code).to.equal(1);
    expect(out).to.match(/^note: java and mvn not found/);
    const logs = (await readdir(path.join(cache, "logs"))).sort();
    expect(logs.map((log) => log.replace(/-\d+\.log$/, ""))).to.deep.equal(["aws-native", "engine", "moto"]);
    const [native, engine, moto] = logs.map((log) => path.join(cache, "logs", log));
    const disk = `the disk is full, make room on the disk of ${cache} and of ${tmpdir()}`;
    const net =
      "its server could not be reached, look at the network and the proxy settings and run it again";
    const bin = path.join(folder, "bin");
    expect(errors.trimEnd().split("\n\n")).to.deep.equal([
      `Pulumi engine 3.250.0 could not be installed: ${bin}/go ended with exit code 1: ${disk}\n  ${full}\n  (log: ${String(engine)})`,
      `aws-native provider 1.11.0 could not be installed: ${bin}/go ended with exit code 1: ${disk}\n  ${full}\n  (log: ${String(native)})`,
      `emulated cloud (moto 5.2.5) could not be installed: ${bin}/python3 ended with exit code 2: ${net}\n  ${offline}\n  (log: ${String(moto)})`,
    ]);
    expect(await readFile(String(moto), "utf8")).to.match(/^\$ .*python3 -m venv .*\nTemporary failure/);
    expect(await installed()).to.deep.equal([]);
  });

  it("ends what it started when it is interrupted, leaves nothing half-made, and goes on next time", async () => {
    await tool("go", GO("echo $$; exec /bin/sleep 600"));
    await tool("python3", PYTHON("exec /bin/sleep 600"));
    const { setup, ended } = start(["install"]);
    const pids = new Set<number>();
    while (pids.size < 2) {
      for (const log of await readdir(path.join(cache, "logs")).catch(() => []))
        if (!log.startsWith("moto"))
          for (const [pid] of (await readFile(path.join(cache, "logs", log), "utf8")).matchAll(/^\d+$/gm))
            pids.add(Number(pid));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    setup.kill("SIGINT");
    const { code, errors } = await ended;
    expect({ code, errors }).to.deep.equal({
      code: 130,
      errors: "interrupted: the next run goes on from here\n",
    });
    for (const pid of pids) expect(() => process.kill(pid, 0)).to.throw("ESRCH");
    expect(await installed()).to.deep.equal([]);

    // The module's download comes first, and then the build, whose output is the last argument but one.
    await tool(
      "go",
      GO(`[ "$1" = mod ] && { echo '{"Dir": "${folder}/module"}'; exit 0; }
        while [ "$1" != -o ]; do shift; done; echo made > "$2"`),
    );
    await tool("python3", PYTHON(`/bin/mkdir -p "$3/bin"; /bin/cp /bin/true "$3/bin/python"`));
    const main = path.join(folder, "module/cmd/pulumi-resource-aws-native");
    await mkdir(main, { recursive: true });
    for (const name of ["schema.json", "metadata.json"]) await writeFile(path.join(main, name), "{}");
    const second = await start(["install"]).ended;
    expect({ code: second.code, errors: second.errors }).to.deep.equal({ code: 0, errors: "" });
    expect(await installed()).to.deep.equal([
      "aws-native/pulumi-resource-aws-native",
      "engine/pulumi",
      "moto/bin/python",
    ]);
    // All is there now: nothing is asked for, and nothing said.
    await rm(path.join(folder, "bin"), { recursive: true });
    expect(await start(["install"]).ended).to.deep.equal({ code: 0, out: "", errors: "" });
  });

  it("hands over with the arguments given, and ends as the program did", async () => {
    const spec = path.join(folder, "some.spec.ts");
    await writeFile(
      spec,
      `describe("x", () => { it("a", () => {}); it("b", () => { throw new Error("no"); }); });`,
    );
    const words = ["test", "--no-config", "--require", "tsx", spec];
    const { PATH = "", ATHENA_SPOKES_CACHE } = process.env;
    const { ended } = start(words, { PATH, ATHENA_SPOKES_CACHE, HOME: process.env["HOME"] });
    const { code, out } = await ended;
    expect(code).to.equal(1);
    expect(out.trimEnd().split("\n").at(-1)).to.equal("1 passed, 1 failed");
  });

  /** The files in the cache, without the versions in their paths, locks and logs. */
  async function installed(): Promise<string[]> {
    const files = await readdir(cache, { recursive: true, withFileTypes: true });
    return files
      .filter((file) => !file.isDirectory())
      .map((file) => path.relative(cache, path.join(file.parentPath, file.name)))
      .filter((file) => !file.startsWith("logs/"))
      .map((file) => file.replace(/^([^/]+)\/[^/]+\//, "$1/"))
      .sort();
  }
});
