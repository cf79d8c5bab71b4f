import { createHash, randomUUID } from "node:crypto";
import { hasQuick } from "../../world";
import { jsonAnswer } from "../answer";
import type { Answer } from "../answer";
import { jsonInput, requiredText, text } from "../call";
import { dataSetType } from "../cloudcontrol/data-set";
import { dataSourceType } from "../cloudcontrol/data-source";
import { checkModel, invalid, type Model, placeOf, type ResourceType } from "../cloudcontrol/resource-type";
import type { Context, Handlers } from "../context";
import { AwsError, notImplemented } from "../errors";
import { PatchError, patched, pointer } from "../json-patch";
import type { PatchOperation } from "../json-patch";
import { page } from "../page";
import type { ResourceRequest } from "../state";
import { without } from "../without";
import { keptHere } from "./kept-here";

const TYPES: Readonly<Record<string, ResourceType>> = Object.fromEntries(
  [dataSourceType, dataSetType].map((type) => [type.name, type]),
);

/** How long a client should wait before it asks again, in seconds. The sandbox's checks take some milliseconds. */
const RETRY_AFTER = 0.05;

export const cloudControl: Handlers = keptHere("cloudcontrolapi", {
  CreateResource: (context) =>
    begun(context, "CREATE", (type, input) => {
      const model = jsonText(requiredText(input, "DesiredState"), "DesiredState");
      checkModel(type, model);
      const { account: own } = placeOf(context);
      const id = text(model, type.id);
      if (id === undefined) throw invalid(`#: required key [${type.id}] not found`);
      const account = text(model, "AwsAccountId") ?? own;
      return {
        identifier: `${account}|${id}`,
        unattended: type.unattended(model),
        run: async () => {
          if (account !== own)
            throw new AwsError("AccessDeniedException", `account ${account} is not the caller's (${own})`);
          await type.create(context, model);
        },
      };
    }),

  UpdateResource: (context) =>
    begun(context, "UPDATE", (type, input) => {
      const identifier = requiredText(input, "Identifier");
      const patch = patchOf(requiredText(input, "PatchDocument"));
      const before = found(type, context, identifier);
      const after = patchedModel(type, before, patch);
      return {
        identifier,
        unattended: type.unattended(after),
        run: () => type.update(context, before, after),
      };
    }),

  DeleteResource: (context) =>
    begun(context, "DELETE", (type, input) => {
      const identifier = requiredText(input, "Identifier");
      return {
        identifier,
        unattended: false,
        run: async () => {
          await type.remove(context, idOf(type, identifier, context));
        },
      };
    }),

  GetResource: async (context) => {
    const { type, input } = checkedInput(context);
    const identifier = requiredText(input, "Identifier");
    await type.mayRead(context, idOf(type, identifier, context));
    const ResourceDescription = resource(type, found(type, context, identifier));
    return jsonAnswer({ TypeName: type.name, ResourceDescription });
  },

  ListResources: async (context) => {
    const { type, input } = checkedInput(context);
    const { items, nextToken } = page(await type.list(context), input, 100, {
      token: "ValidationException",
      size: "ValidationException",
    });
    return jsonAnswer({
      TypeName: type.name,
      ResourceDescriptions: items.map((model) => resource(type, model)),
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    });
  },

  GetResourceRequestStatus: (context) => {
    const request = namedRequest(context);
    const now = settled(request, context);
    if (now !== request) put(now, context);
    return jsonAnswer({ ProgressEvent: event(now) });
  },

  CancelResourceRequest: (context) => {
    const request = settled(namedRequest(context), context);
    if (request.status !== "IN_PROGRESS") {
      throw new AwsError(
        "ConcurrentModificationException",
        `request ${request.token} is already in state ${request.status}`,
      );
    }
    const cancelled: ResourceRequest = { ...request, status: "CANCEL_COMPLETE", time: seconds() };
    put(cancelled, context);
    return jsonAnswer({ ProgressEvent: event(cancelled) });
  },
});

/** What a request is going to do, once it has been found valid. */
interface Work {
  readonly identifier: string;
  /** That what it starts is not waited for. */
  readonly unattended: boolean;
  readonly run: () => Promise<void>;
}

/**
 * Begins a request: what the schema refuses is refused at once, everything else shows in the request's status, where
 * the first answer always says IN_PROGRESS.
 */
