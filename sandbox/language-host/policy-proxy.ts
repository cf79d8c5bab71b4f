import type { Readable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzerHandshakeResponse,
  AnalyzerStackConfigureRequest,
  AnalyzerStackConfigureResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { MESSAGE_SIZE, serve } from "./serve";

/**
 * Stands between the engine and a policy pack while the pack starts.
 *
 * The engine of today tells a policy pack about its stack over gRPC (ConfigureStack); the pack's library
 * reads it from environment variables when it starts. So this answers the engine first, hands on the
 * environment, and passes every later call to the pack as it is.
 */
export class PolicyProxy {
  readonly #configured = deferred<AnalyzerStackConfigureRequest | undefined>();
  readonly #pack = deferred<grpc.Client>();
  #server: grpc.Server | undefined;

  /** The port to tell the engine. */
  port = 0;

  private constructor(private readonly signal: AbortSignal) {}

  static async start(signal: AbortSignal): Promise<PolicyProxy> {
    const proxy = new PolicyProxy(signal);
    const { server, port } = await serve(proxy.#service(), proxy.#implementation());
    proxy.#server = server;
    proxy.port = port;
    return proxy;
  }

  /** Waits until the engine has said which stack it is, and says it in environment variables. */
  async stackEnvironment(): Promise<Record<string, string>> {
    const stack = await Promise.race([this.#configured.promise, aborted(this.signal)]);
    if (stack === undefined) return {};
    const variables = {
      PULUMI_NODEJS_ORGANIZATION: stack.getOrganization(),
      PULUMI_NODEJS_PROJECT: stack.getProject(),
      PULUMI_NODEJS_STACK: stack.getStack(),
      PULUMI_NODEJS_DRY_RUN: String(stack.getDryRun()),
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(stack.getConfigMap().entries())),
    };
    return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  }

  /** Takes the first line that the pack prints, its port, and passes on the rest. */
  attach(stdout: Readable, rest: (data: Buffer) => void): void {
    let seen = Buffer.alloc(0);
    const take = (data: Buffer) => {
      seen = Buffer.concat([seen, data]);
      const end = seen.indexOf("\n");
      if (end < 0) return;
      stdout.off("data", take).on("data", rest);
      if (end + 1 < seen.length) rest(seen.subarray(end + 1));
      void this.#connect(seen.subarray(0, end).toString().trim());
    };
    stdout.on("data", take);
    stdout.on("end", () => {
      this.fail(new Error("it ended before it printed its port"));
    });
  }

  /** Answers the engine's calls with an error, when the pack does not come up. */
  fail(error: Error): void {
    this.#pack.reject(new Error(`policy pack not started: ${error.message}`));
  }

  stop(): void {
    this.#server?.forceShutdown();
    this.#pack.promise.then(
      (pack) => {
        pack.close();
      },
      () => undefined,
    );
  }

  async #connect(port: string): Promise<void> {
    if (!/^\d+$/.test(port)) {
      this.fail(new Error(`it printed "${port}" where its port is expected`));
      return;
    }
    const pack = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), MESSAGE_SIZE);
    const stack = await this.#configured.promise;
    try {
      if (stack !== undefined) await send(pack, CONFIGURE_STACK.path, Buffer.from(stack.serializeBinary()));
    } catch (error) {
      // Policy packs of an older library know no ConfigureStack.
      if ((error as grpc.ServiceError).code !== grpc.status.UNIMPLEMENTED) {
        this.fail(error as Error);
        return;
      }
    }
    this.#pack.resolve(pack);
  }

  /** The analyzer's service with messages left as bytes, but those that end here. */
  #service(): grpc.ServiceDefinition {
    return Object.fromEntries(
      Object.entries(AnalyzerService).map(
        ([name, method]: [string, grpc.MethodDefinition<unknown, unknown>]) => [
          name,
          ENDS_HERE.has(name)
            ? method
            : {
                ...method,
                requestSerialize: asIs,
                requestDeserialize: asIs,
                responseSerialize: asIs,
                responseDeserialize: asIs,
              },
        ],
      ),
    );
  }

  #implementation(): grpc.UntypedServiceImplementation {
    const passedOn = Object.entries(AnalyzerService)
      .filter(([name]) => !ENDS_HERE.has(name))
      .map(([name, method]: [string, grpc.MethodDefinition<unknown, unknown>]) => [
        name,
        (call: grpc.ServerUnaryCall<Buffer, Buffer>, reply: grpc.sendUnaryData<Buffer>) => {
          // Some commands (`pulumi policy publish`) have no stack and never configure one.
          this.#configured.resolve(undefined);
          this.#pack.promise
            .then((pack) => send(pack, method.path, call.request))
            .then(
              (response) => {
                reply(null, response);
              },
              (error: unknown) => {
                reply(asStatus(error));
              },
            );
        },
      ]);
    return {
      ...(Object.fromEntries(passedOn) as grpc.UntypedServiceImplementation),
      handshake: (_: unknown, reply: grpc.sendUnaryData<AnalyzerHandshakeResponse>) => {
        reply(null, new AnalyzerHandshakeResponse());
      },
      configureStack: (
        call: grpc.ServerUnaryCall<AnalyzerStackConfigureRequest, AnalyzerStackConfigureResponse>,
        reply: grpc.sendUnaryData<AnalyzerStackConfigureResponse>,
      ) => {
        this.#configured.resolve(call.request);
        reply(null, new AnalyzerStackConfigureResponse());
      },
    };
  }
}

const CONFIGURE_STACK = AnalyzerService.configureStack;

/** The methods that the proxy answers itself. */
const ENDS_HERE = new Set(["handshake", "configureStack"]);

function asIs(message: Buffer): Buffer {
  return message;
}

function send(client: grpc.Client, path: string, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, message, (error, response) => {
      if (error !== null) reject(error);
      else resolve(response ?? Buffer.alloc(0));
    });
  });
}

function asStatus(error: unknown): Partial<grpc.StatusObject> {
  const { code = grpc.status.UNKNOWN, details, message, metadata } = error as Partial<grpc.ServiceError>;
  return {
    code,
    details: details ?? message ?? String(error),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** A promise to be settled from outside; only the first time counts, and nobody has to wait for it. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => {
      reject(new Error("the engine no longer wants it"));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
