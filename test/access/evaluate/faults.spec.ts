import { expect } from "chai";
import {
  type AccessRequest,
  type DocumentKind,
  type Policies,
  PolicyError,
  RequestError,
  decide,
  validateDocument,
} from "../../../access/evaluate";
import { asRoleB, data, does, key, roleB, roleBTrust, spoke } from "./chain";
import { fullAccess, key as keyArn, keyPolicy, spillPolicy } from "./chain";
import { policy } from "./row";

/** A sound statement of each kind, which a case changes in one place. */
const sound = {
  identity: { Effect: "Allow", Action: "s3:GetObject", Resource: `${data}/*` },
  resource: { Effect: "Allow", Principal: { AWS: spoke }, Action: "s3:GetObject", Resource: `${data}/*` },
  trust: { Effect: "Allow", Principal: { AWS: spoke }, Action: "sts:AssumeRole" },
  key: { Effect: "Allow", Principal: { AWS: spoke }, Action: "kms:Decrypt", Resource: "*" },
  boundary: { Effect: "Allow", Action: "*", Resource: "*" },
  session: { Effect: "Allow", Action: "sts:AssumeRole", Resource: roleB },
  "service-control": { Effect: "Allow", Action: "*", Resource: "*" },
  "resource-control": { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" },
} as const satisfies Record<DocumentKind, object>;

type Changes = Readonly<Record<string, unknown>>;

function faultsOf(kind: DocumentKind, changes: Changes, around: Changes = {}): string[] {
  const text = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ ...sound[kind], ...changes }],
    ...around,
  });
  return validateDocument(text, kind).map(({ at, severity }) => `${severity} ${at}`);
}

