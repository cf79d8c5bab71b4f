/** HTTP without an AWS client: requests that no client would make, signed by hand. */
import { expect } from "chai";
import { createHash, createHmac } from "node:crypto";
import { request } from "node:http";
import { managementCredentials } from "./clients";
import type { Credentials } from "./clients";

export interface Sent {
  readonly method?: string;
  /** As it is to be sent, with the query. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Sends a request as it is. */
export function sendRaw(
  port: number,
  { method = "POST", path = "/", headers = {}, body = "" }: Sent,
): Promise<Received> {
  // Node says no length of a body where it expects none, and the body would be the next request.
  const length =
    headers["transfer-encoding"] === undefined ? { "content-length": Buffer.byteLength(body) } : {};
  const all = { ...length, ...headers };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, method, path, headers: all, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The headers of a rightly signed request (written out here, so that a fault of the gateway's own code shows). */
export function signedHeaders(
  port: number,
  service: string,
  { method = "POST", path = "/", headers = {}, body = "" }: Sent,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials = managementCredentials,
): Record<string, string> {
  const sha = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
  const mac = (key: Buffer | string, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const [uri = "/", search = ""] = path.split("?");
  const host = headers["host"] ?? `127.0.0.1:${port}`;
  const hash = sha(body);
  const canonical = [
    method,
    // S3 signs a path as it is, the others encode it once more.
    service === "s3"
      ? uri
      : encodeURIComponent(uri)
          .replaceAll("%2F", "/")
          .replace(/[!'()*]/g, hex),
    search
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
      .sort()
      .join("&"),
    `host:${host}`,
    `x-amz-content-sha256:${hash}`,
    `x-amz-date:${time}`,
    "",
    "host;x-amz-content-sha256;x-amz-date",
    hash,
  ].join("\n");
  const key = scope.split("/").reduce<Buffer | string>((k, part) => mac(k, part), `AWS4${secretAccessKey}`);
  const signature = mac(key, ["AWS4-HMAC-SHA256", time, scope, sha(canonical)].join("\n")).toString("hex");
  return {
    ...headers,
    host,
    "x-amz-date": time,
    "x-amz-content-sha256": hash,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
  };
}

const hex = (c: string): string => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;

/** The code of an error, wherever the protocol has it; fails when it is not in the protocol's own shape. */
export function codeOf({ headers, text }: Received): string {
  const xml = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
  if (xml !== undefined) return xml;
  const { __type, message, Message } = JSON.parse(text) as Record<string, unknown>;
  expect(typeof message === "string" && message === Message, text).to.equal(true);
  return String(headers["x-amzn-errortype"] ?? __type);
}
