import { confusedDeputy } from "../../../policy/rules/confused-deputy";
import { types } from "../../../policy/reading/types";
import { HUB, PRODUCER, SPOKE } from "../../worlds";
import { roleA, roleB } from "../stacks";
import { changed, document, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

/** A role of the spoke whose trust is one statement. */
function trusting(principal: object | string, condition?: object): readonly Written[] {
  const statement = { Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" };
  return [
    {
      type: types.role,
      name: "role",
      props: {
        name: "role",
        assumeRolePolicy: document(
          condition === undefined ? statement : { ...statement, Condition: condition },
        ),
      },
    },
  ];
}

const quick = { Service: "quicksight.amazonaws.com" };
const hub = { AWS: `arn:aws:iam::${HUB}:root` };
const forAnybody = "role: statement 1 of the trust lets quicksight.amazonaws.com assume the role for anybody";
const withoutSaying = `role: statement 1 of the trust lets account ${HUB} assume the role without saying for whom`;

ruleSpec({
  rule: confusedDeputy,
  passes: {
    "Role A and Role B": [roleA, roleB],
    "a service that acts for its own account only": trusting({ Service: "lambda.amazonaws.com" }),
    "the role's own account": trusting({ AWS: `arn:aws:iam::${SPOKE}:root` }),
    "a service that is configured": {
      stack: trusting({ Service: "scheduler.amazonaws.com" }),
      configured: { services: ["scheduler.amazonaws.com"] },
    },
    "a source account": trusting(quick, { StringEquals: { "aws:SourceAccount": HUB } }),
    "a source ARN": trusting(quick, {
      ArnLike: { "aws:SourceArn": `arn:aws:quicksight:*:${HUB}:datasource/*` },
    }),
    "an external id (R68)": trusting(hub, { StringEquals: { "sts:ExternalId": "x1" } }),
    "a principal's ARN (C11)": trusting(hub, {
      ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${HUB}:role/x` },
    }),
    "a deny": [
      changed(roleA, {
        assumeRolePolicy: document({ Effect: "Deny", Principal: quick, Action: "sts:AssumeRole" }),
      }),
    ],
  },
  fails: {
    "a service without a source": [trusting(quick), [forAnybody]],
    "any source account": [trusting(quick, { StringLike: { "aws:SourceAccount": "*" } }), [forAnybody]],
    "a source account only where there is one": [
      trusting(quick, { StringEqualsIfExists: { "aws:SourceAccount": HUB } }),
      [forAnybody],
    ],
    "a source ARN whose pattern reaches over colons": [
      trusting(quick, { StringLike: { "aws:SourceArn": `arn:aws:quicksight:*:${HUB}:datasource/*` } }),
      [forAnybody],
    ],
    "a source ARN without its account": [
      trusting(quick, { ArnLike: { "aws:SourceArn": "arn:aws:quicksight:us-east-1:*:datasource/x" } }),
      [forAnybody],
    ],
    "another account without a condition": [trusting(hub), [withoutSaying]],
    "an external id that is anything": [
      trusting(hub, { StringLike: { "sts:ExternalId": "*" } }),
      [withoutSaying],
    ],
    "a role of another account": [
      trusting({ AWS: `arn:aws:iam::${PRODUCER}:role/x` }),
      [
        `role: statement 1 of the trust lets arn:aws:iam::${PRODUCER}:role/x assume the role without saying for whom`,
      ],
    ],
    "a service that is no longer configured": [
      trusting({ Service: "lambda.amazonaws.com" }),
      ["role: statement 1 of the trust lets lambda.amazonaws.com assume the role for anybody"],
      { services: [] },
    ],
    "text that is no document": [
      [changed(roleA, { assumeRolePolicy: "{}" })],
      ["role-a: cannot be judged: assumeRolePolicy is not a policy document with statements"],
    ],
    "an unknown trust": [
      [changed(roleA, { assumeRolePolicy: UNKNOWN })],
      [unknown("role-a", "assumeRolePolicy")],
    ],
  },
});