async function begun(
  context: Context,
  operation: ResourceRequest["operation"],
  prepare: (type: ResourceType, input: Model) => Work,
): Promise<Answer> {
  const { type, input } = checkedInput(context);
  const clientToken = text(input, "ClientToken");
  const fingerprint = createHash("sha256")
    .update(`${operation} ${canonical(input)}`)
    .digest("hex");
  const repeated = requestsOf(context).find(
    (request) => clientToken !== undefined && request.clientToken === clientToken,
  );
  if (repeated !== undefined) {
    if (repeated.fingerprint !== fingerprint) {
      throw new AwsError(
        "ClientTokenConflictException",
        `ClientToken ${String(clientToken)} was used for another request`,
      );
    }
    return jsonAnswer({ ProgressEvent: event(settled(repeated, context)) });
  }
  const { identifier, unattended, run } = prepare(type, input);
  const busy = requestsOf(context).find(
    (request) =>
      request.typeName === type.name &&
      request.identifier === identifier &&
      settled(request, context).status === "IN_PROGRESS",
  );
  if (busy !== undefined) {
    const message = `Resource of type '${type.name}' with identifier '${identifier}' has request ${busy.token} in progress`;
    throw new AwsError("ConcurrentOperationException", message);
  }
  const request: ResourceRequest = {
    ...placeOf(context),
    token: randomUUID(),
    ...(clientToken === undefined ? {} : { clientToken }),
    fingerprint,
    typeName: type.name,
    identifier,
    operation,
    ...(unattended ? { unattended } : {}),
    status: "IN_PROGRESS",
    time: seconds(),
  };
  put(request, context);
  try {
    await run();
    // A deletion is over at once; the others when Quick's check is.
    if (operation === "DELETE") put({ ...request, status: "SUCCESS" }, context);
  } catch (error) {
    if (!(error instanceof AwsError) || error.status > 500) {
      context.cloud.state.resourceRequests = without(context.cloud.state.resourceRequests, request.token);
      throw error;
    }
    put({ ...request, status: "FAILED", errorCode: handlerError(error), message: error.message }, context);
  }
  return jsonAnswer({ ProgressEvent: event(request) });
}

/** A request about a resource, with the type of the resource. @throws AwsError */
function checkedInput(context: Context): { readonly type: ResourceType; readonly input: Model } {
  const input = jsonInput(context.call);
  const name = requiredText(input, "TypeName");
  if (!/^[A-Za-z0-9]{2,64}(::[A-Za-z0-9]{2,64}){2}(::MODULE)?$/.test(name)) {
    throw new AwsError("ValidationException", `TypeName ${name} is not valid`);
  }
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type === undefined)
    throw notImplemented("cloudcontrolapi", context.call.operation, `of ${name} is not served here`);
  if (text(input, "RoleArn") !== undefined) {
    throw notImplemented("cloudcontrolapi", context.call.operation, "with a RoleArn is not served here");
  }
  if (!hasQuick(context.principal.account)) {
    const message = `Account ${context.principal.account} is not subscribed for QuickSight`;
    throw new AwsError("InvalidRequestException", message);
  }
  return { type, input };
}

function patchOf(document: string): PatchOperation[] {
  const patch: unknown = parsed(document, "PatchDocument");
  if (!Array.isArray(patch))
    throw new AwsError("ValidationException", "PatchDocument is not a list of operations");
  return patch as PatchOperation[];
}

function patchedModel(type: ResourceType, before: Model, patch: readonly PatchOperation[]): Model {
  // Those are in the model that is read, but cannot be written.
  const writable = Object.fromEntries(
    Object.entries(before).filter(([name]) => !type.readOnly.includes(name)),
  );
  try {
    for (const [kind, names] of Object.entries({
      createOnlyProperties: type.createOnly,
      readOnlyProperties: type.readOnly,
    })) {
      const touched = patch
        .filter(({ op }) => op !== "test")
        .flatMap(({ path }) => pointer(path)[0] ?? [])
        .filter((name) => names.includes(name));
      if (touched.length > 0) {
        const paths = [...new Set(touched)].map((name) => `/properties/${name}`).join(", ");
        throw new AwsError(
          "ValidationException",
          `Invalid patch update: ${kind} [${paths}] cannot be updated`,
        );
      }
    }
    const after = patched(writable, patch);
    if (typeof after !== "object" || after === null || Array.isArray(after))
      throw new PatchError("nothing is left");
    checkModel(type, after as Model);
    return after as Model;
  } catch (error) {
    if (error instanceof PatchError)
      throw new AwsError("ValidationException", `Invalid patch: ${error.message}`);
    throw error;
  }
}

function resource(type: ResourceType, model: Model): object {
  return {
    Identifier: `${String(model["AwsAccountId"])}|${String(model[type.id])}`,
    Properties: JSON.stringify(model),
  };
}

