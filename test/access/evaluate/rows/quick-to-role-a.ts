import {
  asRoleB,
  dataSource,
  hub,
  otherHub,
  organization,
  organizationOf,
  quickAssumes,
  region,
  roleA,
  roleATrust,
} from "../chain";
import { type Row, aws, policy } from "../row";

const rightSource = { "aws:SourceAccount": hub, "aws:SourceArn": dataSource };
const trust = { resource: roleATrust };

/** Seed 002:87-104 as printed: StringLike on both keys. */
const seedTrust = policy("seed-trust", {
  Effect: "Allow",
  Principal: { Service: "quicksight.amazonaws.com" },
  Action: "sts:AssumeRole",
  Condition: {
    StringLike: { "aws:SourceAccount": hub, "aws:SourceArn": `arn:aws:quicksight:*:${hub}:datasource/*` },
  },
});
const throughTheHole = `arn:aws:quicksight:${region}:${otherHub}:x:${hub}:datasource/y`;

const deployer = { type: "role", arn: `arn:aws:iam::${hub}:role/deployer`, session: "ci" } as const;
const passRole = policy("PassRoleA", {
  Effect: "Allow",
  Action: "iam:PassRole",
  Resource: roleA,
  Condition: { StringEquals: { "iam:PassedToService": "quicksight.amazonaws.com" } },
});
const passes = (resource: string, service: string | undefined): Row["request"] => ({
  caller: deployer,
  action: "iam:PassRole",
  resource,
  context: service === undefined ? {} : { "iam:PassedToService": service },
  organizationOf,
});

