import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { AddressInfo } from "node:net";
import type { FunctionCode } from "../functions/code";
import type { Functions } from "../functions/functions";
import { ORGANIZATION, accountExists } from "../world";
import { makeAccount } from "./accounts";
import { Authorization } from "./authorization/authorization";
import type { DuckDb } from "./athena/engine";
import { Queries } from "./athena/queries";
import { buffered, collect } from "./answer";
import type { Answer } from "./answer";
import { completeCall, parseHead } from "./call";
import type { Call, CallHead } from "./call";
import type { Cloud, Context, ForwardChange, Runtimes } from "./context";
import { AwsError, credentialError, errorAnswer, notImplemented } from "./errors";
import type { Protocol } from "./errors";
import { isHandedOn, tellRules } from "./event-rules";
import { forwarded } from "./forwarded";
import { Identities } from "./identities";
import { ExecutionRoles } from "./lambda/execution-roles";
import type { Moto } from "./moto";
import type { Principal } from "./principal";
import { isData, isReading } from "./reading";
import { actAsQuick } from "./quick/act";
import { resumeChecks } from "./quick/data-sources";
import { endInterrupted } from "./quick/ingestions";
import { handlerOf } from "./services";
import { signatureMatches } from "./signature";
import type { GatewayState } from "./state";
import { Trail } from "./trail";

/** Bytes of a request that is read whole: Lambda's zip files are the largest that AWS takes (50 MB, base64). */
const MOST_BYTES = 100 * 1024 * 1024;

/** Objects go through as they come; nothing here needs their content. */
const STREAMED = new Set(["PutObject", "UploadPart"]);

/** Paths below this are the sandbox's own; no bucket can be called so. */
const OWN_PATH = "/_sandbox/";

/** What a gateway needs from the process it runs in. */
export interface GatewayOptions {
  readonly state: GatewayState;
  readonly moto: Moto;
  /** Loads what runs queries. */
  readonly duckDb: () => DuckDb;
  /** Folder of the results that Athena keeps itself. */
  readonly managedResults: string;
  /** Lets its bearer act as Quick, and record decisions. */
  readonly secret: string;
  readonly functions: Functions;
  readonly runtimes: Runtimes;
  readonly code: FunctionCode;
  /** Whether permissions are asked for. False: everybody who has a key may do everything. */
  readonly iam: boolean;
  /** Called after each change of the sandbox's state, in the gateway or in moto. */
  readonly changed: () => void;
  /** Answers GET /_sandbox/health. */
  readonly health: () => Promise<object>;
  readonly log: (line: string) => void;
}