function found(type: ResourceType, context: Context, identifier: string): Model {
  try {
    return type.read(context, idOf(type, identifier, context));
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "ResourceNotFoundException") throw error;
    throw notFound(type, identifier);
  }
}

function idOf(type: ResourceType, identifier: string, context: Context): string {
  const [account, id, ...rest] = identifier.split("|");
  if (account === undefined || id === undefined || rest.length > 0) {
    throw new AwsError(
      "ValidationException",
      `Identifier ${identifier} is not valid for identifier [/properties/AwsAccountId, /properties/${type.id}]`,
    );
  }
  if (account !== context.principal.account) throw notFound(type, identifier);
  return id;
}

function notFound(type: ResourceType, identifier: string): AwsError {
  return new AwsError(
    "ResourceNotFoundException",
    `Resource of type '${type.name}' with identifier '${identifier}' was not found.`,
  );
}

/** The request as it is by now: what it started may have come to an end. */
function settled(request: ResourceRequest, context: Context): ResourceRequest {
  if (request.status !== "IN_PROGRESS" || request.operation === "DELETE") return request;
  const type = TYPES[request.typeName];
  const time = seconds();
  if (request.unattended === true || type === undefined) return { ...request, status: "SUCCESS", time };
  try {
    const outcome = type.outcome(request, request.identifier?.split("|")[1] ?? "", context);
    if (outcome === "working") return request;
    if (outcome === undefined) return { ...request, status: "SUCCESS", time };
    return { ...request, status: "FAILED", errorCode: "NotStabilized", message: outcome.failed, time };
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "ResourceNotFoundException") throw error;
    return { ...request, status: "FAILED", errorCode: "NotFound", message: "it was deleted meanwhile", time };
  }
}

function event(request: ResourceRequest): object {
  const { token, typeName, identifier, operation, status, errorCode, message, time } = request;
  return {
    TypeName: typeName,
    ...(identifier === undefined ? {} : { Identifier: identifier }),
    RequestToken: token,
    Operation: operation,
    OperationStatus: status,
    EventTime: time,
    ...(message === undefined ? {} : { StatusMessage: message }),
    ...(errorCode === undefined ? {} : { ErrorCode: errorCode }),
    ...(status === "IN_PROGRESS" ? { RetryAfter: seconds() + RETRY_AFTER } : {}),
  };
}

const HANDLER_ERRORS: Readonly<Record<string, string>> = {
  AccessDeniedException: "AccessDenied",
  ConflictException: "ResourceConflict",
  InvalidParameterValueException: "InvalidRequest",
  LimitExceededException: "ServiceLimitExceeded",
  ResourceExistsException: "AlreadyExists",
  ResourceNotFoundException: "NotFound",
  ValidationException: "InvalidRequest",
};

function handlerError({ code }: AwsError): string {
  return HANDLER_ERRORS[code] ?? "GeneralServiceException";
}

function namedRequest(context: Context): ResourceRequest {
  const token = requiredText(jsonInput(context.call), "RequestToken");
  const request = requestsOf(context).find((known) => known.token === token);
  if (request === undefined) {
    throw new AwsError("RequestTokenNotFoundException", `Request with token ${token} was not found`);
  }
  return request;
}

function requestsOf(context: Context): ResourceRequest[] {
  const { account, region } = placeOf(context);
  return Object.values(context.cloud.state.resourceRequests).filter(
    (request) => request.account === account && request.region === region,
  );
}

/** AWS forgets requests after a week. */
const KEPT_SECONDS = 7 * 24 * 3600;

function put(request: ResourceRequest, { cloud }: Context): void {
  const old = seconds() - KEPT_SECONDS;
  const kept = Object.entries(cloud.state.resourceRequests).filter(([, { time }]) => time > old);
  cloud.state.resourceRequests = { ...Object.fromEntries(kept), [request.token]: request };
  cloud.changed();
}

function jsonText(document: string, member: string): Model {
  const value = parsed(document, member);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Model;
  throw new AwsError("ValidationException", `${member} is not a JSON object`);
}

function parsed(document: string, member: string): unknown {
  try {
    return JSON.parse(document);
  } catch {
    throw new AwsError("ValidationException", `${member} is not JSON`);
  }
}

/** JSON with the members in order, so that equal requests are equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inside: unknown) =>
    typeof inside === "object" && inside !== null && !Array.isArray(inside)
      ? Object.fromEntries(Object.entries(inside).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inside,
  );
}

function seconds(): number {
  return Date.now() / 1000;
}
