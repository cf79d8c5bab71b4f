/** The real engine: the Automation API, and the `pulumi` command for the few things it lacks. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as automation from "@pulumi/pulumi/automation";
import { messageOf, RunnerError } from "../failure";
import { forwarded, pause } from "../interrupt";
import type { Report } from "../message";
import { pauseBefore, transientIn } from "../transient";
import type { Engine, PreviewOptions, StackSummary, UpOptions, Updated } from "./engine";
import { withoutNoise } from "./noise";
import { type Finding, findingOf } from "./finding";
import { EventReader, nameOfUrn, type Plan, type PlannedResource } from "./plan";
import { isGone, lockHolders } from "./stack-lock";
import { readState, type StackState } from "./state";

/** How long another run may keep a stack before we give up. Milliseconds. */
const LOCK_PATIENCE = 10 * 60_000;
const LOCK_INTERVAL = 2_000;

export interface PulumiEngineOptions {
  /** Folder of Pulumi.yaml. */
  readonly project: string;
  /** The Pulumi program; loaded when it is first needed, since loading takes a second or two. */
  readonly program: () => Promise<automation.PulumiFn>;
  readonly report: Report;
  /** Seconds that are given to errors that pass by themselves. Default: what each kind of them takes. */
  readonly patience?: number;
  /** Ends a running operation as an interrupt from the keyboard would. Once it is aborted, nothing begins. */
  readonly signal: AbortSignal;
}

/** What is changed by hand in an exported state. */
interface Deployment {
  resources?: ExportedResource[];
  pending_operations?: PendingOperation[];
}

interface ExportedResource {
  readonly urn: string;
  readonly id?: string | undefined;
  retainOnDelete?: boolean;
}

interface PendingOperation {
  readonly type: string;
  readonly resource: ExportedResource;
}

/** What the engine said of a failure. */
interface Diagnosis {
  readonly resource: string | undefined;
  readonly text: string;
}

interface RunOptions {
  readonly expected?: Plan;
  readonly beforeRetry?: UpOptions["beforeRetry"] | undefined;
  /** Whether a policy pack has refused the stack. */
  readonly isRefused?: () => boolean;
}

type Run = (
  selected: automation.Stack,
  onEvent: (event: automation.EngineEvent) => void,
  /** Interrupts the engine's process. */
  signal: AbortSignal,
) => Promise<void>;

export class PulumiEngine implements Engine {
  readonly #options: PulumiEngineOptions;
  #loading: Promise<[typeof automation, automation.PulumiCommand, automation.PulumiFn]> | undefined;

  constructor(options: PulumiEngineOptions) {
    this.#options = options;
  }

