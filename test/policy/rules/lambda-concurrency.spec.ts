import { expect } from "chai";
import { types } from "../../../policy/reading/types";
import { lambdaConcurrency } from "../../../policy/rules/lambda-concurrency";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

function reserving(concurrency?: number | string): readonly Written[] {
  return [
    { type: types.lambdaFunction, name: "function", props: { reservedConcurrentExecutions: concurrency } },
  ];
}

const found = ["function: the function reserves no concurrency"];

ruleSpec({
  rule: lambdaConcurrency,
  passes: { "a reservation": reserving(10), "a function that is switched off": reserving(0) },
  fails: {
    none: [reserving(), found],
    "what AWS calls none": [reserving(-1), found],
    "an unknown reservation": [reserving(UNKNOWN), [unknown("function", "reservedConcurrentExecutions")]],
  },
});

it("rule lambda-concurrency is off unless it is configured: new accounts cannot reserve anything (L14)", () => {
  expect(lambdaConcurrency.level).to.equal("disabled");
});
