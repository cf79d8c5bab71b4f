/** One call of a function, as its handler sees it. */
export interface Invocation {
  readonly requestId: string;
  /** With the qualifier, when it was called by one. */
  readonly functionArn: string;
  readonly payload: Buffer;
}

/** What came of an invocation. An `error` is the function's own: its payload is Lambda's JSON about it. */
export interface Outcome {
  readonly kind: "answer" | "error";
  readonly payload: Buffer;
  /** The last of what the function printed. */
  readonly log: string;
}

/** Bytes of a request or an answer that Lambda takes, for synchronous invocations (Lambda quotas: 6 MB). */
export const MOST_REQUEST_BYTES = 6_291_456;

/** Bytes of an event, which is run later (Lambda quotas: 1 MB). */
export const MOST_EVENT_BYTES = 1_048_576;

/** Lambda's limit of an answer, as its message names it: 6 MB and what wraps them. */
export const MOST_ANSWER_BYTES = 6_291_556;

/** Lambda's own words for faults that a function cannot report itself. */
export function runtimeError(errorType: string, errorMessage: string, log = ""): Outcome {
  return { kind: "error", payload: Buffer.from(JSON.stringify({ errorType, errorMessage })), log };
}
