import type { NamedPolicy, Policies } from "../../../../access/evaluate";
import {
  asRoleA,
  assumeConsumerRoles,
  assumesRoleB,
  dataSource,
  fullAccess,
  hub,
  organization,
  otherHub,
  otherRoleB,
  otherSpoke,
  region,
  roleA,
  roleB,
  roleBTrust,
  spoke,
  stranger,
} from "../chain";
import { type Row, aws, policy } from "../row";

const both: Policies = { identity: [assumeConsumerRoles], resource: roleBTrust };
const assumeAnything = policy("assume-anything", {
  Effect: "Allow",
  Action: "sts:AssumeRole",
  Resource: "*",
});

/** Quick's scope-down policy: this session may assume this one role. */
const scopedTo = (role: string): readonly NamedPolicy[] => [
  policy("scope-down", { Effect: "Allow", Action: "sts:AssumeRole", Resource: role }),
];

/** Seed 002:146-162 as printed. */
const seedTrust = policy("seed-trust", {
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${hub}:root` },
  Action: "sts:AssumeRole",
  Condition: { StringLike: { "sts:ExternalId": `arn:aws:quicksight:*:${hub}:datasource/*` } },
});

const orgOnly = policy("org-only", {
  Effect: "Deny",
  Principal: "*",
  Action: "sts:AssumeRole",
  Resource: "*",
  Condition: {
    StringNotEqualsIfExists: { "aws:PrincipalOrgID": organization },
    BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
  },
});

const outsider = {
  type: "role",
  arn: `arn:aws:iam::${stranger}:role/qs-athena-cross-account-role-a`,
  session: "x",
} as const;
const hubAdmin = { type: "role", arn: `arn:aws:iam::${hub}:role/administrator`, session: "x" } as const;
const hubUser = { type: "user", arn: `arn:aws:iam::${hub}:user/ops` } as const;
const spokeRole = { type: "role", arn: `arn:aws:iam::${spoke}:role/analytics`, session: "x" } as const;
const spokeUser = { type: "user", arn: `arn:aws:iam::${spoke}:user/connecty-sa` } as const;

/** Seed 003:33-46: the service account is named, no external id. */
const connectyTrust = policy("connecty-trust", {
  Sid: "AllowConnectyAIUserToAssume",
  Effect: "Allow",
  Principal: { AWS: spokeUser.arn },
  Action: "sts:AssumeRole",
});
const spokeRootTrust = policy("own-root-trust", {
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${spoke}:root` },
  Action: "sts:AssumeRole",
});

export const rows: readonly Row[] = [
  {
    name: "Role A assumes Role B with its data source's external id",
    request: assumesRoleB(asRoleA, dataSource),
    policies: both,
    expected: "allowed: AssumeConsumerRolePolicy[0], role-b-trust[0]",
    source: aws.crossAccount,
  },
  {
    name: "Role A assumes Role B without an external id",
    request: assumesRoleB(asRoleA, undefined),
    policies: both,
    expected: "implicit-deny: identity-based policy, role trust policy",
    source: aws.externalId,
  },
  {
    name: "Role A assumes Role B with another data source's external id",
    request: assumesRoleB(asRoleA, `arn:aws:quicksight:${region}:${hub}:datasource/dev-other`),
    policies: both,
    expected: "implicit-deny: role trust policy",
    source: aws.externalId,
  },
  {
    name: "an external id that differs in case only",
    request: assumesRoleB(asRoleA, dataSource.replace("dev-sales", "DEV-SALES")),
    policies: both,
    expected: "implicit-deny: role trust policy",
    source: aws.operators,
  },
  {
    name: "an external id from another Region",
    request: assumesRoleB(asRoleA, dataSource.replace(region, "eu-west-1")),
    policies: both,
    expected: "implicit-deny: identity-based policy, role trust policy",
    source: aws.externalId,
  },
  {
    name: "another hub's Role A with the right external id",
    request: assumesRoleB({ type: "role", arn: roleA.replace(hub, otherHub), session: "quick" }, dataSource),
    policies: { identity: [assumeAnything], resource: roleBTrust },
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
  {
    name: "another role of the hub with the right external id",
    request: assumesRoleB(hubAdmin, dataSource),
    policies: { identity: [assumeAnything], resource: roleBTrust },
    expected: "implicit-deny: role trust policy",
    source: aws.keys,
  },
  {
    name: "hole: the seed's trust of the hub's root lets any hub role in that writes the external id",
    request: assumesRoleB(hubAdmin, dataSource),
    policies: { identity: [assumeAnything], resource: seedTrust },
    expected: "allowed: assume-anything[0], seed-trust[0]",
    source: aws.principal,
  },
  {
    name: "hole: the seed's trust takes an external id of another account that runs over colons",
    request: assumesRoleB(asRoleA, `arn:aws:quicksight:${region}:${otherHub}:x:${hub}:datasource/y`),
    policies: { identity: [assumeAnything], resource: seedTrust },
    expected: "allowed: assume-anything[0], seed-trust[0]",
    source: aws.arnOperators,
  },
  {
    name: "hole closed: the exact external id takes no other",
    request: assumesRoleB(asRoleA, `arn:aws:quicksight:${region}:${otherHub}:x:${hub}:datasource/y`),
    policies: { identity: [assumeAnything], resource: roleBTrust },
    expected: "implicit-deny: role trust policy",
    source: aws.externalId,
  },
  {
    name: "hole closed: the option any-data-source has a literal Region",
    request: assumesRoleB(asRoleA, `arn:aws:quicksight:${region}:${otherHub}:x:${hub}:datasource/y`),
    policies: {
      identity: [assumeAnything],
      resource: policy("any-data-source", {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${hub}:root` },
        Action: "sts:AssumeRole",
        Condition: { StringLike: { "sts:ExternalId": `arn:aws:quicksight:${region}:${hub}:datasource/*` } },
      }),
    },
    expected: "implicit-deny: role trust policy",
    source: aws.arnOperators,
  },
  {
    name: "a user of the hub with the right external id",
    request: assumesRoleB(hubUser, dataSource),
    policies: { identity: [assumeAnything], resource: roleBTrust },
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
  {
    name: "Role A without an identity policy",
    request: assumesRoleB(asRoleA, dataSource),
    policies: { identity: [], resource: roleBTrust },
    expected: "implicit-deny: identity-based policy",
    source: aws.crossAccount,
  },
  {
    name: "Role A named by its own ARN still needs its identity policy in another account",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      identity: [],
      resource: policy("by-name", { Effect: "Allow", Principal: { AWS: roleA }, Action: "sts:AssumeRole" }),
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.crossAccount,
  },
  {
    name: "Role A named by its own ARN, with its identity policy",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      identity: [assumeConsumerRoles],
      resource: policy("by-name", { Effect: "Allow", Principal: { AWS: roleA }, Action: "sts:AssumeRole" }),
    },
    expected: "allowed: AssumeConsumerRolePolicy[0], by-name[0]",
    source: aws.crossAccount,
  },
  {
    name: "a role that does not follow the naming convention",
    request: assumesRoleB(asRoleA, dataSource, `arn:aws:iam::${spoke}:role/administrator`),
    policies: both,
    expected: "implicit-deny: identity-based policy",
    source: aws.resource,
  },
  {
    name: "a stranger's role of the right name is outside our organization",
    request: assumesRoleB(asRoleA, dataSource, roleB.replace(spoke, stranger)),
    policies: {
      identity: [assumeConsumerRoles],
      resource: policy("lure", {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${hub}:root` },
        Action: "sts:AssumeRole",
      }),
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.keys,
  },
  {
    name: "the session that Quick scoped down to this spoke",
    request: assumesRoleB(asRoleA, dataSource),
    policies: { ...both, session: scopedTo(roleB) },
    expected: "allowed: AssumeConsumerRolePolicy[0], role-b-trust[0], scope-down[0]",
    source: aws.session,
  },
  {
    name: "the session that Quick scoped down to another spoke",
    request: assumesRoleB(asRoleA, dataSource),
    policies: { ...both, session: scopedTo(otherRoleB) },
    expected: "implicit-deny: session policy",
    source: aws.session,
  },
  {
    name: "a session policy grants nothing by itself",
    request: assumesRoleB(asRoleA, dataSource),
    policies: { identity: [], resource: roleBTrust, session: scopedTo(roleB) },
    expected: "implicit-deny: identity-based policy",
    source: aws.session,
  },
  {
    name: "of two session policies one must allow",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      ...both,
      session: [
        ...scopedTo(otherRoleB),
        policy("second", { Effect: "Allow", Action: "sts:*", Resource: "*" }),
      ],
    },
    expected: "allowed: AssumeConsumerRolePolicy[0], role-b-trust[0], second[0]",
    source: aws.session,
  },
  {
    name: "a session policy that denies",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      ...both,
      session: [policy("deny", { Effect: "Deny", Action: "sts:AssumeRole", Resource: "*" })],
    },
    expected: "explicit-deny: deny[0]",
    source: aws.session,
  },
  {
    name: "Role A within its permissions boundary",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      ...both,
      boundary: policy("boundary", {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Resource: "arn:aws:iam::*:role/qs-*",
      }),
    },
    expected: "allowed: AssumeConsumerRolePolicy[0], role-b-trust[0], boundary[0]",
    source: aws.boundaries,
  },
  {
    name: "Role A outside its permissions boundary",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      ...both,
      boundary: policy("boundary", { Effect: "Allow", Action: "athena:*", Resource: "*" }),
    },
    expected: "implicit-deny: permissions boundary",
    source: aws.boundaries,
  },
  {
    name: "a permissions boundary that denies",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      ...both,
      boundary: policy(
        "boundary",
        { Effect: "Allow", Action: "*", Resource: "*" },
        { Effect: "Deny", Action: "sts:*", Resource: "*" },
      ),
    },
    expected: "explicit-deny: boundary[1]",
    source: aws.boundaries,
  },
  {
    name: "an explicit deny of Role A's own policy",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      ...both,
      identity: [
        assumeConsumerRoles,
        policy("stop", { Effect: "Deny", Action: "sts:AssumeRole", Resource: roleB }),
      ],
    },
    expected: "explicit-deny: stop[0]",
    source: aws.evaluation,
  },
  {
    name: "an explicit deny of Role B's trust",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      identity: [assumeConsumerRoles],
      resource: policy(
        "trust",
        { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${hub}:root` }, Action: "sts:AssumeRole" },
        { Effect: "Deny", Principal: { AWS: roleA }, Action: "sts:AssumeRole" },
      ),
    },
    expected: "explicit-deny: trust[1]",
    source: aws.crossAccount,
  },
  {
    name: "a service control policy of the hub that denies",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      ...both,
      serviceControl: [
        [fullAccess],
        [fullAccess, policy("deny-sts", { Effect: "Deny", Action: "sts:AssumeRole", Resource: "*" })],
      ],
    },
    expected: "explicit-deny: deny-sts[0]",
    source: aws.serviceControl,
  },
  {
    name: "service control policies that allow at every level",
    request: assumesRoleB(asRoleA, dataSource),
    policies: { ...both, serviceControl: [[fullAccess], [fullAccess], [fullAccess]] },
    expected: "allowed: AssumeConsumerRolePolicy[0], role-b-trust[0]",
    source: aws.serviceControl,
  },
  {
    name: "a level without FullAWSAccess",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      ...both,
      serviceControl: [
        [fullAccess],
        [policy("s3-only", { Effect: "Allow", Action: "s3:*", Resource: "*" })],
        [fullAccess],
      ],
    },
    expected: "implicit-deny: service control policy",
    source: aws.serviceControl,
  },
  {
    name: "a level without any service control policy",
    request: assumesRoleB(asRoleA, dataSource),
    policies: { ...both, serviceControl: [[fullAccess], []] },
    expected: "implicit-deny: service control policy",
    source: aws.serviceControl,
  },
  {
    name: "a resource control policy over the spoke lets our organization in",
    request: assumesRoleB(asRoleA, dataSource),
    policies: { ...both, resourceControl: [orgOnly] },
    expected: "allowed: AssumeConsumerRolePolicy[0], role-b-trust[0]",
    source: aws.resourceControl,
  },
  {
    name: "a resource control policy over the spoke keeps a stranger out, whatever the trust says",
    request: assumesRoleB(outsider, dataSource),
    policies: {
      identity: [assumeAnything],
      resource: policy("open", { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }),
      resourceControl: [orgOnly],
    },
    expected: "explicit-deny: org-only[0]",
    source: aws.resourceControl,
  },
  {
    name: "resource control policies do not bind service-linked roles",
    request: assumesRoleB(
      {
        type: "role",
        arn: `arn:aws:iam::${stranger}:role/aws-service-role/quicksight.amazonaws.com/AWSServiceRoleForQuick`,
        session: "x",
      },
      dataSource,
    ),
    policies: {
      identity: [assumeAnything],
      resource: policy("open", { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }),
      resourceControl: [orgOnly],
    },
    expected: "allowed: assume-anything[0], open[0]",
    source: aws.resourceControl,
  },
  {
    name: "service control policies do not bind service-linked roles",
    request: assumesRoleB(
      {
        type: "role",
        arn: `arn:aws:iam::${hub}:role/aws-service-role/quicksight.amazonaws.com/AWSServiceRoleForQuick`,
        session: "x",
      },
      dataSource,
    ),
    policies: { identity: [assumeAnything], resource: seedTrust, serviceControl: [[]] },
    expected: "allowed: assume-anything[0], seed-trust[0]",
    source: aws.serviceControlExempt,
  },
  {
    name: "a stranger without trust",
    request: assumesRoleB(outsider, dataSource),
    policies: { identity: [assumeAnything], resource: roleBTrust },
    expected: "implicit-deny: role trust policy",
    source: aws.crossAccount,
  },
  {
    name: "nobody in particular assumes Role B",
    request: assumesRoleB({ type: "anonymous" }, dataSource),
    policies: { resource: roleBTrust },
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
  {
    name: "the hub's root user cannot assume roles",
    request: assumesRoleB({ type: "root", account: hub }, dataSource),
    policies: { resource: seedTrust },
    expected: "implicit-deny: root user",
    source: aws.assumeRole,
  },
  {
    name: "the spoke's own root user cannot assume Role B either",
    request: assumesRoleB({ type: "root", account: spoke }, dataSource),
    policies: { resource: spokeRootTrust },
    expected: "implicit-deny: root user",
    source: aws.assumeRole,
  },
  {
    name: "a role of the spoke that the trust names needs no identity policy",
    request: assumesRoleB(spokeRole, undefined),
    policies: {
      identity: [],
      resource: policy("by-name", {
        Effect: "Allow",
        Principal: { AWS: spokeRole.arn },
        Action: "sts:AssumeRole",
      }),
    },
    expected: "allowed: by-name[0]",
    source: aws.evaluation,
  },
  {
    name: "a role of the spoke whose account alone is trusted needs its identity policy",
    request: assumesRoleB(spokeRole, undefined),
    policies: { identity: [], resource: spokeRootTrust },
    expected: "implicit-deny: identity-based policy",
    source: aws.evaluation,
  },
  {
    name: "a role of the spoke whose account is trusted, with its identity policy",
    request: assumesRoleB(spokeRole, undefined),
    policies: { identity: [assumeAnything], resource: spokeRootTrust },
    expected: "allowed: assume-anything[0], own-root-trust[0]",
    source: aws.evaluation,
  },
  {
    name: "a role of the spoke with an identity policy, but no trust",
    request: assumesRoleB(spokeRole, dataSource),
    policies: { identity: [assumeAnything], resource: roleBTrust },
    expected: "implicit-deny: role trust policy",
    source: aws.evaluation,
  },
  {
    name: "a trust by account id is a trust of the account's root",
    request: assumesRoleB(spokeRole, undefined),
    policies: {
      identity: [assumeAnything],
      resource: policy("by-id", { Effect: "Allow", Principal: { AWS: spoke }, Action: "sts:AssumeRole" }),
    },
    expected: "allowed: assume-anything[0], by-id[0]",
    source: aws.principal,
  },
  {
    name: "a trusted role of the same account stays within its boundary",
    request: assumesRoleB(spokeRole, undefined),
    policies: {
      boundary: policy("boundary", { Effect: "Allow", Action: "s3:*", Resource: "*" }),
      resource: policy("by-name", {
        Effect: "Allow",
        Principal: { AWS: spokeRole.arn },
        Action: "sts:AssumeRole",
      }),
    },
    expected: "implicit-deny: permissions boundary",
    source: aws.boundaries,
  },
  {
    name: "hole: Connecty's user is let in by name alone, without external id or identity policy",
    request: assumesRoleB(spokeUser, undefined, `arn:aws:iam::${spoke}:role/connecty-athena`),
    policies: { identity: [], resource: connectyTrust },
    expected: "allowed: connecty-trust[0]",
    source: aws.evaluation,
  },
  {
    name: "Connecty's user is let in whatever its boundary leaves out",
    request: assumesRoleB(spokeUser, undefined, `arn:aws:iam::${spoke}:role/connecty-athena`),
    policies: {
      identity: [],
      boundary: policy("boundary", { Effect: "Allow", Action: "s3:*", Resource: "*" }),
      resource: connectyTrust,
    },
    expected: "allowed: connecty-trust[0]",
    source: aws.boundaries,
  },
  {
    name: "another user of the account does not pass for Connecty's",
    request: assumesRoleB(
      { type: "user", arn: `arn:aws:iam::${spoke}:user/connecty` },
      undefined,
      `arn:aws:iam::${spoke}:role/connecty-athena`,
    ),
    policies: { identity: [assumeAnything], resource: connectyTrust },
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
  {
    name: "a user of the same name in another account does not pass for Connecty's",
    request: assumesRoleB(
      { type: "user", arn: `arn:aws:iam::${otherSpoke}:user/connecty-sa` },
      undefined,
      `arn:aws:iam::${spoke}:role/connecty-athena`,
    ),
    policies: { identity: [assumeAnything], resource: connectyTrust },
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
  {
    name: "Connecty's trust with an external id keeps out a call without one",
    request: assumesRoleB(spokeUser, undefined, `arn:aws:iam::${spoke}:role/connecty-athena`),
    policies: {
      resource: policy("guarded", {
        Effect: "Allow",
        Principal: { AWS: spokeUser.arn },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": "connecty-7f3a" } },
      }),
    },
    expected: "implicit-deny: role trust policy",
    source: aws.externalId,
  },
  {
    name: "the unique id of a role that was made anew is nobody",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      identity: [assumeConsumerRoles],
      resource: policy("stale", {
        Effect: "Allow",
        Principal: { AWS: "AROAGONEGONEGONEGONE1" },
        Action: "sts:AssumeRole",
      }),
    },
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
  {
    name: "the unique id of the role itself is the role",
    request: assumesRoleB(asRoleA, dataSource),
    policies: {
      identity: [assumeConsumerRoles],
      resource: policy("by-id", {
        Effect: "Allow",
        Principal: { AWS: "AROAROLEAROLEAROLEA1" },
        Action: "sts:AssumeRole",
      }),
    },
    expected: "allowed: AssumeConsumerRolePolicy[0], by-id[0]",
    source: aws.principal,
  },
  {
    name: "tagging the session is an action of its own",
    request: { ...assumesRoleB(asRoleA, dataSource), action: "sts:TagSession" },
    policies: both,
    expected: "implicit-deny: identity-based policy, role trust policy",
    source: aws.assumeRole,
  },
  {
    name: "who am I needs no permission and cannot be denied",
    request: { caller: asRoleA, action: "sts:GetCallerIdentity", resource: "*" },
    policies: { identity: [policy("deny", { Effect: "Deny", Action: "*", Resource: "*" })] },
    expected: "allowed",
    source: aws.callerIdentity,
  },
];
