/** The provider over gRPC, as the engine calls it (`pulumirpc.ResourceProvider`). */
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { topLevel, type Difference } from "./difference";
import { packageVersion, type InputFault } from "./input-check";
import type { NamingRequest } from "./naming";
import { AwsProvider, describe, HalfMade } from "./provider";
import { decode, encode } from "./values";

/** A running server. */
export interface Serving {
  readonly port: number;
  /** Calls under way. */
  readonly pending: () => number;
  readonly stop: () => void;
}

/** The largest message: what the engine itself allows. */
const maxMessageSize = 400 * 1024 * 1024;

/** Serves a new provider instance on a free port of the loopback address. */
export async function serve(): Promise<Serving> {
  const counter = { pending: 0 };
  const server = new grpc.Server({
    "grpc.max_receive_message_length": maxMessageSize,
    "grpc.max_send_message_length": maxMessageSize,
  });
  server.addService(ResourceProviderService, handlers(new AwsProvider(), counter));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    port,
    pending: () => counter.pending,
    stop: () => {
      server.forceShutdown();
    },
  };
}

function handlers(provider: AwsProvider, counter: { pending: number }): grpc.UntypedServiceImplementation {
  const answering = <Request, Response>(
    answer: (request: Request) => Response | Promise<Response>,
  ): grpc.handleUnaryCall<Request, Response> => {
    return ({ request }, callback) => {
      counter.pending++;
      // Within a promise, so that what is thrown at once is an answer too.
      Promise.resolve()
        .then(() => answer(request))
        .then(
          (response) => {
            callback(null, response);
          },
          (error: unknown) => {
            callback(failure(error));
          },
        )
        .finally(() => counter.pending--);
    };
  };
  const refused = (what: string): grpc.handleUnaryCall<unknown, unknown> => {
    return (_, callback) => {
      callback({
        code: grpc.status.UNIMPLEMENTED,
        details: `the sandbox's aws provider does not serve ${what}`,
      });
    };
  };

  return {
    handshake: answering(() => {
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(false);
      response.setAcceptOutputs(false);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    getPluginInfo: answering(() => {
      const info = new PluginInfo();
      info.setVersion(packageVersion);
      return info;
    }),
    getSchema: answering(() => {
      const response = new messages.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: "aws", version: packageVersion }));
      return response;
    }),
    checkConfig: answering((request: messages.CheckRequest) => {
      const response = new messages.CheckResponse();
      response.setInputs(request.getNews());
      response.setFailuresList(provider.checkConfiguration(decode(request.getNews())).map(checkFailure));
      return response;
    }),
    diffConfig: answering((request: messages.DiffRequest) => {
      const [olds, news] = [request.getOldInputs() ?? request.getOlds(), request.getNews()].map((struct) =>
        JSON.stringify(struct?.toJavaScript()),
      );
      const response = new messages.DiffResponse();
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      response.setChanges(olds === news ? DIFF_NONE : DIFF_SOME);
      return response;
    }),
    configure: answering(async (request: messages.ConfigureRequest) => {
      await provider.configure(decode(request.getArgs()));
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    check: answering((request: messages.CheckRequest) => {
      const [news, olds] = [decode(request.getNews()), decode(request.getOlds())];
      const { inputs, faults } = provider.check(
        tokenOf(request.getUrn()),
        news,
        olds,
        namingRequest(request),
      );
      const response = new messages.CheckResponse();
      response.setInputs(encode(inputs));
      response.setFailuresList(faults.map(checkFailure));
      return response;
    }),
    diff: answering((request: messages.DiffRequest) => {
      const { differences, deleteBeforeReplace } = provider.diff(
        tokenOf(request.getUrn()),
        decode(request.getOlds()),
        decode(request.getNews()),
        request.getIgnorechangesList(),
      );
      return diffResponse(differences, deleteBeforeReplace);
    }),
    create: answering(async (request: messages.CreateRequest) => {
      const token = tokenOf(request.getUrn());
      const inputs = decode(request.getProperties());
      const response = new messages.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(encode(provider.previewCreate(token, inputs)));
        return response;
      }
      const { id, state } = await provider.create(token, inputs);
      response.setId(id);
      response.setProperties(encode(state));
      return response;
    }),
    read: answering(async (request: messages.ReadRequest) => {
      const [olds, inputs] = [decode(request.getProperties()), decode(request.getInputs())];
      const found = await provider.read(tokenOf(request.getUrn()), request.getId(), olds, inputs);
      const response = new messages.ReadResponse();
      if (found === undefined) return response;
      response.setId(found.id);
      response.setProperties(encode(found.state));
      response.setInputs(encode(found.inputs));
      return response;
    }),
    update: answering(async (request: messages.UpdateRequest) => {
      const token = tokenOf(request.getUrn());
      const [olds, news] = [decode(request.getOlds()), decode(request.getNews())];
      const response = new messages.UpdateResponse();
      const state = request.getPreview()
        ? provider.previewUpdate(token, olds, news)
        : (await provider.update(token, request.getId(), olds, news)).state;
      response.setProperties(encode(state));
      return response;
    }),
    delete: answering(async (request: messages.DeleteRequest) => {
      await provider.delete(tokenOf(request.getUrn()), request.getId(), decode(request.getProperties()));
      return new Empty();
    }),
    invoke: answering((request: messages.InvokeRequest) => {
      const response = new messages.InvokeResponse();
      response.setReturn(encode(provider.invoke(request.getTok())));
      return response;
    }),
    cancel: answering(() => {
      provider.cancel();
      return new Empty();
    }),
    attach: answering(() => new Empty()),
    getMapping: answering(() => new messages.GetMappingResponse()),
    getMappings: answering(() => new messages.GetMappingsResponse()),
    parameterize: refused("Parameterize"),
    call: refused("Call"),
    construct: refused("Construct"),
    list: (call: grpc.ServerWritableStream<unknown, unknown>) => {
      call.emit("error", {
        code: grpc.status.UNIMPLEMENTED,
        details: "the sandbox's aws provider does not serve List",
      });
    },
  };
}

