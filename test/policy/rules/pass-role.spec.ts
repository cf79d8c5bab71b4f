import { types } from "../../../policy/reading/types";
import { passRole } from "../../../policy/rules/pass-role";
import { HUB } from "../../worlds";
import { roleAPolicy, roleBPolicy } from "../stacks";
import { document, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

function may(action: string, resource: string, type: string = types.managedPolicy): readonly Written[] {
  return [
    {
      type,
      name: "policy",
      props: { policy: document({ Effect: "Allow", Action: action, Resource: resource }) },
    },
  ];
}

const found = (resource: string) => [`policy: statement 1 allows iam:PassRole on ${resource}`];

ruleSpec({
  rule: passRole,
  passes: {
    "Role A and Role B": [roleAPolicy, roleBPolicy],
    "Role A's ARN (R53)": may("iam:PassRole", `arn:aws:iam::${HUB}:role/qs-athena-cross-account-role-a`),
    "a pattern of names": may("iam:PassRole", `arn:aws:iam::${HUB}:role/dev-*`),
    "other actions on everything": may("iam:ListRoles", "*"),
  },
  fails: {
    everything: [may("iam:PassRole", "*"), found("*")],
    "all roles of the account": [
      may("iam:PassRole", `arn:aws:iam::${HUB}:role/*`),
      found(`arn:aws:iam::${HUB}:role/*`),
    ],
    "all roles of the world": [may("iam:PassRole", "arn:aws:iam::*:role/*"), found("arn:aws:iam::*:role/*")],
    "all that IAM has": [may("iam:*", "*"), found("*")],
    administrators: [may("*", "*"), found("*")],
    "an inline policy of a role": [
      [
        {
          type: types.role,
          name: "policy",
          props: {
            inlinePolicies: [
              { name: "x", policy: document({ Effect: "Allow", Action: "iam:PassRole", Resource: "*" }) },
            ],
          },
        },
      ],
      found("*"),
    ],
    "all roles but some": [
      [
        {
          type: types.rolePolicy,
          name: "policy",
          props: {
            policy: document({
              Effect: "Allow",
              Action: "iam:PassRole",
              NotResource: `arn:aws:iam::${HUB}:role/x`,
            }),
          },
        },
      ],
      [`policy: statement 1 allows iam:PassRole on everything but arn:aws:iam::${HUB}:role/x`],
    ],
    "an unknown policy": [
      [{ type: types.userPolicy, name: "policy", props: { policy: UNKNOWN } }],
      [unknown("policy", "policy")],
    ],
  },
});
