import type { OutgoingHttpHeaders } from "node:http";
import type { FunctionCode } from "../functions/code";
import type { Functions } from "../functions/functions";
import type { Runtime } from "../functions/runtimes";
import type { Answer } from "./answer";
import type { Queries } from "./athena/queries";
import type { Authorization } from "./authorization/authorization";
import type { Call } from "./call";
import type { Identities } from "./identities";
import type { ExecutionRoles } from "./lambda/execution-roles";
import type { Moto } from "./moto";
import type { Principal } from "./principal";
import type { GatewayState } from "./state";
import type { Trail } from "./trail";

/** What runs functions. */
export interface Runtimes {
  /** Undefined where AWS's connector is not installed. */
  readonly connector: Runtime | undefined;
  readonly nodejs: Runtime;
  readonly python: Runtime;
}

/** What all requests share. */
export interface Cloud {
  readonly state: GatewayState;
  readonly moto: Moto;
  readonly identities: Identities;
  readonly functions: Functions;
  readonly runtimes: Runtimes;
  readonly code: FunctionCode;
  readonly executionRoles: ExecutionRoles;
  /** The gateway's own address, for what it starts: `http://127.0.0.1:<port>`. */
  readonly endpoint: () => string;
  readonly authorization: Authorization;
  /** Athena's queries. */
  readonly queries: Queries;
  /** CloudTrail's event history. */
  readonly trail: Trail;
  /** To be called after every change of `state`, so that it is written. */
  changed(): void;
  /** Makes an account as AWS would hand it over, when it is touched for the first time. */
  touch(account: string): Promise<void>;
  /** Goes on with work after the answer. A fault of it is logged. */
  later(work: () => Promise<void>): void;
}

/** One request: what is asked, and by whom. */
export interface Context {
  readonly cloud: Cloud;
  readonly call: Call;
  readonly principal: Principal;
  /** Id of the key that signed it. */
  readonly key: string;
  /** The account that owns what the request is about: the caller's, unless the request names something by ARN. */
  readonly owner: string;
  readonly requestId: string;
  /** Sends the request on to moto, by default as it came, in the owner's account. */
  forward(change?: ForwardChange): Promise<Answer>;
}

/** What a handler may change in a request that it sends on. */
export interface ForwardChange {
  /** Another account than the owner's. */
  readonly account?: string;
  /** Replaces the body. */
  readonly body?: string;
  /** Replaces path and query. */
  readonly path?: string;
  /** Added to the headers. */
  readonly headers?: OutgoingHttpHeaders;
}

/** Answers a request itself, or changes it, or works over moto's answer. */
export type Handler = (context: Context) => Promise<Answer> | Answer;

/** Operation -> handler. Operations without one go to moto as they are. */
export type Handlers = Readonly<Record<string, Handler>>;
