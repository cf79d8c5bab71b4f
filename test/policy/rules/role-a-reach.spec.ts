import { policyText } from "../../../access/document";
import { roleAPermissions } from "../../../access/role-a";
import { roleAReach } from "../../../policy/rules/role-a-reach";
import { environmentWith, ORGANIZATION, registeredSales, SPOKE } from "../../worlds";
import { roleA, roleAPolicy, roleB, roleBPolicy } from "../stacks";
import { changed, document, ruleSpec, UNKNOWN, unknown } from "../world";

const [listed] = roleAPermissions(
  environmentWith({ roleA: "list", spokes: { sales: registeredSales } }),
).values();
if (listed === undefined) throw new Error("the list has a spoke");

function reaching(resource: string, condition: object = {}) {
  return [
    roleA,
    changed(roleAPolicy, {
      policy: document({
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Resource: resource,
        Condition: condition,
      }),
    }),
  ];
}

ruleSpec({
  rule: roleAReach,
  passes: {
    "a pattern of names in the organization (R67)": [roleA, roleAPolicy],
    "a list": [roleA, changed(roleAPolicy, { policy: policyText(listed) })],
    "Role B": [roleB, roleBPolicy],
  },
  fails: {
    "every role": [reaching("*"), ["role-a: statement 1 lets Role A assume *, whatever its name"]],
    "every role of an account": [
      reaching(`arn:aws:iam::${SPOKE}:role/*`),
      [`role-a: statement 1 lets Role A assume arn:aws:iam::${SPOKE}:role/*, whatever its name`],
    ],
    "every role of the organization": [
      reaching("arn:aws:iam::*:role/*", { StringEquals: { "aws:ResourceOrgID": ORGANIZATION } }),
      ["role-a: statement 1 lets Role A assume arn:aws:iam::*:role/*, whatever its name"],
    ],
    "a pattern of names in the whole world (C24)": [
      reaching("arn:aws:iam::*:role/qs-athena-consumer-role"),
      [
        "role-a: statement 1 lets Role A assume arn:aws:iam::*:role/qs-athena-consumer-role in any account of the world",
      ],
    ],
    "a pattern of names in every organization": [
      reaching("arn:aws:iam::*:role/qs-athena-consumer-role", {
        StringLike: { "aws:ResourceOrgID": "o-*" },
      }),
      [
        "role-a: statement 1 lets Role A assume arn:aws:iam::*:role/qs-athena-consumer-role in any account of the world",
      ],
    ],
    "every role but some": [
      [
        roleA,
        changed(roleAPolicy, {
          policy: document({ Effect: "Allow", Action: "sts:*", NotResource: `arn:aws:iam::${SPOKE}:role/x` }),
        }),
      ],
      ["role-a: statement 1 lets Role A assume every role but those it names"],
    ],
    "an unknown policy": [[roleA, changed(roleAPolicy, { policy: UNKNOWN })], [unknown("role-a", "policy")]],
  },
});
