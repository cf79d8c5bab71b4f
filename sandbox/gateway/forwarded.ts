import type { OutgoingHttpHeaders } from "node:http";
import { isUtf8 } from "node:buffer";
import { AwsError } from "./errors";
import { queryInput } from "./call";
import type { Call } from "./call";
import { route } from "./routes";

/** A request as moto is sent it. */
export interface Forwarded {
  /** With the query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Undefined where it is streamed through. */
  readonly body: string | Buffer | undefined;
}

/** Paths that moto answers by itself, whatever service they are signed for: its controls, instance metadata, S3 Control. */
const NOT_OF_A_SERVICE = /^\/(moto-api|latest\/(meta-data|api)\/|favicon\.ico$|v20180820\/|_sandbox\/)/;

/**
 * A request in the one form in which moto understands it as it was decided. As it came, moto would look for operation,
 * Region and service in places where AWS does not: `Action` in query, body or JSON, other targets, `.region.` in host and
 * user agent, a bucket in the host, the first of several credentials.
 *
 * @param url path and query as received
 * @throws AwsError for what moto would understand otherwise
 */
export function forwarded(call: Call, url: string): Forwarded {
  const { service, region, operation, protocol, authorization, body } = call;
  const headers: OutgoingHttpHeaders = { ...call.headers };
  headers["host"] = `${service}.${region}.amazonaws.com`;
  const scope = `${authorization.accessKey}/${authorization.date}/${region}/${service}/aws4_request`;
  headers["authorization"] = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  if (protocol !== "json") delete headers["x-amz-target"];
  if (protocol !== "rest-xml") {
    // moto would decompress what was read as it is.
    delete headers["content-encoding"];
    if (body !== undefined && !isUtf8(body))
      throw new AwsError("SerializationException", "the body is not UTF-8");
  }
  switch (protocol) {
    case "json":
      return { path: `/?Action=${operation}`, headers, body: body?.length === 0 ? "{}" : body };
    case "query":
      headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8";
      return { path: "/", headers, body: firstOfEach(queryInput(call)).toString() };
    case "rest-json": {
      refuseOtherReading(call);
      const query = new URLSearchParams(call.query);
      query.delete("Action");
      // Without any, moto looks for parameters in the body.
      query.set("x-id", operation);
      return { path: `${call.path}?${query.toString()}`, headers, body };
    }
    case "rest-xml":
    case "cbor":
      if (NOT_OF_A_SERVICE.test(decodeURIComponent(call.path)))
        throw new AwsError("NoSuchBucket", "The specified bucket does not exist", 404);
      if (
        operation !== "PutBucketPolicy" &&
        body !== undefined &&
        !/^\uFEFF?\s*(<|$)/.test(body.toString("utf8"))
      )
        throw new AwsError(
          "MalformedXML",
          "The XML you provided was not well-formed or did not validate against our published schema",
        );
      return { path: url, headers, body };
  }
}

function firstOfEach(input: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...new Map([...input].reverse())].reverse());
}

/** moto decodes a path before it looks for the operation: an encoded slash could make it another. */
function refuseOtherReading(call: Call): void {
  const path = decodeURIComponent(call.path);
  if (path === call.path) return;
  const found = route(call.service, call.method, path, call.query, call.headers);
  const same =
    found === undefined ||
    (found.operation === call.operation && JSON.stringify(found.labels) === JSON.stringify(call.labels));
  if (!same || NOT_OF_A_SERVICE.test(path))
    throw new AwsError("UnknownOperationException", `${call.service} has no operation ${call.path}`, 404);
}
