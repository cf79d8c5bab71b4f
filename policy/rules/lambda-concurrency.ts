import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

export const lambdaConcurrency = resourceRule({
  name: "lambda-concurrency",
  summary: "A connector has a share of the account's concurrency of its own",
  severity: "low",
  // New accounts have too small a quota to reserve anything.
  level: "disabled",
  requirements: ["L14"],
  references: ["checkov CKV_AWS_115", "cdk-nag LambdaConcurrency"],
  remedy: "set reservedConcurrentExecutions; ask for a larger quota first when the account is new",
  types: [types.lambdaFunction],
  *check({ inputs }) {
    if ((inputs.number("reservedConcurrentExecutions") ?? -1) < 0)
      yield "the function reserves no concurrency";
  },
});
