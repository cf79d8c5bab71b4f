/** Drives a provider instance over gRPC as the engine does. */
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { serve, type Serving } from "../../../sandbox/aws-provider/server";
import type { WireValue } from "../../../sandbox/aws-provider/values";

/** Properties as they go over the wire: with sentinels for unknown values and signatures for secrets. */
export type Properties = Record<string, unknown>;

/** The sentinel of an unknown value. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value marked as secret. */
export function secret(value: unknown): Properties {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

/** The answer to Diff. */
export interface DiffAnswer {
  /** Every differing path with what happens to it, such as `update` or `add-replace`. */
  readonly changes: Readonly<Record<string, string>>;
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** What the engine keeps of a resource. */
export interface Stored {
  readonly id: string;
  readonly state: Properties;
  readonly inputs: Properties;
}

/** An error with the half-made resource that came along with it. */
export class InitFailure extends Error {
  constructor(
    message: string,
    readonly resource: Stored,
    readonly reasons: readonly string[],
  ) {
    super(message);
  }
}

/** One provider instance in this process. */
export class Driver {
  private constructor(
    private readonly serving: Serving,
    private readonly client: ResourceProviderClient,
  ) {}

  static async start(): Promise<Driver> {
    const serving = await serve();
    const credentials = grpc.credentials.createInsecure();
    return new Driver(serving, new ResourceProviderClient(`127.0.0.1:${serving.port}`, credentials));
  }

  stop(): void {
    this.client.close();
    this.serving.stop();
  }

  async checkConfig(config: Properties): Promise<Record<string, string>> {
    const request = new messages.CheckRequest();
    request.setNews(struct(config));
    const response = await answer<messages.CheckResponse>((done) => this.client.checkConfig(request, done));
    return failures(response.getFailuresList());
  }

  async configure(config: Properties): Promise<void> {
    const request = new messages.ConfigureRequest();
    request.setArgs(struct(config));
    await answer<messages.ConfigureResponse>((done) => this.client.configure(request, done));
  }

  /** The checked inputs. Throws when there are faults. */
  async check(token: string, inputs: Properties, olds?: Properties): Promise<Properties> {
    const { checked, faults } = await this.checkAll(token, inputs, olds);
    if (Object.keys(faults).length > 0) throw new Error(JSON.stringify(faults));
    return checked;
  }

  async checkAll(
    token: string,
    inputs: Properties,
    olds?: Properties,
  ): Promise<{ checked: Properties; faults: Record<string, string> }> {
    const request = new messages.CheckRequest();
    request.setUrn(urn(token));
    request.setNews(struct(inputs));
    request.setRandomseed(Buffer.from("0123456789abcdef0123456789abcdef", "hex"));
    if (olds !== undefined) request.setOlds(struct(olds));
    const response = await answer<messages.CheckResponse>((done) => this.client.check(request, done));
    return { checked: properties(response.getInputs()), faults: failures(response.getFailuresList()) };
  }

  async diff(
    token: string,
    stored: Stored,
    inputs: Properties,
    ignoreChanges: string[] = [],
  ): Promise<DiffAnswer> {
    const request = new messages.DiffRequest();
    request.setUrn(urn(token));
    request.setId(stored.id);
    request.setOlds(struct(stored.state));
    request.setOldInputs(struct(stored.inputs));
    request.setNews(struct(inputs));
    request.setIgnorechangesList(ignoreChanges);
    const response = await answer<messages.DiffResponse>((done) => this.client.diff(request, done));
    const kinds = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];
    const changes: Record<string, string> = {};
    response.getDetaileddiffMap().forEach((property, path) => {
      changes[path] = kinds[property.getKind()] ?? "";
    });
    const some = response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME;
    if (some !== Object.keys(changes).length > 0) throw new Error("the diff contradicts its own details");
    return {
      changes,
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  async previewCreate(token: string, inputs: Properties): Promise<Properties> {
    const response = await answer<messages.CreateResponse>((done) =>
      this.client.create(createRequest(token, inputs, true), done),
    );
    if (response.getId() !== "") throw new Error("a preview knows an id");
    return properties(response.getProperties());
  }

  async create(token: string, inputs: Properties): Promise<Stored> {
    const response = await answer<messages.CreateResponse>((done) =>
      this.client.create(createRequest(token, inputs, false), done),
    );
    return { id: response.getId(), state: properties(response.getProperties()), inputs };
  }

  async previewUpdate(token: string, stored: Stored, inputs: Properties): Promise<Properties> {
    const response = await answer<messages.UpdateResponse>((done) =>
      this.client.update(updateRequest(token, stored, inputs, true), done),
    );
    return properties(response.getProperties());
  }

  async update(token: string, stored: Stored, inputs: Properties): Promise<Stored> {
    const response = await answer<messages.UpdateResponse>((done) =>
      this.client.update(updateRequest(token, stored, inputs, false), done),
    );
    return { id: stored.id, state: properties(response.getProperties()), inputs };
  }

  /** Reads it again; `undefined` when it is gone. Without state and inputs it is an import. */
  async read(token: string, id: string, stored?: Stored): Promise<Stored | undefined> {
    const request = new messages.ReadRequest();
    request.setUrn(urn(token));
    request.setId(id);
    if (stored !== undefined) {
      request.setProperties(struct(stored.state));
      request.setInputs(struct(stored.inputs));
    }
    const response = await answer<messages.ReadResponse>((done) => this.client.read(request, done));
    if (response.getId() === "") return undefined;
    return {
      id: response.getId(),
      state: properties(response.getProperties()),
      inputs: properties(response.getInputs()),
    };
  }

  async delete(token: string, stored: Stored): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setUrn(urn(token));
    request.setId(stored.id);
    request.setProperties(struct(stored.state));
    await answer<Empty>((done) => this.client.delete(request, done));
  }

  async invoke(token: string): Promise<Properties> {
    const request = new messages.InvokeRequest();
    request.setTok(token);
    return properties(
      (await answer<messages.InvokeResponse>((done) => this.client.invoke(request, done))).getReturn(),
    );
  }

  async cancel(): Promise<void> {
    await answer<Empty>((done) => this.client.cancel(new Empty(), done));
  }
}

type Done<Response> = (error: grpc.ServiceError | null, response: Response) => void;

function answer<Response>(call: (done: Done<Response>) => grpc.ClientUnaryCall): Promise<Response> {
  return new Promise((resolve, reject) => {
    call((error, response) => {
      if (error === null) resolve(response);
      else reject(asFailure(error));
    });
  });
}

function urn(token: string): string {
  return `urn:pulumi:dev::test::${token}::example`;
}

function struct(values: Properties): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(values)) as Record<string, WireValue>);
}

