import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { RunResponse } from "@pulumi/pulumi/proto/language_pb";
import { failureOf, locateModule, startNode } from "./node-process";
import { environmentOf, runtimeOptions } from "./options";
import { programOf } from "./program-info";

/** The exit code of a program that has told its user what is wrong: nothing is to be added. */
const ALREADY_TOLD = 32;

/** What a program run needs to know of the host. */
export interface ProgramHost {
  readonly engineAddress: string;
  readonly tracing: string;
  /** Interrupts the program. */
  readonly signal: AbortSignal;
}

/** Runs a Pulumi program to its end. Its output goes to this process's, which the engine reads. */
export async function runProgram(request: RunRequest, host: ProgramHost): Promise<RunResponse> {
  const response = new RunResponse();
  try {
    const program = programOf(request.getInfo());
    const options = runtimeOptions(program.options);
    if (request.getAttachDebugger())
      throw new Error("this language host attaches no debugger: use nodeargs: --inspect-brk in Pulumi.yaml");
    const args = [...options.nodeargs, ...programArguments(request, host)];
    const { ended } = startNode(args, {
      cwd: process.cwd(),
      env: { ...process.env, ...environmentOf(options), ...configuration(request) },
      stdio: ["ignore", "inherit", "inherit"],
      signal: host.signal,
    });
    const ending = await ended;
    if (ending.code === ALREADY_TOLD) response.setBail(true);
    else if (ending.code !== 0) response.setError(failureOf(ending));
  } catch (error) {
    response.setError((error as Error).message);
  }
  return response;
}

/** The command line of `@pulumi/pulumi/cmd/run`. */
function programArguments(request: RunRequest, host: ProgramHost): string[] {
  const program = programOf(request.getInfo());
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: host.engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": program.root,
    stack: request.getStack(),
    pwd: program.folder,
    parallel: String(request.getParallel()),
    tracing: host.tracing,
  };
  return [
    locateModule("@pulumi/pulumi/cmd/run", program.folder),
    ...Object.entries(flags).flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    ...(request.getQuerymode() ? ["--query-mode"] : []),
    program.entryPoint,
    ...request.getArgsList(),
  ];
}

/** The stack's configuration, as `@pulumi/pulumi` reads it from the environment. */
function configuration(request: RunRequest): Record<string, string> {
  const values = Object.fromEntries(
    [...request.getConfigMap().entries()].map(([key, value]) => [configurationKey(key), value]),
  );
  return {
    PULUMI_CONFIG: JSON.stringify(values),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

/** `namespace:name` in the older form `namespace:config:name`, which every version of the SDK reads. */
function configurationKey(key: string): string {
  const [namespace = "", ...name] = key.split(":");
  if (name.length === 0) throw new Error(`configuration key "${key}" must be of the form namespace:name`);
  return [namespace, "config", ...(name[0] === "config" ? name.slice(1) : name)].join(":");
}
