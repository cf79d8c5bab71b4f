/** Whether the trail by which alarms hear of STS is there, and hands on what they are to hear (R73). */
import { type AccountView, isDenied, type TrailView } from "../cloud/cloud";
import type { Findings } from "./preflight";

/**
 * A role that may not look is no hindrance: its template may be older than this look, and be applied again only after the
 * stacks are up to date (docs/architecture.md).
 *
 * @param named the trail of the environment's `alarms`, name or ARN.
 * @param path where that is written.
 */
export async function trailFindings(
  account: AccountView,
  named: string,
  path: string,
): Promise<Required<Findings>> {
  const what = `trail ${named} of alarms`;
  const where = `${account.account}, ${account.region}`;
  let trail: TrailView | undefined;
  try {
    trail = await account.trailNamed(named);
  } catch (thrown) {
    if (!isDenied(thrown)) throw thrown;
    return {
      problems: [],
      advisories: [
        `${what} may not be looked at in ${where}: once this is through, apply the account's template of \`spokes bootstrap\` again, or let the role call cloudtrail:DescribeTrails, GetTrailStatus and GetEventSelectors`,
      ],
    };
  }
  const missing = missingOf(trail);
  return {
    problems:
      missing === undefined
        ? []
        : [
            {
              whose: "input",
              path,
              message: `${what} ${missing[0]} in ${where}, so that no rule would ever hear of STS: ${missing[1]}, or leave alarms out`,
            },
          ],
    advisories:
      missing === undefined && trail?.seen === undefined
        ? [
            `${what} is not this account's own, and whether it logs management events in ${where} may not be looked at: ask whoever keeps it`,
          ]
        : [],
  };
}

/** What a trail lacks, and what to do. */
function missingOf(trail: TrailView | undefined): readonly [lack: string, remedy: string] | undefined {
  if (trail === undefined)
    return [
      "is not there, or is another Region's alone,",
      "make it, make it a multi-Region trail, name another as `aws cloudtrail describe-trails` shows them",
    ];
  if (trail.seen?.logging === false) return ["does not log", "run `aws cloudtrail start-logging`"];
  if (trail.seen?.logsReads === false)
    return [
      "logs no read-only management events, of which AssumeRole is one,",
      "have it log management events, reads and writes",
    ];
  return undefined;
}
