/** What the proof reads of a plan, against the documents of access/ and against what it must not overlook. */
import { expect } from "chai";
import { combined, type FoundDocument, type FoundPolicies, type FoundThing } from "../../access/proof";
import { policiesOf, type StackResource } from "../../automation/proof/planned-policies";
import { configurations } from "../access/configurations";
import { environmentDocuments, spokeDocuments } from "../documents";
import { REGION, SPOKE } from "../worlds";
import { plannedResources } from "./planned";

/** For comparison: documents as objects, sorted by name, and nothing of things without any. */
function comparable({ things }: FoundPolicies) {
  const document = (each: FoundDocument) =>
    "unknown" in each ? each.unknown : (JSON.parse(text(each.document)) as unknown);
  const text = (written: unknown) => (typeof written === "string" ? written : JSON.stringify(written));
  const list = (documents: FoundThing["identity"]) => (documents ?? []).map(document);
  return Object.fromEntries(
    [...things]
      .map(
        ([arn, { trust, identity, resource, sharing, boundary, grants, unknown }]) =>
          [
            arn,
            {
              trust: trust && document(trust),
              identity: list(identity),
              resource: list(resource),
              boundary: boundary && document(boundary),
              sharing,
              grants: grants ?? [],
              unknown,
            },
          ] as const,
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** What the engine writes for a text that is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("policies of a plan", () => {
  for (const { name, request, environment } of configurations) {
    it(`are the documents of access/, in their places: ${name}`, async () => {
      const expected = combined(environmentDocuments(environment), spokeDocuments(request, environment));
      const { environment: shared, spoke } = await plannedResources({ request, environment });
      const resources = [...shared, ...spoke];
      const boundaries = [...expected.things.values()].flatMap(({ boundary }) =>
        boundary === undefined ? [] : [[boundary.name, boundary] as const],
      );
      const { outside } = policiesOf(resources, environment.region);
      expect([...new Set(outside)].sort()).to.deep.equal([...new Set(boundaries.map(([at]) => at))].sort());
      const found = policiesOf(resources, environment.region, new Map(boundaries));
      expect(found.unplaced).to.deep.equal([]);
      expect(comparable(found)).to.deep.equal(comparable(expected));
    });
  }

  const resource = (
    type: string,
    inputs: Record<string, unknown>,
    account: string | undefined = SPOKE,
  ): StackResource => ({
    urn: `urn:pulumi:dev-sales::athena-spokes::${type}::thing`,
    type,
    account,
    inputs,
  });
  const trust = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  const unplaced: { what: string; resource: StackResource; reason: string }[] = [
    {
      what: "a grant of Lake Formation on what is no database or table",
      resource: resource("aws:lakeformation/permissions:Permissions", {
        principal: SPOKE,
        permissions: ["CREATE_DATABASE"],
        catalogResource: true,
      }),
      reason: "what it is on is no known database or table",
    },
    {
      what: "a type that nobody knows",
      resource: resource("aws:sqs/queuePolicy:QueuePolicy", { policy: "{}" }),
      reason: "it is of a type of which it is not known whether it carries policies",
    },
    {
      what: "a group's policy",
      resource: resource("aws:iam/groupPolicy:GroupPolicy", { group: "x", policy: "{}" }),
      reason: "it is of a type of which it is not known whether it carries policies",
    },
    {
      what: "another resource of Cloud Control",
      resource: resource("aws-native:index:ExtensionResource", {
        type: "AWS::S3::AccessPoint",
        properties: {},
      }),
      reason: "it is of type AWS::S3::AccessPoint, of which it is not known whether it carries policies",
    },
    {
      what: "a dataset of an unknown id",
      resource: resource("aws-native:quicksight:DataSet", { awsAccountId: SPOKE, dataSetId: UNKNOWN }),
      reason: "its id is not known yet",
    },
    {
      what: "a bucket with an access control list",
      resource: resource("aws:s3/bucket:Bucket", { bucket: "b", acl: "public-read" }),
      reason: "its acl may let somebody in, which no row judges",
    },
    {
      what: "a role of an unknown name",
      resource: resource("aws:iam/role:Role", { name: UNKNOWN, assumeRolePolicy: trust }),
      reason: "its name is not known yet",
    },
    {
      what: "a bucket policy on a bucket of an unknown name",
      resource: resource("aws:s3/bucketPolicy:BucketPolicy", { bucket: UNKNOWN, policy: "{}" }),
      reason: "its bucket is not known yet",
    },
    {
      what: "an attachment of an unknown policy",
      resource: resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {
        role: "r",
        policyArn: UNKNOWN,
      }),
      reason: "what it attaches is not known yet",
    },
    {
      what: "an attachment of an unknown policy to a user",
      resource: resource("aws:iam/userPolicyAttachment:UserPolicyAttachment", {
        user: "u",
        policyArn: UNKNOWN,
      }),
      reason: "what it attaches is not known yet",
    },
    {
      what: "a key of an unknown user",
      resource: resource("aws:iam/accessKey:AccessKey", { user: UNKNOWN }),
      reason: "its user is not known yet",
    },
    {
      what: "a role in an unknown account",
      resource: {
        ...resource("aws:iam/role:Role", { name: "r", assumeRolePolicy: trust }),
        account: undefined,
      },
      reason: "its name is not known yet",
    },
  ];
  for (const { what, resource: given, reason } of unplaced)
    it(`never leaves out what it cannot place: ${what}`, () => {
      expect(policiesOf([given], REGION).unplaced).to.deep.equal([{ what: `${given.type} thing`, reason }]);
    });

  const key = resource("aws:kms/key:Key", { policy: trust });
  const alias = resource("aws:kms/alias:Alias", { name: "alias/x", targetKeyId: UNKNOWN });
  const grant = resource("aws:kms/grant:Grant", {
    name: "g",
    keyId: UNKNOWN,
    granteePrincipal: "arn:aws:iam::133333333333:role/r",
    operations: ["Decrypt"],
  });
  const keyCases: { what: string; resources: StackResource[]; reasons: string[] }[] = [
    {
      what: "a key without an alias",
      resources: [key],
      reasons: ["no alias of it is known, by which a row could speak of it"],
    },
    {
      what: "a key with another component's alias",
      resources: [
        { ...key, parent: "a" },
        { ...alias, parent: "b" },
      ],
      reasons: [
        "no alias of it is known, by which a row could speak of it",
        "the key that it leads to is not made by these stacks",
      ],
    },
    {
      what: "a grant on an unknown key",
      resources: [grant],
      reasons: ["the key that it is for is not known yet"],
    },
    {
      what: "a grant to somebody unknown",
      resources: [
        { ...key, parent: "a" },
        { ...alias, parent: "a" },
        { ...grant, inputs: { ...grant.inputs, granteePrincipal: UNKNOWN } },
      ],
      reasons: ["what it grants is not known yet"],
    },
    {
      what: "a grant in an unknown context",
      resources: [
        { ...key, parent: "a" },
        { ...alias, parent: "a" },
        { ...grant, inputs: { ...grant.inputs, constraints: [{ encryptionContextSubset: { a: UNKNOWN } }] } },
      ],
      reasons: ["what it grants is not known yet"],
    },
  ];
  for (const { what, resources, reasons } of keyCases)
    it(`never leaves out what it cannot place: ${what}`, () => {
      expect(policiesOf(resources, REGION).unplaced.map(({ reason }) => reason)).to.deep.equal(reasons);
    });

  it("finds a key by its alias, and the grants on it, by ids where they are known", () => {
    const made = [
      { ...key, id: "1234" },
      { ...alias, inputs: { name: "alias/x", targetKeyId: "1234" } },
      { ...grant, inputs: { ...grant.inputs, keyId: `arn:aws:kms:${REGION}:${SPOKE}:key/1234` } },
    ];
    expect(comparable(policiesOf(made, REGION))).to.deep.equal({
      [`arn:aws:kms:${REGION}:${SPOKE}:alias/x`]: {
        ...roleFound,
        trust: undefined,
        resource: [{ Version: "2012-10-17", Statement: [] }],
        grants: [
          { id: "g", grantee: "arn:aws:iam::133333333333:role/r", operations: ["Decrypt"], constraints: {} },
        ],
      },
    });
  });

  const at = `arn:aws:iam::${SPOKE}:role/r`;
  const role = resource("aws:iam/role:Role", { name: "r", assumeRolePolicy: trust });
  const found = (...resources: StackResource[]) => comparable(policiesOf(resources, REGION))[at];
  const roleFound = {
    trust: { Version: "2012-10-17", Statement: [] },
    identity: [],
    resource: [],
    boundary: undefined,
    sharing: undefined,
    grants: [],
    unknown: undefined,
  };

  it("says of a document that is not known yet that it is not", () => {
    const policy = resource("aws:iam/rolePolicy:RolePolicy", { role: "r", name: "p", policy: UNKNOWN });
    expect(found(role, policy)).to.deep.equal({ ...roleFound, identity: ["the document is not known yet"] });
  });

  it("finds what a role has by itself: inline policies, attached ones, a boundary, a path", () => {
    const document = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
    };
    const whole = resource("aws:iam/role:Role", {
      name: "r",
      assumeRolePolicy: trust,
      inlinePolicies: [{ name: "inline", policy: JSON.stringify(document) }],
      managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"],
      permissionsBoundary: `arn:aws:iam::${SPOKE}:policy/bounds`,
    });
    const bounds = resource("aws:iam/policy:Policy", { name: "bounds", policy: JSON.stringify(document) });
    expect(found(bounds, whole)).to.deep.equal({
      ...roleFound,
      identity: [document, "the policy is not made by these stacks"],
      boundary: document,
    });
    const withPath = resource("aws:iam/role:Role", { name: "r", path: "/people/", assumeRolePolicy: trust });
    expect([...policiesOf([withPath], REGION).things.keys()]).to.deep.equal([
      `arn:aws:iam::${SPOKE}:role/people/r`,
    ]);
  });

  it("does not guess at a Lambda permission that it does not model", () => {
    const permission = resource("aws:lambda/permission:Permission", {
      function: "f",
      statementId: "url",
      action: "lambda:InvokeFunctionUrl",
      principal: "*",
      functionUrlAuthType: "NONE",
    });
    expect(comparable(policiesOf([permission], REGION))).to.deep.equal({
      [`arn:aws:lambda:${REGION}:${SPOKE}:function:f`]: {
        ...roleFound,
        trust: undefined,
        resource: ["its functionUrlAuthType is not modelled"],
      },
    });
  });
});
