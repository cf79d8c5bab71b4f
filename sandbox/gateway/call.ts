import type { IncomingHttpHeaders } from "node:http";
import { AwsError, credentialError } from "./errors";
import type { Protocol } from "./errors";
import { isOperation, isRest, operationAtPath, route } from "./routes";
import { parseAuthorization } from "./signature";
import type { Authorization } from "./signature";

/** One request, taken apart. */
export interface Call {
  /** Signing name: `sts`, `s3`, `athena`, `cloudcontrolapi`, ... */
  readonly service: string;
  readonly region: string;
  /** AWS's name of the operation. */
  readonly operation: string;
  readonly protocol: Protocol;
  readonly method: string;
  /** As received: encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** What the path says (REST): `{ FunctionName: "f" }`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly authorization: Authorization;
  /** The whole body; undefined where it is streamed through (objects of S3). */
  readonly body: Buffer | undefined;
}

/** What is known before the body has been read. */
export type CallHead = Omit<Call, "operation" | "labels" | "body">;

/** Takes the head of a request apart. @throws AwsError for what no AWS service would take. */
export function parseHead(method: string, url: string, headers: IncomingHttpHeaders): CallHead {
  const [path, search] = split(url, "?");
  const query = new URLSearchParams(search);
  const shown = protocolOf(headers, path);
  const authorization = parseAuthorization(headers, query, (fault, message) =>
    credentialError(fault, guess(shown, headers, path), message),
  );
  const service = authorization.service;
  return {
    service,
    region: authorization.region,
    protocol: spokenBy(service, shown),
    method,
    path,
    query,
    headers,
    authorization,
  };
}

/** Finds the operation, once the body is there. @throws AwsError when the service has no such operation. */
export function completeCall(head: CallHead, body: Buffer | undefined): Call {
  if (!isPath(head.path)) throw noPath(head);
  const named = (operation: string, labels: Readonly<Record<string, string>> = {}): Call => {
    if (isOperation(head.service, operation) === false) throw unknownOperation(head, operation);
    return { ...head, operation, labels, body };
  };
  switch (head.protocol) {
    case "json": {
      const target = String(head.headers["x-amz-target"] ?? "");
      const operation = target.slice(target.lastIndexOf(".") + 1);
      const prefix = TARGETS.get(head.service);
      if (prefix !== undefined && target !== `${prefix}.${operation}`) throw unknownOperation(head, target);
      return named(operation);
    }
    case "cbor":
      return named(head.path.slice(head.path.lastIndexOf("/") + 1));
    case "query": {
      const action =
        new URLSearchParams(body?.toString("utf8") ?? "").get("Action") ?? head.query.get("Action");
      if (action === null) throw new AwsError("MissingAction", "the request has no Action", 400);
      return named(action);
    }
    case "rest-json":
    case "rest-xml": {
      const found = route(head.service, head.method, head.path, head.query, head.headers);
      if (found !== undefined) return named(found.operation, found.labels);
      if (isRest(head.service)) throw unknownOperation(head, `${head.method} ${head.path}`);
      return named(operationAtPath(head.service, head.path) ?? `${head.method} ${head.path}`);
    }
  }
}

/** The body as a JSON object. @throws AwsError SerializationException. */
export function jsonInput(call: Call): Record<string, unknown> {
  const text = call.body?.toString("utf8") ?? "";
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new AwsError("SerializationException", "the body is not a JSON object");
}

/** The parameters of a Query request. */
export function queryInput(call: Call): URLSearchParams {
  const form = new URLSearchParams(call.body?.toString("utf8") ?? "");
  for (const [name, value] of call.query) if (!form.has(name)) form.append(name, value);
  return form;
}

/** A parameter that must be a string when it is there. @throws AwsError ValidationException. */
export function text(input: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new AwsError("SerializationException", `${name} is not a string`);
  return value;
}

