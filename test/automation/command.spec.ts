import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { version } from "../../package.json";
import { locations } from "../../sandbox/installation.js";

const ROOT = path.resolve(__dirname, "../..");
const BIN = path.join(ROOT, "automation/bin/spokes.js");

describe("the command spokes", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-command-"));
    await writeFile(path.join(folder, "Pulumi.yaml"), "name: athena-spokes\nruntime: nodejs\n");
    await writeFile(
      path.join(folder, "Pulumi.dev.yaml"),
      await readFile(path.join(ROOT, "examples/dev.yaml"), "utf8"),
    );
    await writeFile(path.join(folder, "bad.yaml"), "spoke: sales\naccount: 12\n");
    await writeFile(
      path.join(folder, "sales.yaml"),
      await readFile(path.join(ROOT, "examples/sales.yaml"), "utf8"),
    );
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** Every file of the folder with its text; Pulumi keeps the state of its stacks there, too. */
  async function contents(): Promise<Record<string, string>> {
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
      (entry) =>
        entry.isFile() &&
        // The engine writes what it knows of the backend itself as soon as it looks at one.
        !/^(meta\.yaml(\.attrs)?|\.gitignore)$/.test(entry.name),
    );
    return Object.fromEntries(
      await Promise.all(
        files.map(async ({ parentPath, name }): Promise<[string, string]> => {
          const file = path.join(parentPath, name);
          return [path.relative(folder, file), await readFile(file, "utf8")];
        }),
      ),
    );
  }

  function spokes(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [BIN, ...args],
        { cwd: folder, env: environment() },
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
        },
      );
    });
  }

  function environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: [locations().enginePath, process.env.PATH].filter((part) => part !== "").join(path.delimiter),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      // Nobody listens there.
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      AWS_REGION: "us-east-1",
      NO_COLOR: "1",
    };
  }

  for (const [args, words] of [
    [
      ["--help"],
      [
        "onboard",
        "preview",
        "verify",
        "query",
        "list",
        "status",
        "offboard",
        "environment",
        "sandbox",
        "--json",
        "--sandbox",
      ],
    ],
    [
      ["onboard", "--help"],
      ["--yes", "--spoke", "--environment", "--account", "--region", "--from", "--no-verify"],
    ],
    [
      ["query", "--help"],
      ["--spoke", "--environment", "--as", "--catalog", "--database", "--limit", "--timeout", "--csv"],
    ],
    [
      ["offboard", "--help"],
      ["--yes", "--delete-data", "--environment"],
    ],
    [
      ["environment", "--help"],
      ["up", "destroy"],
    ],
    [
      ["sandbox", "--help"],
      ["start", "stop", "status", "reset"],
    ],
  ] as const)
    it(`explains itself: ${args.join(" ")}`, async () => {
      const { code, stdout } = await spokes(...args);
      expect(code).to.equal(0);
      for (const word of words) expect(stdout).to.include(word);
      for (const line of [
        "0  done",
        "1  failed",
        "2  bad input",
        "3  declined",
        "4  needs the platform team",
      ])
        expect(stdout).to.include(line);
    });

  it("tells its version", async () => {
    expect(await spokes("--version")).to.deep.include({ code: 0, stdout: `${version}\n` });
  });

  const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["an unknown command", ["onbord"], /unknown command 'onbord'/],
    ["an unknown option", ["list", "--al"], /unknown option '--al'/],
    ["no request at all", ["onboard"], /say what to onboard once: a request file, or the flags/],
    ["a file and flags", ["onboard", "sales.yaml", "--spoke", "sales"], /say what to onboard once/],
    ["a request that is not there", ["onboard", "none.yaml"], /there is no request file "none\.yaml"/],
    [
      "a request with faults",
      ["onboard", "bad.yaml"],
      /bad\.yaml has 4 faults:\n.*environment.*\n.*account \(line 2\).*\n.*region/,
    ],
    [
      "flags with faults",
      ["onboard", "--spoke", "S", "--environment", "dev"],
      /the command line has 4 faults/,
    ],
    ["a spoke that is not there", ["preview", "dev-none"], /there is no spoke "none" in environment "dev"/],
    ["an environment that is not there", ["environment", "up", "prod"], /there is no environment "prod"/],
    [
      "an environment of a name that none can have",
      ["environment", "up", "de-v"],
      /environment: "de-v" is not a valid environment name: use 1-10 lower-case letters and digits/,
    ],
    [
      "a spoke of a name that none can have",
      ["offboard", "../../x", "-e", "dev"],
      /spoke: "\.\.\/\.\.\/x" is not a valid spoke name: use 1-20 lower-case letters/,
    ],
    [
      "a spoke's environment of a name that none can have",
      ["offboard", "x", "-e", "../dev"],
      /environment: "\.\.\/dev" is not a valid environment name/,
    ],
    ["a query of no spoke", ["query", "SELECT 1"], /required option '--spoke <name>' not specified/],
    ["a query of nothing", ["query", " ", "--spoke", "sales"], /there is no query: write it in quotes/],
    [
      "a query of a spoke that is not there",
      ["query", "SELECT 1", "--spoke", "none"],
      /there is no spoke "none" in environment "dev"/,
    ],
    [
      "a limit that is no number",
      ["query", "SELECT 1", "--spoke", "sales", "--limit", "many"],
      /"many" is not a whole number/,
    ],
    [
      "a sandbox of a name that none can have",
      ["sandbox", "status", "--name", "Mine"],
      /sandbox name "Mine" is not valid/,
    ],
    [
      "to enter a sandbox of a name that none can have",
      ["--sandbox=a/b", "list"],
      /sandbox name "a\/b" is not valid/,
    ],
    [
      "a folder that is no project",
      ["list", "--project", tmpdir()],
      /holds no Pulumi\.yaml of athena-spokes/,
    ],
    [
      "an endpoint that nobody answers at",
      ["onboard", "sales.yaml", "--yes"],
      /nobody answers at http:\/\/127\.0\.0\.1:1/,
    ],
  ];
  for (const [name, args, message] of refused)
    it(`refuses ${name} with exit code 2 and changes nothing`, async () => {
      const before = await contents();
      const { code, stdout, stderr } = await spokes(...args);
      expect(stderr, stdout).to.match(message);
      expect(stderr).to.not.match(/\n\s+at /);
      expect(code).to.equal(2);
      expect(await contents()).to.deep.equal(before);
    });

  it("tells machines the same in JSON, one object a line", async () => {
    const { code, stdout, stderr } = await spokes("onboard", "bad.yaml", "--json");
    expect([code, stderr]).to.deep.equal([2, ""]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.deep.include({ type: "result", ok: false });
    const { code: coded, whose, exitCode, faults } = lines[0]?.error as Record<string, unknown>;
    expect({ coded, whose, exitCode }).to.deep.equal({ coded: "input.invalid", whose: "input", exitCode: 2 });
    expect((faults as { path: string }[]).map(({ path: place }) => place)).to.deep.equal([
      "environment",
      "account (line 2)",
      "region",
      "data",
    ]);
  });

  it("tells machines in JSON, too, what is wrong with the command line", async () => {
    const { code, stdout, stderr } = await spokes("list", "--al", "--json");
    expect([code, stderr]).to.deep.equal([2, ""]);
    expect(JSON.parse(stdout)).to.deep.equal({
      type: "result",
      ok: false,
      error: {
        code: "input.invalid",
        whose: "input",
        exitCode: 2,
        message: "unknown option '--al'",
        faults: [],
      },
    });
  });

  it("lets a shell that evaluates a start that failed know of it", async () => {
    const { code, stdout, stderr } = await spokes("sandbox", "start", "--name", "Mine");
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "false\n" });
    expect(stderr).to.include('sandbox name "Mine" is not valid');
  });

  it("goes on when nobody reads its words any more", async () => {
    const child = spawn(process.execPath, [BIN, "environment", "up", "dev", "--yes"], {
      cwd: folder,
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    const [code] = (await once(child, "close")) as [number];
    expect(stderr).to.match(/^error: nobody answers at /);
    expect(stderr).to.not.match(/EPIPE/);
    expect(code).to.equal(2);
  });

  it("never says a secret", async () => {
    const { stdout, stderr } = await spokes("onboard", "sales.yaml", "--yes", "--json");
    expect(stdout + stderr).to.not.include("wJalrXUtnFEMI");
  });
});
