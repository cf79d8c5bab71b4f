/** What an environment writes of alarms (R73). */
import { z } from "zod";
import { section, wholeNumber } from "./written";

const GIB = 1024 ** 3;
const TRAIL = "(?=.{3,128}$)[A-Za-z0-9](?:[._-]?[A-Za-z0-9])*$";
const rule =
  'write its name, for example "management-events", or its ARN, as `aws cloudtrail list-trails` shows it';

export const alarmsWritten = section("alarms", {
  /**
   * The trail that makes CloudTrail hand STS's events on to EventBridge, by name or ARN: one that logs management events,
   * reads too, of the Region, in the hub and in each spoke; most easily the organization's. Without it no rule ever matches, so that
   * preflight looks for it.
   */
  trail: z
    .string({
      error: (issue) =>
        issue.input === undefined ? `the trail is missing: ${rule}` : `the trail is not a text: ${rule}`,
    })
    .regex(new RegExp(`^(?:arn:aws[\\w-]*:cloudtrail:[a-z0-9-]+:\\d{12}:trail/)?${TRAIL}`), {
      error: (issue) => `"${String(issue.input)}" is not a trail: ${rule}`,
    }),
  /** Bytes that a workgroup's queries may scan within an hour without an alarm. Default 100 GiB. */
  bytesScannedPerHour: wholeNumber("bound of scans", "bytes", 1, 2 ** 50).default(100 * GIB),
}).optional();
