import { types } from "../../../policy/reading/types";
import { roleANoData } from "../../../policy/rules/role-a-no-data";
import { HUB, SPOKE } from "../../worlds";
import { roleA, roleAPolicy, roleB, roleBPolicy } from "../stacks";
import { changed, document, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

const more = (action: string) =>
  changed(roleAPolicy, {
    policy: document(
      { Sid: "Assume", Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" },
      { Sid: "More", Effect: "Allow", Action: action, Resource: "*" },
    ),
  });

const managed: Written = {
  type: types.managedPolicy,
  name: "managed",
  account: HUB,
  props: { name: "managed", policy: document({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }) },
  outputs: {
    name: "managed",
    policy: document({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }),
    arn: UNKNOWN,
  },
};

/** Its ARN comes from the policy, which does not exist yet. */
const attachment: Written = {
  type: types.rolePolicyAttachment,
  name: "attachment",
  account: HUB,
  from: { policyArn: ["managed"] },
  props: { role: "qs-athena-cross-account-role-a", policyArn: UNKNOWN },
};

const attachedBy = (policyArn: string): Written => ({
  ...changed(attachment, { policyArn }),
  from: {},
});

ruleSpec({
  rule: roleANoData,
  passes: {
    "Role A": [roleA, roleAPolicy],
    "Role B, whatever it may do": [roleB, roleBPolicy],
    "a deny": [
      roleA,
      changed(roleAPolicy, { policy: document({ Effect: "Deny", Action: "s3:*", Resource: "*" }) }),
    ],
    "tags of the session": [roleA, more("sts:TagSession")],
  },
  fails: {
    "a data permission": [
      [roleA, more("s3:GetObject")],
      ["role-a: statement More lets Role A do s3:GetObject"],
    ],
    everything: [[roleA, more("*")], ["role-a: statement More lets Role A do *"]],
    "everything of sts": [[roleA, more("sts:*")], ["role-a: statement More lets Role A do sts:*"]],
    "everything but something": [
      [
        roleA,
        changed(roleAPolicy, { policy: document({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }) }),
      ],
      ["role-a: statement 1 lets Role A do everything but iam:*"],
    ],
    "an inline policy of the role's own": [
      [
        changed(roleA, {
          inlinePolicies: [
            { name: "x", policy: document({ Effect: "Allow", Action: "glue:GetTable", Resource: "*" }) },
          ],
        }),
      ],
      ["role-a: statement 1 lets Role A do glue:GetTable"],
    ],
    "a managed policy that is attached before it has an ARN": [
      [roleA, managed, attachment],
      ["role-a: statement 1 lets Role A do s3:GetObject"],
    ],
    "a managed policy that is attached by the ARN that it will have": [
      [roleA, managed, attachedBy(`arn:aws:iam::${HUB}:policy/managed`)],
      ["role-a: statement 1 lets Role A do s3:GetObject"],
    ],
    "a managed policy of that name in another account": [
      [roleA, managed, attachedBy(`arn:aws:iam::${SPOKE}:policy/managed`)],
      [
        `role-a: Role A has the managed policy arn:aws:iam::${SPOKE}:policy/managed, which this stack does not make`,
      ],
    ],
    "a managed policy of AWS": [
      [roleA, attachedBy("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")],
      [
        "role-a: Role A has the managed policy arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess, which this stack does not make",
      ],
    ],
    "a managed policy of AWS for a Role A of elsewhere": [
      [attachedBy("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")],
      [
        "attachment: Role A has the managed policy arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess, which this stack does not make",
      ],
    ],
    "a managed policy of the stack for a Role A of elsewhere": [
      [managed, attachment],
      ["attachment: statement 1 lets Role A do s3:GetObject"],
    ],
    "a policy for a Role A of elsewhere": [
      [more("s3:GetObject")],
      ["role-a-policy: statement More lets Role A do s3:GetObject"],
    ],
    "a role of another name that Quick may assume": [
      [changed(roleA, { name: "quick" }), changed(more("s3:GetObject"), { role: "quick" })],
      ["role-a: statement More lets Role A do s3:GetObject"],
    ],
    "a policy that takes its role from Role A, whose name is unknown": [
      [
        changed(roleA, { name: UNKNOWN }),
        { ...changed(more("s3:GetObject"), { role: UNKNOWN }), from: { role: ["role-a"] } },
      ],
      [unknown("role-a", "name")],
    ],
    "a policy for nobody knows whom": [
      [changed(more("s3:GetObject"), { role: UNKNOWN })],
      [unknown("role-a-policy", "role")],
    ],
    "an unknown policy": [[roleA, changed(roleAPolicy, { policy: UNKNOWN })], [unknown("role-a", "policy")]],
    "an unknown managed policy": [[roleA, { ...attachment, from: {} }], [unknown("role-a", "policyArn")]],
  },
});
