import { createHash, randomUUID } from "node:crypto";
import { hasQuick } from "../../world";
import { jsonAnswer } from "../answer";
import type { Answer } from "../answer";
import { jsonInput, list, record, requiredText, text } from "../call";
import type { Context, Handlers } from "../context";
import { AwsError, notImplemented } from "../errors";
import { PatchError, patched, pointer } from "../json-patch";
import type { PatchOperation } from "../json-patch";
import { page } from "../page";
import {
  createDataSource,
  dataSource,
  dataSourcesIn,
  deleteDataSource,
  updateDataSource,
  updatePermissions,
} from "../quick/data-sources";
import type { Place } from "../quick/data-sources";
import type { DataSource, Permission, ResourceRequest } from "../state";
import { setTags, tagList, tagsOf } from "../tagging";
import { without } from "../without";
import { keptHere } from "./kept-here";

type Model = Record<string, unknown>;

const TYPE = "AWS::QuickSight::DataSource";

/** The resource type's schema, as far as it says what may be where. */
const PROPERTIES: Readonly<Record<string, "string" | "object" | "array">> = {
  AlternateDataSourceParameters: "array",
  Arn: "string",
  AwsAccountId: "string",
  CreatedTime: "string",
  Credentials: "object",
  DataSourceId: "string",
  DataSourceParameters: "object",
  ErrorInfo: "object",
  FolderArns: "array",
  LastUpdatedTime: "string",
  Name: "string",
  Permissions: "array",
  SslProperties: "object",
  Status: "string",
  Tags: "array",
  Type: "string",
  VpcConnectionProperties: "object",
};
const REQUIRED = ["Name", "Type"];
const READ_ONLY = ["Arn", "CreatedTime", "LastUpdatedTime", "Status"];
const CREATE_ONLY = ["AwsAccountId", "DataSourceId", "Type"];
const ATHENA_PARAMETERS = ["ConsumerAccountRoleArn", "IdentityCenterConfiguration", "RoleArn", "WorkGroup"];

/** How long a client should wait before it asks again, in seconds. The sandbox's checks take some milliseconds. */
const RETRY_AFTER = 0.05;

