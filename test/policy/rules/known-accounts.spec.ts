import { spillBucketPolicy } from "../../../access/bucket";
import { policyText } from "../../../access/document";
import { types } from "../../../policy/reading/types";
import { knownAccounts } from "../../../policy/rules/known-accounts";
import { environmentWith, HUB, ORGANIZATION, PRODUCER, registeredSales, SPOKE } from "../../worlds";
import { roleA, roleB, spill } from "../stacks";
import { document, mutated, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

const STRANGER = "999999999999";
const environment = environmentWith({ spokes: { sales: registeredSales } });
const grants = [{ product: "orders", consumer: "sales", account: SPOKE, approvedBy: "ada@example.com" }];
const readers = mutated(spill, "bucket-policy", {
  policy: policyText(spillBucketPolicy(environment, "music")),
});

/** The stack itself, with the environment that it is. */
const environmentStack: Written = {
  type: types.stack,
  name: "athena-spokes-dev",
  account: "none",
  props: {},
  outputs: { environment },
};

const reference: Written = {
  type: types.stackReference,
  name: "environment",
  account: "none",
  props: { name: "dev" },
  outputs: { outputs: { environment } },
};

function trusting(principal: object, condition: object = {}): Written {
  return {
    type: types.role,
    name: "role",
    props: {
      assumeRolePolicy: document({
        Effect: "Allow",
        Principal: principal,
        Action: "sts:AssumeRole",
        Condition: condition,
      }),
    },
  };
}

function permitting(props: object): Written {
  return { type: types.lambdaPermission, name: "permission", account: PRODUCER, props: { ...props } };
}

/** A policy for everybody under a condition, in the environment's stack. */
function open(type: string, condition: object): readonly Written[] {
  const props = {
    policy: document({ Effect: "Allow", Principal: "*", Action: "*", Resource: "*", Condition: condition }),
  };
  return [environmentStack, { type, name: "policy", account: PRODUCER, props }];
}
const everybodyOf = (account: string) =>
  `policy: statement 1 lets everybody of account ${account} in, which is not ours`;

ruleSpec({
  rule: knownAccounts,
  passes: {
    "roles of ours, beside the hub's": [roleA, roleB],
    "a spoke's account that the environment lists": [environmentStack, ...readers],
    "an account that the environment grants a product": [
      { ...environmentStack, outputs: { environment: { ...environment, spokes: {}, grants } } },
      ...readers,
    ],
    "Role B that trusts the hub of its environment": [reference, roleB],
    "an account that is configured": {
      stack: [trusting({ AWS: STRANGER })],
      configured: { accounts: [STRANGER] },
    },
    "an account bound to an organization": [
      trusting({ AWS: STRANGER }, { StringEquals: { "aws:PrincipalOrgID": ORGANIZATION } }),
    ],
    "a part of the environment's organization": [
      environmentStack,
      trusting(
        { AWS: STRANGER },
        { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": `${ORGANIZATION}/r-1/*` } },
      ),
    ],
    "everybody of an account that the environment lists, by each key": [
      ...open(types.bucketPolicy, { StringEquals: { "aws:PrincipalAccount": SPOKE } }),
      ...open(types.key, { StringEquals: { "kms:CallerAccount": [SPOKE, PRODUCER] } }),
      ...open(types.key, { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${SPOKE}:role/*` } }),
    ],
    "everybody of ours, whatever else is asked": open(types.key, {
      StringEquals: { "kms:CallerAccount": SPOKE, "aws:PrincipalAccount": [SPOKE, STRANGER] },
    }),
    "a stranger's account that is denied": [
      {
        type: types.bucketPolicy,
        name: "policy",
        props: {
          policy: document({
            Effect: "Deny",
            Principal: "*",
            Action: "*",
            Resource: "*",
            Condition: { StringEquals: { "aws:PrincipalAccount": STRANGER } },
          }),
        },
      },
    ],
    "a service": [trusting({ Service: "lambda.amazonaws.com" })],
    "a permission for a spoke of the environment": [environmentStack, permitting({ principal: SPOKE })],
  },
  fails: {
    "Role B that trusts a hub nobody speaks of": [
      [roleB],
      [`role-b: statement RoleAAssumesRoleB lets account ${HUB} in, which is not ours`],
    ],
    "a spoke that the environment does not list": [
      readers,
      [
        `bucket-policy: statement ReadSpill lets account ${SPOKE} in, which is not ours`,
        `bucket-policy: statement ListSpill lets account ${SPOKE} in, which is not ours`,
      ],
    ],
    "a stranger's role": [
      [environmentStack, trusting({ AWS: `arn:aws:iam::${STRANGER}:role/x` })],
      [`role: statement 1 lets arn:aws:iam::${STRANGER}:role/x in, which is not ours`],
    ],
    "roles of a stranger by aws:PrincipalArn": [
      open(types.key, { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${STRANGER}:role/*` } }),
      [everybodyOf(STRANGER)],
    ],
    "a stranger's account by aws:PrincipalAccount, beside ours": [
      open(types.bucketPolicy, { StringEquals: { "aws:PrincipalAccount": [SPOKE, STRANGER] } }),
      [everybodyOf(STRANGER)],
    ],
    "a stranger's account by kms:CallerAccount": [
      open(types.key, { StringEquals: { "kms:CallerAccount": STRANGER } }),
      [everybodyOf(STRANGER)],
    ],
    "a stranger's role and account at once, told once": [
      open(types.key, {
        ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${STRANGER}:role/x` },
        StringEquals: { "aws:PrincipalAccount": STRANGER },
      }),
      [everybodyOf(STRANGER)],
    ],
    "the id of a role that is gone": [
      [trusting({ AWS: "AROAEXAMPLEEXAMPLE123" })],
      ["role: statement 1 names AROAEXAMPLEEXAMPLE123, whose account cannot be told"],
    ],
    "a permission for a stranger": [
      [environmentStack, permitting({ principal: STRANGER })],
      [`permission: the permission lets account ${STRANGER} in, which is not ours`],
    ],
    "a permission for a stranger's role": [
      [permitting({ principal: `arn:aws:iam::${STRANGER}:role/x` })],
      [`permission: the permission lets account ${STRANGER} in, which is not ours`],
    ],
    "organizations that are not the environment's": [
      [
        environmentStack,
        trusting({ AWS: STRANGER }, { StringEquals: { "aws:PrincipalOrgID": "o-somebodyelse" } }),
        permitting({ principal: "*", principalOrgId: "o-somebodyelse" }),
      ],
      [
        "role: statement 1 lets organization o-somebodyelse in, which is not ours",
        "permission: the permission lets organization o-somebodyelse in, which is not ours",
      ],
    ],
    "an unknown principal": [[permitting({ principal: UNKNOWN })], [unknown("permission", "principal")]],
  },
});
