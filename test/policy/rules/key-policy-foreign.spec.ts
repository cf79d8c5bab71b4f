import { policyText } from "../../../access/document";
import { spillKey } from "../../../access/key";
import { types } from "../../../policy/reading/types";
import { keyPolicyForeign } from "../../../policy/rules/key-policy-foreign";
import { environmentWith, keyedProducers, PRODUCER, registeredSales, SPOKE } from "../../worlds";
import { document, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

const environment = environmentWith({ producers: keyedProducers, spokes: { sales: registeredSales } });
const ours = spillKey(environment, "music");
if (ours === undefined) throw new Error("the producer has a key");

function key(statement: object, props: object = {}): readonly Written[] {
  const whole = {
    Effect: "Allow",
    Principal: { AWS: SPOKE },
    Action: "kms:Decrypt",
    Resource: "*",
    ...statement,
  };
  return [{ type: types.key, name: "key", account: PRODUCER, props: { policy: document(whole), ...props } }];
}

ruleSpec({
  rule: keyPolicyForeign,
  passes: {
    "a spill key that spokes use (C23)": [
      { type: types.key, name: "key", account: PRODUCER, props: { policy: policyText(ours.policy) } },
    ],
    "the key's own account": key({ Principal: { AWS: PRODUCER }, Action: "kms:*" }),
    "a role of another account": key({ Principal: { AWS: `arn:aws:iam::${SPOKE}:role/x` } }),
    "a key with AWS's own policy": [{ type: types.key, name: "key", props: {} }],
  },
  fails: {
    "another account without a condition": [
      key({}),
      [`key: statement 1 opens the key to all of account ${SPOKE}`],
    ],
    "a policy that is a resource of its own": [
      [
        {
          type: types.keyPolicy,
          name: "key",
          account: PRODUCER,
          props: {
            policy: document({
              Effect: "Allow",
              Principal: { AWS: SPOKE },
              Action: "kms:Decrypt",
              Resource: "*",
            }),
          },
        },
      ],
      [`key: statement 1 opens the key to all of account ${SPOKE}`],
    ],
    "every action for another account": [
      key({
        Action: "kms:*",
        Condition: { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${SPOKE}:role/x` } },
      }),
      [`key: statement 1 lets account ${SPOKE} do kms:* with the key`],
    ],
    "every action but some": [
      key({
        Action: undefined,
        NotAction: "kms:Encrypt",
        Condition: { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${SPOKE}:role/x` } },
      }),
      [`key: statement 1 lets account ${SPOKE} do all but a few things with the key`],
    ],
    "the check that is bypassed": [
      key({ Principal: { AWS: PRODUCER } }, { bypassPolicyLockoutSafetyCheck: true }),
      ["key: the check that keeps the account from locking itself out of the key is bypassed"],
    ],
    "an unknown policy": [key({}, { policy: UNKNOWN }), [unknown("key", "policy")]],
  },
});
