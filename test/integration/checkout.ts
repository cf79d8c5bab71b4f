/**
 * A checkout of its own for a spec, as a person would have it: the project's programs with stack configuration of its
 * own, the `spokes` command and the Pulumi CLI run as processes, and an independent client to look into the accounts.
 */
import { execFile, spawn } from "node:child_process";
import { access, copyFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { deployStack } from "../../sandbox/deploy-stack";
import { locations } from "../../sandbox/installation.js";
import { Clients, type Credentials } from "../sandbox/clients";
import type { TestCloud } from "../sandbox/cloud";
import { HUB, PRODUCER } from "../worlds";

const ROOT = path.resolve(__dirname, "../..");
/** Linked into the checkout, since the programs are the same. */
const PROGRAMS = [
  "access",
  "components",
  "functions",
  "stacks",
  "automation",
  "policy",
  "examples",
  "node_modules",
  "package.json",
  "tsconfig.json",
];

/** What a command did. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What boto3 lists in one account. */
export interface Inventory {
  readonly roles: Record<
    string,
    { trust: unknown; inline: Record<string, unknown>; attached: Record<string, unknown> }
  >;
  readonly users: Record<
    string,
    { inline: Record<string, unknown>; attached: Record<string, unknown>; keys: number }
  >;
  readonly buckets: Record<string, { policy: unknown; encryption: unknown; objects: string[] }>;
  readonly functions: Record<
    string,
    { role: string; package: string; statements: unknown[]; variables: unknown }
  >;
  /** Stack of AWS's application -> its status. */
  readonly applications: Record<string, string>;
  readonly keys: {
    description: string;
    state: string;
    /** Until it is deleted for good. */
    days: number | null;
    aliases: string[];
    policy: unknown;
    rotation: boolean | null;
    grants: unknown[];
  }[];
  readonly workgroups: Record<string, { state: string; configuration: unknown }>;
  readonly catalogs: Record<string, unknown>;
  /** Databases that lead to those of other accounts. */
  readonly links: Record<string, unknown>;
  readonly lake_formation: {
    locations: Record<string, { role: string; hybrid: boolean }>;
    /** Principal, resource, permissions, and those of them with the grant option. */
    grants: unknown[];
    /** Principal, resource. */
    opt_ins: unknown[];
  };
  readonly glue_policy: unknown;
  readonly topics: Record<string, { policy: unknown }>;
  readonly rules: Record<string, { pattern: unknown; state: string; targets: string[] }>;
  readonly alarms: Record<string, { threshold: number; actions: string[]; workgroups: string[] }>;
  readonly data_sources: Record<
    string,
    { arn: string; status: string; parameters: unknown; permissions: unknown }
  >;
  readonly data_sets: Record<
    string,
    {
      name: string;
      import_mode: string;
      tables: unknown;
      permissions: Record<string, string[]>;
      ingestions: { status: string; rows: number | null }[];
      tags: Record<string, string>;
    }
  >;
}

/** What boto3 saw of the ladder. */
export interface BotoLadder {
  /** Rung -> what it shows. */
  readonly rungs: Readonly<Record<string, unknown>>;
  /** Who -> what was tried -> AWS's error code, or "allowed". */
  readonly refusals: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export class Checkout {
  private constructor(
    public readonly folder: string,
    private readonly cloud: TestCloud,
  ) {}

  /** Makes a checkout whose Pulumi state is its own, in the cloud given. */
  public static async make(cloud: TestCloud): Promise<Checkout> {
    const folder = await mkdtemp(path.join(tmpdir(), "athena-spokes-checkout-"));
    await copyFile(path.join(ROOT, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
    for (const name of PROGRAMS) await symlink(path.join(ROOT, name), path.join(folder, name));
    return new Checkout(folder, cloud);
  }

  /**
   * Makes the roles of the accounts by the command's own templates, as their administrator; from then on everything goes
   * through these roles.
   *
   * @param spokes spoke's account -> its request file; undefined for the template that fits any spoke
   * @param others accounts of the hub and of its producer, or of producers by name
   * @param reader account of a function that reads the producer's table
   */
  public async bootstrap(
    spokes: Readonly<Record<string, string | undefined>>,
    others: { hub: string; producer: string | Readonly<Record<string, string>> } = {
      hub: HUB,
      producer: PRODUCER,
    },
    reader?: string,
  ): Promise<void> {
    if (reader !== undefined) await this.deployTemplate(reader, "reader");
    await this.deployTemplate(others.hub, "hub");
    if (typeof others.producer === "string") await this.deployTemplate(others.producer, "producer");
    else
      for (const [name, account] of Object.entries(others.producer))
        await this.deployTemplate(account, "producer", name);
    for (const [account, request] of Object.entries(spokes))
      await this.deployTemplate(account, "spoke", ...(request === undefined ? [] : [request]));
  }

  /** Makes the roles of one account, by the template that `spokes bootstrap` writes with these arguments. */
  public async deployTemplate(account: string, ...args: string[]): Promise<void> {
    const file = path.join(this.folder, `${args[0] ?? ""}-${account}.json`);
    const ran = await this.spokes("bootstrap", ...args, "--out", file);
    if (ran.code !== 0) throw new Error(`spokes bootstrap ${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
    const template = JSON.parse(await readFile(file, "utf8")) as object;
    const administrator = await new Clients(this.cloud.endpoint).in(CloudFormationClient, account);
    await deployStack(administrator, `athena-spokes-${args[0] ?? ""}-dev`, template);
  }

  public async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs the `spokes` command in the checkout. */
  public spokes(...args: string[]): Promise<Ran> {
    return this.spokesOf(ROOT, ...args);
  }

  /** Runs the `spokes` command with keys of somebody's own. */
  public spokesAs({ accessKeyId, secretAccessKey }: Credentials, ...args: string[]): Promise<Ran> {
    return this.run(process.execPath, [path.join(ROOT, "automation/bin/spokes.js"), ...args], {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });
  }

  /** Runs the `spokes` command of another copy of the programs in the checkout. */
  public async spokesOf(programs: string, ...args: string[]): Promise<Ran> {
    const ran = await this.run(process.execPath, [path.join(programs, "automation/bin/spokes.js"), ...args]);
    // Whatever is offboarded or destroyed here, its roles suffice to look whether anything is left (R70).
    if (ran.stdout.includes("not looked at")) throw new Error(`something was not looked at: ${ran.stdout}`);
    return ran;
  }

  /** Runs the `spokes` command and sends it a Ctrl-C as soon as its output matches. */
  public interruptedSpokes(when: RegExp, ...args: string[]): Promise<Ran> {
    const child = spawn(process.execPath, [path.join(ROOT, "automation/bin/spokes.js"), ...args], {
      cwd: this.folder,
      env: this.environment(),
    });
    const said = { stdout: "", stderr: "" };
    let sent = false;
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].on("data", (data: Buffer) => {
        said[stream] += data.toString();
        if (sent || !when.test(said[stream])) return;
        sent = true;
        child.kill("SIGINT");
      });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        if (sent) resolve({ code: code ?? 130, ...said });
        else reject(new Error(`the output never matched ${String(when)}: ${said.stdout}${said.stderr}`));
      });
    });
  }

  /** Runs the Pulumi CLI in the checkout. */
  public pulumi(...args: string[]): Promise<Ran> {
    return this.run("pulumi", [...args, "--non-interactive", "--color", "never"]);
  }

  /** What is in the accounts, as boto3 sees it. */
  public async inventory(...accounts: string[]): Promise<Record<string, Inventory>> {
    return (await this.boto3("inventory.py", ...accounts)) as Record<string, Inventory>;
  }

  /** The ladder of verification climbed with boto3, and who may not climb it. */
  public async ladder(world: object): Promise<BotoLadder> {
    return (await this.boto3("ladder.py", JSON.stringify(world))) as BotoLadder;
  }

  public async write(file: string, text: string): Promise<string> {
    const at = path.join(this.folder, file);
    await writeFile(at, text);
    return at;
  }

  /** Gives the checkout a policy pack of its own, to be changed. */
  public async copyPolicy(): Promise<void> {
    const folder = path.join(this.folder, "policy");
    await rm(folder);
    await cp(path.join(ROOT, "policy"), folder, { recursive: true });
  }

  /** Runs a script as GitHub Actions does where a step names no shell, with the variables given besides the cloud's. */
  public script(text: string, variables: Readonly<Record<string, string>>): Promise<Ran> {
    return this.run("bash", ["-e", "-c", text], variables);
  }

  public async exists(file: string): Promise<boolean> {
    return access(path.join(this.folder, file)).then(
      () => true,
      () => false,
    );
  }

  public read(file: string): Promise<string> {
    return readFile(path.join(this.folder, file), "utf8");
  }

  /** The state of a stack as the backend keeps it, to see whether anybody touched it. */
  public async state(stack: string): Promise<string> {
    const { code, stdout, stderr } = await this.pulumi("stack", "export", "--stack", stack);
    if (code !== 0) throw new Error(`stack ${stack} cannot be read: ${stderr}`);
    return stdout;
  }

  /** Where commands are looked for. */
  public get path(): string {
    return this.environment()["PATH"] ?? "";
  }

  private environment(): NodeJS.ProcessEnv {
    const backend = { PULUMI_BACKEND_URL: `file://${this.folder}`, NO_COLOR: "1" };
    return { ...process.env, ...this.cloud.environment, ...backend };
  }

  /** The JSON that a program here prints, which talks to AWS with boto3 alone. */
  private async boto3(program: string, ...args: string[]): Promise<unknown> {
    // Without -B Python would leave folders of its own beside the programs.
    const { code, stdout, stderr } = await this.run(locations().python, [
      "-B",
      path.join(__dirname, program),
      ...args,
    ]);
    if (code !== 0) throw new Error(`${program} failed: ${stderr}`);
    return JSON.parse(stdout);
  }

  private run(
    command: string,
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<Ran> {
    return new Promise((resolve) => {
      execFile(
        command,
        args,
        {
          cwd: this.folder,
          env: { ...this.environment(), ...variables },
          maxBuffer: 64 * 1024 * 1024,
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
          resolve({ code, stdout, stderr: error !== null && stderr === "" ? error.message : stderr });
        },
      );
    });
  }
}