/** Makes the server that everybody talks to. */
export function createGateway(options: GatewayOptions): { server: Server; start: () => Promise<void> } {
  const gateway = new Gateway(options, () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const server = createServer((request, response) => {
    void gateway.serve(request, response);
  });
  // SDKs keep connections for long; Node's default of 5 s makes them run into connections just closed.
  server.keepAliveTimeout = 120_000;
  server.headersTimeout = 125_000;
  server.requestTimeout = 0;
  server.on("clientError", (_error, socket) => {
    if (socket.writable)
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  return { server, start: () => gateway.start() };
}

class Gateway implements Cloud {
  readonly state: GatewayState;
  readonly moto: Moto;
  readonly identities: Identities;
  readonly functions: Functions;
  readonly runtimes: Runtimes;
  readonly code: FunctionCode;
  readonly executionRoles: ExecutionRoles;
  readonly authorization: Authorization;
  readonly queries: Queries;
  readonly trail: Trail;
  private readonly touched = new Map<string, Promise<void>>();

  constructor(
    private readonly options: GatewayOptions,
    readonly endpoint: () => string,
  ) {
    this.state = options.state;
    this.moto = options.moto;
    this.identities = new Identities(options.moto);
    this.functions = options.functions;
    this.runtimes = options.runtimes;
    this.code = options.code;
    this.executionRoles = new ExecutionRoles(this);
    this.authorization = new Authorization(options.iam, options.moto, this.identities, options.state);
    this.queries = new Queries(this, options.duckDb, options.managedResults);
    this.trail = new Trail(options.state, options.changed, (event) => {
      if (isHandedOn(event)) this.later(() => tellRules(event, this));
    });
  }

  /** Takes up what a stop interrupted. */
  async start(): Promise<void> {
    await this.touch(ORGANIZATION.managementAccount);
    resumeChecks(this);
    endInterrupted(this);
    this.queries.endInterrupted();
  }

  changed(): void {
    this.options.changed();
  }

  touch(account: string): Promise<void> {
    if (this.state.accounts[account] !== undefined || !accountExists(account)) return Promise.resolve();
    let made = this.touched.get(account);
    if (made === undefined) {
      made = makeAccount(account, this.moto, this.state).then(() => {
        this.state.accounts[account] = new Date().toISOString();
        this.identities.forget(account);
        this.changed();
      });
      this.touched.set(account, made);
      made.finally(() => this.touched.delete(account)).catch(() => undefined);
    }
    return made;
  }

  later(work: () => Promise<void>): void {
    setImmediate(() => {
      work().catch((error: unknown) => {
        this.options.log(`work after an answer failed: ${described(error)}`);
      });
    });
  }

  /** Answers one HTTP request; never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    try {
      const url = request.url ?? "/";
      const answer = url.startsWith(OWN_PATH)
        ? await this.own(url, request)
        : await this.answer(request, url, requestId);
      await write(response, answer, requestId);
    } catch (error) {
      this.options.log(`${request.method ?? ""} ${request.url ?? ""}: ${described(error)}`);
      response.destroy();
    }
    // A body that nobody read would block the connection's next request.
    request.resume();
  }

  private async own(url: string, request: IncomingMessage): Promise<Answer> {
    const token = request.headers.authorization ?? "";
    if (url === `${OWN_PATH}health`) return plainJson(200, await this.options.health());
    if (url === `${OWN_PATH}quick`) return this.actAsQuick(request, token);
    if (url === `${OWN_PATH}decisions`) return this.recordDecisions(request.method ?? "", token);
    if (url !== `${OWN_PATH}credentials`) return { status: 404, headers: {}, body: "" };
    try {
      return plainJson(200, await this.executionRoles.credentials(token));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return plainJson(error.status, { code: error.code, message: error.message });
    }
  }

  /** On AWS nobody but Quick gets these credentials; here, whoever may read the sandbox's own file. */
  private async actAsQuick(request: IncomingMessage, token: string): Promise<Answer> {
    if (!isSame(token, this.options.secret)) return NOT_THE_SECRET;
    const { dataSource, scopedDown } = await smallJson(request);
    if (request.method !== "POST" || typeof dataSource !== "string" || typeof scopedDown !== "boolean")
      return plainJson(400, { message: "POST a JSON object with dataSource (an ARN) and scopedDown" });
    const made = await actAsQuick(dataSource, scopedDown, this);
    if (made === undefined)
      return plainJson(404, { message: `there is no data source ${dataSource} that goes by roles` });
    return plainJson("refused" in made ? 403 : 200, made);
  }

  /** POST begins a recording of the decisions made from now on, DELETE ends it and answers what was recorded. */
  private recordDecisions(method: string, token: string): Answer {
    if (!isSame(token, this.options.secret)) return NOT_THE_SECRET;
    const { decisions } = this.authorization;
    if (method === "POST") {
      decisions.begin();
      return plainJson(200, {});
    }
    if (method !== "DELETE") return plainJson(400, { message: "POST begins a recording, DELETE ends it" });
    const recording = decisions.end();
    return recording === undefined
      ? plainJson(409, { message: "no recording was begun: POST begins one" })
      : plainJson(200, recording);
  }

  private async answer(request: IncomingMessage, url: string, requestId: string): Promise<Answer> {
    let protocol: Protocol = "rest-xml";
    try {
      const head = parseHead(request.method ?? "GET", url, request.headers);
      protocol = head.protocol;
      return await this.handle(head, request, url, requestId);
    } catch (error) {
      const shown = error instanceof AwsError ? error : internalFailure(error);
      if (shown.status === 500) this.options.log(`${request.method ?? ""} ${url}: ${described(error)}`);
      return errorAnswer(shown, protocol, requestId);
    }
  }

  private async handle(
    head: CallHead,
    request: IncomingMessage,
    url: string,
    requestId: string,
  ): Promise<Answer> {
    const key = this.activeKey(head);
    const streamed = head.service === "s3" && STREAMED.has(completeCall(head, undefined).operation);
    const body = streamed ? undefined : await wholeBody(request);
    const search = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
    const signed = { method: head.method, path: head.path, search, headers: request.headers, body };
    if (!signatureMatches(signed, head.authorization, key.secret)) {
      throw credentialError(
        "signature",
        head.protocol,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
      );
    }
    const call = completeCall(head, body);
    const { principal } = key;
    await this.touch(principal.account);

    const owner = await this.authorization.authorize(call, principal);

    const context: Context = {
      cloud: this,
      call,
      principal,
      key: head.authorization.accessKey,
      owner,
      requestId,
      forward: (change) => this.forward(call, owner, url, request, change),
    };
    const handler = handlerOf(call.service, call.operation);
    try {
      const answer = await (handler === undefined ? context.forward() : handler(context));
      await this.authorization.afterwards(call, principal, answer);
      // What has more to tell of itself says so in its handler.
      if (!isReading(call.operation) && !isData(call) && !TELLS_ITSELF.has(call.operation))
        this.trail.called({
          by: { principal, key: context.key },
          region: call.region,
          service: call.service,
          operation: call.operation,
          ...(answer.status < 400 ? {} : { errorCode: "Client" }),
        });
      return answer;
    } finally {
      if (!isReading(call.operation)) {
        this.forget(call, owner);
        this.changed();
      }
    }
  }

  /** A change, also one that failed half-way, may have been to what decisions are made on. */
  private forget(call: Call, account: string): void {
    if (CHANGES_IDENTITIES.has(call.service)) this.identities.forget(account);
    if (!isData(call)) this.authorization.resources.forget(call.service);
  }

  /** The key that a request was signed with. @throws AwsError when there is none, or it has expired. */
  private activeKey({ authorization, protocol }: CallHead): { secret: string; principal: Principal } {
    const key = this.state.accessKeys[authorization.accessKey];
    if (key?.active !== true || (key.token !== undefined && key.token !== authorization.token)) {
      const message =
        protocol === "rest-xml"
          ? "The AWS Access Key Id you provided does not exist in our records."
          : "The security token included in the request is invalid.";
      throw credentialError("unknown", protocol, message);
    }
    if (key.expires !== undefined && Date.parse(key.expires) < Date.now()) {
      throw credentialError("expired", protocol, "The security token included in the request is expired");
    }
    return key;
  }

  private async forward(
    call: Call,
    owner: string,
    url: string,
    request: IncomingMessage,
    change: ForwardChange = {},
  ): Promise<Answer> {
    const sent = forwarded(call, url);
    const account = change.account ?? owner;
    const changesIdentities = CHANGES_IDENTITIES.has(call.service) && !isReading(call.operation);
    const answer = await this.moto.send({
      account,
      method: call.method,
      path: change.path ?? sent.path,
      headers: { ...sent.headers, ...change.headers },
      body: change.body ?? sent.body ?? request,
    });
    if (changesIdentities) this.identities.forget(account);
    return this.asAws(answer, call);
  }

  /** moto's own way of saying that it cannot do something, put as an answer that no client mistakes for AWS's. */
  private async asAws(answer: Answer, call: Call): Promise<Answer> {
    const page = String(answer.headers["content-type"] ?? "").startsWith("text/html");
    if (answer.status < 500 && !((answer.status === 404 || answer.status === 405) && page)) return answer;
    const { text } = await buffered(answer);
    // S3's missing keys are answered without a type; an HTML page comes from the web framework only.
    if (answer.status < 500) {
      if (call.service === "s3" && !text.startsWith("<!doctype")) return { ...answer, body: text };
      throw notImplemented(call.service, call.operation);
    }
    if (
      answer.status === 501 ||
      /NotImplementedError|not been implemented|not yet implemented/i.test(text) ||
      page
    ) {
      this.options.log(`moto: ${call.service}:${call.operation} ${answer.status} ${text.slice(0, 300)}`);
      throw notImplemented(call.service, call.operation);
    }
    return { ...answer, body: text };
  }
}

const TELLS_ITSELF = new Set(["StartQueryExecution"]);

const CHANGES_IDENTITIES = new Set(["iam", "cloudformation"]);

async function wholeBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) <= MOST_BYTES) {
    try {
      return await collect(request, MOST_BYTES);
    } catch {
      // said below
    }
  }
  throw new AwsError("RequestEntityTooLargeException", `the request is larger than ${MOST_BYTES} bytes`, 413);
}

async function write(response: ServerResponse, answer: Answer, requestId: string): Promise<void> {
  const headers = { ...answer.headers };
  headers["x-amzn-requestid"] ??= requestId;
  if (typeof answer.body === "string" || Buffer.isBuffer(answer.body)) {
    // The length of an answer to HEAD is that of the object, not of what is sent.
    if (response.req.method !== "HEAD") headers["content-length"] = Buffer.byteLength(answer.body);
    response.writeHead(answer.status, headers).end(answer.body);
    return;
  }
  response.writeHead(answer.status, headers);
  await pipeline(answer.body, response);
}

/** The members of a small JSON object; none when it is something else. */
async function smallJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  try {
    return Object(JSON.parse((await collect(request, 10_000)).toString("utf8"))) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Whether a secret is the one, told in the same time for any other. */
function isSame(given: string, secret: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

function plainJson(status: number, body: object): Answer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

const NOT_THE_SECRET = plainJson(403, { message: "the token is not this sandbox's" });

function internalFailure(error: unknown): AwsError {
  return new AwsError("InternalFailure", error instanceof Error ? error.message : String(error), 500);
}

function described(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
