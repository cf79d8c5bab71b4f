import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { AwsError, CredentialFault } from "./errors";

/** What a request says of who signed it (Signature Version 4, in a header or presigned in the query). */
export interface Authorization {
  readonly accessKey: string;
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** Hex. */
  readonly signature: string;
  /** ISO basic: 20260101T000000Z */
  readonly time: string;
  readonly token: string | undefined;
  /** A presigned URL: the signature is in the query and covers no body. */
  readonly presigned: boolean;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/**
 * Reads who signed a request. Says nothing about whether the signature is right.
 *
 * @param fault makes the error of the request's protocol
 */
export function parseAuthorization(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  fault: (fault: CredentialFault, message: string) => AwsError,
): Authorization {
  const presigned = query.has("X-Amz-Signature");
  const header = headers.authorization;
  if (header === undefined && !presigned) throw fault("missing", "Missing Authentication Token");
  const fields = presigned ? presignedFields(query) : headerFields(header ?? "");
  if (fields === undefined) throw fault("incomplete", `the Authorization header is not one of ${ALGORITHM}`);
  for (const name of ["Credential", "SignedHeaders", "Signature"] as const) {
    if ((fields[name] ?? "") === "")
      throw fault("incomplete", `Authorization header requires '${name}' parameter`);
  }
  const scope = (fields["Credential"] ?? "").split("/");
  const [accessKey = "", date = "", region = "", service = "", end] = scope.slice(-5);
  if (
    scope.length !== 5 ||
    end !== "aws4_request" ||
    !/^\d{8}$/.test(date) ||
    !/^[a-z0-9-]+$/.test(region) ||
    !/^[a-z0-9-]+$/.test(service)
  ) {
    throw fault(
      "incomplete",
      "Credential must have five slash-separated elements: key/date/region/service/aws4_request",
    );
  }
  const signature = fields["Signature"] ?? "";
  if (!/^[0-9a-f]{64}$/.test(signature)) throw fault("incomplete", "Signature must be 64 hexadecimal digits");
  const time = (presigned ? query.get("X-Amz-Date") : header1(headers, "x-amz-date")) ?? "";
  if (!/^\d{8}T\d{6}Z$/.test(time) || !time.startsWith(date)) {
    throw fault("incomplete", "X-Amz-Date must be an ISO 8601 basic time of the Credential's date");
  }
  return {
    accessKey,
    date,
    region,
    service,
    signedHeaders: (fields["SignedHeaders"] ?? "").toLowerCase().split(";"),
    signature,
    time,
    token:
      (presigned ? query.get("X-Amz-Security-Token") : header1(headers, "x-amz-security-token")) ?? undefined,
    presigned,
  };
}

/** The parts of a request that a signature covers. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** Without the question mark, as received. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  /** Undefined when it is streamed: then the header x-amz-content-sha256 stands for it. */
  readonly body: Buffer | undefined;
}

/** True when the signature is the one that the holder of the secret key makes for this request. */
export function signatureMatches(
  request: SignedRequest,
  authorization: Authorization,
  secret: string,
): boolean {
  const { date, region, service, time } = authorization;
  const canonical = [
    request.method,
    canonicalPath(request.path, service),
    canonicalQuery(request.search),
    ...authorization.signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers, name)}`),
    "",
    authorization.signedHeaders.join(";"),
    payloadHash(request, authorization),
  ].join("\n");
  const toSign = [ALGORITHM, time, `${date}/${region}/${service}/aws4_request`, sha256(canonical)].join("\n");
  const expected = createHmac("sha256", signingKey(secret, date, region, service))
    .update(toSign)
    .digest();
  const given = Buffer.from(authorization.signature, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function headerFields(header: string): Record<string, string> | undefined {
  if (!header.startsWith(`${ALGORITHM} `)) return undefined;
  const fields: Record<string, string> = {};
  for (const part of header.slice(ALGORITHM.length + 1).split(",")) {
    const at = part.indexOf("=");
    if (at === -1) return undefined;
    fields[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  return fields;
}

function presignedFields(query: URLSearchParams): Record<string, string> | undefined {
  if (query.get("X-Amz-Algorithm") !== ALGORITHM) return undefined;
  return {
    Credential: query.get("X-Amz-Credential") ?? "",
    SignedHeaders: query.get("X-Amz-SignedHeaders") ?? "",
    Signature: query.get("X-Amz-Signature") ?? "",
  };
}

function payloadHash(request: SignedRequest, { presigned, service }: Authorization): string {
  const declared = header1(request.headers, "x-amz-content-sha256");
  // A hash is believed only where the body is not there to compare; the other values say that it is not signed.
  const isHash = declared !== undefined && /^[0-9a-f]{64}$/.test(declared);
  if (declared !== undefined && !(isHash && request.body !== undefined)) return declared;
  if (presigned && service === "s3") return "UNSIGNED-PAYLOAD";
  return sha256(request.body ?? "");
}

/** S3 signs the path as it is sent; every other service encodes it once more. */
function canonicalPath(path: string, service: string): string {
  if (service === "s3") return path === "" ? "/" : path;
  return encode(normalized(path)).replace(/%2F/g, "/");
}

function normalized(path: string): string {
  if (!path.includes("//") && !path.includes("/.")) return path === "" ? "/" : path;
  const out: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") out.pop();
    else if (segment !== "" && segment !== ".") out.push(segment);
  }
  return `/${out.join("/")}${path.endsWith("/") && out.length > 0 ? "/" : ""}`;
}

function canonicalQuery(search: string): string {
  if (search === "") return "";
  return search
    .split("&")
    .filter((pair) => pair !== "" && !pair.startsWith("X-Amz-Signature="))
    .map((pair) => {
      const at = pair.indexOf("=");
      const [name, value] = at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
      return [encode(decode(name)), encode(decode(value))] as const;
    })
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function canonicalHeader(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value.join(",") : (value ?? "")).trim().replace(/ +/g, " ");
}

function header1(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

const signingKeys = new Map<string, Buffer>();

function signingKey(secret: string, date: string, region: string, service: string): Buffer {
  const id = `${secret}/${date}/${region}/${service}`;
  let key = signingKeys.get(id);
  if (key === undefined) {
    key = [date, region, service, "aws4_request"].reduce<Buffer>(
      (previous, part) => createHmac("sha256", previous).update(part).digest(),
      Buffer.from(`AWS4${secret}`),
    );
    if (signingKeys.size > 10_000) signingKeys.clear();
    signingKeys.set(id, key);
  }
  return key;
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
