import type { Caller, KeyGrant } from "../../../../access/evaluate";
import {
  analyst,
  asRoleB,
  does,
  key,
  keyPolicy,
  organization,
  otherSpoke,
  producer,
  region,
  roleB,
  spoke,
  useConnector,
} from "../chain";
import { type Row, aws, policy } from "../row";

const viaS3 = { context: { "kms:ViaService": `s3.${region}.amazonaws.com` } };
const connectorRole: Caller = {
  type: "role",
  arn: `arn:aws:iam::${producer}:role/acct1dynamodb`,
  session: "f",
};
const producerUser: Caller = { type: "user", arn: `arn:aws:iam::${producer}:user/ops` };
const kmsAll = policy("kms-all", { Effect: "Allow", Action: "kms:*", Resource: "*" });
const both = { identity: [useConnector], resource: keyPolicy };
const withoutRoot = policy("without-root", {
  Effect: "Allow",
  Principal: { AWS: connectorRole.arn },
  Action: "kms:GenerateDataKey",
  Resource: "*",
});
const grantTo = (grantee: string, more: Partial<KeyGrant> = {}): readonly KeyGrant[] => [
  { id: "g-1", grantee, operations: ["Decrypt"], ...more },
];
const onlyRoot = policy("only-root", {
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${producer}:root` },
  Action: "kms:*",
  Resource: "*",
});
const spilled = { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::spill-dev-producer" };

export const rows: readonly Row[] = [
  {
    name: "Role B decrypts a spilled block through S3: both halves",
    request: does(asRoleB, "kms:Decrypt", key, viaS3),
    policies: both,
    expected: "allowed: UseConnector[3], key-policy[1]",
    source: aws.keyAcross,
  },
  {
    name: "Role B decrypts directly, not through S3",
    request: does(asRoleB, "kms:Decrypt", key),
    policies: both,
    expected: "implicit-deny: identity-based policy, key policy",
    source: aws.keyConditions,
  },
  {
    name: "Role B decrypts through another service",
    request: does(asRoleB, "kms:Decrypt", key, {
      context: { "kms:ViaService": `dynamodb.${region}.amazonaws.com` },
    }),
    policies: both,
    expected: "implicit-deny: identity-based policy, key policy",
    source: aws.keyConditions,
  },
  {
    name: "hole: the seed's key policy alone, without an identity policy in the other account (C23)",
    request: does(analyst, "kms:Decrypt", key),
    policies: {
      identity: [],
      resource: policy("seed-key", {
        Sid: "Allow use of the key",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${spoke}:user/analyst` },
        Action: "kms:Decrypt",
        Resource: "*",
      }),
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.keyAcross,
  },
  {
    name: "the identity policy alone, without the key policy",
    request: does(asRoleB, "kms:Decrypt", key, viaS3),
    policies: { identity: [useConnector], resource: onlyRoot },
    expected: "implicit-deny: key policy",
    source: aws.keyAcross,
  },
  {
    name: "another role of the spoke",
    request: does(
      { type: "role", arn: `arn:aws:iam::${spoke}:role/intern`, session: "x" },
      "kms:Decrypt",
      key,
      viaS3,
    ),
    policies: both,
    expected: "implicit-deny: key policy",
    source: aws.keys,
  },
  {
    name: "another spoke's Role B",
    request: does(
      { type: "role", arn: roleB.replace(spoke, otherSpoke), session: "x" },
      "kms:Decrypt",
      key,
      viaS3,
    ),
    policies: both,
    expected: "implicit-deny: key policy",
    source: aws.keyAcross,
  },
  {
    name: "a key open to the organization, narrowed to Role B's name",
    request: does(
      { type: "role", arn: roleB.replace(spoke, otherSpoke), session: "x" },
      "kms:Decrypt",
      key,
      viaS3,
    ),
    policies: {
      identity: [useConnector],
      resource: policy("org-key", {
        Effect: "Allow",
        Principal: "*",
        Action: "kms:Decrypt",
        Resource: "*",
        Condition: {
          StringEquals: { "aws:PrincipalOrgID": organization },
          ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/qs-athena-consumer-role" },
        },
      }),
    },
    expected: "allowed: UseConnector[3], org-key[0]",
    source: aws.keyAcross,
  },
  {
    name: "the key's own account delegates to IAM by naming its root",
    request: does(connectorRole, "kms:GenerateDataKey", key),
    policies: { identity: [kmsAll], resource: keyPolicy },
    expected: "allowed: kms-all[0], key-policy[0]",
    source: aws.keyPolicyDefault,
  },
  {
    name: "naming the root grants nothing without an identity policy",
    request: does(connectorRole, "kms:GenerateDataKey", key),
    policies: { identity: [], resource: keyPolicy },
    expected: "implicit-deny: identity-based policy",
    source: aws.keyPolicyDefault,
  },
  {
    name: "without the root, identity policies of the key's account have no effect",
    request: does(producerUser, "kms:Decrypt", key),
    policies: { identity: [kmsAll], resource: withoutRoot },
    expected: "implicit-deny: key policy",
    source: aws.keyPolicyDefault,
  },
  {
    name: "a role that the key policy names needs no identity policy in the key's account",
    request: does(connectorRole, "kms:GenerateDataKey", key),
    policies: { identity: [], resource: withoutRoot },
    expected: "allowed: without-root[0]",
    source: aws.keyPolicy,
  },
  {
    name: "a role that the key policy names for another action",
    request: does(connectorRole, "kms:Decrypt", key),
    policies: { identity: [], resource: withoutRoot },
    expected: "implicit-deny: key policy",
    source: aws.keyPolicy,
  },
  {
    name: "the root user of the key's account needs the key policy, too",
    request: does({ type: "root", account: producer }, "kms:Decrypt", key),
    policies: { resource: withoutRoot },
    expected: "implicit-deny: key policy",
    source: aws.keyPolicyDefault,
  },
  {
    name: "the root user of the key's account, named by the key policy",
    request: does({ type: "root", account: producer }, "kms:Decrypt", key),
    policies: { resource: onlyRoot },
    expected: "allowed: only-root[0]",
    source: aws.keyPolicyDefault,
  },
  {
    name: "a key without any policy that is known",
    request: does(connectorRole, "kms:Decrypt", key),
    policies: { identity: [kmsAll] },
    expected: "implicit-deny: key policy",
    source: aws.keyPolicy,
  },
  {
    name: "creating a key acts on no key, so the identity policy decides",
    request: does(connectorRole, "kms:CreateKey", "*"),
    policies: { identity: [kmsAll] },
    expected: "allowed: kms-all[0]",
    source: aws.keyPolicy,
  },
  {
    name: "an explicit deny in the key policy beats every Allow",
    request: does(connectorRole, "kms:Decrypt", key),
    policies: {
      identity: [kmsAll],
      resource: policy(
        "guarded",
        { Effect: "Allow", Principal: { AWS: producer }, Action: "kms:*", Resource: "*" },
        {
          Effect: "Deny",
          Principal: "*",
          Action: "kms:Decrypt",
          Resource: "*",
          Condition: { Null: { "kms:ViaService": "true" } },
        },
      ),
    },
    expected: "explicit-deny: guarded[1]",
    source: aws.keyConditions,
  },
  {
    name: "what a key policy cannot open to another account stays closed",
    request: does(asRoleB, "kms:ScheduleKeyDeletion", key),
    policies: {
      identity: [kmsAll],
      resource: policy("open", {
        Effect: "Allow",
        Principal: { AWS: spoke },
        Action: "kms:*",
        Resource: "*",
      }),
    },
    expected: "implicit-deny: key policy",
    source: aws.keyAcross,
  },
  {
    name: "encryption context: the right one",
    request: does(connectorRole, "kms:Decrypt", key, {
      context: { "kms:EncryptionContext:Department": "Music" },
    }),
    policies: {
      resource: policy("context-key", {
        Effect: "Allow",
        Principal: { AWS: connectorRole.arn },
        Action: "kms:Decrypt",
        Resource: "*",
        Condition: { StringEquals: { "kms:EncryptionContext:Department": "Music" } },
      }),
    },
    expected: "allowed: context-key[0]",
    source: aws.keyConditions,
  },
  {
    name: "encryption context: a wrong one is denied",
    request: does(connectorRole, "kms:Decrypt", key, {
      context: { "kms:EncryptionContext:Department": "Payroll" },
    }),
    policies: {
      resource: policy(
        "context-key",
        { Effect: "Allow", Principal: { AWS: connectorRole.arn }, Action: "kms:Decrypt", Resource: "*" },
        {
          Effect: "Deny",
          Principal: "*",
          Action: "kms:Decrypt",
          Resource: "*",
          Condition: { StringNotEquals: { "kms:EncryptionContext:Department": "Music" } },
        },
      ),
    },
    expected: "explicit-deny: context-key[1]",
    source: aws.keyConditions,
  },
  {
    name: "encryption context: none is denied by the negated operator",
    request: does(connectorRole, "kms:Decrypt", key),
    policies: {
      resource: policy(
        "context-key",
        { Effect: "Allow", Principal: { AWS: connectorRole.arn }, Action: "kms:Decrypt", Resource: "*" },
        {
          Effect: "Deny",
          Principal: "*",
          Action: "kms:Decrypt",
          Resource: "*",
          Condition: { StringNotEquals: { "kms:EncryptionContext:Department": "Music" } },
        },
      ),
    },
    expected: "explicit-deny: context-key[1]",
    source: aws.operators,
  },
  {
    name: "a grant instead of the key policy, with the identity policy",
    request: does(asRoleB, "kms:Decrypt", key, viaS3),
    policies: { identity: [useConnector], resource: onlyRoot, grants: grantTo(roleB) },
    expected: "allowed: UseConnector[3], grant g-1",
    source: aws.grants,
  },
  {
    name: "a grant to another account's role without an identity policy there (C23)",
    request: does(asRoleB, "kms:Decrypt", key, viaS3),
    policies: { identity: [], resource: onlyRoot, grants: grantTo(roleB) },
    expected: "implicit-deny: identity-based policy",
    source: aws.grants,
  },
  {
    name: "a grant to a role of the key's account needs no identity policy",
    request: does(connectorRole, "kms:Decrypt", key),
    policies: { identity: [], resource: onlyRoot, grants: grantTo(connectorRole.arn) },
    expected: "allowed: grant g-1",
    source: aws.grants,
  },
  {
    name: "a grant for another operation",
    request: does(connectorRole, "kms:GenerateDataKey", key),
    policies: { identity: [], resource: onlyRoot, grants: grantTo(connectorRole.arn) },
    expected: "implicit-deny: identity-based policy",
    source: aws.grants,
  },
  {
    name: "a grant to somebody else",
    request: does(asRoleB, "kms:Decrypt", key, viaS3),
    policies: {
      identity: [useConnector],
      resource: onlyRoot,
      grants: grantTo(roleB.replace(spoke, otherSpoke)),
    },
    expected: "implicit-deny: key policy",
    source: aws.grants,
  },
  {
    name: "an explicit deny in the key policy beats a grant",
    request: does(connectorRole, "kms:Decrypt", key),
    policies: {
      resource: policy("deny", { Effect: "Deny", Principal: "*", Action: "kms:Decrypt", Resource: "*" }),
      grants: grantTo(connectorRole.arn),
    },
    expected: "explicit-deny: deny[0]",
    source: aws.evaluation,
  },
  {
    name: "a grant constrained to part of the encryption context, which the request has",
    request: does(connectorRole, "kms:Decrypt", key, {
      context: { ...spilled, "kms:EncryptionContext:more": "x" },
    }),
    policies: {
      resource: onlyRoot,
      grants: grantTo(connectorRole.arn, {
        constraints: { encryptionContextSubset: { "aws:s3:arn": "arn:aws:s3:::spill-dev-producer" } },
      }),
    },
    expected: "allowed: grant g-1",
    source: aws.grantConstraints,
  },
  {
    name: "a grant constrained to part of the encryption context, which the request lacks",
    request: does(connectorRole, "kms:Decrypt", key),
    policies: {
      resource: onlyRoot,
      grants: grantTo(connectorRole.arn, {
        constraints: { encryptionContextSubset: { "aws:s3:arn": "arn:aws:s3:::spill-dev-producer" } },
      }),
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.grantConstraints,
  },
  {
    name: "a grant constrained to exactly the encryption context takes no more than that",
    request: does(connectorRole, "kms:Decrypt", key, {
      context: { ...spilled, "kms:EncryptionContext:more": "x" },
    }),
    policies: {
      resource: onlyRoot,
      grants: grantTo(connectorRole.arn, {
        constraints: { encryptionContextEquals: { "aws:s3:arn": "arn:aws:s3:::spill-dev-producer" } },
      }),
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.grantConstraints,
  },
  {
    name: "a grant constrained to exactly the encryption context",
    request: does(connectorRole, "kms:Decrypt", key, { context: spilled }),
    policies: {
      resource: onlyRoot,
      grants: grantTo(connectorRole.arn, {
        constraints: { encryptionContextEquals: { "aws:s3:arn": "arn:aws:s3:::spill-dev-producer" } },
      }),
    },
    expected: "allowed: grant g-1",
    source: aws.grantConstraints,
  },
  {
    name: "a grant to an AWS service",
    request: does({ type: "service", name: "dynamodb.amazonaws.com" }, "kms:Decrypt", key),
    policies: { resource: onlyRoot, grants: grantTo("dynamodb.amazonaws.com") },
    expected: "allowed: grant g-1",
    source: aws.grants,
  },
];
