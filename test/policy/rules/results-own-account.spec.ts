import { resultsOwnAccount } from "../../../policy/rules/results-own-account";
import { SPOKE } from "../../worlds";
import { roleA, roleAPolicy, roleB, roleBPolicy } from "../stacks";
import { changed, document, ruleSpec, UNKNOWN, unknown } from "../world";

function may(action: string, condition: object) {
  return [
    roleB,
    changed(roleBPolicy, {
      policy: document({
        Effect: "Allow",
        Action: action,
        Resource: "arn:aws:s3:::results/*",
        Condition: condition,
      }),
    }),
  ];
}

const found = (action: string) => [
  `role-b: statement 1 allows ${action} whoever owns arn:aws:s3:::results/*`,
];

ruleSpec({
  rule: resultsOwnAccount,
  passes: {
    "Role A and Role B": [roleA, roleAPolicy, roleB, roleBPolicy],
    "one account": may("s3:PutObject", { StringEquals: { "aws:ResourceAccount": SPOKE } }),
    reading: may("s3:GetObject", {}),
  },
  fails: {
    "a bucket by its name alone": [may("s3:PutObject", {}), found("s3:PutObject")],
    "every action on it": [may("s3:*", {}), found("s3:*")],
    "any account": [
      may("s3:PutObject", { StringLike: { "aws:ResourceAccount": "*" } }),
      found("s3:PutObject"),
    ],
    "any account that begins alike": [
      may("s3:PutObject", { StringLike: { "aws:ResourceAccount": "13*" } }),
      found("s3:PutObject"),
    ],
    "an unknown policy": [[roleB, changed(roleBPolicy, { policy: UNKNOWN })], [unknown("role-b", "policy")]],
  },
});
