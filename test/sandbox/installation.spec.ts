import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync as exists } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, hostname, tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { cacheFolder, locations, withoutNpm } from "../../sandbox/installation.js";
import { ensureFolder } from "../../sandbox/installation/cached-folder";
import { type CommandError, run } from "../../sandbox/installation/command";
import { createProgress } from "../../sandbox/installation/progress";
import { findJdk, findTools, nodeFault } from "../../sandbox/installation/tools";

const CACHED_FOLDER = path.resolve(__dirname, "../../sandbox/installation/cached-folder.js");

describe("installation", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "installation-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Puts an executable into the folder that stands for the PATH. */
  async function tool(name: string, script: string): Promise<void> {
    await writeFile(path.join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(folder, name), 0o755);
  }

  describe("cache folder", () => {
    const saved = { ...process.env };
    afterEach(() => {
      process.env = { ...saved };
    });
    const cases: [string, Record<string, string>, string][] = [
      ["its own variable", { ATHENA_SPOKES_CACHE: "/a", XDG_CACHE_HOME: "/b" }, "/a"],
      ["XDG's", { XDG_CACHE_HOME: "/b" }, "/b/athena-spokes"],
      ["a relative XDG one counts as none", { XDG_CACHE_HOME: "b" }, `${homedir()}/.cache/athena-spokes`],
      ["none", {}, `${homedir()}/.cache/athena-spokes`],
    ];
    for (const [name, environment, expected] of cases)
      it(name, () => {
        delete process.env["ATHENA_SPOKES_CACHE"];
        delete process.env["XDG_CACHE_HOME"];
        Object.assign(process.env, environment);
        expect(cacheFolder()).to.equal(expected);
        expect(locations().python).to.match(
          new RegExp(`^${expected}/moto/5\\.2\\.\\d+-[0-9a-f]{8}/bin/python$`),
        );
        expect(locations().awsNativeProvider).to.match(
          new RegExp(`^${expected}/aws-native/1\\.11\\.0-[0-9a-f]{8}/pulumi-resource-aws-native$`),
        );
      });
  });

  describe("node", () => {
    const cases: [string, boolean][] = [
      ["18.20.8", false],
      ["20.18.3", false],
      ["20.19.0", true],
      ["20.20.2", true],
      ["21.7.3", false],
      ["22.11.0", false],
      ["22.12.0", true],
      ["24.1.0", true],
    ];
    for (const [version, does] of cases)
      it(`${version} ${does ? "does" : "is too old"}`, () => {
        expect(nodeFault(version)).to.equal(
          does
            ? undefined
            : `node 20.19 or newer of line 20, or 22.12 or newer, is needed, this is ${version}: get it from https://nodejs.org, or with \`nvm install 22\`, \`fnm install 22\` or \`brew install node@22\``,
        );
      });
  });

  describe("tools", () => {
    const all = { go: true, python: true };
    const java = { java: "exit 0", mvn: "exit 0" };
    const go = "echo go version go1.25.11 linux/amd64";
    const python = (version: string, missing: string) =>
      `echo '{"version": "${version}", "executable": "/real/python", "missing": [${missing}]}'`;
    const python311 = python("3.11.0", "");
    const needsGo = "go 1.25.11 or newer is needed to build the Pulumi engine and the aws-native provider";
    const needsPython = "python 3.11 or newer with venv and ensurepip is needed for the emulated cloud";
    const forJava = { go: false, python: false, java: true };
    const forConnector =
      "only AWS's connector needs JDK 17 or newer and Maven, without it the sandbox shows no table of a producer";
    const cases: {
      name: string;
      tools: Record<string, string>;
      needed?: { go: boolean; python: boolean; java?: boolean };
      java?: boolean;
      faults?: (at: string) => string[];
      found?: (at: string) => { go: string; pulumi: string; python: string };
      notes?: string[];
    }[] = [
      {
        name: "all are there",
        tools: { ...java, go, python3: python311 },
        found: (at) => ({ go: `${at}/go`, pulumi: "", python: "/real/python" }),
      },
      {
        name: "none is there",
        tools: java,
        faults: () => [`${needsPython}, and none is on the PATH`, `${needsGo}, and none is on the PATH`],
      },
      { name: "none is needed", tools: java, needed: { go: false, python: false } },
      {
        name: "go is too old",
        tools: { ...java, go: "echo go version go1.25.10 linux/amd64", python3: python311 },
        faults: (at) => [`${needsGo}, and ${at}/go is 1.25.10`],
      },
      {
        name: "go is broken",
        tools: { ...java, go: "echo not installed >&2; exit 1", python3: python311 },
        faults: (at) => [`${needsGo}, and ${at}/go does not tell its version (not installed)`],
      },
      {
        name: "a pulumi stands in for go",
        tools: { ...java, pulumi: "echo v3.200.0", python3: python311 },
        found: (at) => ({ go: "", pulumi: `${at}/pulumi`, python: "/real/python" }),
        notes: ["go is not here: the engine will download the aws-native provider itself, from the internet"],
      },
      {
        name: "an older pulumi does not",
        tools: { ...java, pulumi: "echo v3.199.9", python3: python311 },
        faults: () => [`${needsGo}, and none is on the PATH`],
      },
      {
        name: "python is too old",
        tools: { ...java, go, python3: python("3.10.14", "") },
        faults: (at) => [`${needsPython}, and ${at}/python3 is 3.10.14`],
      },
      {
        name: "an old python3 beside a new one by its full name",
        tools: { ...java, go, python3: python("3.9.2", ""), "python3.12": python("3.12.1", "") },
        found: (at) => ({ go: `${at}/go`, pulumi: "", python: "/real/python" }),
      },
      {
        name: "python lacks ensurepip",
        tools: { ...java, go, python3: python("3.11.2", '"ensurepip"') },
        faults: (at) => [`${needsPython}, and ${at}/python3 lacks ensurepip`],
      },
      {
        name: "java and mvn are only noted",
        tools: { go, python3: python311 },
        found: (at) => ({ go: `${at}/go`, pulumi: "", python: "/real/python" }),
        notes: [`java and mvn not found: ${forConnector}`],
      },
      {
        name: "a Java without its compiler is noted",
        tools: java,
        needed: forJava,
        notes: [`javac not found: ${forConnector}`],
      },
      {
        name: "a JDK that is too old is noted",
        tools: { ...java, javac: "echo javac 11.0.2" },
        needed: forJava,
        notes: [`@/javac is 11.0.2: ${forConnector}`],
      },
      {
        name: "a JDK without Maven is noted",
        tools: { java: "exit 0", javac: "echo javac 17" },
        needed: forJava,
        notes: [`mvn not found: ${forConnector}`],
      },
      {
        name: "a JDK, the first of its line, and Maven",
        tools: { ...java, javac: "echo javac 17" },
        needed: forJava,
        java: true,
      },
      {
        name: "a JDK that says nothing",
        tools: { ...java, javac: "echo broken >&2; exit 1" },
        needed: forJava,
        notes: [`@/javac does not tell its version (broken): ${forConnector}`],
      },
    ];
    for (const {
      name,
      tools,
      needed = all,
      faults = () => [],
      found,
      notes = [],
      java: hasJava = false,
    } of cases)
      it(name, async () => {
        for (const [file, script] of Object.entries(tools)) await tool(file, script);
        const result = await findTools(needed, { PATH: folder });
        // The ways to get it follow the first colon.
        expect(result.faults.map((fault) => fault.split(": ")[0])).to.deep.equal(faults(folder));
        for (const fault of result.faults) expect(fault).to.match(/: get it from https:\/\/\S+, or with `/);
        expect(result.notes.map((note) => note.replace(folder, "@"))).to.deep.equal(notes);
        expect(result.java).to.deep.equal(
          hasJava ? { javac: path.join(folder, "javac"), mvn: path.join(folder, "mvn") } : undefined,
        );
        const { go: foundGo, pulumi, python: foundPython } = result;
        if (found !== undefined)
          expect({ go: foundGo, pulumi, python: foundPython }).to.deep.equal(found(folder));
      });
  });

  describe("JDK", () => {
    it("is the one of JAVA_HOME, else the one of the PATH's javac, wherever that leads", async () => {
      const jdk = path.join(folder, "jdk", "bin");
      await mkdir(jdk, { recursive: true });
      for (const name of ["java", "javac"]) {
        await writeFile(path.join(jdk, name), "");
        await chmod(path.join(jdk, name), 0o755);
      }
      await tool("java", "exit 0");
      await symlink(path.join(jdk, "javac"), path.join(folder, "javac"));
      const real = path.join(await realpath(jdk), "java");
      expect(findJdk({ PATH: folder })).to.deep.equal({ javac: path.join(folder, "javac"), java: real });
      const ofHome = { javac: path.join(jdk, "javac"), java: real };
      expect(findJdk({ PATH: "/none", JAVA_HOME: path.dirname(jdk) })).to.deep.equal(ofHome);
      expect(findJdk({ PATH: "/none" })).to.deep.equal({ javac: "", java: "" });
    });

    it("and what was installed are needed to run the connector", () => {
      const saved = { ...process.env };
      try {
        process.env["ATHENA_SPOKES_CACHE"] = folder;
        expect(locations().connector).to.equal(undefined);
      } finally {
        process.env = saved;
      }
    });
  });

  describe("command", () => {
    const signal = new AbortController().signal;
    const how = () => ({ cwd: folder, env: process.env, log: path.join(folder, "log"), signal });

    it("keeps its output in the log and hands on each line", async () => {
      const lines: string[] = [];
      const printed = await run("sh", ["-c", "echo one; echo two >&2; echo three"], {
        ...how(),
        onLine: (line) => lines.push(line),
      });
      expect(printed).to.equal("one\nthree\n");
      expect(lines).to.have.members(["one", "two", "three"]);
      const log = await readFile(path.join(folder, "log"), "utf8");
      expect(log.split("\n").sort()).to.deep.equal(
        ["", "$ sh -c echo one; echo two >&2; echo three", "one", "three", "two"].sort(),
      );
    });

    it("carries its last 15 lines when it fails", async () => {
      const error = await failure(
        run("sh", ["-c", "seq 1 20; printf 21; exit 7"], { ...how(), onLine: () => undefined }),
      );
      expect(error.message).to.equal("sh ended with exit code 7");
      expect(error.tail).to.deep.equal(Array.from({ length: 15 }, (_, i) => String(i + 7)));
    });

    it("says that there is no such program", async () => {
      const error = await failure(run("no-such-program", [], { ...how(), onLine: () => undefined }));
      expect(error.message).to.equal("no-such-program could not be started: spawn no-such-program ENOENT");
    });

    it("ends its whole process group when it is interrupted", async () => {
      const interrupt = new AbortController();
      const ended = failure(
        run("sh", ["-c", "sleep 600 & echo $!; wait"], {
          ...how(),
          signal: interrupt.signal,
          onLine: () => {
            interrupt.abort();
          },
        }),
      );
      const error = await ended;
      expect(error.message).to.equal("interrupted");
      await gone(Number(error.tail[0]));
    });
  });

  describe("cached folder", () => {
    const signal = new AbortController().signal;
    const make = async (partial: string) => {
      await writeFile(path.join(partial, "file"), "whole");
    };
    const options = (target: string) => ({
      isWhole: () => exists(path.join(target, "file")),
      signal,
      make,
      onWait: () => {
        throw new Error("nobody is to be waited for");
      },
    });

    it("is made once, and of leftovers nothing stays", async () => {
      const target = path.join(folder, "thing", "1.0");
      await mkdir(`${target}.partial-left`, { recursive: true });
      expect(await ensureFolder(target, options(target))).to.equal(true);
      expect(await ensureFolder(target, options(target))).to.equal(false);
      expect(await readdir(path.dirname(target))).to.deep.equal(["1.0"]);
      expect(await readdir(target)).to.deep.equal(["file"]);
    });

    it("is made anew when it is not whole", async () => {
      const target = path.join(folder, "1.0");
      await mkdir(target);
      await writeFile(path.join(target, "other"), "");
      expect(await ensureFolder(target, options(target))).to.equal(true);
      expect(await readdir(target)).to.deep.equal(["file"]);
    });

    it("is not there when making it failed", async () => {
      const target = path.join(folder, "1.0");
      const broken = { ...options(target), make: () => Promise.reject(new Error("no luck")) };
      expect((await failure(ensureFolder(target, broken))).message).to.equal("no luck");
      expect(await readdir(folder)).to.deep.equal([]);
    });

    it("is taken over from a process that was killed", async () => {
      const dead = spawn("true");
      await once(dead, "close");
      const target = path.join(folder, "1.0");
      await writeFile(`${target}.lock`, JSON.stringify({ pid: dead.pid, host: hostname(), group: 0 }));
      expect(await ensureFolder(target, options(target))).to.equal(true);
      expect(await readdir(folder)).to.deep.equal(["1.0"]);
    });

    it("is made by one of two processes, while the other waits and says so", async () => {
      const target = path.join(folder, "1.0");
      const first = other(target);
      expect(await line(first)).to.equal("making");
      const second = other(target);
      expect(await line(second)).to.equal(`waiting for ${String(first.pid)}`);
      first.stdin?.write("go on\n");
      expect([await line(first), await line(second)]).to.deep.equal(["made true", "made false"]);
      expect(await readdir(folder)).to.deep.equal(["1.0"]);
    });

    it("is made by the other one when the first is killed", async () => {
      const target = path.join(folder, "1.0");
      const first = other(target);
      expect(await line(first)).to.equal("making");
      const second = other(target);
      expect(await line(second)).to.equal(`waiting for ${String(first.pid)}`);
      first.kill("SIGKILL");
      expect(await line(second)).to.equal("making");
      second.stdin?.write("go on\n");
      expect(await line(second)).to.equal("made true");
      expect(await readdir(folder)).to.deep.equal(["1.0"]);
    });

    /** A process that makes the folder, and goes on making it when it is written to. */
    function other(target: string): ChildProcess {
      const program = `
        const { ensureFolder } = require(${JSON.stringify(CACHED_FOLDER)});
        const fs = require("node:fs");
        const file = ${JSON.stringify(path.join(target, "file"))};
        ensureFolder(${JSON.stringify(target)}, {
          isWhole: () => fs.existsSync(file),
          signal: new AbortController().signal,
          onWait: (holder) => console.log("waiting for " + holder),
          make: async (partial) => {
            console.log("making");
            await new Promise((resolve) => process.stdin.once("data", resolve));
            fs.writeFileSync(partial + "/file", "");
          },
        }).then((made) => { console.log("made " + made); process.stdin.destroy(); });`;
      return spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
    }
  });

  describe("progress", () => {
    const engine = { part: "engine", title: "engine 1" };
    it("is text without a terminal: no line of output by itself", () => {
      let now = 0;
      let text = "";
      const { report, close } = createProgress({ write: (t) => (text += t) }, () => now);
      report({ ...engine, state: "started", detail: "" });
      report({ ...engine, state: "output", detail: "compiling" });
      now = 5000;
      report({ ...engine, state: "waiting", detail: "process 7 is installing it" });
      now = 125_000;
      report({ ...engine, state: "done", detail: "" });
      close();
      expect(text.split("\n")).to.deep.equal([
        "  engine 1: installing, 0 s",
        "  engine 1: process 7 is installing it, waiting, 5 s",
        "✓ engine 1: installed in 2 min 5 s",
        "",
      ]);
    });
    it("is one line for each part on a terminal, cut to its width", () => {
      let text = "";
      const output = { isTTY: true, columns: 30, write: (t: string) => (text += t) };
      const { report, close } = createProgress(output, () => 0);
      report({ ...engine, state: "output", detail: "compiling" });
      report({ part: "moto", title: "moto 2", state: "failed", detail: "no" });
      close();
      expect(text).to.equal("\u001b[0J  engine 1: installing, 0 s  \n✗ moto 2: no, after 0 s\n");
    });
  });

  it("leaves other programs npm's network settings and nothing else of npm's", () => {
    const kept = {
      HOME: "/h",
      npm_config_registry: "r",
      npm_config_https_proxy: "p",
      npm_config_cafile: "c",
    };
    const dropped = {
      npm_config_prefix: "x",
      npm_lifecycle_event: "test",
      npm_package_name: "n",
      INIT_CWD: "/",
    };
    expect(withoutNpm({ ...kept, ...dropped })).to.deep.equal(kept);
  });
});

async function failure(promise: Promise<unknown>): Promise<CommandError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error as CommandError,
  );
  if (outcome === undefined) throw new Error("it did not fail");
  return outcome;
}

/** The next line that a process prints. */
async function line(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("its output is not to be had");
  const [data] = (await once(child.stdout, "data")) as [Buffer];
  return data.toString().trim();
}

/** Waits until a process has ended. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
