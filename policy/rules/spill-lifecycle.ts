import type { Properties } from "../frame/properties";
import { stackRule } from "../frame/rule";
import { type Spill, spillPrefix, spillsOf } from "../reading/buckets";
import { types } from "../reading/types";

export const spillLifecycle = stackRule<Spill, { days: number }>({
  name: "spill-lifecycle",
  summary: "What connectors spill is deleted soon: nobody needs it after the query",
  severity: "medium",
  requirements: ["R8", "R6"],
  references: ["checkov CKV2_AWS_61", "checkov CKV_AWS_300", "prowler s3_bucket_lifecycle_enabled"],
  remedy:
    "give the spill bucket a BucketLifecycleConfiguration with an enabled rule that expires its objects after a few days, 1 if you can",
  parameters: {
    days: {
      type: "integer",
      minimum: 1,
      description: "Most days until spilled objects are deleted",
      default: 30,
    },
  },
  subjects: spillsOf,
  *check(spill, { days }) {
    const { bucket } = spill;
    // A bucket of elsewhere is judged where it is made.
    if (bucket === undefined) return;
    const name = bucket.resource.name;
    const prefix = spillPrefix(spill);
    const rules = bucket.settings(types.bucketLifecycle).flatMap(({ inputs }) => inputs.each("rules"));
    const expiring = rules.filter(
      (rule) => rule.text("status") === "Enabled" && covers(rule, prefix) && rule.has("expiration.days"),
    );
    const soonest = Math.min(...expiring.map((rule) => rule.number("expiration.days") ?? Infinity));
    if (expiring.length === 0) yield `spilled objects stay in bucket ${name} for ever`;
    else if (soonest > days)
      yield `spilled objects stay in bucket ${name} for ${soonest} days, more than ${days}`;
  },
});

/** Whether a rule is about all that lies below a prefix. */
function covers(rule: Properties, prefix: string): boolean {
  const filter = rule.part("filter");
  if (filter !== undefined && filter.keys.some((key) => key !== "prefix")) return false;
  return prefix.startsWith(filter?.text("prefix") ?? rule.text("prefix") ?? "");
}
