/**
 * What `npm start` runs: the main job from end to end, in a sandbox of its own. It makes the accounts' roles, brings up
 * the environment of examples/dev.yaml, onboards examples/sales.yaml, verifies it, shows the result, and stops what it
 * started.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import {
  asRunnerError,
  bootstrap,
  type BootstrapWanted,
  type Context,
  onboard,
  type Onboarded,
  openContext,
  readRequestFile,
  RunnerError,
  updateEnvironment,
} from "../automation";
import { readIfThere, writeWhole } from "../automation/files/yaml-file";
import { listenForInterrupts } from "../automation/interrupt";
import type { Output, Table } from "../automation/output/output";
import { outputForPeople } from "../automation/output/people";
import { deployStack } from "./deploy-stack";
import {
  enteredQuick,
  enterSandbox,
  resetSandbox,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from "./sandbox";
import { ADMINISTRATOR_ROLE } from "./world";

const ROOT = path.resolve(__dirname, "..");
const SANDBOX = "rehearsal";
const ENVIRONMENT = "dev";
/** The first line of a configuration that the rehearsal wrote, and may use again. */
const MARK = "# Written by the rehearsal (npm start); remove this line to keep it as your own.";

async function rehearse(output: Output, signal: AbortSignal): Promise<void> {
  await prepareConfiguration();
  const sandbox = await startSandbox({ name: SANDBOX });
  enterSandbox(sandbox);
  const actAsQuick = await enteredQuick();
  const context = await openContext({
    ...(actAsQuick === undefined ? {} : { actAsQuick }),
    project: ROOT,
    report: output.report,
    // Nothing but a sandbox can be reached from here.
    confirm: () => Promise.resolve(true),
    signal,
  });
  await bootstrapAccounts(context);
  await updateEnvironment(context, ENVIRONMENT);
  const request = await readRequestFile(path.join(ROOT, "examples", "sales.yaml"));
  const onboarded = await onboard(context, request);
  await output.result(onboarded, { table: chainTable(onboarded) });
  await output.result(onboarded, { table: rungTable(onboarded) });
}

/**
 * Makes the roles that everything runs under from here on, by the command's own templates and as the accounts'
 * administrators: for the environment, and for the spokes of both examples.
 */
async function bootstrapAccounts(context: Context): Promise<void> {
  const example = (name: string) => path.join(ROOT, "examples", name);
  const wanted: BootstrapWanted[] = [
    { kind: "hub" },
    { kind: "producer" },
    { kind: "spoke", requests: [example("sales.yaml")] },
    { kind: "spoke", requests: [example("returns.yaml")] },
  ];
  for (const each of wanted) {
    const { account, stack, template } = await bootstrap(context, each, { environment: ENVIRONMENT });
    if (account === undefined) throw new Error(`the template of ${stack} is for no account`);
    await deployStack(new CloudFormationClient({ credentials: administratorOf(account) }), stack, template);
    context.report({ code: "note", text: `account ${account} has the roles of stack ${stack}` });
  }
}

/** Who administers an account by way of the organization. */
function administratorOf(account: string) {
  return fromTemporaryCredentials({
    params: { RoleArn: `arn:aws:iam::${account}:role/${ADMINISTRATOR_ROLE}`, RoleSessionName: "rehearsal" },
  });
}

/** Writes the environment's configuration, unless the rehearsal did so before. */
async function prepareConfiguration(): Promise<void> {
  const file = path.join(ROOT, `Pulumi.${ENVIRONMENT}.yaml`);
  const written = await readIfThere(file);
  if (written === undefined) {
    // What an earlier rehearsal has left in the sandbox belongs to a configuration that is gone.
    await resetSandbox({ name: SANDBOX });
    await writeWhole(
      file,
      `${MARK}\n${await readFile(path.join(ROOT, "examples", `${ENVIRONMENT}.yaml`), "utf8")}`,
    );
  } else if (!written.startsWith(MARK))
    throw new RunnerError(
      "input.invalid",
      "input",
      `${file} is not the rehearsal's: move it away, or rehearse your own with \`spokes --sandbox environment up ${ENVIRONMENT}\``,
    );
}

function chainTable({ accounts, roleA, roleB, dataSource, stack }: Onboarded): Table {
  return {
    columns: ["chain", "account", "what"],
    rows: [
      ...(dataSource === undefined
        ? []
        : [["Quick data source", accounts.hub, `${dataSource.id}: ${dataSource.status}`]]),
      ["Role A", accounts.hub, roleA ?? null],
      ["Role B", accounts.spoke, roleB ?? null],
      ["Athena", accounts.spoke, `spoke ${stack}`],
      ...Object.entries(accounts.producers).map(([name, account]) => [
        "connector",
        account,
        `producer ${name}`,
      ]),
    ],
  };
}

function rungTable({ rungs }: Onboarded): Table {
  return {
    columns: ["verified", "requirement", "result", "detail"],
    rows: rungs.map(({ title, requirement, status, detail }) => [title, requirement, status, detail]),
  };
}

async function main(): Promise<void> {
  const output = await outputForPeople();
  // A second interrupt changes nothing: the sandbox has to be stopped.
  const { signal, release } = listenForInterrupts(
    (name) => {
      output.report({ code: "note", text: `${name}: stopping after the operations that are running` });
    },
    () => undefined,
  );
  const wasRunning = (await sandboxStatus({ name: SANDBOX })).state === "running";
  try {
    await rehearse(output, signal);
  } catch (thrown) {
    const error = asRunnerError(thrown);
    await output.failure(error);
    process.exitCode = error.exitCode;
  } finally {
    if (!wasRunning) await stopSandbox({ name: SANDBOX });
    release();
  }
}

void main();
