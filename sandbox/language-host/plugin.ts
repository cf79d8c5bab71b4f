import type { ServerWritableStream } from "@grpc/grpc-js";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import { failureOf, locateModule, startNode } from "./node-process";
import { environmentOf, runtimeOptions } from "./options";
import { PolicyProxy } from "./policy-proxy";
import { programOf } from "./program-info";

/**
 * Runs a plugin that is written for Node (a policy pack, or a provider) until it ends or the engine takes
 * its call back, and streams its output.
 *
 * @throws Error when it cannot be started or fails
 */
export async function runPlugin(
  call: ServerWritableStream<RunPluginRequest, RunPluginResponse>,
  signal: AbortSignal,
): Promise<void> {
  const request = call.request;
  const program = programOf(request.getInfo());
  const options = runtimeOptions(program.options);
  if (request.getAttachDebugger())
    throw new Error("this language host attaches no debugger: use nodeargs: --inspect-brk instead");
  const isPolicyPack = request.getKind() === "analyzer";
  const environment = { ...parsed(request.getEnvList()), ...environmentOf(options) };
  const write = writer(call);

  const proxy = isPolicyPack ? await PolicyProxy.start(signal) : undefined;
  try {
    const entry = isPolicyPack ? "run-policy-pack" : "run-plugin";
    const runner = locateModule(`@pulumi/pulumi/cmd/${entry}`, program.folder);
    // As in Pulumi's own host: nodeargs follow the runner here, and a policy pack's folder comes last.
    const args = isPolicyPack
      ? [runner, ...options.nodeargs, ...request.getArgsList(), program.folder]
      : [runner, ...options.nodeargs, program.folder, ...request.getArgsList()];
    if (proxy !== undefined) {
      write.stdout(Buffer.from(`${proxy.port}\n`));
      Object.assign(environment, await proxy.stackEnvironment());
    }

    const { child, ended } = startNode(args, {
      cwd: isPolicyPack ? program.folder : request.getPwd(),
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      signal,
    });
    child.stderr?.on("data", write.stderr);
    if (proxy === undefined) child.stdout?.on("data", write.stdout);
    else if (child.stdout !== null) proxy.attach(child.stdout, write.stdout);
    const ending = await ended;
    if (ending.code !== 0) throw new Error(failureOf(ending));
  } catch (error) {
    proxy?.fail(error as Error);
    throw error;
  } finally {
    proxy?.stop();
  }
}

function writer(call: ServerWritableStream<RunPluginRequest, RunPluginResponse>) {
  const write = (fill: (response: RunPluginResponse) => void) => {
    if (call.cancelled) return;
    const response = new RunPluginResponse();
    fill(response);
    call.write(response);
  };
  return {
    stdout: (data: Buffer) => {
      write((response) => response.setStdout(data));
    },
    stderr: (data: Buffer) => {
      write((response) => response.setStderr(data));
    },
  };
}

/** `NAME=value` lines as an environment. */
function parsed(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [name = "", ...value] = line.split("=");
      return [name, value.join("=")];
    }),
  );
}
