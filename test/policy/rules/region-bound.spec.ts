import { types } from "../../../policy/reading/types";
import { regionBound } from "../../../policy/rules/region-bound";
import { SPOKE } from "../../worlds";
import { roleAPolicy, roleBPolicy } from "../stacks";
import { document, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

function may(changes: object): readonly Written[] {
  const statement = { Effect: "Allow", Action: "athena:ListWorkGroups", Resource: "*", ...changes };
  return [{ type: types.rolePolicy, name: "policy", props: { policy: document(statement) } }];
}

const found = ["policy: statement 1 allows athena:ListWorkGroups in every Region"];

ruleSpec({
  rule: regionBound,
  passes: {
    "Role A and Role B": [roleAPolicy, roleBPolicy],
    "one Region (R82)": may({ Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } } }),
    "a resource": may({ Resource: `arn:aws:athena:us-east-1:${SPOKE}:workgroup/x` }),
    "a service without Regions": may({ Action: "iam:ListRoles" }),
    "a deny": may({ Effect: "Deny" }),
  },
  fails: {
    "no Region": [may({}), found],
    "any Region": [may({ Condition: { StringLike: { "aws:RequestedRegion": "*" } } }), found],
    "every Region but one": [
      may({ Condition: { StringNotEquals: { "aws:RequestedRegion": "us-east-1" } } }),
      found,
    ],
    "an unknown policy": [
      [{ type: types.rolePolicy, name: "policy", props: { policy: UNKNOWN } }],
      [unknown("policy", "policy")],
    ],
  },
});
