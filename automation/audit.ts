/** What CloudTrail tells of a spoke's chain, and what of it the chain does not explain (R73). */
import { enterChain } from "./accounts";
import type { Context } from "./context";
import { RunnerError } from "./failure";
import { step } from "./message";
import { counted } from "./output/wording";
import { deployedSpoke, type SpokeName } from "./spoke-name";
import { readTrail, type TrailedSession } from "./trail";

export interface AuditOptions {
  /** How far back, in days. Default 1; CloudTrail's event history has 90. */
  readonly days?: number;
}

export interface Audited {
  readonly stack: string;
  readonly sessions: readonly TrailedSession[];
}

const DAY = 24 * 3600 * 1000;
const MOST_DAYS = 90;

/**
 * Reads the trails of hub and spoke, or of one side.
 *
 * @throws RunnerError (`audit.unexpected`) naming every event that the chain does not explain; `input.invalid`.
 */
export async function audit(context: Context, name: SpokeName, options: AuditOptions = {}): Promise<Audited> {
  const days = options.days ?? 1;
  if (days < 1 || days > MOST_DAYS)
    throw new RunnerError(
      "input.invalid",
      "input",
      `${days} days are not in CloudTrail's event history: write 1 to ${MOST_DAYS}`,
    );
  const { request, environment } = await deployedSpoke(context, name);
  const trailed = await step(
    context,
    "audit",
    `read the trails of ${name.stack}, ${counted(days, "day")} back`,
    async () =>
      readTrail(
        await enterChain(context.cloud, request, environment, name.side),
        request,
        environment,
        new Date(Date.now() - days * DAY),
      ),
    ({ sessions }) => `${counted(sessions.length, "session")} of Role B`,
  );
  if (trailed.unexpected.length > 0)
    throw new RunnerError(
      "audit.unexpected",
      "failure",
      `${name.stack}: the chain does not explain what CloudTrail tells:\n${trailed.unexpected.map((line) => `  ${line}`).join("\n")}`,
      { faults: trailed.unexpected.map((message) => ({ path: "", message })) },
    );
  return { stack: name.stack, sessions: trailed.sessions };
}