export const rows: readonly Row[] = [
  {
    name: "Quick assumes Role A for a data source of the hub",
    request: quickAssumes(rightSource),
    policies: trust,
    expected: "allowed: role-a-trust[0]",
    source: aws.confusedDeputy,
  },
  {
    name: "Quick assumes Role A on behalf of another account",
    request: quickAssumes({ ...rightSource, "aws:SourceAccount": otherHub }),
    policies: trust,
    expected: "implicit-deny: role trust policy",
    source: aws.confusedDeputy,
  },
  {
    name: "Quick assumes Role A for another account's data source",
    request: quickAssumes({ "aws:SourceAccount": hub, "aws:SourceArn": dataSource.replace(hub, otherHub) }),
    policies: trust,
    expected: "implicit-deny: role trust policy",
    source: aws.confusedDeputy,
  },
  {
    name: "Quick assumes Role A without a source ARN",
    request: quickAssumes({ "aws:SourceAccount": hub }),
    policies: trust,
    expected: "implicit-deny: role trust policy",
    source: aws.operators,
  },
  {
    name: "Quick assumes Role A without a source account",
    request: quickAssumes({ "aws:SourceArn": dataSource }),
    policies: trust,
    expected: "implicit-deny: role trust policy",
    source: aws.operators,
  },
  {
    name: "Quick assumes Role A without any source",
    request: quickAssumes({}),
    policies: trust,
    expected: "implicit-deny: role trust policy",
    source: aws.operators,
  },
  {
    name: "Quick assumes Role A for a dashboard",
    request: quickAssumes({
      ...rightSource,
      "aws:SourceArn": `arn:aws:quicksight:${region}:${hub}:dashboard/d`,
    }),
    policies: trust,
    expected: "implicit-deny: role trust policy",
    source: aws.arnOperators,
  },
  {
    name: "Quick assumes Role A for a data source in another Region, which the trust leaves open",
    request: quickAssumes({ ...rightSource, "aws:SourceArn": dataSource.replace(region, "eu-west-1") }),
    policies: trust,
    expected: "allowed: role-a-trust[0]",
    source: aws.arnOperators,
  },
  {
    name: "another service assumes Role A",
    request: { ...quickAssumes(rightSource), caller: { type: "service", name: "athena.amazonaws.com" } },
    policies: trust,
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
  {
    name: "a role of the hub that may assume everything assumes Role A",
    request: { ...quickAssumes(rightSource), caller: deployer },
    policies: { ...trust, identity: [policy("admin", { Effect: "Allow", Action: "*", Resource: "*" })] },
    expected: "implicit-deny: role trust policy",
    source: aws.evaluation,
  },
  {
    name: "nobody in particular assumes Role A",
    request: { ...quickAssumes(rightSource), caller: { type: "anonymous" } },
    policies: trust,
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
  {
    name: "a role without any trust for the caller",
    request: quickAssumes(rightSource),
    policies: {},
    expected: "implicit-deny: role trust policy",
    source: aws.evaluation,
  },
  {
    name: "service control policies do not bind Quick itself",
    request: quickAssumes(rightSource),
    policies: {
      ...trust,
      serviceControl: [[policy("deny-sts", { Effect: "Deny", Action: "sts:*", Resource: "*" })]],
    },
    expected: "allowed: role-a-trust[0]",
    source: aws.serviceControlExempt,
  },
  {
    name: "a resource control policy that spares AWS services lets Quick in",
    request: quickAssumes(rightSource),
    policies: {
      ...trust,
      resourceControl: [
        policy("org-only", {
          Effect: "Deny",
          Principal: "*",
          Action: "sts:AssumeRole",
          Resource: "*",
          Condition: {
            StringNotEqualsIfExists: { "aws:PrincipalOrgID": organization },
            BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
          },
        }),
      ],
    },
    expected: "allowed: role-a-trust[0]",
    source: aws.resourceControl,
  },
  {
    name: "a resource control policy that forgets AWS services keeps Quick out",
    request: quickAssumes(rightSource),
    policies: {
      ...trust,
      resourceControl: [
        policy("org-only", {
          Effect: "Deny",
          Principal: "*",
          Action: "sts:AssumeRole",
          Resource: "*",
          Condition: { StringNotEqualsIfExists: { "aws:PrincipalOrgID": organization } },
        }),
      ],
    },
    expected: "explicit-deny: org-only[0]",
    source: aws.resourceControl,
  },
  {
    name: "hole: StringLike lets the star run over colons into another account's ARN",
    request: quickAssumes({ "aws:SourceAccount": hub, "aws:SourceArn": throughTheHole }),
    policies: { resource: seedTrust },
    expected: "allowed: seed-trust[0]",
    source: aws.arnOperators,
  },
  {
    name: "hole closed: ArnLike compares each component by itself",
    request: quickAssumes({ "aws:SourceAccount": hub, "aws:SourceArn": throughTheHole }),
    policies: trust,
    expected: "implicit-deny: role trust policy",
    source: aws.arnOperators,
  },
  {
    name: "the data source's creator passes Role A to Quick",
    request: passes(roleA, "quicksight.amazonaws.com"),
    policies: { identity: [passRole] },
    expected: "allowed: PassRoleA[0]",
    source: aws.passRole,
  },
  {
    name: "the creator passes Role A to another service",
    request: passes(roleA, "lambda.amazonaws.com"),
    policies: { identity: [passRole] },
    expected: "implicit-deny: identity-based policy",
    source: aws.passRole,
  },
  {
    name: "the creator passes Role A to no service that is told",
    request: passes(roleA, undefined),
    policies: { identity: [passRole] },
    expected: "implicit-deny: identity-based policy",
    source: aws.operators,
  },
  {
    name: "the creator passes another role of the hub to Quick",
    request: passes(`arn:aws:iam::${hub}:role/administrator`, "quicksight.amazonaws.com"),
    policies: { identity: [passRole] },
    expected: "implicit-deny: identity-based policy",
    source: aws.passRole,
  },
  {
    name: "a creator without PassRole",
    request: passes(roleA, "quicksight.amazonaws.com"),
    policies: { identity: [] },
    expected: "implicit-deny: identity-based policy",
    source: aws.passRole,
  },
  {
    name: "the creator creates a data source: the action takes no resource",
    request: { caller: deployer, action: "quicksight:CreateDataSource", resource: "*", organizationOf },
    policies: {
      identity: [policy("create", { Effect: "Allow", Action: "quicksight:CreateDataSource", Resource: "*" })],
    },
    expected: "allowed: create[0]",
    source: aws.quickActions,
  },
  {
    name: "hole: creating data sources scoped to an ARN grants nothing",
    request: { caller: deployer, action: "quicksight:CreateDataSource", resource: "*", organizationOf },
    policies: {
      identity: [
        policy("create", {
          Effect: "Allow",
          Action: "quicksight:CreateDataSource",
          Resource: `arn:aws:quicksight:${region}:${hub}:datasource/dev-*`,
        }),
      ],
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.quickActions,
  },
  {
    name: "Role A has no data permission",
    request: {
      caller: { type: "role", arn: roleA, session: "quick" },
      action: "s3:GetObject",
      resource: "arn:aws:s3:::data-sales/orders/1.csv",
      resourceAccount: hub,
      organizationOf,
    },
    policies: {
      identity: [policy("assume", { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" })],
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.evaluation,
  },
  {
    name: "Role B does not assume Role A back",
    request: { ...quickAssumes(rightSource), caller: asRoleB },
    policies: {
      ...trust,
      identity: [policy("assume", { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" })],
    },
    expected: "implicit-deny: role trust policy",
    source: aws.crossAccount,
  },
  {
    name: "Quick's own name as a service principal of another partition's form is another principal",
    request: quickAssumes(rightSource),
    policies: {
      resource: policy("trust", {
        Effect: "Allow",
        Principal: { Service: "quicksight.us-east-1.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
    },
    expected: "implicit-deny: role trust policy",
    source: aws.principal,
  },
];
