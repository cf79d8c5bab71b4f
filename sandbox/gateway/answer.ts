import { IncomingMessage } from "node:http";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { xml } from "./errors";

/** An answer to a request. A stream is one that came from moto and has not been read. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders | IncomingHttpHeaders;
  readonly body: string | Buffer | Readable;
}

/** An answer in JSON (the JSON protocols and REST-JSON). */
export function jsonAnswer(body: object, status = 200): Answer {
  return { status, headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(body) };
}

/** An answer of the Query protocol; `result` is the XML inside `<OperationResult>`. */
export function queryAnswer(operation: string, namespace: string, requestId: string, result: string): Answer {
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body:
      `<${operation}Response xmlns="${namespace}"><${operation}Result>${result}</${operation}Result>` +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
  };
}

/** `<name>text</name>` */
export function element(name: string, text: string): string {
  return `<${name}>${xml(text)}</${name}>`;
}

/** The text of the first element of that name; "" when there is none. Enough for moto's flat credential answers. */
export function elementText(document: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(document)?.[1] ?? "";
  return found
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? "");
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

/** The answer with its whole body as text. */
export async function buffered(answer: Answer): Promise<{ readonly text: string; readonly answer: Answer }> {
  if (typeof answer.body === "string") return { text: answer.body, answer };
  const body = Buffer.isBuffer(answer.body) ? answer.body : await collect(answer.body);
  return { text: body.toString("utf8"), answer: { ...answer, body } };
}

/** The same answer with another body. */
export function withBody(answer: Answer, body: string): Answer {
  const headers = { ...answer.headers };
  delete headers["content-length"];
  delete headers["transfer-encoding"];
  return { status: answer.status, headers, body };
}

/**
 * All bytes of a stream.
 *
 * @throws Error when there are more than `limit`.
 */
export async function collect(stream: Readable, limit = Infinity): Promise<Buffer> {
  const length = stream instanceof IncomingMessage ? Number(stream.headers["content-length"] ?? 0) : 0;
  return length >= LARGE && length <= limit ? filled(stream, length) : joined(stream, limit);
}

/** Bytes from which on pieces go where they belong at once: joined at the end they would be there twice. */
const LARGE = 1 << 20;

/** HTTP sees to it that there are as many bytes as the head says. */
async function filled(stream: Readable, length: number): Promise<Buffer> {
  const all = Buffer.allocUnsafeSlow(length);
  let size = 0;
  for await (const chunk of stream) size += (chunk as Buffer).copy(all, size);
  return all;
}

async function joined(stream: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > limit) throw new Error(`more than ${limit} bytes`);
  }
  return Buffer.concat(chunks, size);
}
