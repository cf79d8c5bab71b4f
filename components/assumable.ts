/**
 * Waiting until a role can be assumed that was made just now. IAM spreads a role within seconds; Pulumi's aws provider tries
 * once and fails, without the retries that it makes otherwise (docs/decisions/first-assume.md).
 */
import { setTimeout as pause } from "node:timers/promises";

/** A role that another role is to become. */
export interface Assumption {
  readonly roleArn: string;
  /** ARN of the role that assumes it, which the caller assumes first. */
  readonly via: string;
  readonly region: string;
}

/** Ends when the role can be assumed, or will not be. */
export type WhenAssumable = (assumption: Assumption) => Promise<void>;

export interface Waiting {
  /** Longest wait in milliseconds, once the caller is in. Default a minute; terraform-provider-aws #6566 saw 10 to 30 seconds. */
  readonly patience?: number | undefined;
  /** Between two tries, in milliseconds. Default 2 seconds. */
  readonly interval?: number;
  /** Ends the wait when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Told once, before the first pause. Default: nobody. */
  readonly tell?: (text: string) => void;
}

/**
 * Tries to assume the role until it can be assumed, and keeps nothing of it. STS says AccessDenied of a new role as of one that
 * will never let the caller in, so that both are waited for; no other error is. The provider, which tries next, says what is
 * wrong in its own words.
 */
export async function whenAssumable(
  { roleArn, via, region }: Assumption,
  { patience = 60_000, interval = 2_000, signal, tell = () => undefined }: Waiting = {},
): Promise<void> {
  // Which Node.js is supported is this project's to say (package.json).
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const { STSClient, AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const { fromTemporaryCredentials } = await import("@aws-sdk/credential-providers");
  const session = { RoleSessionName: "athena-spokes" };
  const clientConfig = { region };
  try {
    const credentials = await fromTemporaryCredentials({
      params: { RoleArn: via, ...session },
      clientConfig,
    })();
    const sts = new STSClient({ region, credentials });
    const until = Date.now() + patience;
    let isTold = false;
    while (!(await isAssumed(() => sts.send(new AssumeRoleCommand({ RoleArn: roleArn, ...session }))))) {
      if (Date.now() + interval > until) return;
      if (!isTold) tell(`waiting until ${via} can assume ${roleArn}, for ${patience / 1000} seconds at most`);
      isTold = true;
      await pause(interval, undefined, { signal });
    }
  } catch {
    return;
  }
}

/** Whether the role could be assumed. @throws what is wrong beside that */
async function isAssumed(assume: () => Promise<unknown>): Promise<boolean> {
  try {
    await assume();
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "AccessDenied") return false;
    throw thrown;
  }
}