  async state(stack: string): Promise<StackState | undefined> {
    try {
      return readState(stack, await this.#pulumi(["stack", "export", "--stack", stack]));
    } catch (thrown) {
      if (/no stack named/.test(messageOf(thrown))) return undefined;
      throw thrown;
    }
  }

  async stacks(): Promise<readonly StackSummary[]> {
    const listed = JSON.parse(await this.#pulumi(["stack", "ls", "--json"])) as {
      name: string;
      lastUpdate?: string;
      updateInProgress?: boolean;
    }[];
    return listed
      .map(({ name, lastUpdate, updateInProgress }) => ({
        name: name.slice(name.lastIndexOf("/") + 1),
        lastUpdate,
        updating: updateInProgress ?? false,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  prepare(): void {
    // A failure shows when the same is asked for in earnest.
    this.#loaded().catch(() => undefined);
  }

  async create(stack: string): Promise<boolean> {
    this.#options.signal.throwIfAborted();
    try {
      await this.#pulumi(["stack", "init", stack, "--no-select"]);
      return true;
    } catch (thrown) {
      // Another run may have made it since we looked.
      if (!/already exists/.test(messageOf(thrown))) throw thrown;
      return false;
    }
  }

  async remove(stack: string): Promise<void> {
    await this.#pulumi(["stack", "rm", stack, "--yes", "--preserve-config"]);
  }

  async unprotect(stack: string): Promise<void> {
    this.#options.signal.throwIfAborted();
    await this.#pulumi(["state", "unprotect", "--all", "--yes", "--stack", stack]);
  }

  async keep(stack: string, urns: readonly string[]): Promise<void> {
    const wanted = new Set(urns);
    await this.#edit(stack, ({ resources = [] }) => {
      const wrong = resources.filter(({ urn, retainOnDelete = false }) => retainOnDelete !== wanted.has(urn));
      for (const resource of wrong) resource.retainOnDelete = wanted.has(resource.urn);
      return wrong.length > 0;
    });
  }

  async adopt(stack: string, ids: ReadonlyMap<string, string>): Promise<void> {
    const isAdopted = ({ type, resource }: PendingOperation) => type === "creating" && ids.has(resource.urn);
    await this.#edit(stack, (deployment) => {
      const { resources = [], pending_operations: pending = [] } = deployment;
      const adopted = pending.filter(isAdopted);
      const byUrn = new Map(adopted.map(({ resource }) => [resource.urn, resource]));
      for (const [urn, resource] of byUrn) resources.push({ ...resource, id: ids.get(urn) });
      deployment.resources = resources;
      deployment.pending_operations = pending.filter((operation) => !isAdopted(operation));
      return adopted.length > 0;
    });
    // The state has what was asked for; others go by what AWS has made of it, such as ARNs.
    const targets = [...ids.keys()].flatMap((urn) => ["--target", urn]);
    await this.#pulumi(["refresh", "--stack", stack, "--yes", "--skip-preview", ...targets]);
  }

  /** Changes a stack's state by hand. @param change answers whether it changed anything. */
  async #edit(stack: string, change: (deployment: Deployment) => boolean): Promise<void> {
    this.#options.signal.throwIfAborted();
    // Not the Automation API's export: it decrypts secrets, and its import writes them to a file in the clear.
    const folder = await mkdtemp(join(tmpdir(), "athena-spokes-"));
    try {
      const file = join(folder, "state.json");
      await this.#pulumi(["stack", "export", "--stack", stack, "--file", file]);
      const state = JSON.parse(await readFile(file, "utf8")) as { deployment: Deployment };
      if (!change(state.deployment)) return;
      await writeFile(file, JSON.stringify(state));
      await this.#pulumi(["stack", "import", "--stack", stack, "--file", file]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async preview(stack: string, options: PreviewOptions = {}): Promise<Plan> {
    const { policy } = options;
    const findings: Finding[] = [];
    const run: Run = async (selected, onEvent, signal) => {
      await selected.preview({
        onEvent: (event) => {
          if (event.policyEvent !== undefined)
            findings.push(findingOf(event.policyEvent, plain(event.policyEvent.message)));
          onEvent(event);
        },
        signal,
        ...(policy === undefined ? {} : { policyPacks: [policy.folder] }),
        ...(policy?.config === undefined ? {} : { policyPackConfigs: [policy.config] }),
        ...(options.configFile === undefined ? {} : { configFile: options.configFile }),
        ...(options.replace === undefined ? {} : { replace: [...options.replace] }),
      });
    };
    const isRefused = () => findings.some(({ level }) => level === "mandatory");
    const { plan, resources } = await this.#run("preview", stack, run, { isRefused });
    options.onResources?.(resources);
    return policy === undefined ? plan : { ...plan, findings };
  }

  async up(stack: string, options: UpOptions = {}): Promise<Updated> {
    const run: Run = async (selected, onEvent, signal) => {
      await selected.up({
        onEvent,
        signal,
        ...(options.replace === undefined ? {} : { replace: [...options.replace] }),
      });
    };
    return this.#run("update", stack, run, { beforeRetry: options.beforeRetry });
  }

  async destroy(stack: string, expected: Plan): Promise<Plan> {
    const run: Run = async (selected, onEvent, signal) => {
      await selected.destroy({ onEvent, signal });
    };
    await this.keep(
      stack,
      expected.changes.filter(({ kept }) => kept).map(({ urn }) => urn),
    );
    const { plan } = await this.#run("destroy", stack, run, { expected });
    return plan;
  }

  /** Runs an operation to its end: past other runs' locks, and again where its errors pass by themselves. */
  async #run(
    operation: string,
    stack: string,
    run: Run,
    { expected, beforeRetry, isRefused }: RunOptions = {},
  ): Promise<Updated & { readonly resources: readonly PlannedResource[] }> {
    const { signal } = this.#options;
    const interrupt = forwarded(signal);
    const selected = await this.#select(stack);
    const begun = Date.now();
    let toldOfLock = false;
    let roleChanged = false;
    let firstFailure: number | undefined;
    for (let attempt = 1; ;) {
      const reader = new EventReader(stack, expected);
      const diagnoses: Diagnosis[] = [];
      signal.throwIfAborted();
      try {
        const onEvent = (event: automation.EngineEvent) => {
          reader.read(event);
          this.#tell(operation, stack, reader, event, diagnoses);
        };
        await run(selected, onEvent, interrupt);
        return { plan: reader.plan, outputs: reader.outputs, resources: reader.resources };
      } catch (thrown) {
        if (thrown instanceof Error && thrown.name === "ConcurrentUpdateError") {
          this.#refuseDeadLock(stack, thrown);
          if (Date.now() - begun > LOCK_PATIENCE) throw lockedTooLong(stack, thrown);
          if (!toldOfLock)
            this.#options.report({
              code: "waiting",
              text: `another run holds stack ${stack}: waiting for it`,
            });
          toldOfLock = true;
          await pause(LOCK_INTERVAL, signal);
          await beforeRetry?.();
          continue;
        }
        if (operation === "preview") signal.throwIfAborted();
        // The engine calls a preview failed whose findings are its only fault; the plan is whole.
        if (diagnoses.length === 0 && isRefused?.() === true)
          return { plan: reader.plan, outputs: reader.outputs, resources: reader.resources };
        roleChanged ||= reader.plan.changes.some(
          ({ noun, operation: done }) =>
            done !== "delete" &&
            ["role", "role policy", "managed policy", "policy attachment"].includes(noun),
        );
        firstFailure ??= Date.now();
        const passing = this.#passing(operation, diagnoses, roleChanged);
        const delay = pauseBefore(attempt);
        const patience = (this.#options.patience ?? passing?.patience ?? 0) * 1000;
        if (passing === undefined || Date.now() + delay - firstFailure > patience)
          throw failed(operation, stack, diagnoses, thrown);
        this.#options.report({
          code: "waiting",
          text: `${operation} of ${stack}: ${passing.reason}, trying again (${passing.id})`,
        });
        attempt += 1;
        await pause(delay, signal);
        await beforeRetry?.();
      }
    }
  }

  /** The kind of error that passes, when every error of the run is of such a kind. */
  #passing(operation: string, diagnoses: readonly Diagnosis[], roleChanged: boolean) {
    if (operation.startsWith("preview") || this.#options.signal.aborted) return undefined;
    const kinds = diagnoses.map(({ text }) => transientIn(text, roleChanged));
    return kinds.every((kind) => kind !== undefined) ? kinds[0] : undefined;
  }

  #refuseDeadLock(stack: string, cause: Error): void {
    const [holder, ...others] = lockHolders(cause.message);
    if (holder === undefined || ![holder, ...others].every((each) => isGone(each))) return;
    throw new RunnerError(
      "stack.locked",
      "failure",
      `stack ${stack} is locked by process ${holder.pid} of ${holder.user}, which was interrupted (locked ${holder.since}): run \`pulumi cancel --stack ${stack}\` to remove the lock, then the same command again`,
      { cause },
    );
  }

  #tell(
    operation: string,
    stack: string,
    reader: EventReader,
    event: automation.EngineEvent,
    diagnoses: Diagnosis[],
  ): void {
    const { report } = this.#options;
    const { diagnosticEvent, resourcePreEvent, resOutputsEvent, resOpFailedEvent } = event;
    if (diagnosticEvent !== undefined) {
      const { severity, urn, ephemeral } = diagnosticEvent;
      const text = withoutNoise(plain(diagnosticEvent.message));
      // The engine also sends `debug` here, although its types do not say so.
      if (text === "" || ephemeral === true || !["info", "info#err", "warning", "error"].includes(severity))
        return;
      const resource = urn === undefined || urn === "" ? undefined : nameOfUrn(urn);
      // The engine's last word on a failed run; what failed was told before.
      if (severity === "error" && /^(update|preview|destroy) failed$/.test(text)) return;
      if (severity === "error") diagnoses.push({ resource, text });
      const kind = severity === "error" || severity === "warning" ? severity : "info";
      report({ code: "diagnostic", stack, severity: kind, resource, text });
      return;
    }
    if (operation.startsWith("preview")) return;
    const metadata = (resourcePreEvent ?? resOutputsEvent ?? resOpFailedEvent)?.metadata;
    const change = metadata === undefined ? undefined : reader.change(metadata);
    if (change === undefined || change.operation === "same") return;
    // Of the steps of a replacement the one that makes the new resource stands for all, unless another fails.
    if (resOpFailedEvent === undefined && ["replace", "delete-replaced"].includes(metadata?.op ?? "")) return;
    const code =
      resOpFailedEvent !== undefined
        ? "resource.failed"
        : resOutputsEvent !== undefined
          ? "resource.finished"
          : "resource.started";
    report({ code, stack, change });
  }

  async #select(stack: string): Promise<automation.Stack> {
    const [{ LocalWorkspace, Stack }, pulumiCommand, program] = await this.#loaded();
    const workspace = await LocalWorkspace.create({
      workDir: this.#options.project,
      program,
      pulumiCommand,
      envVars: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    // Each of these would start the command once more (`up` ends with three such starts, 1.2 s): every operation names
    // its stack anyway, the outputs come with the engine's events, and nobody here reads the history.
    workspace.selectStack = () => Promise.resolve();
    workspace.stackOutputs = () => Promise.resolve({});
    const selected = await Stack.select(stack, workspace);
    selected.history = () => Promise.resolve([]);
    return selected;
  }

  /** The Automation API, the command with its version, and the program: each loaded once. */
  #loaded(): Promise<[typeof automation, automation.PulumiCommand, automation.PulumiFn]> {
    this.#loading ??= (async () => {
      const api = await import("@pulumi/pulumi/automation/index.js");
      // The command's version is asked of another process, and loading the program keeps this one busy.
      const command = api.PulumiCommand.get().catch((thrown: unknown) => {
        throw /ENOENT/.test(messageOf(thrown)) ? engineMissing(thrown) : thrown;
      });
      const program = await Promise.all([command, this.#options.program()]);
      return [api, ...program];
    })();
    return this.#loading;
  }

  /** Runs the command for its output. */
  #pulumi(args: readonly string[]): Promise<string> {
    const { signal } = this.#options;
    const before = signal.aborted;
    return new Promise((resolve, reject) => {
      execFile(
        "pulumi",
        [...args, "--non-interactive"],
        {
          cwd: this.#options.project,
          env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true", NO_COLOR: "1" },
          maxBuffer: 1024 ** 3,
        },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          // Ctrl-C in a terminal ends this process too.
          else if (signal.aborted && !before) reject(signal.reason as Error);
          else if (error.code === "ENOENT") reject(engineMissing(error));
          else
            reject(
              new RunnerError(
                "engine.failed",
                "failure",
                withoutNoise(plain(stderr)).replace(/^error: /, "") || error.message,
                { cause: error },
              ),
            );
        },
      );
    });
  }
}

