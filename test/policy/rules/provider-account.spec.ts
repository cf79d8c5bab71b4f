import { types } from "../../../policy/reading/types";
import { providerAccount } from "../../../policy/rules/provider-account";
import { HUB, PRODUCER, SPOKE } from "../../worlds";
import { dataSource, roleA, roleAPolicy, spill } from "../stacks";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

const elsewhere = (stack: readonly Written[], name: string) =>
  stack.map((written) => (written.name === name ? { ...written, account: SPOKE } : written));
const bucket = `dev-music-athena-spill-${PRODUCER}`;

const permission: Written = {
  type: types.lambdaPermission,
  name: "permission",
  account: SPOKE,
  props: { function: `arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb`, principal: HUB },
};

function provider(allowed: string, assumed: string): Written {
  return {
    type: "pulumi:providers:aws",
    name: "provider",
    props: {
      allowedAccountIds: JSON.stringify([allowed]),
      assumeRoles: JSON.stringify([{ roleArn: `arn:aws:iam::${assumed}:role/x` }]),
    },
  };
}

ruleSpec({
  rule: providerAccount,
  passes: {
    "resources of ours": [roleA, roleAPolicy, dataSource, ...spill],
    "a function whose role is not made yet": [
      { ...permission, account: PRODUCER, from: { function: ["connector"] }, props: { function: UNKNOWN } },
      ...spill,
    ],
    "a managed policy of AWS": [
      {
        type: types.rolePolicyAttachment,
        name: "it",
        props: { policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
      },
    ],
    "a provider of one account": [provider(HUB, HUB)],
  },
  fails: {
    "a bucket with the number of another account": [
      elsewhere([spill[0] as Written], "spill"),
      [`spill: bucket ${bucket} is of account ${PRODUCER}, its provider of ${SPOKE}`],
    ],
    "a data source of another hub": [
      elsewhere([dataSource], "sales"),
      [`sales: the data source is of account ${HUB}, its provider of ${SPOKE}`],
    ],
    "an ARN of another account": [
      [{ ...roleA, account: SPOKE, outputs: { ...roleA.props, arn: `arn:aws:iam::${HUB}:role/x` } }],
      [`role-a: arn:aws:iam::${HUB}:role/x is of account ${HUB}, its provider of ${SPOKE}`],
    ],
    "a permission on another account's function": [
      [permission],
      [
        `permission: arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb is of account ${PRODUCER}, its provider of ${SPOKE}`,
      ],
    ],
    "a permission on a function of another account that is not made yet": [
      [{ ...permission, from: { function: ["connector"] }, props: { function: UNKNOWN } }, ...spill],
      [`permission: function, which connector makes, is of account ${PRODUCER}, its provider of ${SPOKE}`],
    ],
    "a provider that names no account": [
      [{ ...dataSource, account: "none" }],
      [`sales: the data source is of account ${HUB}, and its provider names no account`],
    ],
    "a provider that contradicts itself": [
      [provider(HUB, SPOKE)],
      [`provider: the provider assumes a role of account ${SPOKE}, and may call ${HUB} only`],
    ],
    "a permission on nobody knows what": [
      [{ ...permission, props: { function: UNKNOWN } }],
      [unknown("permission", "function")],
    ],
  },
});
