import { expect } from "chai";
import { analystPermissions, analystTrust } from "../../access/analyst";
import { privateBucketPolicy, spillBucketPolicy } from "../../access/bucket";
import { functionPolicies } from "../../access/connector";
import type { PolicyDocument } from "../../access/document";
import type { Environment } from "../../access/environment";
import { type AccessRequest, decide } from "../../access/evaluate";
import { analystArn, analystName, ownSpillBucketName, resultsBucketName } from "../../access/names";
import { registrationOf, type SpokeRequest } from "../../access/request";
import { roleBPermissions } from "../../access/role-b";
import { environmentWith, OTHER_SPOKE, PRODUCER, REGION, requestWith, SPOKE } from "../worlds";

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
    { analyst: true, environment: {}, name: "analyst" },
    { analyst: true, environment: { names: "environment" }, name: "analyst-dev" },
    { analyst: "people-of-sales", environment: { names: "environment" }, name: "people-of-sales" },
  ];
  for (const { analyst, environment, name } of names)
    it(`with ${JSON.stringify({ analyst, ...environment })} is named ${name ?? "nothing, there is none"} (C28)`, () => {
      expect(analystName(requestWith({ analyst }), environmentWith(environment))).to.equal(name);
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
});