/** name, kind, what the case changes in the statement, the fault's severity and place. */
const cases: readonly (readonly [string, DocumentKind, Changes, string])[] = [
  ["unknown element", "identity", { Resources: "*" }, "unreadable Statement[0].Resources"],
  ["unknown effect", "identity", { Effect: "allow" }, "unreadable Statement[0].Effect"],
  ["no action", "identity", { Action: undefined }, "unreadable Statement[0]"],
  ["Action and NotAction", "identity", { NotAction: "s3:*" }, "unreadable Statement[0]"],
  ["an empty list of actions", "identity", { Action: [] }, "unreadable Statement[0].Action"],
  ["an action without service", "identity", { Action: "GetObject" }, "unreadable Statement[0].Action"],
  ["a wildcard in the service", "identity", { Action: "s*:GetObject" }, "unreadable Statement[0].Action"],
  ["a mistyped action", "identity", { Action: "s3:GetObjekt" }, "suspect Statement[0].Action"],
  ["a pattern without actions", "identity", { Action: "s3:Gett*" }, "suspect Statement[0].Action"],
  [
    "an action of an unknown service",
    "identity",
    { Action: "rds:CreateDBInstance" },
    "suspect Statement[0].Action",
  ],
  [
    "dynamodb:ListSchemas (C20)",
    "identity",
    { Action: "dynamodb:ListSchemas", Resource: "*" },
    "suspect Statement[0].Action",
  ],
  [
    "an action that takes no resource (C7)",
    "identity",
    { Action: "athena:ListWorkGroups", Resource: `arn:aws:athena:us-east-1:${spoke}:workgroup/w` },
    "suspect Statement[0].Resource",
  ],
  ["a resource of another type", "identity", { Resource: data }, "suspect Statement[0].Resource"],
  ["no resource", "identity", { Resource: undefined }, "unreadable Statement[0]"],
  ["a resource that is no ARN", "identity", { Resource: "data/*" }, "unreadable Statement[0].Resource"],
  ["an ARN that is too short", "identity", { Resource: "arn:aws:s3" }, "unreadable Statement[0].Resource"],
  [
    "a wildcard in an ARN's service",
    "identity",
    { Resource: "arn:aws:*:::x" },
    "unreadable Statement[0].Resource",
  ],
  [
    "an account id of 11 digits",
    "identity",
    { Resource: "arn:aws:athena:us-east-1:13000000001:workgroup/w" },
    "unreadable Statement[0].Resource",
  ],
  [
    "an open policy variable",
    "identity",
    { Resource: `${data}/\${aws:username` },
    "unreadable Statement[0].Resource",
  ],
  [
    "a variable of no key",
    "identity",
    { Resource: `${data}/\${username}` },
    "unreadable Statement[0].Resource",
  ],
  [
    "a variable of an unknown key",
    "identity",
    { Resource: `${data}/\${aws:usrname}` },
    "unreadable Statement[0].Resource",
  ],
  [
    "a variable of a key with many values",
    "identity",
    { Resource: `${data}/\${aws:TagKeys}` },
    "unreadable Statement[0].Resource",
  ],
  ["a principal in an identity policy", "identity", { Principal: "*" }, "unreadable Statement[0].Principal"],
  ["a principal in a boundary", "boundary", { Principal: "*" }, "unreadable Statement[0].Principal"],
  [
    "a principal in a session policy",
    "session",
    { NotPrincipal: "*" },
    "unreadable Statement[0].NotPrincipal",
  ],
  [
    "a principal in a service control policy",
    "service-control",
    { Principal: "*" },
    "unreadable Statement[0].Principal",
  ],
  ["no principal in a bucket policy", "resource", { Principal: undefined }, "unreadable Statement[0]"],
  [
    "NotPrincipal with Allow",
    "resource",
    { Principal: undefined, NotPrincipal: { AWS: spoke } },
    "unreadable Statement[0].NotPrincipal",
  ],
  ["a principal that is a plain text", "resource", { Principal: roleB }, "unreadable Statement[0].Principal"],
  [
    "a principal of an unknown kind",
    "resource",
    { Principal: { Aws: spoke } },
    "unreadable Statement[0].Principal.Aws",
  ],
  [
    "a canonical user",
    "resource",
    { Principal: { CanonicalUser: "79a59df9" } },
    "unreadable Statement[0].Principal.CanonicalUser",
  ],
  [
    "a wildcard in a principal",
    "resource",
    { Principal: { AWS: "arn:aws:iam::*:role/x" } },
    "unreadable Statement[0].Principal.AWS",
  ],
  [
    "all sessions of a role",
    "resource",
    { Principal: { AWS: `arn:aws:sts::${spoke}:assumed-role/x/*` } },
    "unreadable Statement[0].Principal.AWS",
  ],
  [
    "a group as a principal",
    "resource",
    { Principal: { AWS: `arn:aws:iam::${spoke}:group/x` } },
    "unreadable Statement[0].Principal.AWS",
  ],
  [
    "a service that is none",
    "resource",
    { Principal: { Service: "quicksight" } },
    "unreadable Statement[0].Principal.Service",
  ],
  [
    "an empty list of principals",
    "resource",
    { Principal: { AWS: [] } },
    "unreadable Statement[0].Principal.AWS",
  ],
  [
    "hole: the Lambda function's ARN as a principal (C9)",
    "trust",
    { Principal: { AWS: `arn:aws:lambda:us-east-1:${spoke}:function:f` } },
    "unreadable Statement[0].Principal.AWS",
  ],
  ["a resource in a trust policy", "trust", { Resource: "*" }, "unreadable Statement[0].Resource"],
  [
    "an action of another service in a trust policy",
    "trust",
    { Action: "s3:GetObject" },
    "unreadable Statement[0].Action",
  ],
  [
    "NotPrincipal in a trust policy",
    "trust",
    { Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: spoke } },
    "unreadable Statement[0].NotPrincipal",
  ],
  [
    "a Sid with spaces in an identity policy",
    "identity",
    { Sid: "Read data" },
    "unreadable Statement[0].Sid",
  ],
  [
    "an Allow in a resource control policy",
    "resource-control",
    { Effect: "Allow" },
    "unreadable Statement[0].Effect",
  ],
  [
    "every action in a resource control policy",
    "resource-control",
    { Action: "*" },
    "unreadable Statement[0].Action",
  ],
  [
    "one principal in a resource control policy",
    "resource-control",
    { Principal: { AWS: spoke } },
    "unreadable Statement[0].Principal",
  ],
  ["a condition that is a list", "identity", { Condition: [] }, "unreadable Statement[0].Condition"],
  [
    "a mistyped operator",
    "identity",
    { Condition: { StringLikes: { "aws:SourceArn": "x" } } },
    "unreadable Statement[0].Condition.StringLikes.aws:SourceArn",
  ],
  [
    "an operator in another case",
    "identity",
    { Condition: { stringequals: { "aws:username": "x" } } },
    "unreadable Statement[0].Condition.stringequals.aws:username",
  ],
  [
    "NullIfExists",
    "identity",
    { Condition: { NullIfExists: { "aws:username": "true" } } },
    "unreadable Statement[0].Condition.NullIfExists.aws:username",
  ],
  [
    "an unknown set operator",
    "identity",
    { Condition: { "ForSome:StringEquals": { "aws:TagKeys": "x" } } },
    "unreadable Statement[0].Condition.ForSome:StringEquals.aws:TagKeys",
  ],
  [
    "an unknown global key",
    "identity",
    { Condition: { StringEquals: { "aws:SourceArns": "x" } } },
    "unreadable Statement[0].Condition.StringEquals.aws:SourceArns",
  ],
  [
    "an unknown key of a service",
    "identity",
    { Condition: { StringEquals: { "sts:ExternalID2": "x" } } },
    "unreadable Statement[0].Condition.StringEquals.sts:ExternalID2",
  ],
  [
    "an operator that does not fit the key",
    "identity",
    { Condition: { NumericEquals: { "aws:SourceArn": "1" } } },
    "unreadable Statement[0].Condition.NumericEquals.aws:SourceArn",
  ],
  [
    "StringEquals on an address",
    "identity",
    { Condition: { StringEquals: { "aws:SourceIp": "10.0.0.1" } } },
    "unreadable Statement[0].Condition.StringEquals.aws:SourceIp",
  ],
  [
    "a number that is none",
    "identity",
    { Condition: { NumericEquals: { "s3:max-keys": "ten" } } },
    "unreadable Statement[0].Condition.NumericEquals.s3:max-keys",
  ],
  [
    "a date that is none",
    "identity",
    { Condition: { DateLessThan: { "aws:CurrentTime": "tomorrow" } } },
    "unreadable Statement[0].Condition.DateLessThan.aws:CurrentTime",
  ],
  [
    "a month that is none",
    "identity",
    { Condition: { DateLessThan: { "aws:CurrentTime": "2026-13-01" } } },
    "unreadable Statement[0].Condition.DateLessThan.aws:CurrentTime",
  ],
  [
    "a range that is none",
    "identity",
    { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/33" } } },
    "unreadable Statement[0].Condition.IpAddress.aws:SourceIp",
  ],
  [
    "an octet above 255",
    "identity",
    { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.256" } } },
    "unreadable Statement[0].Condition.IpAddress.aws:SourceIp",
  ],
  [
    "a boolean that is none",
    "identity",
    { Condition: { Bool: { "aws:SecureTransport": "no" } } },
    "unreadable Statement[0].Condition.Bool.aws:SecureTransport",
  ],
  [
    "an ARN that is none",
    "identity",
    { Condition: { ArnLike: { "aws:SourceArn": "*" } } },
    "unreadable Statement[0].Condition.ArnLike.aws:SourceArn",
  ],
  [
    "base64 that is none",
    "identity",
    { Condition: { BinaryEquals: { "aws:ResourceTag/h": "%%" } } },
    "unreadable Statement[0].Condition.BinaryEquals.aws:ResourceTag/h",
  ],
  [
    "a variable where the operator takes none",
    "identity",
    { Condition: { NumericEquals: { "s3:max-keys": "${aws:PrincipalTag/n}" } } },
    "unreadable Statement[0].Condition.NumericEquals.s3:max-keys",
  ],
  [
    "many values without a set operator",
    "identity",
    { Condition: { StringEquals: { "aws:TagKeys": "x" } } },
    "unreadable Statement[0].Condition.StringEquals.aws:TagKeys",
  ],
  [
    "a set operator on a key with one value",
    "identity",
    { Condition: { "ForAllValues:StringEquals": { "aws:username": "x" } } },
    "suspect Statement[0].Condition.ForAllValues:StringEquals.aws:username",
  ],
  [
    "a key named twice",
    "identity",
    { Condition: { StringEquals: { "aws:username": "x", "AWS:UserName": "y" } } },
    "unreadable Statement[0].Condition.StringEquals.AWS:UserName",
  ],
  [
    "no values",
    "identity",
    { Condition: { StringEquals: { "aws:username": [] } } },
    "unreadable Statement[0].Condition.StringEquals.aws:username",
  ],
  [
    "an object for a value",
    "identity",
    { Condition: { StringEquals: { "aws:username": {} } } },
    "unreadable Statement[0].Condition.StringEquals.aws:username",
  ],
  ["a control character", "identity", { Action: "s3:Get\u0000" }, "unreadable Statement[0].Action"],
];

describe("validateDocument", () => {
  for (const kind of Object.keys(sound) as DocumentKind[]) {
    it(`finds nothing wrong with a sound ${kind} document`, () => {
      expect(faultsOf(kind, {})).to.deep.equal([]);
    });
  }

  for (const [name, kind, changes, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      expect(faultsOf(kind, changes)).to.include(expected);
      expect(
        faultsOf(kind, changes).every((fault) => fault.endsWith(expected.slice(expected.indexOf(" ")))),
      ).to.equal(true);
    });
  }

  it("takes JSON's own booleans and numbers as AWS does", () => {
    const Condition = { Bool: { "aws:SecureTransport": true }, NumericLessThan: { "s3:max-keys": 10 } };
    expect(faultsOf("identity", { Condition })).to.deep.equal([]);
  });

  it("refuses a missing or unknown version, an unknown element and text that is not JSON", () => {
    expect(faultsOf("identity", {}, { Version: undefined })).to.deep.equal(["unreadable Version"]);
    expect(faultsOf("identity", {}, { Version: "2012-10-18" })).to.deep.equal(["unreadable Version"]);
    expect(faultsOf("identity", {}, { Id: "x" })).to.deep.equal([]);
    expect(faultsOf("identity", {}, { Extra: "x" })).to.deep.equal(["unreadable Extra"]);
    expect(validateDocument("{", "identity").map((fault) => fault.at)).to.deep.equal(["document"]);
    expect(validateDocument("[]", "identity").map((fault) => fault.at)).to.deep.equal(["document"]);
  });

  it("tells an empty list of statements, which says nothing, from a missing one, which cannot be read", () => {
    expect(faultsOf("identity", {}, { Statement: [] })).to.deep.equal(["suspect Statement"]);
    expect(faultsOf("identity", {}, { Statement: undefined })).to.deep.equal(["unreadable Statement"]);
  });

  it("refuses the same Sid twice", () => {
    const statement = { ...sound.identity, Sid: "Read" };
    expect(faultsOf("identity", {}, { Statement: [statement, statement] })).to.deep.equal([
      "unreadable Statement[1].Sid",
    ]);
  });

  it("takes the Sids that KMS and Lambda write", () => {
    expect(faultsOf("key", { Sid: "Allow use of the key" })).to.deep.equal([]);
    expect(faultsOf("resource", { Sid: "spoke-sales_1" })).to.deep.equal([]);
  });

  it("tells every fault of a document at once", () => {
    const faults = faultsOf("identity", {
      Action: "s3",
      Resource: "x",
      Condition: { Strings: { "aws:username": "x" } },
    });
    expect(faults).to.deep.equal([
      "unreadable Statement[0].Action",
      "unreadable Statement[0].Resource",
      "unreadable Statement[0].Condition.Strings.aws:username",
    ]);
  });
});

