import { spillLifecycle } from "../../../policy/rules/spill-lifecycle";
import { spill } from "../stacks";
import { mutated, ruleSpec, UNKNOWN, unknown, without } from "../world";

const rule = { id: "expiry", status: "Enabled", filter: { prefix: "" }, expiration: { days: 1 } };

function expiring(...rules: readonly object[]) {
  return mutated(spill, "lifecycle", { rules });
}

const never = ["connector: spilled objects stay in bucket spill for ever"];

ruleSpec({
  rule: spillLifecycle,
  passes: {
    "a spill bucket (R8)": spill,
    "the connector's prefix": expiring({ ...rule, filter: { prefix: "athena-spill/" } }),
    "a bucket of elsewhere": without(spill, "spill"),
    "buckets that nobody spills to": without(without(spill, "connector"), "lifecycle"),
    "a bucket that comes from the stack": mutated(spill, "connector", {
      environment: { variables: { spill_bucket: UNKNOWN, spill_prefix: "x" } },
    }),
  },
  fails: {
    "no lifecycle": [without(spill, "lifecycle"), never],
    "a rule that is off": [expiring({ ...rule, status: "Disabled" }), never],
    "abandoned uploads only": [
      expiring({ id: "x", status: "Enabled", abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } }),
      never,
    ],
    "another prefix": [expiring({ ...rule, filter: { prefix: "other/" } }), never],
    "some objects": [expiring({ ...rule, filter: { prefix: "", objectSizeGreaterThan: 1 } }), never],
    "a long time": [
      expiring({ ...rule, expiration: { days: 31 } }),
      ["connector: spilled objects stay in bucket spill for 31 days, more than 30"],
    ],
    "longer than is configured": [
      expiring({ ...rule, expiration: { days: 2 } }),
      ["connector: spilled objects stay in bucket spill for 2 days, more than 1"],
      { days: 1 },
    ],
    "an unknown time": [
      expiring({ ...rule, expiration: { days: UNKNOWN } }),
      [unknown("connector", "rules[0].expiration.days")],
    ],
  },
});
