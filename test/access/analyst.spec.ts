import { expect } from "chai";
import { analystPermissions, analystTrust } from "../../access/analyst";
import { spokeBootstrap } from "../../access/bootstrap";
import { privateBucketPolicy, spillBucketPolicy } from "../../access/bucket";
import { functionPolicies, spokeInvokeGrants } from "../../access/connector";
import type { PolicyDocument } from "../../access/document";
import type { Environment } from "../../access/environment";
import { type AccessRequest, decide } from "../../access/evaluate";
import { spillKey, spillKeyGrants } from "../../access/key";
import {
  analystArn,
  analystOf,
  ownSpillBucketName,
  producerConnector,
  resultsBucketName,
} from "../../access/names";
import { faultsInEnvironment, registrationOf, type SpokeRequest } from "../../access/request";
import { roleBPermissions } from "../../access/role-b";
import {
  environmentWith,
  keyedProducers,
  OTHER_SPOKE,
  PRODUCER,
  REGION,
  requestWith,
  SPOKE,
} from "../worlds";

describe("analyst (R28-R33)", () => {
  it("is assumed by the spoke's own account, nobody else (R28)", () => {
    expect(analystTrust(requestWith())).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "OwnAccountAssumesAnalyst",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::133333333333:root" },
          Action: "sts:AssumeRole",
        },
      ],
    });
  });

  const requests = [
    {},
    { connectors: [{ deploy: { tables: ["Returns"] } }] },
    { sampleData: false, connectors: [], data: [{ database: "crm", prefixes: ["s3://lake/crm/"] }] },
  ];
  for (const changes of requests)
    it(`may do what Role B may, but lists only what people look at: ${JSON.stringify(changes)} (R31, C7, C8)`, () => {
      const request = requestWith(changes);
      const [, ...others] = roleBPermissions(request, environmentWith()).Statement;
      expect(analystPermissions(request, environmentWith())).to.deep.equal({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "AthenaInRegion",
            Effect: "Allow",
            Action: ["athena:ListDataCatalogs", "athena:ListEngineVersions", "athena:ListWorkGroups"],
            Resource: "*",
            Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
          },
          ...others,
        ],
      });
    });

  const names = [
    { analyst: false, environment: {}, name: undefined },
    { analyst: true, environment: {}, name: "role/analyst" },
    { analyst: true, environment: { names: "environment" }, name: "role/analyst-dev" },
    { analyst: "people-of-sales", environment: { names: "environment" }, name: "role/people-of-sales" },
    { analyst: "user/analyst", environment: { names: "environment" }, name: "user/analyst" },
  ];
  for (const { analyst, environment, name } of names)
    it(`with ${JSON.stringify({ analyst, ...environment })} is ${name ?? "nobody, there is none"} (R28, C28)`, () => {
      expect(analystOf(requestWith({ analyst }), environmentWith(environment))).to.equal(name);
    });

  const sales = requestWith({
    connectors: [{ from: "music" }, { deploy: { tables: ["Leads"] }, catalog: "leads" }],
  });
  const returns = requestWith({ spoke: "returns", account: OTHER_SPOKE, connectors: [] });
  const spill = "arn:aws:s3:::dev-music-athena-spill-122222222222";
  const ownSpill = `arn:aws:s3:::${ownSpillBucketName(sales)}`;
  const results = `arn:aws:s3:::${resultsBucketName(sales)}`;
  const connector = `arn:aws:lambda:${REGION}:${PRODUCER}:function:acct1dynamodb`;

  /** Whether the analyst of a spoke may, with the documents that its accounts then have. */
  function may(
    request: SpokeRequest,
    environment: Environment,
    action: string,
    resource: string,
    owner: string,
  ): boolean {
    const policies: Readonly<Record<string, PolicyDocument | undefined>> = {
      [spill]: spillBucketPolicy(environment, "music"),
      [ownSpill]: privateBucketPolicy(REGION, ownSpillBucketName(sales)),
      [results]: privateBucketPolicy(REGION, resultsBucketName(sales)),
      [connector]: functionPolicies(environment, "music").get("acct1dynamodb"),
    };
    const asked: AccessRequest = {
      caller: { type: "role", arn: analystArn(request, environment) ?? "", session: "alice" },
      action,
      resource,
      resourceAccount: owner,
      context: { "aws:SecureTransport": "true", "aws:RequestedRegion": REGION },
      organizationOf: () => "o-athenaspokes",
    };
    const document = policies[resource.split("/")[0] ?? ""];
    return (
      decide(asked, {
        identity: [{ name: "AthenaQueries", document: analystPermissions(request, environment) }],
        ...(document === undefined ? {} : { resource: { name: resource, document } }),
      }).decision === "allowed"
    );
  }

  const needed = [
    ["s3:GetObject", `${spill}/athena-spill/acct1dynamodb/q/1`, PRODUCER],
    ["s3:ListBucket", spill, PRODUCER],
    ["lambda:InvokeFunction", connector, PRODUCER],
    ["s3:GetObject", `${ownSpill}/athena-spill/salesdynamodb/q/1`, SPOKE],
    ["s3:GetObject", `${results}/results/q.csv`, SPOKE],
    ["s3:PutObject", `${results}/results/q.csv`, SPOKE],
    ["athena:GetDataCatalog", `arn:aws:athena:${REGION}:${SPOKE}:datacatalog/acct1dynamodb`, SPOKE],
    ["athena:StartQueryExecution", `arn:aws:athena:${REGION}:${SPOKE}:workgroup/dev-sales`, SPOKE],
  ] as const;
  const scopes = ["accounts", "roles", "organization"];
  for (const producerGrants of scopes) {
    const environment = environmentWith({ producerGrants });
    const registered: Environment = {
      ...environment,
      spokes: {
        sales: registrationOf(sales, environment),
        returns: registrationOf(returns, environment),
      },
    };
    for (const [action, resource, owner] of needed) {
      it(`under scope ${producerGrants} may ${action} on ${resource} (R10, R28, R29, R31)`, () => {
        expect(may(sales, registered, action, resource, owner)).to.equal(true);
      });
      it(`under scope ${producerGrants} another spoke's may not ${action} on ${resource}`, () => {
        expect(may(returns, registered, action, resource, owner)).to.equal(false);
      });
    }
    it(`under scope ${producerGrants} is let in by the producer's own policy, too: without it, nothing is spilled to it`, () => {
      const alone = { ...registered, spokes: {} };
      const object = `${spill}/athena-spill/acct1dynamodb/q/1`;
      expect(may(sales, alone, "s3:GetObject", object, PRODUCER)).to.equal(producerGrants === "organization");
    });
  }

  describe("that is a user (R28, R31)", () => {
    const request = requestWith({ analyst: "user/analyst" });
    const user = `arn:aws:iam::${SPOKE}:user/analyst`;

    it("is let in by the producer, by name, where a role would be (R10, R13, R28, R29)", () => {
      const environment = environmentWith({ producerGrants: "roles", producers: keyedProducers });
      const registration = registrationOf(request, environment);
      expect(registration.analyst).to.equal("user/analyst");
      const registered = { ...environment, spokes: { sales: registration } };
      const [, read] = spillBucketPolicy(registered, "music").Statement;
      const principals = { "aws:PrincipalArn": [`arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role`, user] };
      expect(read?.Condition).to.deep.equal({ ArnEquals: principals });
      expect(spillKey(registered, "music")?.policy.Statement.at(-1)?.Condition).to.deep.include({
        ArnEquals: principals,
      });
      const function_ = producerConnector(environment, "music", "acct1dynamodb");
      expect(spokeInvokeGrants(request, environment, function_)[1]).to.deep.equal({
        grantee: "analyst",
        statementId: "AnalystInvocationStatement-dev-sales",
        principal: user,
      });
      const grants = spillKeyGrants(request, { ...environment, keyAccess: "grants" }, "music");
      expect(grants[1]).to.deep.include({ name: "dev-sales-analyst", granteePrincipal: user });
    });

    it("is made under the boundary, with a policy of its own, and is nobody's to become", () => {
      const trusted = ["arn:aws:iam::100000000000:user/admin"];
      const { roles } = spokeBootstrap(environmentWith(), SPOKE, trusted, [request]);
      const statements = roles.get("athena-spokes-spoke-deployer-dev")?.permissions.Statement ?? [];
      const resources = new Map(statements.map(({ Sid, Resource }) => [Sid, Resource]));
      const policy = `arn:aws:iam::${SPOKE}:policy/AthenaQueries-dev-sales`;
      expect(resources.get("MakeUsersUnderBoundary")).to.deep.equal([user]);
      expect(resources.get("ManageUsers")).to.deep.equal([user]);
      expect(resources.get("ManageUserPolicies")).to.deep.equal([policy]);
      expect(statements.find(({ Sid }) => Sid === "AttachUserPolicies")).to.deep.equal({
        Sid: "AttachUserPolicies",
        Effect: "Allow",
        Action: ["iam:AttachUserPolicy", "iam:DetachUserPolicy"],
        Resource: [user],
        Condition: {
          ArnEquals: {
            "iam:PermissionsBoundary": `arn:aws:iam::${SPOKE}:policy/athena-spokes-spoke-boundary-dev`,
          },
          ArnLike: { "iam:PolicyARN": [policy] },
        },
      });
      expect(resources.has("QueryAsAnalyst")).to.equal(false);
      expect(resources.has("ReaderKeys")).to.equal(false);
      expect(JSON.stringify(resources.get("MakeRolesUnderBoundary"))).to.not.include("analyst");
    });

    const refused = [
      {
        title: "a name that producers do not let in",
        written: { analyst: "user/people" },
        environment: { producerGrants: "organization" },
        faults: [
          {
            path: "analyst",
            message:
              'producers of dev do not let user "people" in: write a name that begins with "user/analyst-dev-"',
          },
        ],
      },
      {
        title: "the user of a reader",
        written: { analyst: "user/dev-sales-connecty", readers: { connecty: {} } },
        faults: [
          {
            path: "readers.connecty.user",
            message: '"dev-sales-connecty" is the analyst already: choose another name',
          },
        ],
      },
      {
        title: "a policy that IAM has no room for on a user (L2)",
        written: {
          analyst: "user/analyst",
          data: [
            {
              database: "sales",
              tables: Array.from({ length: 60 }, (_, index) => `table_${index}`),
              prefixes: ["s3://lake/"],
            },
          ],
        },
        faults: [
          {
            path: "analyst",
            message:
              "the analyst's policy would have 6850 characters, IAM allows a user's 6144: name whole databases instead of tables, or let the analyst be a role",
          },
        ],
      },
    ];
    for (const { title, written, environment = {}, faults } of refused)
      it(`is refused: ${title}`, () => {
        expect(faultsInEnvironment(requestWith(written), environmentWith(environment))).to.deep.equal(faults);
      });
  });
});