describe("decide: what it refuses", () => {
  const request = does(asRoleB, "s3:GetObject", `${data}/x`, { owner: spoke });
  const mistyped = policy("mistyped", {
    Effect: "Deny",
    Action: "s3:GetObject",
    Resource: "*",
    Condition: { StringLikes: { "aws:username": "x" } },
  });

  /** name, the policies that hold the mistyped one. */
  const places: readonly (readonly [string, Policies])[] = [
    ["identity", { identity: [fullAccess, mistyped] }],
    ["boundary", { boundary: mistyped }],
    ["session", { session: [mistyped] }],
    ["service control", { serviceControl: [[fullAccess, mistyped]] }],
    ["resource control", { resourceControl: [mistyped] }],
    ["resource", { resource: mistyped }],
  ];
  for (const [name, policies] of places) {
    it(`a ${name} policy that cannot be read, even if it is a Deny`, () => {
      expect(() => decide(request, policies)).to.throw(PolicyError, 'policy "mistyped" cannot be read');
    });
  }

  it("a service control policy that cannot be read, even for a caller that it does not bind", () => {
    const quick = { type: "service", name: "quicksight.amazonaws.com" } as const;
    expect(() => decide({ ...request, caller: quick }, { serviceControl: [[mistyped]] })).to.throw(
      PolicyError,
    );
  });

  it("names the place, the wrong value and the remedy", () => {
    expect(() => decide(request, { identity: [mistyped] })).to.throw(
      /^policy "mistyped" cannot be read:\n {2}Statement\[0\]\.Condition\.StringLikes\.aws:username: unknown condition operator "StringLikes": use one of StringEquals, /,
    );
  });

  it("but takes a document that is only suspect", () => {
    const suspect = policy("suspect", { Effect: "Allow", Action: "s3:GetObjekt", Resource: "*" });
    expect(decide(request, { identity: [suspect] }).decision).to.equal("implicit-deny");
  });

  it("a grant whose grantee is nobody", () => {
    const grants = [{ id: "g-1", grantee: "arn:aws:iam::*:role/x", operations: ["Decrypt"] }];
    expect(() => decide(does(asRoleB, "kms:Decrypt", key), { grants })).to.throw(PolicyError, 'policy "g-1"');
  });

  /** name, what the case changes in a sound request, policies, the error's text. */
  const requests: readonly (readonly [string, Partial<AccessRequest>, Policies, string])[] = [
    ["an unknown action", { action: "s3:GetObjekt" }, {}, 'unknown action "s3:GetObjekt"'],
    [
      "an unknown service",
      { action: "rds:CreateDBInstance" },
      {},
      'the actions of the service "rds" are not known here',
    ],
    ["a resource that is no ARN", { resource: "data/x" }, {}, '"data/x" is not an ARN'],
    [
      "a resource of another type",
      { resource: data, resourceAccount: spoke },
      {},
      `takes no resource such as "${data}"`,
    ],
    ["a star for an action on a resource", { resource: "*" }, {}, 'name its ARN instead of "*"'],
    [
      "an ARN for an action that takes none",
      { action: "s3:ListAllMyBuckets", resource: data, resourceAccount: spoke },
      {},
      'name "*" instead',
    ],
    ["an S3 ARN without an owner", { resource: `${data}/x` }, {}, "names no account: say resourceAccount"],
    [
      "an owner other than the ARN's",
      { action: "kms:Decrypt", resource: keyArn, resourceAccount: spoke },
      {},
      `is of account 120000000001, not ${spoke}`,
    ],
    ["an owner that is no account", { resourceAccount: "1" }, {}, '"1" is not an account id of 12 digits'],
    [
      "a session's ARN for a role's",
      { caller: { type: "role", arn: `arn:aws:sts::${spoke}:assumed-role/x/y` } },
      {},
      "is not the ARN of a role",
    ],
    [
      "a user's ARN without name",
      { caller: { type: "user", arn: `arn:aws:iam::${spoke}:user/` } },
      {},
      "is not the ARN of a user",
    ],
    ["a root user without account", { caller: { type: "root", account: "1" } }, {}, "is not an account id"],
    [
      "an unknown context key",
      { context: { "aws:SourceArns": "x" } },
      {},
      'unknown context key "aws:SourceArns"',
    ],
    ["a context key that is filled in", { context: { "aws:PrincipalArn": roleB } }, {}, "leave it out"],
    [
      "a tag of the caller as a context key",
      { context: { "aws:PrincipalTag/team": "x" } },
      {},
      "leave it out",
    ],
    [
      "a context key given twice",
      { context: { "aws:SourceArn": "x", "AWS:sourcearn": "y" } },
      {},
      "is given twice",
    ],
    [
      "two values of a key that has one",
      { context: { "aws:SourceAccount": ["1", "2"] } },
      {},
      "has exactly one value",
    ],
    [
      "a boolean that is none",
      { context: { "aws:SecureTransport": "yes" } },
      {},
      '"yes" must be "true" or "false"',
    ],
    ["an address that is none", { context: { "aws:SourceIp": "10.0.0.0/8" } }, {}, "must be an IP address"],
    [
      "identity policies of a service",
      { caller: { type: "service", name: "x.amazonaws.com" } },
      { identity: [] },
      "has no identity policies",
    ],
    [
      "a boundary of the root user",
      { caller: { type: "root", account: spoke } },
      { boundary: fullAccess },
      "has no boundary policies",
    ],
    [
      "session policies of a user",
      { caller: { type: "user", arn: `arn:aws:iam::${spoke}:user/u` } },
      { session: [] },
      "carry no session policies",
    ],
    [
      "a trust policy for an action of IAM",
      { action: "iam:PassRole", resource: roleB },
      { resource: roleBTrust },
      "leave it out",
    ],
    ["grants for an action of S3", {}, { grants: [] }, "is not decided by KMS grants"],
  ];
  for (const [name, changes, policies, message] of requests) {
    it(name, () => {
      const { resourceAccount, ...rest } = request;
      const owner =
        "resource" in changes || "action" in changes ? {} : { resourceAccount: resourceAccount ?? spoke };
      expect(() => decide({ ...rest, ...owner, ...changes }, policies)).to.throw(RequestError, message);
    });
  }

  it("reads the documents of the chain without any fault", () => {
    expect(validateDocument(roleBTrust.document, "trust")).to.deep.equal([]);
    expect(validateDocument(spillPolicy.document, "resource")).to.deep.equal([]);
    expect(validateDocument(keyPolicy.document, "key")).to.deep.equal([]);
  });
});
