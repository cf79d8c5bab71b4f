import { Agent, request } from "node:http";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { ORGANIZATION } from "../world";
import type { Answer } from "./answer";
import { buffered, collect } from "./answer";
import { AwsError } from "./errors";

/** A request to moto, in the name of an account. */
export interface MotoRequest {
  readonly account: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders | IncomingHttpHeaders;
  readonly body?: string | Buffer | Readable | undefined;
}

// Between two hops only; moto makes its own or must not see them.
const HOP_HEADERS = [
  "connection",
  "expect",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "x-moto-account-id",
];

/** The emulator behind the gateway. It believes the gateway which account a request is for. */
export class Moto {
  // Node's default would open a connection per request; moto starts a thread for each.
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 32 });

  constructor(private readonly port: number) {}

  /** Sends a request on and returns the answer unread. */
  send({ account, method, path, headers, body }: MotoRequest): Promise<Answer> {
    const outgoing: OutgoingHttpHeaders = endToEnd(headers);
    outgoing["x-moto-account-id"] = account;
    if (typeof body === "string" || Buffer.isBuffer(body))
      outgoing["content-length"] = Buffer.byteLength(body);
    else if (body === undefined) outgoing["content-length"] = 0;
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: "127.0.0.1", port: this.port, agent: this.agent, method, path, headers: outgoing },
        (response) => {
          resolve({
            status: response.statusCode ?? 500,
            headers: endToEnd(response.headers),
            body: response,
          });
        },
      );
      sent.on("error", reject);
      if (body === undefined || typeof body === "string" || Buffer.isBuffer(body)) {
        sent.end(body);
      } else {
        body.on("error", (error) => sent.destroy(error));
        body.pipe(sent);
      }
    });
  }

  /** A call of the gateway's own in a JSON protocol. @throws AwsError with the code moto answered. */
  async json(
    service: string,
    target: string,
    account: string,
    region: string,
    input: object,
  ): Promise<Record<string, unknown>> {
    const answer = await this.send({
      account,
      method: "POST",
      path: "/",
      headers: {
        ...credentials(service, region),
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": target,
      },
      body: JSON.stringify(input),
    });
    return parsed(await buffered(answer));
  }

  /** A call of the gateway's own in REST-JSON. @throws AwsError with the code moto answered. */
  async rest(
    service: string,
    account: string,
    region: string,
    method: string,
    path: string,
    input?: object,
  ): Promise<Record<string, unknown>> {
    const answer = await this.send({
      account,
      method,
      path,
      headers: { ...credentials(service, region), "content-type": "application/json" },
      body: input === undefined ? undefined : JSON.stringify(input),
    });
    return parsed(await buffered(answer));
  }

  /** A call of the gateway's own in the Query protocol; returns the XML. @throws AwsError with the code moto answered. */
  async query(
    service: string,
    account: string,
    input: Readonly<Record<string, string>>,
    region = "us-east-1",
  ): Promise<string> {
    const { text, answer } = await buffered(
      await this.send({
        account,
        method: "POST",
        path: "/",
        headers: {
          ...credentials(service, region),
          "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        },
        body: new URLSearchParams({ Version: "2010-05-08", ...input }).toString(),
      }),
    );
    if (answer.status < 300) return text;
    throw new AwsError(/<Code>(.*?)<\/Code>/.exec(text)?.[1] ?? "InternalFailure", text, answer.status);
  }

  /** A call of the gateway's own to S3; returns status and body, also of errors. */
  async s3(
    account: string,
    method: string,
    path: string,
    body?: string,
  ): Promise<{ status: number; text: string }> {
    const { text, answer } = await buffered(
      await this.object(account, method, path, { "content-type": "application/xml" }, body),
    );
    return { status: answer.status, text };
  }

  /** A call of the gateway's own to S3 about an object; returns the answer unread, also of errors. */
  object(
    account: string,
    method: string,
    path: string,
    headers: OutgoingHttpHeaders = {},
    body?: string | Readable,
  ): Promise<Answer> {
    return this.send({
      account,
      method,
      path,
      headers: { ...credentials("s3", "us-east-1"), ...headers },
      body,
    });
  }

  /** What moto's launcher answers beside AWS's operations (sandbox/moto/serve.py). */
  async own<T>(method: "GET" | "POST", path: string, body?: string): Promise<T> {
    return JSON.parse((await this.ownBytes(method, path, body)).toString("utf8")) as T;
  }

  /** As `own`, where the answer is no JSON. */
  async ownBytes(method: "GET" | "POST", path: string, sent?: string): Promise<Buffer> {
    const { status, body } = await this.send({
      account: ORGANIZATION.managementAccount,
      method,
      path: `/_sandbox/${path}`,
      headers: { host: "moto" },
      body: sent,
    });
    const bytes = typeof body === "string" || Buffer.isBuffer(body) ? Buffer.from(body) : await collect(body);
    if (status !== 200) throw new Error(`moto answered ${status} to ${path}: ${bytes.toString("utf8")}`);
    return bytes;
  }

  close(): void {
    this.agent.destroy();
  }
}

function endToEnd(headers: OutgoingHttpHeaders | IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.includes(name)));
}

/** moto reads service and Region from the credential scope and does not look at the signature. */
function credentials(service: string, region: string): OutgoingHttpHeaders {
  const scope = `SANDBOXGATEWAY000000/20260101/${region}/${service}/aws4_request`;
  return {
    host: `${service}.${region}.amazonaws.com`,
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
  };
}

function parsed({ text, answer }: { text: string; answer: Answer }): Record<string, unknown> {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text === "" ? "{}" : text) as Record<string, unknown>;
  } catch {
    throw new AwsError("InternalFailure", `moto answered ${answer.status}: ${text.slice(0, 500)}`, 500);
  }
  if (answer.status < 300) return body;
  const firstText = (...places: unknown[]): string => places.find((place) => typeof place === "string") ?? "";
  const type = firstText(body["__type"], body["code"], answer.headers["x-amzn-errortype"], "InternalFailure");
  const message = firstText(body["message"], body["Message"], text);
  throw new AwsError(type.replace(/^.*#/, "").replace(/:.*$/, ""), message, answer.status);
}
