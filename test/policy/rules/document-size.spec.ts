import { types } from "../../../policy/reading/types";
import { documentSize } from "../../../policy/rules/document-size";
import { HUB, PRODUCER } from "../../worlds";
import { roleA, roleAPolicy, roleB, roleBPolicy, spill } from "../stacks";
import { changed, document, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

/** A document of exactly that many characters. */
function sized(size: number): string {
  const frame = document({ Sid: "" });
  return document({ Sid: "x".repeat(size - frame.length) });
}

function one(type: string, props: object): readonly Written[] {
  return [{ type, name: "it", account: HUB, props: { ...props } }];
}

function managed(name: string, size: number): Written {
  return { type: types.managedPolicy, name, account: HUB, props: { name, policy: sized(size) } };
}

function inline(holder: "user" | "group", size: number, name = "connecty"): readonly Written[] {
  const type = holder === "user" ? types.userPolicy : types.groupPolicy;
  return [{ type, name: `${holder}-${name}`, account: HUB, props: { [holder]: name, policy: sized(size) } }];
}

function attached(count: number): readonly Written[] {
  return Array.from({ length: count }, (_, index) => ({
    type: types.rolePolicyAttachment,
    name: `attachment-${index}`,
    account: HUB,
    props: { role: "qs-athena-cross-account-role-a", policyArn: `arn:aws:iam::${HUB}:policy/p-${index}` },
  }));
}

function permissions(count: number): readonly Written[] {
  return Array.from({ length: count }, (_, index) => ({
    type: types.lambdaPermission,
    name: `permission-${index}`,
    account: PRODUCER,
    // Of 19 characters and a number, 23 and a name, 12: 54 + 200 with the frame.
    props: {
      function: "acct1dynamodb",
      statementId: "x".repeat(19),
      action: "lambda:InvokeFunction",
      principal: "133333333333",
    },
  }));
}

ruleSpec({
  rule: documentSize,
  passes: {
    "roles and buckets of ours": [roleA, roleAPolicy, roleB, roleBPolicy, ...spill],
    "a trust of 80 % (L5)": one(types.role, { name: "x", assumeRolePolicy: sized(1638) }),
    "a managed policy of 80 % (L2)": [managed("big", 4915)],
    "a bucket policy of 80 % (L15)": one(types.bucketPolicy, { policy: sized(16_384) }),
    "a key policy of 80 % (L16)": one(types.key, { policy: sized(26_214) }),
    "a catalog's policy of 80 % (L17)": one(types.gluePolicy, { policy: sized(8192) }),
    "white space, which does not count": one(types.role, {
      name: "x",
      assumeRolePolicy: JSON.stringify(JSON.parse(sized(1600)), null, 40),
    }),
    "managed policies that are filled one after the other": [
      managed("list-1", 6144),
      managed("list-2", 6144),
    ],
    "inline policies of a user of 80 %": inline("user", 1638),
    "inline policies of two users, each of 80 %": [
      ...inline("user", 1638),
      ...inline("user", 1638, "another"),
    ],
    "inline policies of a group of 80 %": inline("group", 4096),
    "a queue's policy of 80 %": one(types.queuePolicy, { policy: sized(6553) }),
    "a topic's policy of 80 %": one(types.topicPolicy, { policy: sized(24_576) }),
    "a queue and a topic without a policy": [
      ...one(types.queue, { name: "q" }),
      ...one(types.topic, { name: "t" }),
    ],
    "8 managed policies on a role (L3)": [roleA, ...attached(8)],
    "a larger share where that is configured": {
      stack: one(types.bucketPolicy, { policy: sized(20_000) }),
      configured: { share: 1 },
    },
  },
  fails: {
    "a long trust": [
      one(types.role, { name: "x", assumeRolePolicy: sized(1639) }),
      ["it: the trust policy has 1639 of 2048 characters, more than 80 %"],
    ],
    "inline policies that are too much together (L1)": [
      [
        changed(roleA, { inlinePolicies: [{ name: "y", policy: sized(4193) }] }),
        changed(roleAPolicy, { policy: sized(4000) }),
      ],
      ["role-a: the inline policies together has 8193 of 10240 characters, more than 80 %"],
    ],
    "a long managed policy": [
      [managed("big", 4916)],
      ["big: the managed policy has 4916 of 6144 characters, more than 80 %"],
    ],
    "a long policy with a number": [
      [managed("big-1", 4916)],
      ["big-1: the managed policy has 4916 of 6144 characters, more than 80 %"],
    ],
    "inline policies of a user that are too much together": [
      [...inline("user", 820), ...inline("user", 819)],
      ["user-connecty: the inline policies of its user together has 1639 of 2048 characters, more than 80 %"],
    ],
    "inline policies of a user whose name is not known yet": [
      [
        { type: "aws:iam/user:User", name: "them", account: HUB, props: {} },
        ...[...inline("user", 820), ...inline("user", 819)].map((policy, index) => ({
          ...changed(policy, { user: UNKNOWN }),
          name: `policy-${index}`,
          from: { user: ["them"] },
        })),
      ],
      ["policy-0: the inline policies of its user together has 1639 of 2048 characters, more than 80 %"],
    ],
    "a long inline policy of a group": [
      inline("group", 4097),
      [
        "group-connecty: the inline policies of its group together has 4097 of 5120 characters, more than 80 %",
      ],
    ],
    "a long policy of a queue": [
      one(types.queue, { policy: sized(6554) }),
      ["it: the queue's policy has 6554 of 8192 bytes, more than 80 %"],
    ],
    "a long policy of a topic": [
      one(types.topic, { policy: sized(24_577) }),
      ["it: the topic's policy has 24577 of 30720 bytes, more than 80 %"],
    ],
    "9 managed policies on a role": [
      [roleA, ...attached(9)],
      ["role-a: the role has 9 of 10 managed policies, more than 80 %"],
    ],
    "a long bucket policy": [
      one(types.bucketPolicy, { policy: sized(16_385) }),
      ["it: the bucket policy has 16385 of 20480 bytes, more than 80 %"],
    ],
    "a long key policy": [
      one(types.key, { policy: sized(26_215) }),
      ["it: the key policy has 26215 of 32768 bytes, more than 80 %"],
    ],
    "a long policy of a catalog": [
      one(types.gluePolicy, { policy: sized(8193) }),
      ["it: the catalog's policy has 8193 of 10240 bytes, more than 80 %"],
    ],
    "many permissions of a function (L12)": [
      [...spill, ...permissions(66)],
      ["connector: the policy that 66 permissions make has 16632 of 20480 bytes, more than 80 %"],
    ],
    "an unknown policy": [one(types.bucketPolicy, { policy: UNKNOWN }), [unknown("it", "policy")]],
  },
});