/** A parameter that must be a string and there. */
export function requiredText(
  input: Readonly<Record<string, unknown>>,
  name: string,
  code = "ValidationException",
): string {
  const value = text(input, name);
  if (value === undefined || value === "") {
    throw new AwsError(
      code,
      `1 validation error detected: Value at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return value;
}

/** A parameter that must be an object when it is there. */
export function record(
  input: Readonly<Record<string, unknown>>,
  name: string,
): Record<string, unknown> | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new AwsError("SerializationException", `${name} is not a structure`);
  }
  return value as Record<string, unknown>;
}

/** A parameter that must be a list when it is there. */
export function list(input: Readonly<Record<string, unknown>>, name: string): unknown[] | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new AwsError("SerializationException", `${name} is not a list`);
  return value as unknown[];
}

/** Services of the JSON protocols, with what stands before the operation in their targets. */
const TARGETS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    athena: "AmazonAthena",
    cloudcontrolapi: "CloudApiService",
    cloudtrail: "CloudTrail_20131101",
    dynamodb: "DynamoDB_20120810",
    events: "AWSEvents",
    glue: "AWSGlue",
    kms: "TrentService",
    logs: "Logs_20140328",
    monitoring: "GraniteServiceVersion20100801",
    organizations: "AWSOrganizationsV20161128",
    secretsmanager: "secretsmanager",
  }),
);

const QUERY_SERVICES = new Set(["cloudformation", "iam", "sns", "sts"]);

/**
 * The protocol of a request. A service speaks its own, whatever a request looks like, or it would be read as one and
 * executed as another.
 */
function spokenBy(service: string, shown: Protocol | undefined): Protocol {
  if (shown === "cbor") return "cbor";
  if (service === "s3") return "rest-xml";
  if (TARGETS.has(service)) return "json";
  if (QUERY_SERVICES.has(service)) return "query";
  return isRest(service) ? "rest-json" : (shown ?? "rest-json");
}

/** False for what is a URL, or names a host, or cannot be decoded. */
function isPath(path: string): boolean {
  if (!path.startsWith("/") || path.startsWith("//")) return false;
  try {
    return !decodeURIComponent(path).includes("\0");
  } catch {
    return false;
  }
}

function noPath(head: CallHead): AwsError {
  if (head.protocol === "rest-xml")
    return new AwsError("InvalidURI", "Couldn't parse the specified URI.", 400);
  return unknownOperation(head, head.path);
}

function protocolOf(headers: IncomingHttpHeaders, path: string): Protocol | undefined {
  if (headers["smithy-protocol"] === "rpc-v2-cbor" && path.includes("/operation/")) return "cbor";
  if (headers["x-amz-target"] !== undefined) return "json";
  if ((headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded")) return "query";
  return undefined;
}

/** The protocol for an error about credentials, when the service could not be told from them. */
function guess(known: Protocol | undefined, headers: IncomingHttpHeaders, path: string): Protocol {
  if (known !== undefined) return known;
  const scope = headers.authorization ?? "";
  if (/^\/(accounts|20\d\d-\d\d-\d\d|resources|account)\//.test(path) && !scope.includes("/s3/"))
    return "rest-json";
  return "rest-xml";
}

function unknownOperation(head: CallHead, operation: string): AwsError {
  if (head.protocol === "query") {
    return new AwsError(
      "InvalidAction",
      `Could not find operation ${operation} for service ${head.service}`,
      400,
    );
  }
  if (head.protocol === "rest-xml") {
    return new AwsError(
      "MethodNotAllowed",
      "The specified method is not allowed against this resource.",
      405,
    );
  }
  return new AwsError("UnknownOperationException", `${head.service} has no operation ${operation}`, 404);
}

function split(whole: string, at: string): [string, string] {
  const i = whole.indexOf(at);
  return i === -1 ? [whole, ""] : [whole.slice(0, i), whole.slice(i + 1)];
}