function properties(values: Struct | undefined): Properties {
  return values?.toJavaScript() ?? {};
}

function failures(list: readonly messages.CheckFailure[]): Record<string, string> {
  return Object.fromEntries(list.map((failed) => [failed.getProperty(), failed.getReason()]));
}

function createRequest(token: string, inputs: Properties, preview: boolean): messages.CreateRequest {
  const request = new messages.CreateRequest();
  request.setUrn(urn(token));
  request.setProperties(struct(inputs));
  request.setPreview(preview);
  return request;
}

function updateRequest(
  token: string,
  stored: Stored,
  inputs: Properties,
  preview: boolean,
): messages.UpdateRequest {
  const request = new messages.UpdateRequest();
  request.setUrn(urn(token));
  request.setId(stored.id);
  request.setOlds(struct(stored.state));
  request.setOldInputs(struct(stored.inputs));
  request.setNews(struct(inputs));
  request.setPreview(preview);
  return request;
}

function asFailure(error: grpc.ServiceError): Error {
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (!Buffer.isBuffer(details)) return new Error(error.details);
  const [any] = Status.deserializeBinary(details).getDetailsList();
  const failed = any?.unpack(
    (bytes) => messages.ErrorResourceInitFailed.deserializeBinary(bytes),
    "pulumirpc.ErrorResourceInitFailed",
  );
  if (failed === undefined || failed === null) return new Error(error.details);
  const resource = {
    id: failed.getId(),
    state: properties(failed.getProperties()),
    inputs: properties(failed.getInputs()),
  };
  return new InitFailure(error.details, resource, failed.getReasonsList());
}
