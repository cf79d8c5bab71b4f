import { types } from "../../../policy/reading/types";
import { effectivePolicies } from "../../../policy/rules/effective-policies";
import { SPOKE } from "../../worlds";
import { roleA, roleAPolicy, roleB, roleBPolicy, spill } from "../stacks";
import { document, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

const OPERATORS =
  "StringEquals, StringNotEquals, StringEqualsIgnoreCase, StringNotEqualsIgnoreCase, StringLike, StringNotLike, ArnEquals, ArnLike, ArnNotEquals, ArnNotLike, NumericEquals, NumericNotEquals, NumericLessThan, NumericLessThanEquals, NumericGreaterThan, NumericGreaterThanEquals, DateEquals, DateNotEquals, DateLessThan, DateLessThanEquals, DateGreaterThan, DateGreaterThanEquals, Bool, BinaryEquals, IpAddress, NotIpAddress, Null";

const workgroup = `arn:aws:athena:us-east-1:${SPOKE}:workgroup/x`;

function saying(statement: object): readonly Written[] {
  const whole = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*", ...statement };
  return [{ type: types.rolePolicy, name: "policy", props: { policy: document(whole) } }];
}

ruleSpec({
  rule: effectivePolicies,
  passes: {
    "roles and buckets of ours": [roleA, roleAPolicy, roleB, roleBPolicy, ...spill],
    "actions of services that are not known here": saying({ Action: "ec2:RunInstances", Resource: "*" }),
    "condition keys of services that are not known here": saying({
      Action: "ec2:RunInstances",
      Resource: "*",
      Condition: { StringEquals: { "ec2:Region": "us-east-1" } },
    }),
    "a document that is not given": [{ type: types.key, name: "key", props: {} }],
  },
  fails: {
    "an Athena action that takes no resource, as seed 002 prints it (C7)": [
      saying({ Action: ["athena:ListDataCatalogs", "athena:GetWorkGroup"], Resource: workgroup }),
      [
        'policy: policy, Statement[0].Resource: athena:listdatacatalogs takes no resource: give it "*" in a statement of its own',
      ],
    ],
    "an action that does not exist (C20)": [
      saying({ Action: "dynamodb:ListSchemas", Resource: "*" }),
      ['policy: policy, Statement[0].Action: unknown action "dynamodb:ListSchemas": check its spelling'],
    ],
    "a mistyped operator of a deny": [
      saying({ Effect: "Deny", Condition: { StringLikes: { "aws:PrincipalArn": "x" } } }),
      [
        `policy: policy, Statement[0].Condition.StringLikes.aws:PrincipalArn: unknown condition operator "StringLikes": use one of ${OPERATORS}`,
      ],
    ],
    "a resource of another service": [
      saying({ Resource: workgroup }),
      ["policy: policy, Statement[0].Resource: no resource of the list is of a type that s3:getobject takes"],
    ],
    "a document without statements": [
      [{ type: types.rolePolicy, name: "policy", props: { policy: document() } }],
      ["policy: policy, Statement: the list is empty: the document says nothing"],
    ],
    "an unknown policy": [
      [{ type: types.rolePolicy, name: "policy", props: { policy: UNKNOWN } }],
      [unknown("policy", "policy")],
    ],
  },
});