export const cloudControl: Handlers = keptHere("cloudcontrolapi", {
  CreateResource: (context) =>
    begun(context, "CREATE", (input) => {
      const model = jsonText(requiredText(input, "DesiredState"), "DesiredState");
      checkModel(model);
      const place = placeOf(context);
      const id = text(model, "DataSourceId");
      if (id === undefined) throw invalid("#: required key [DataSourceId] not found");
      const account = text(model, "AwsAccountId") ?? place.account;
      return {
        identifier: `${account}|${id}`,
        run: async () => {
          if (account !== place.account) {
            throw new AwsError(
              "AccessDeniedException",
              `account ${account} is not the caller's (${place.account})`,
            );
          }
          await allowed(context, CREATING, { ...model, DataSourceId: id });
          await createDataSource(place, model, context.cloud);
        },
      };
    }),

  UpdateResource: (context) =>
    begun(context, "UPDATE", (input) => {
      const identifier = requiredText(input, "Identifier");
      const patch = patchOf(requiredText(input, "PatchDocument"));
      const before = model(found(context, identifier), context);
      const after = patchedModel(before, patch);
      return { identifier, run: () => update(context, before, after) };
    }),

  DeleteResource: (context) =>
    begun(context, "DELETE", (input) => {
      const identifier = requiredText(input, "Identifier");
      return {
        identifier,
        run: async () => {
          const id = idOf(identifier, context);
          await allowed(context, ["DeleteDataSource"], { DataSourceId: id });
          deleteDataSource(placeOf(context), id, context.cloud);
        },
      };
    }),

  GetResource: async (context) => {
    const input = checkedInput(context);
    const identifier = requiredText(input, "Identifier");
    await allowed(context, READING, { DataSourceId: idOf(identifier, context) });
    const source = found(context, identifier);
    return jsonAnswer({ TypeName: TYPE, ResourceDescription: resource(source, context) });
  },

  ListResources: async (context) => {
    const input = checkedInput(context);
    await allowed(context, ["ListDataSources"], {});
    const { items, nextToken } = page(dataSourcesIn(placeOf(context), context.cloud), input, 100, {
      token: "ValidationException",
      size: "ValidationException",
    });
    return jsonAnswer({
      TypeName: TYPE,
      ResourceDescriptions: items.map((source) => resource(source, context)),
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

/** What the handlers of the resource type call of Quick, with the caller's permissions (the type's schema, `handlers`). */
const READING = ["DescribeDataSource", "DescribeDataSourcePermissions", "ListTagsForResource"];
const CREATING = ["CreateDataSource", ...READING];
const UPDATING = ["UpdateDataSource", ...READING];

async function allowed(context: Context, operations: readonly string[], given: Model): Promise<void> {
  const { cloud, call, principal } = context;
  const { account, region } = placeOf(context);
  const ResourceArn = `arn:aws:quicksight:${region}:${account}:datasource/${text(given, "DataSourceId") ?? ""}`;
  for (const operation of operations) {
    const made = { service: "quicksight", operation, input: { ResourceArn, ...given } };
    await cloud.authorization.onBehalf(call, principal, made);
  }
}

/** What a request is going to do, once it has been found valid. */
interface Work {
  readonly identifier: string;
  readonly run: () => void | Promise<void>;
}

/**
 * Begins a request: what the schema refuses is refused at once, everything else shows in the request's status, where
 * the first answer always says IN_PROGRESS.
 */
async function begun(
  context: Context,
  operation: ResourceRequest["operation"],
  prepare: (input: Model) => Work,
): Promise<Answer> {
  const input = checkedInput(context);
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
  const { identifier, run } = prepare(input);
  const busy = requestsOf(context).find(
    (request) => request.identifier === identifier && settled(request, context).status === "IN_PROGRESS",
  );
  if (busy !== undefined) {
    const message = `Resource of type '${TYPE}' with identifier '${identifier}' has request ${busy.token} in progress`;
    throw new AwsError("ConcurrentOperationException", message);
  }
  const request: ResourceRequest = {
    ...placeOf(context),
    token: randomUUID(),
    ...(clientToken === undefined ? {} : { clientToken }),
    fingerprint,
    typeName: TYPE,
    identifier,
    operation,
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

function checkedInput(context: Context): Model {
  const input = jsonInput(context.call);
  if (context.call.operation === "GetResourceRequestStatus") return input;
  const type = requiredText(input, "TypeName");
  if (!/^[A-Za-z0-9]{2,64}(::[A-Za-z0-9]{2,64}){2}(::MODULE)?$/.test(type)) {
    throw new AwsError("ValidationException", `TypeName ${type} is not valid`);
  }
  if (type !== TYPE)
    throw notImplemented("cloudcontrolapi", context.call.operation, `of ${type} is not served here`);
  if (text(input, "RoleArn") !== undefined) {
    throw notImplemented("cloudcontrolapi", context.call.operation, "with a RoleArn is not served here");
  }
  if (!hasQuick(context.principal.account)) {
    const message = `Account ${context.principal.account} is not subscribed for QuickSight`;
    throw new AwsError("InvalidRequestException", message);
  }
  return input;
}

function checkModel(given: Model): void {
  for (const name of REQUIRED) {
    if (given[name] === undefined) throw invalid(`#: required key [${name}] not found`);
  }
  for (const [name, value] of Object.entries(given)) {
    const kind = Object.hasOwn(PROPERTIES, name) ? PROPERTIES[name] : undefined;
    if (kind === undefined) throw invalid(`#: extraneous key [${name}] is not permitted`);
    const actual = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
    if (actual !== kind) throw invalid(`#/${name}: expected type: ${kind}, found: ${actual}`);
    if (READ_ONLY.includes(name))
      throw invalid(`Encountered unsupported property: read-only property [${name}] is not permitted`);
  }
  const parameters = record(record(given, "DataSourceParameters") ?? {}, "AthenaParameters") ?? {};
  for (const name of Object.keys(parameters)) {
    if (!ATHENA_PARAMETERS.includes(name)) {
      throw invalid(`#/DataSourceParameters/AthenaParameters: extraneous key [${name}] is not permitted`);
    }
  }
  const account = text(given, "AwsAccountId");
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    throw invalid("#/AwsAccountId: failed validation constraint for keyword [pattern]");
  }
  const permissions = list(given, "Permissions");
  if (permissions !== undefined && (permissions.length < 1 || permissions.length > 64)) {
    throw invalid("#/Permissions: expected between 1 and 64 items");
  }
}

function patchOf(document: string): PatchOperation[] {
  const patch: unknown = parsed(document, "PatchDocument");
  if (!Array.isArray(patch))
    throw new AwsError("ValidationException", "PatchDocument is not a list of operations");
  return patch as PatchOperation[];
}

function patchedModel(before: Model, patch: readonly PatchOperation[]): Model {
  // Those are in the model that is read, but cannot be written.
  const writable = Object.fromEntries(Object.entries(before).filter(([name]) => !READ_ONLY.includes(name)));
  try {
    for (const [kind, names] of Object.entries({
      createOnlyProperties: CREATE_ONLY,
      readOnlyProperties: READ_ONLY,
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
    checkModel(after as Model);
    return after as Model;
  } catch (error) {
    if (error instanceof PatchError)
      throw new AwsError("ValidationException", `Invalid patch: ${error.message}`);
    throw error;
  }
}

async function update(context: Context, before: Model, after: Model): Promise<void> {
  const { cloud } = context;
  const place = placeOf(context);
  const id = text(after, "DataSourceId") ?? "";
  const tags = tagList(after, "Tags", "InvalidParameterValueException") ?? [];
  const grants = (list(after, "Permissions") ?? []) as Permission[];
  const revokes = ((list(before, "Permissions") ?? []) as Permission[]).flatMap(({ Principal, Actions }) => {
    const kept = grants.find((grant) => grant.Principal === Principal)?.Actions ?? [];
    const gone = Actions.filter((action) => !kept.includes(action));
    return gone.length === 0 ? [] : [{ Principal, Actions: gone }];
  });
  await allowed(context, UPDATING, after);
  const sharing = grants.length + revokes.length > 0;
  if (sharing) await allowed(context, ["UpdateDataSourcePermissions"], after);
  const retagging = JSON.stringify(tags) !== JSON.stringify(tagsOf(cloud, dataSource(place, id, cloud).arn));
  if (retagging) await allowed(context, ["TagResource", "UntagResource"], after);
  await updatePermissions(place, id, { GrantPermissions: grants, RevokePermissions: revokes }, cloud);
  setTags(cloud, dataSource(place, id, cloud).arn, tags);
  updateDataSource(place, id, after, cloud);
}

function resource(source: DataSource, context: Context): object {
  return { Identifier: `${source.account}|${source.id}`, Properties: JSON.stringify(model(source, context)) };
}

function model(source: DataSource, { cloud }: Context): Model {
  const tags = tagsOf(cloud, source.arn);
  return {
    Arn: source.arn,
    AwsAccountId: source.account,
    DataSourceId: source.id,
    Name: source.name,
    Type: source.type,
    Status: source.status,
    CreatedTime: new Date(source.created * 1000).toISOString(),
    LastUpdatedTime: new Date(source.updated * 1000).toISOString(),
    ...source.settings,
    ...(source.errorInfo === undefined ? {} : { ErrorInfo: source.errorInfo }),
    ...(source.permissions.length === 0 ? {} : { Permissions: source.permissions }),
    ...(tags.length === 0 ? {} : { Tags: tags }),
  };
}

function found(context: Context, identifier: string): DataSource {
  try {
    return dataSource(placeOf(context), idOf(identifier, context), context.cloud);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "ResourceNotFoundException") throw error;
    throw notFound(identifier);
  }
}

function idOf(identifier: string, context: Context): string {
  const [account, id, ...rest] = identifier.split("|");
  if (account === undefined || id === undefined || rest.length > 0) {
    throw new AwsError(
      "ValidationException",
      `Identifier ${identifier} is not valid for identifier [/properties/AwsAccountId, /properties/DataSourceId]`,
    );
  }
  if (account !== context.principal.account) throw notFound(identifier);
  return id;
}

function notFound(identifier: string): AwsError {
  return new AwsError(
    "ResourceNotFoundException",
    `Resource of type '${TYPE}' with identifier '${identifier}' was not found.`,
  );
}

/** The request as it is by now: what it started may have come to an end. */
function settled(request: ResourceRequest, { cloud }: Context): ResourceRequest {
  if (request.status !== "IN_PROGRESS" || request.operation === "DELETE") return request;
  const source =
    cloud.state.dataSources[
      `${request.account}/${request.region}/${request.identifier?.split("|")[1] ?? ""}`
    ];
  if (source?.status.endsWith("IN_PROGRESS") === true) return request;
  const time = seconds();
  if (source === undefined) {
    return {
      ...request,
      status: "FAILED",
      errorCode: "NotFound",
      message: "the data source was deleted meanwhile",
      time,
    };
  }
  if (source.errorInfo === undefined) return { ...request, status: "SUCCESS", time };
  const { Type, Message } = source.errorInfo;
  const message = `DataSource ${source.id} has status ${source.status}: ${Type}: ${Message}`;
  return { ...request, status: "FAILED", errorCode: "NotStabilized", message, time };
}

function event(request: ResourceRequest): object {
  const { token, identifier, operation, status, errorCode, message, time } = request;
  return {
    TypeName: TYPE,
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

function placeOf({ principal, call }: Context): Place {
  return { account: principal.account, region: call.region };
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

function invalid(what: string): AwsError {
  return new AwsError("ValidationException", `Model validation failed (${what})`);
}

function seconds(): number {
  return Date.now() / 1000;
}
