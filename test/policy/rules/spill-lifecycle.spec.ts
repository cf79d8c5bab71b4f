import { spillLifecycle } from "../../../policy/rules/spill-lifecycle";
import { spill } from "../stacks";
import { types } from "../../../policy/reading/types";
import { PRODUCER } from "../../worlds";
import { mutated, ruleSpec, UNKNOWN, unknown, without, type Written } from "../world";

const rule = { id: "expiry", status: "Enabled", filter: { prefix: "" }, expiration: { days: 1 } };

function expiring(...rules: readonly object[]) {
  return mutated(spill, "lifecycle", { rules });
}

/** The connector by AWS's application. */
function application(stack: readonly Written[]): Written[] {
  return [
    ...without(stack, "connector"),
    {
      type: types.serverlessStack,
      name: "connector",
      account: PRODUCER,
      from: { parameters: ["spill"] },
      props: {
        name: "acct1dynamodb",
        parameters: {
          SpillBucket: "dev-music-athena-spill-122222222222",
          SpillPrefix: "athena-spill/acct1dynamodb",
        },
      },
    },
  ];
}

const never = ["connector: spilled objects stay in bucket spill for ever"];

ruleSpec({
  rule: spillLifecycle,
  passes: {
    "a spill bucket (R8)": spill,
    "the connector's prefix": expiring({ ...rule, filter: { prefix: "athena-spill/" } }),
    "a spill bucket of AWS's application": application(spill),
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
    "no lifecycle, of AWS's application": [application(without(spill, "lifecycle")), never],
    "another prefix, of AWS's application": [
      application(expiring({ ...rule, filter: { prefix: "other/" } })),
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
