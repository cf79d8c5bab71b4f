import { readFileSync } from "node:fs";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { version } from "@pulumi/pulumi/version";
import { dependencies, installDependencies } from "./dependencies";
import { locateModule } from "./node-process";
import { runPlugin } from "./plugin";
import { runProgram } from "./program";
import { programOf } from "./program-info";

/** The calls of Pulumi's LanguageRuntime service that running a program takes. */
type Served = Pick<
  ILanguageRuntimeServer,
  | "handshake"
  | "getPluginInfo"
  | "getRequiredPackages"
  | "run"
  | "runPlugin"
  | "installDependencies"
  | "getProgramDependencies"
  | "runtimeOptionsPrompts"
  | "template"
  | "about"
  | "cancel"
>;

/**
 * The language host's answers to the engine. Generating code (`pulumi convert`, `pulumi package`) is left
 * to Pulumi's own host: gRPC says so to whoever asks.
 *
 * @param engineAddress of the engine that started this process, "" when a later Handshake tells it
 * @param tracing address of a Zipkin collector for the programs, "" for none
 * @param stopping aborts when this process is to end
 */
export function languageHost(
  engineAddress: string,
  tracing: string,
  stopping: AbortSignal,
): { implementation: Served; idle: () => Promise<unknown> } {
  let engine = engineAddress;
  const cancelling = new AbortController();
  const running = new Set<Promise<unknown>>();

  /** What ends the work of a call: the end of the call, the engine's Cancel, the end of this process. */
  function endOf(call: { on: (event: "cancelled", listener: () => void) => unknown }): AbortSignal {
    const ended = new AbortController();
    call.on("cancelled", () => {
      ended.abort();
    });
    return AbortSignal.any([ended.signal, cancelling.signal, stopping]);
  }

  /** Keeps the process alive until the work is done. */
  async function tracked<T>(work: Promise<T>): Promise<T> {
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  }

  const implementation: Served = {
    handshake: answer((request) => {
      engine = request.getEngineAddress();
      return new messages.LanguageHandshakeResponse();
    }),
    getPluginInfo: answer(() => new PluginInfo().setVersion(version)),
    // None: the engine would try to download them. It asks for a provider when a program uses one.
    getRequiredPackages: answer(() => new messages.GetRequiredPackagesResponse()),
    run: (call, reply) => {
      settle(
        reply,
        tracked(runProgram(call.request, { engineAddress: engine, tracing, signal: endOf(call) })),
      );
    },
    runPlugin: (call) => {
      finish(call, tracked(runPlugin(call, endOf(call))));
    },
    installDependencies: (call) => {
      const { folder } = programOf(call.request.getInfo());
      const write = {
        stdout: (data: Buffer) => call.write(new messages.InstallDependenciesResponse().setStdout(data)),
        stderr: (data: Buffer) => call.write(new messages.InstallDependenciesResponse().setStderr(data)),
      };
      finish(call, tracked(installDependencies(folder, write, endOf(call))));
    },
    getProgramDependencies: answer((request) =>
      new messages.GetProgramDependenciesResponse().setDependenciesList(
        dependencies(programOf(request.getInfo()).folder, request.getTransitivedependencies()).map((d) =>
          new messages.DependencyInfo().setName(d.name).setVersion(d.version),
        ),
      ),
    ),
    runtimeOptionsPrompts: answer(() => new messages.RuntimeOptionsResponse()),
    template: answer(() => new messages.TemplateResponse()),
    about: answer((request) => {
      const response = new messages.AboutResponse()
        .setExecutable(process.execPath)
        .setVersion(process.version);
      const typescript = typescriptVersion(programOf(request.getInfo()).folder);
      if (typescript !== undefined) response.getMetadataMap().set("typescriptVersion", typescript);
      return response;
    }),
    cancel: answer(() => {
      cancelling.abort();
      return new Empty();
    }),
  };
  return { implementation, idle: () => Promise.allSettled(running) };
}

/** A unary call that is answered at once. */
function answer<Request, Response>(
  work: (request: Request) => Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, reply) => {
    settle(
      reply,
      new Promise<Response>((resolve) => {
        resolve(work(call.request));
      }),
    );
  };
}

function settle<Response>(reply: grpc.sendUnaryData<Response>, work: Promise<Response>): void {
  work.then(
    (response) => {
      reply(null, response);
    },
    (error: unknown) => {
      reply(statusOf(error));
    },
  );
}

function finish<Request, Response>(
  call: grpc.ServerWritableStream<Request, Response>,
  work: Promise<void>,
): void {
  work.then(
    () => {
      call.end();
    },
    (error: unknown) => {
      call.emit("error", statusOf(error));
    },
  );
}

function statusOf(error: unknown): Partial<grpc.StatusObject> {
  return { code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

/** The version of TypeScript that a program would load, if there is one. */
function typescriptVersion(folder: string): string | undefined {
  try {
    const manifest = readFileSync(locateModule("typescript/package.json", folder), "utf8");
    return (JSON.parse(manifest) as { version: string }).version;
  } catch {
    // A program need not have it.
    return undefined;
  }
}
