import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { expect } from "chai";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import manifest from "../../package.json";
import { environmentOf, runtimeOptions } from "../../sandbox/language-host/options";
import { buildLaunchers } from "../../sandbox/launchers";

const NODE_MODULES = path.resolve(__dirname, "../../node_modules");

/** Stands for `@pulumi/pulumi/cmd/run`: tells what it was started with, and does as the stack is named. */
const RUN = `
const fs = require("node:fs");
const { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT, PULUMI_NODEJS_TSCONFIG_PATH } = process.env;
const stack = process.argv[process.argv.indexOf("--stack") + 1];
fs.writeFileSync(__dirname + "/started.json", JSON.stringify({
  pid: process.pid, node: process.execPath, nodeArgs: process.execArgv.slice(2), args: process.argv.slice(2),
  environment: { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT, PULUMI_NODEJS_TSCONFIG_PATH },
}));
if (stack === "hangs") setInterval(() => {}, 1000);
else if (stack === "killed") process.kill(process.pid, "SIGKILL");
else process.exitCode = { fails: 3, told: 32 }[stack] ?? 0;`;

describe("language host", () => {
  describe("options of the runtime", () => {
    const none = { typescript: true, tsconfig: undefined, nodeargs: [] };
    const cases: [string, Record<string, unknown>, object | string][] = [
      ["none", {}, none],
      [
        "this project's",
        { typescript: false, nodeargs: "--import tsx" },
        { ...none, typescript: false, nodeargs: ["--import", "tsx"] },
      ],
      ["tsconfig", { tsconfig: "a.json" }, { ...none, tsconfig: "a.json" }],
      [
        "quotes",
        { nodeargs: `--a='b c'  "d \\" e"\tf\\ g ''` },
        { ...none, nodeargs: ["--a=b c", 'd " e', "f g", ""] },
      ],
      [
        "an open quote",
        { nodeargs: "--a 'b" },
        `nodeargs option "--a 'b" has a quote or backslash without its other half`,
      ],
      [
        "a lone backslash",
        { nodeargs: "a\\" },
        `nodeargs option "a\\" has a quote or backslash without its other half`,
      ],
      ["typescript of the wrong type", { typescript: "no" }, "typescript option must be a boolean"],
      ["tsconfig of the wrong type", { tsconfig: 1 }, "tsconfig option must be a string"],
      ["nodeargs of the wrong type", { nodeargs: ["a"] }, "nodeargs option must be a string"],
    ];
    for (const [name, options, expected] of cases)
      it(name, () => {
        if (typeof expected === "string") expect(() => runtimeOptions(options)).to.throw(expected);
        else expect(runtimeOptions(options)).to.deep.equal(expected);
      });
    it("reach the program in its environment", () => {
      expect(environmentOf(runtimeOptions({ tsconfig: "a.json" }))).to.deep.equal({
        PULUMI_NODEJS_TYPESCRIPT: "true",
        PULUMI_NODEJS_TSCONFIG_PATH: "a.json",
      });
      expect(environmentOf(runtimeOptions({ typescript: false }))).to.deep.equal({});
    });
  });

  describe("as the engine starts it", () => {
    let folder: string;
    let host: ChildProcess;
    let client: LanguageRuntimeClient;
    let port: string;

    beforeEach(async () => {
      folder = realpathSync(await mkdtemp(path.join(tmpdir(), "language-host-")));
      const launcher = path.join(await buildLaunchers(), "pulumi-language-nodejs");
      host = spawn(launcher, ["--tracing", "tracer", "127.0.0.1:1"], { stdio: ["pipe", "pipe", "inherit"] });
      port = await line(host);
      client = new LanguageRuntimeClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    });
    afterEach(async () => {
      client.close();
      host.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    });

    /** A program whose `@pulumi/pulumi/cmd/<name>` is a script of this test. */
    async function fakeRunner(name: string, script: string): Promise<string> {
      const runner = path.join(folder, "node_modules/@pulumi/pulumi/cmd", name);
      await mkdir(runner, { recursive: true });
      await writeFile(path.join(runner, "index.js"), script);
      return runner;
    }

    function infoOf(options: Record<string, JavaScriptValue> = {}): language.ProgramInfo {
      return new language.ProgramInfo()
        .setRootDirectory("/root")
        .setProgramDirectory(folder)
        .setEntryPoint("entry.ts")
        .setOptions(Struct.fromJavaScript(options));
    }

    function runRequest(stack: string, options?: Record<string, JavaScriptValue>): language.RunRequest {
      const request = new language.RunRequest()
        .setProject("athena-spokes")
        .setStack(stack)
        .setOrganization("org")
        .setMonitorAddress("127.0.0.1:2")
        .setParallel(4)
        .setInfo(infoOf(options));
      request.getConfigMap().set("aws:region", "eu-west-1").set("athena-spokes:spoke", "{}");
      request.setConfigsecretkeysList(["athena-spokes:token"]);
      return request;
    }

    function run(request: language.RunRequest): Promise<{ error: string; bail: boolean }> {
      return new Promise((resolve, reject) => {
        client.run(request, (error, response) => {
          if (error !== null) reject(error);
          else resolve({ error: response.getError(), bail: response.getBail() });
        });
      });
    }

    async function started(runner: string): Promise<{ pid: number } & Record<string, unknown>> {
      const file = path.join(runner, "started.json");
      for (;;) {
        if (existsSync(file)) {
          const text = await readFile(file, "utf8");
          if (text !== "") return JSON.parse(text) as { pid: number } & Record<string, unknown>;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }

    it("starts a program with the arguments and the environment of the real host", async () => {
      const runner = await fakeRunner("run", RUN);
      const request = runRequest("dev", { typescript: false, nodeargs: "--no-warnings" }).setDryrun(true);
      expect(await run(request.setArgsList(["more"]))).to.deep.equal({ error: "", bail: false });
      const { pid, ...rest } = await started(runner);
      expect(pid).not.to.equal(host.pid);
      expect(rest).to.deep.equal({
        node: process.execPath,
        nodeArgs: ["--no-warnings"],
        args: [
          ...["--monitor", "127.0.0.1:2", "--engine", "127.0.0.1:1", "--organization", "org"],
          ...["--project", "athena-spokes", "--root-directory", "/root", "--stack", "dev", "--pwd", folder],
          ...["--parallel", "4", "--tracing", "tracer", "--dry-run", "entry.ts", "more"],
        ],
        environment: {
          PULUMI_CONFIG: JSON.stringify({
            "athena-spokes:config:spoke": "{}",
            "aws:config:region": "eu-west-1",
          }),
          PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(["athena-spokes:token"]),
        },
      });
    });

    const endings: [string, { error: string; bail: boolean }][] = [
      ["dev", { error: "", bail: false }],
      ["told", { error: "", bail: true }],
      ["fails", { error: "Program exited with non-zero exit code: 3", bail: false }],
      ["killed", { error: "Program was ended by SIGKILL", bail: false }],
    ];
    for (const [stack, expected] of endings)
      it(`tells how a program ended: ${JSON.stringify(expected)}`, async () => {
        await fakeRunner("run", RUN);
        expect(await run(runRequest(stack))).to.deep.equal(expected);
      });

    it("says what is wrong before it starts a program", async () => {
      expect(await run(runRequest("dev"))).to.deep.equal({
        bail: false,
        error: `It looks like the Pulumi SDK has not been installed: "@pulumi/pulumi/cmd/run" is not found from ${folder}. Have you run npm ci?`,
      });
      await fakeRunner("run", RUN);
      expect((await run(runRequest("dev", { nodeargs: "'" }))).error).to.match(
        /^nodeargs option "'" has a quote/,
      );
      expect((await run(runRequest("dev").setAttachDebugger(true))).error).to.match(/attaches no debugger/);
    });

    const interruptions: [string, () => void][] = [
      ["the engine cancels", () => client.cancel(new Empty(), () => undefined)],
      ["the engine is gone", () => host.stdin?.end()],
      ["the engine interrupts it", () => host.kill("SIGINT")],
    ];
    for (const [name, interrupt] of interruptions)
      it(`ends a program when ${name}`, async () => {
        const runner = await fakeRunner("run", RUN);
        const outcome = run(runRequest("hangs")).catch((error: unknown) => error);
        const { pid } = await started(runner);
        interrupt();
        await gone(pid);
        await outcome;
        if (name !== "the engine cancels" && host.exitCode === null) await once(host, "close");
      });

    it("runs a plugin and streams what it prints", async () => {
      const runner = await fakeRunner(
        "run-plugin",
        `process.stdout.write(process.argv.slice(2).join(" ") + " " + process.env.GIVEN + " " + process.env.HOME + " " + process.cwd());
         process.stderr.write("trouble"); process.exitCode = 5;`,
      );
      const request = new language.RunPluginRequest()
        .setKind("resource")
        .setPwd(path.dirname(runner))
        .setArgsList(["127.0.0.1:3"])
        .setEnvList(["GIVEN=a=b"])
        .setInfo(infoOf({ typescript: false }));
      const { out, errors, fault } = await ended(client.runPlugin(request));
      expect(out).to.equal(`${folder} 127.0.0.1:3 a=b undefined ${path.dirname(runner)}`);
      expect(errors).to.equal("trouble");
      expect(fault?.details).to.equal("Program exited with non-zero exit code: 5");
    });

    describe("with a policy pack", () => {
      beforeEach(async () => {
        await symlink(NODE_MODULES, path.join(folder, "node_modules"));
        await writeFile(path.join(folder, "package.json"), '{"name": "pack", "version": "1.0.0"}');
      });
      const pack = (body: string) =>
        writeFile(
          path.join(folder, "index.js"),
          `const { PolicyPack } = require("@pulumi/policy");\n${body}`,
        );

      function startPack() {
        const info = infoOf({ typescript: false }).setEntryPoint(".");
        const request = new language.RunPluginRequest()
          .setKind("analyzer")
          .setPwd("/")
          .setArgsList(["127.0.0.1:1"])
          .setEnvList([`PATH=${process.env["PATH"] ?? ""}`])
          .setInfo(info);
        return client.runPlugin(request);
      }

      it("tells it the stack, and passes the engine's calls on to it", async () => {
        await pack(`new PolicyPack("pack-of-" + process.env.PULUMI_NODEJS_STACK, {
          description: [process.env.PULUMI_NODEJS_PROJECT, process.env.PULUMI_NODEJS_ORGANIZATION,
            process.env.PULUMI_NODEJS_DRY_RUN, process.env.PULUMI_CONFIG].join(" "),
          policies: [{ name: "one", description: String(process.pid), enforcementLevel: "mandatory", validateResource: () => {} }],
        });`);
        const call = startPack();
        const outcome = ended(call);
        const [first] = (await once(call, "data")) as [language.RunPluginResponse];
        const address = `127.0.0.1:${Buffer.from(first.getStdout_asU8()).toString().trim()}`;
        const engine = new AnalyzerClient(address, grpc.credentials.createInsecure());
        const configure = promisify<analyzer.AnalyzerStackConfigureRequest, unknown>(
          engine.configureStack.bind(engine),
        );
        const stack = new analyzer.AnalyzerStackConfigureRequest()
          .setStack("dev")
          .setProject("p")
          .setOrganization("o")
          .setDryRun(true);
        stack.getConfigMap().set("p:key", "value");
        await configure(stack);
        const info = await promisify<Empty, analyzer.AnalyzerInfo>(engine.getAnalyzerInfo.bind(engine))(
          new Empty(),
        );
        expect(info.getName()).to.equal("pack-of-dev");
        expect(info.getDescription()).to.equal('p o true {"p:key":"value"}');
        expect(info.getPoliciesList().map((policy) => policy.getName())).to.deep.equal(["one"]);
        engine.close();
        call.cancel();
        expect((await outcome).fault?.code).to.equal(grpc.status.CANCELLED);
        await gone(Number(info.getPoliciesList()[0]?.getDescription()));
      });

      it("answers the engine with the reason when it does not start", async () => {
        await pack("process.exit(4);");
        const call = startPack();
        const outcome = ended(call);
        const [first] = (await once(call, "data")) as [language.RunPluginResponse];
        const address = `127.0.0.1:${Buffer.from(first.getStdout_asU8()).toString().trim()}`;
        const engine = new AnalyzerClient(address, grpc.credentials.createInsecure());
        const info = promisify<Empty, analyzer.AnalyzerInfo>(engine.getAnalyzerInfo.bind(engine))(
          new Empty(),
        );
        const fault = await info.then(
          () => undefined,
          (error: unknown) => error as grpc.ServiceError,
        );
        expect(fault?.details).to.equal("policy pack not started: it ended before it printed its port");
        expect((await outcome).fault?.details).to.equal("Program exited with non-zero exit code: 4");
        engine.close();
      });
    });

    it("tells its version and what it needs: no package, no prompt", async () => {
      const info = await promisify(
        client.getPluginInfo.bind(client) as Unary<Empty, { getVersion: () => string }>,
      )(new Empty());
      expect(info.getVersion()).to.equal(manifest.dependencies["@pulumi/pulumi"]);
      const packages = await promisify(
        client.getRequiredPackages.bind(client) as Unary<
          language.GetRequiredPackagesRequest,
          language.GetRequiredPackagesResponse
        >,
      )(new language.GetRequiredPackagesRequest());
      expect(packages.toObject()).to.deep.equal({ packagesList: [], specsList: [] });
      const about = await promisify(
        client.about.bind(client) as Unary<language.AboutRequest, language.AboutResponse>,
      )(new language.AboutRequest().setInfo(infoOf()));
      expect([about.getExecutable(), about.getVersion()]).to.deep.equal([process.execPath, process.version]);
    });

    it("lists a program's dependencies", async () => {
      const lock = {
        packages: {
          "": { dependencies: { a: "^1.0.0" }, devDependencies: { "@s/b": "2" } },
          "node_modules/a": { version: "1.2.3" },
          "node_modules/a/node_modules/@s/b": { version: "1.0.0" },
          "node_modules/@s/b": { version: "2.0.0" },
          "node_modules/c": { version: "3.0.0" },
        },
      };
      await writeFile(path.join(folder, "package-lock.json"), JSON.stringify(lock));
      const list = promisify(
        client.getProgramDependencies.bind(client) as Unary<
          language.GetProgramDependenciesRequest,
          language.GetProgramDependenciesResponse
        >,
      );
      const names = async (transitive: boolean) =>
        (
          await list(
            new language.GetProgramDependenciesRequest()
              .setInfo(infoOf())
              .setTransitivedependencies(transitive),
          )
        )
          .getDependenciesList()
          .map((d) => `${d.getName()} ${d.getVersion()}`);
      expect(await names(false)).to.deep.equal(["a 1.2.3", "@s/b 2.0.0"]);
      expect(await names(true)).to.deep.equal(["a 1.2.3", "@s/b 1.0.0", "@s/b 2.0.0", "c 3.0.0"]);
    });

    it("installs nothing where node_modules is there", async () => {
      await mkdir(path.join(folder, "node_modules"));
      await writeFile(path.join(folder, "package.json"), "{}");
      const call = client.installDependencies(new language.InstallDependenciesRequest().setInfo(infoOf()));
      const { out, fault } = await ended(call);
      expect({ out, fault }).to.deep.equal({
        out: `Dependencies are installed: ${folder}/node_modules is there\n`,
        fault: undefined,
      });
    });
  });

  it("keeps an unhandled error from filling the memory in Node 20.20", async () => {
    const program = `
      const error = new Error("x");
      error.stack = "Error: x\\n    at f (/r/node_modules/@scope/file.js:1:2)";
      console.log(require("node:util").inspect(error, { colors: true }));`;
    const preload = path.resolve(__dirname, "../../sandbox/language-host/readable-errors.js");
    const child = spawn(process.execPath, ["--require", preload, "-e", program], { timeout: 20_000 });
    expect(await line(child)).to.equal("Error: x\n    at f (/r/node_modules/@scope/file.js:1:2)");
  });
});

type Unary<Request, Response> = (
  request: Request,
  callback: (error: grpc.ServiceError | null, response: Response) => void,
) => unknown;

interface Streamed {
  getStdout_asU8(): Uint8Array;
  getStderr_asU8(): Uint8Array;
}

/** All that a call streamed, and the fault it ended with. */
function ended(call: grpc.ClientReadableStream<Streamed>): Promise<{
  out: string;
  errors: string;
  fault: grpc.ServiceError | undefined;
}> {
  let out = "";
  let errors = "";
  return new Promise((resolve) => {
    call.on("data", (response: Streamed) => {
      out += Buffer.from(response.getStdout_asU8()).toString();
      errors += Buffer.from(response.getStderr_asU8()).toString();
    });
    call.on("error", (fault: grpc.ServiceError) => {
      resolve({ out, errors, fault });
    });
    call.on("end", () => {
      resolve({ out, errors, fault: undefined });
    });
  });
}

/** What a process prints first. */
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