/** Without the engine's colour marks. */
function plain(text: string): string {
  return text.replace(/<\{%.*?%\}>/g, "").trim();
}

/** What the command itself had to say, out of the Automation API's account of how it ran it. */
function engineWords(message: string): string {
  const lines = withoutNoise(plain(message)).split("\n");
  const errors = lines
    .filter((line) => line.startsWith("error: "))
    .map((line) => line.slice("error: ".length));
  return errors.length === 0 ? lines.join("\n") : [...new Set(errors)].join("\n");
}

function engineMissing(cause: unknown): RunnerError {
  return new RunnerError(
    "engine.missing",
    "input",
    "there is no `pulumi` on PATH: install Pulumi 3.200 or newer (https://www.pulumi.com/docs/install/), or rehearse with --sandbox",
    { cause },
  );
}

function lockedTooLong(stack: string, cause: Error): RunnerError {
  return new RunnerError(
    "stack.locked",
    "failure",
    `another run holds stack ${stack} for more than ${LOCK_PATIENCE / 60_000} minutes: wait for it; if it is dead, run \`pulumi cancel --stack ${stack}\``,
    { cause },
  );
}

function failed(
  operation: string,
  stack: string,
  diagnoses: readonly Diagnosis[],
  cause: unknown,
): RunnerError {
  const lines =
    diagnoses.length === 0
      ? [engineWords(messageOf(cause))]
      : diagnoses.map(({ resource, text }) => (resource === undefined ? text : `${resource}: ${text}`));
  return new RunnerError(
    "engine.failed",
    "failure",
    `${operation} of ${stack} failed:\n${lines.map((line) => `  ${line.replaceAll("\n", "\n  ")}`).join("\n")}`,
    { cause },
  );
}
