import type { Caller } from "../../../../access/evaluate";
import { analyst, asRoleB, data, does, organization, otherSpoke, roleB, spoke } from "../chain";
import { type Row, aws, policy } from "../row";

const object = `${data}/home/ann/x`;
const inSpoke = { owner: spoke };
const get = "s3:GetObject";
const reads = (caller: Caller, resource = object): Row["request"] => does(caller, get, resource, inSpoke);
const ann: Caller = { type: "user", arn: `arn:aws:iam::${spoke}:user/staff/ann`, id: "AIDAANNANNANNANNANN1" };
const s3Only = policy("s3-only", { Effect: "Allow", Action: "athena:*", Resource: "*" });
const bucketFor = (principal: Readonly<Record<string, string>> | "*"): ReturnType<typeof policy> =>
  policy("bucket", { Effect: "Allow", Principal: principal, Action: get, Resource: `${data}/*` });
const sessionArn = `arn:aws:sts::${spoke}:assumed-role/qs-athena-consumer-role/athena`;
const identity = (statement: Parameters<typeof policy>[1]): Row["policies"] => ({
  identity: [policy("p", statement)],
});
const home = "${aws:username}";

export const rows: readonly Row[] = [
  {
    name: "actions differ not by case",
    request: reads(asRoleB),
    policies: identity({ Effect: "Allow", Action: "S3:getobject", Resource: "*" }),
    expected: "allowed: p[0]",
    source: aws.action,
  },
  {
    name: "an action with a star",
    request: reads(asRoleB),
    policies: identity({ Effect: "Allow", Action: "s3:Get*", Resource: "*" }),
    expected: "allowed: p[0]",
    source: aws.action,
  },
  {
    name: "an action with a question mark",
    request: reads(asRoleB),
    policies: identity({ Effect: "Allow", Action: "s3:?etObject", Resource: "*" }),
    expected: "allowed: p[0]",
    source: aws.action,
  },
  {
    name: "an action of the same name in another service",
    request: does(asRoleB, "glue:GetTable", `arn:aws:glue:us-east-1:${spoke}:catalog`),
    policies: identity({ Effect: "Allow", Action: "athena:GetTable", Resource: "*" }),
    expected: "implicit-deny: identity-based policy",
    source: aws.action,
  },
  {
    name: "NotAction allows what it does not name",
    request: reads(asRoleB),
    policies: identity({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }),
    expected: "allowed: p[0]",
    source: aws.notAction,
  },
  {
    name: "NotAction does not allow what it names",
    request: reads(asRoleB),
    policies: identity({ Effect: "Allow", NotAction: ["iam:*", "s3:GetObject"], Resource: "*" }),
    expected: "implicit-deny: identity-based policy",
    source: aws.notAction,
  },
  {
    name: "NotAction with Deny denies what it does not name",
    request: reads(asRoleB),
    policies: {
      identity: [
        policy(
          "p",
          { Effect: "Allow", Action: "*", Resource: "*" },
          { Effect: "Deny", NotAction: "iam:*", Resource: "*" },
        ),
      ],
    },
    expected: "explicit-deny: p[1]",
    source: aws.notAction,
  },
  {
    name: "NotResource allows what it does not name",
    request: reads(asRoleB),
    policies: identity({ Effect: "Allow", Action: get, NotResource: `${data}/secret/*` }),
    expected: "allowed: p[0]",
    source: aws.notResource,
  },
  {
    name: "NotResource does not allow what it names",
    request: reads(asRoleB, `${data}/secret/x`),
    policies: identity({ Effect: "Allow", Action: get, NotResource: `${data}/secret/*` }),
    expected: "implicit-deny: identity-based policy",
    source: aws.notResource,
  },
  {
    name: "NotResource with a variable that has no value allows nothing",
    request: reads(asRoleB),
    policies: identity({ Effect: "Allow", Action: get, NotResource: `${data}/${home}/*` }),
    expected: "implicit-deny: identity-based policy",
    source: aws.variables,
  },
  {
    name: "NotResource with Deny and a variable that has no value denies everything",
    request: reads(asRoleB),
    policies: {
      identity: [
        policy(
          "p",
          { Effect: "Allow", Action: get, Resource: "*" },
          { Effect: "Deny", Action: get, NotResource: `${data}/${home}/*` },
        ),
      ],
    },
    expected: "explicit-deny: p[1]",
    source: aws.variables,
  },
  {
    name: "a star in a resource reaches over slashes",
    request: reads(asRoleB, `${data}/a/b/c/test/d`),
    policies: identity({ Effect: "Allow", Action: get, Resource: `${data}/*/test/*` }),
    expected: "allowed: p[0]",
    source: aws.resource,
  },
  {
    name: "a resource without a star is that resource only",
    request: reads(asRoleB),
    policies: identity({ Effect: "Allow", Action: get, Resource: data }),
    expected: "implicit-deny: identity-based policy",
    source: aws.resource,
  },
  {
    name: "resources differ by case",
    request: reads(asRoleB, `${data}/Home/x`),
    policies: identity({ Effect: "Allow", Action: get, Resource: `${data}/home/*` }),
    expected: "implicit-deny: identity-based policy",
    source: aws.resource,
  },
  {
    name: "a variable in a resource: the user's own home, the user's path left out of its name",
    request: reads(ann),
    policies: identity({ Effect: "Allow", Action: get, Resource: `${data}/home/${home}/*` }),
    expected: "allowed: p[0]",
    source: aws.variables,
  },
  {
    name: "a variable in a resource: another user's home",
    request: reads({ type: "user", arn: `arn:aws:iam::${spoke}:user/bob` }),
    policies: identity({ Effect: "Allow", Action: get, Resource: `${data}/home/${home}/*` }),
    expected: "implicit-deny: identity-based policy",
    source: aws.variables,
  },
  {
    name: "a variable without value matches no resource",
    request: reads(asRoleB),
    policies: identity({ Effect: "Allow", Action: get, Resource: `${data}/home/${home}*` }),
    expected: "implicit-deny: identity-based policy",
    source: aws.variables,
  },
  {
    name: "a variable's default",
    request: reads(asRoleB),
    policies: identity({
      Effect: "Allow",
      Action: get,
      Resource: `${data}/home/\${aws:PrincipalTag/home, 'ann'}/*`,
    }),
    expected: "allowed: p[0]",
    source: aws.variables,
  },
  {
    name: "a variable's value before its default",
    request: reads({ ...asRoleB, tags: { home: "bob" } }),
    policies: identity({
      Effect: "Allow",
      Action: get,
      Resource: `${data}/home/\${aws:PrincipalTag/home, 'ann'}/*`,
    }),
    expected: "implicit-deny: identity-based policy",
    source: aws.variables,
  },
  {
    name: "a star in a variable's value is a star and no wildcard",
    request: reads({ ...asRoleB, tags: { home: "*" } }),
    policies: identity({
      Effect: "Allow",
      Action: get,
      Resource: `${data}/home/\${aws:PrincipalTag/home}/*`,
    }),
    expected: "implicit-deny: identity-based policy",
    source: aws.variables,
  },
  {
    name: "${*} is a star and no wildcard",
    request: reads(asRoleB),
    policies: identity({ Effect: "Allow", Action: get, Resource: `${data}/home/\${*}/x` }),
    expected: "implicit-deny: identity-based policy",
    source: aws.variables,
  },
  {
    name: "a variable in a condition",
    request: does(asRoleB, get, object, { owner: spoke, context: { "s3:ExistingObjectTag/team": "red" } }),
    policies: identity({
      Effect: "Allow",
      Action: get,
      Resource: "*",
      Condition: { StringEquals: { "s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}" } },
    }),
    expected: "implicit-deny: identity-based policy",
    source: aws.variables,
  },
  {
    name: "a variable in a condition, with the value",
    request: does({ ...asRoleB, tags: { team: "red" } }, get, object, {
      owner: spoke,
      context: { "s3:ExistingObjectTag/team": "red" },
    }),
    policies: identity({
      Effect: "Allow",
      Action: get,
      Resource: "*",
      Condition: { StringEquals: { "s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}" } },
    }),
    expected: "allowed: p[0]",
    source: aws.variables,
  },
  {
    name: "a negated operator against a variable without value denies",
    request: does(asRoleB, get, object, { owner: spoke, context: { "s3:ExistingObjectTag/team": "red" } }),
    policies: {
      identity: [
        policy(
          "p",
          { Effect: "Allow", Action: get, Resource: "*" },
          {
            Effect: "Deny",
            Action: get,
            Resource: "*",
            Condition: { StringNotEquals: { "s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}" } },
          },
        ),
      ],
    },
    expected: "explicit-deny: p[1]",
    source: aws.variables,
  },
  {
    name: "a variable in an ARN condition",
    request: does({ type: "role", arn: roleB, session: "x" }, get, object, { owner: spoke }),
    policies: identity({
      Effect: "Allow",
      Action: get,
      Resource: "*",
      Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:role/*" } },
    }),
    expected: "allowed: p[0]",
    source: aws.variables,
  },
  {
    name: "version 2008-10-17 takes a variable as plain text",
    request: reads(ann),
    policies: {
      identity: [
        {
          name: "old",
          document: JSON.stringify({
            Version: "2008-10-17",
            Statement: { Effect: "Allow", Action: get, Resource: `${data}/home/${home}/*` },
          }),
        },
      ],
    },
    expected: "implicit-deny: identity-based policy",
    source: aws.version,
  },
  {
    name: "version 2008-10-17 without variables reads like 2012-10-17 (C14)",
    request: reads(ann),
    policies: {
      identity: [
        {
          name: "old",
          document: JSON.stringify({
            Version: "2008-10-17",
            Statement: { Effect: "Allow", Action: get, Resource: `${data}/home/*` },
          }),
        },
      ],
    },
    expected: "allowed: old[0]",
    source: aws.version,
  },
  {
    name: "within an account a bucket policy alone suffices",
    request: reads(analyst),
    policies: { identity: [], resource: bucketFor({ AWS: `arn:aws:iam::${spoke}:user/analyst` }) },
    expected: "allowed: bucket[0]",
    source: aws.evaluation,
  },
  {
    name: "within an account an identity policy alone suffices",
    request: reads(analyst),
    policies: identity({ Effect: "Allow", Action: get, Resource: "*" }),
    expected: "allowed: p[0]",
    source: aws.evaluation,
  },
  {
    name: "within an account, naming the root grants nothing by itself",
    request: reads(analyst),
    policies: { identity: [], resource: bucketFor({ AWS: `arn:aws:iam::${spoke}:root` }) },
    expected: "implicit-deny: identity-based policy",
    source: aws.principal,
  },
  {
    name: "a user that the bucket policy names is not limited by its boundary",
    request: reads(analyst),
    policies: { boundary: s3Only, resource: bucketFor({ AWS: `arn:aws:iam::${spoke}:user/analyst` }) },
    expected: "allowed: bucket[0]",
    source: aws.boundaries,
  },
  {
    name: "a role that the bucket policy names is limited by its boundary",
    request: reads(asRoleB),
    policies: { boundary: s3Only, resource: bucketFor({ AWS: roleB }) },
    expected: "implicit-deny: permissions boundary",
    source: aws.boundaries,
  },
  {
    name: "a role that the bucket policy names is limited by its session policy",
    request: reads(asRoleB),
    policies: { session: [s3Only], resource: bucketFor({ AWS: roleB }) },
    expected: "implicit-deny: session policy",
    source: aws.evaluation,
  },
  {
    name: "a role that the bucket policy names, without boundary and session policy",
    request: reads(asRoleB),
    policies: { identity: [], resource: bucketFor({ AWS: roleB }) },
    expected: "allowed: bucket[0]",
    source: aws.evaluation,
  },
  {
    name: "a role session that the bucket policy names is limited by neither boundary nor session policy",
    request: reads(asRoleB),
    policies: { boundary: s3Only, session: [s3Only], resource: bucketFor({ AWS: sessionArn }) },
    expected: "allowed: bucket[0]",
    source: aws.evaluation,
  },
  {
    name: "another session of the role that the bucket policy names one session of",
    request: reads({ ...asRoleB, session: "other" }),
    policies: { identity: [], resource: bucketFor({ AWS: sessionArn }) },
    expected: "implicit-deny: identity-based policy",
    source: aws.principal,
  },
  {
    name: "everybody, narrowed by aws:PrincipalArn, is limited by neither boundary nor session policy",
    request: reads(asRoleB),
    policies: {
      boundary: s3Only,
      session: [s3Only],
      resource: policy("bucket", {
        Effect: "Allow",
        Principal: "*",
        Action: get,
        Resource: `${data}/*`,
        Condition: { ArnEquals: { "aws:PrincipalArn": roleB } },
      }),
    },
    expected: "allowed: bucket[0]",
    source: aws.principal,
  },
  {
    name: "an explicit deny of the boundary limits a role session that the bucket policy names",
    request: reads(asRoleB),
    policies: {
      boundary: policy("boundary", { Effect: "Deny", Action: get, Resource: "*" }),
      resource: bucketFor({ AWS: sessionArn }),
    },
    expected: "explicit-deny: boundary[0]",
    source: aws.boundaries,
  },
  {
    name: "in another account naming the session does not free it from its boundary",
    request: does(
      { type: "role", arn: roleB.replace(spoke, otherSpoke), session: "athena" },
      get,
      object,
      inSpoke,
    ),
    policies: {
      identity: [policy("p", { Effect: "Allow", Action: get, Resource: "*" })],
      boundary: s3Only,
      resource: bucketFor({ AWS: sessionArn.replace(spoke, otherSpoke) }),
    },
    expected: "implicit-deny: permissions boundary",
    source: aws.crossAccount,
  },
  {
    name: "NotPrincipal with Deny spares a user that is named with its account",
    request: reads(analyst),
    policies: {
      identity: [policy("p", { Effect: "Allow", Action: get, Resource: "*" })],
      resource: policy("bucket", {
        Effect: "Deny",
        NotPrincipal: { AWS: [`arn:aws:iam::${spoke}:user/analyst`, `arn:aws:iam::${spoke}:root`] },
        Action: get,
        Resource: `${data}/*`,
      }),
    },
    expected: "allowed: p[0]",
    source: aws.notPrincipal,
  },
  {
    name: "NotPrincipal with Deny may deny a user that is named without its account",
    request: reads(analyst),
    policies: {
      identity: [policy("p", { Effect: "Allow", Action: get, Resource: "*" })],
      resource: policy("bucket", {
        Effect: "Deny",
        NotPrincipal: { AWS: `arn:aws:iam::${spoke}:user/analyst` },
        Action: get,
        Resource: `${data}/*`,
      }),
    },
    expected: "explicit-deny: bucket[0]",
    source: aws.notPrincipal,
  },
  {
    name: "NotPrincipal with Deny spares a session that is named with its role and account",
    request: reads(asRoleB),
    policies: {
      identity: [policy("p", { Effect: "Allow", Action: get, Resource: "*" })],
      resource: policy("bucket", {
        Effect: "Deny",
        NotPrincipal: { AWS: [sessionArn, roleB, spoke] },
        Action: get,
        Resource: `${data}/*`,
      }),
    },
    expected: "allowed: p[0]",
    source: aws.notPrincipal,
  },
  {
    name: "NotPrincipal with Deny denies everybody else",
    request: reads(ann),
    policies: {
      identity: [policy("p", { Effect: "Allow", Action: get, Resource: "*" })],
      resource: policy("bucket", {
        Effect: "Deny",
        NotPrincipal: { AWS: [`arn:aws:iam::${spoke}:user/analyst`, spoke] },
        Action: get,
        Resource: `${data}/*`,
      }),
    },
    expected: "explicit-deny: bucket[0]",
    source: aws.notPrincipal,
  },
  {
    name: "an explicit deny anywhere wins, and every one is told",
    request: reads(analyst),
    policies: {
      identity: [
        policy(
          "p",
          { Effect: "Allow", Action: "*", Resource: "*" },
          { Effect: "Deny", Action: get, Resource: object },
        ),
      ],
      resource: policy("bucket", { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `${data}/*` }),
      serviceControl: [[policy("scp", { Effect: "Deny", Action: "s3:*", Resource: "*" })]],
    },
    expected: "explicit-deny: scp[0], p[1], bucket[0]",
    source: aws.evaluation,
  },
  {
    name: "every statement that suffices is told",
    request: reads(analyst),
    policies: {
      identity: [
        policy(
          "p",
          { Effect: "Allow", Action: get, Resource: "*" },
          { Effect: "Allow", Action: "s3:*", Resource: `${data}/*` },
        ),
        policy("q", { Effect: "Allow", Action: "*", Resource: "*" }),
      ],
    },
    expected: "allowed: p[0], p[1], q[0]",
    source: aws.evaluation,
  },
  ...(
    [
      ["aws:PrincipalArn", { ArnEquals: { "aws:PrincipalArn": ann.arn } }],
      ["aws:PrincipalAccount", { StringEquals: { "aws:PrincipalAccount": spoke } }],
      ["aws:PrincipalType", { StringEquals: { "aws:PrincipalType": "User" } }],
      ["aws:PrincipalOrgID", { StringEquals: { "aws:PrincipalOrgID": organization } }],
      ["aws:PrincipalIsAWSService", { Bool: { "aws:PrincipalIsAWSService": "false" } }],
      ["aws:ViaAWSService", { Bool: { "aws:ViaAWSService": "false" } }],
      ["aws:ResourceAccount", { StringEquals: { "aws:ResourceAccount": spoke } }],
      ["aws:ResourceOrgID", { StringEquals: { "aws:ResourceOrgID": organization } }],
      ["aws:userid", { StringEquals: { "aws:userid": "AIDAANNANNANNANNANN1" } }],
      ["aws:username", { StringEquals: { "aws:username": "ann" } }],
    ] as const
  ).map(([key, condition]): Row => ({
    name: `the evaluator fills in ${key}`,
    request: reads(ann),
    policies: identity({ Effect: "Allow", Action: get, Resource: "*", Condition: condition }),
    expected: "allowed: p[0]",
    source: aws.keys,
  })),
  {
    name: "the evaluator fills in aws:userid of a role session, and aws:PrincipalArn without it",
    request: reads(asRoleB),
    policies: identity({
      Effect: "Allow",
      Action: get,
      Resource: "*",
      Condition: {
        StringEquals: { "aws:userid": "AROAROLEBROLEBROLEB1:athena", "aws:PrincipalType": "AssumedRole" },
        ArnEquals: { "aws:PrincipalArn": roleB },
        Null: { "aws:username": "true" },
      },
    }),
    expected: "allowed: p[0]",
    source: aws.variables,
  },
  {
    name: "the evaluator fills in the name of a service that calls for itself",
    request: reads({ type: "service", name: "cloudtrail.amazonaws.com" }),
    policies: {
      resource: policy("bucket", {
        Effect: "Allow",
        Principal: { Service: "cloudtrail.amazonaws.com" },
        Action: get,
        Resource: `${data}/*`,
        Condition: {
          StringEquals: { "aws:PrincipalServiceName": "cloudtrail.amazonaws.com" },
          "ForAnyValue:StringEquals": { "aws:PrincipalServiceNamesList": "cloudtrail.amazonaws.com" },
          Bool: { "aws:PrincipalIsAWSService": "true" },
          Null: { "aws:PrincipalAccount": "true", "aws:PrincipalArn": "true" },
        },
      }),
    },
    expected: "allowed: bucket[0]",
    source: aws.keys,
  },
  {
    name: "the evaluator fills in what it knows of nobody in particular",
    request: reads({ type: "anonymous" }),
    policies: {
      resource: policy("bucket", {
        Effect: "Allow",
        Principal: "*",
        Action: get,
        Resource: `${data}/*`,
        Condition: {
          StringEquals: {
            "aws:PrincipalType": "Anonymous",
            "aws:PrincipalAccount": "anonymous",
            "aws:userid": "anonymous",
          },
          Null: {
            "aws:PrincipalArn": "true",
            "aws:PrincipalOrgID": "true",
            "aws:PrincipalIsAWSService": "true",
          },
        },
      }),
    },
    expected: "allowed: bucket[0]",
    source: aws.keys,
  },
];
