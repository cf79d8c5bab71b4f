import { expect } from "chai";

/** What an AWS client says of a refused call: code, HTTP status, message. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** The error that a call ends with. Fails when the call succeeds. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { code: name, status: $metadata?.httpStatusCode ?? 0, message };
  }
  return expect.fail("the call succeeded");
}