/** The type token within a URN: `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`. */
function tokenOf(urn: string): string {
  const types = urn.split("::")[2] ?? "";
  return types.slice(types.lastIndexOf("$") + 1);
}

function logicalName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function namingRequest(request: messages.CheckRequest): NamingRequest {
  const autonaming = request.getAutonaming();
  const base = { logicalName: logicalName(request.getUrn()), seed: request.getRandomseed_asU8() };
  if (autonaming === undefined) return base;
  const mode = (["propose", "enforce", "disable"] as const)[autonaming.getMode()];
  return { ...base, configured: { name: autonaming.getProposedName(), mode } };
}

function checkFailure({ property, reason }: InputFault): messages.CheckFailure {
  const failed = new messages.CheckFailure();
  failed.setProperty(property);
  failed.setReason(`"${property}" ${reason}`);
  return failed;
}

function diffResponse(
  differences: readonly Difference[],
  deleteBeforeReplace: boolean,
): messages.DiffResponse {
  const response = new messages.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  response.setChanges(differences.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList([...new Set(differences.map((d) => topLevel(d.path)))]);
  response.setReplacesList([...new Set(differences.filter((d) => d.replaces).map((d) => topLevel(d.path)))]);
  response.setDeletebeforereplace(deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
  const kinds = {
    added: [ADD, ADD_REPLACE],
    deleted: [DELETE, DELETE_REPLACE],
    updated: [UPDATE, UPDATE_REPLACE],
  } as const;
  for (const { path, kind, replaces } of differences) {
    const property = new messages.PropertyDiff();
    property.setKind(kinds[kind][replaces ? 1 : 0]);
    response.getDetaileddiffMap().set(path, property);
  }
  return response;
}

/** An error as gRPC carries it; a half-made resource goes along, so that the engine keeps it in its state. */
function failure(error: unknown): Partial<grpc.StatusObject> {
  const details = describe(error);
  if (!(error instanceof HalfMade)) return { code: grpc.status.UNKNOWN, details };
  const resource = new messages.ErrorResourceInitFailed();
  resource.setId(error.found.id);
  resource.setProperties(encode(error.found.state));
  resource.setInputs(encode(error.found.inputs));
  resource.setReasonsList([details]);
  const any = new Any();
  any.pack(resource.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(details);
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details, metadata };
}
