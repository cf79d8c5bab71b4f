import { expect } from "chai";
import {
  connectorPermissions,
  connectorTrust,
  connectorVariables,
  invokeStatement,
  organizationInvokeGrant,
  spokeInvokeGrants,
} from "../../access/connector";
import { producerConnector } from "../../access/names";
import { environmentWith, requestWith } from "../worlds";

describe("connector (R10, R11, R25)", () => {
  const connector = producerConnector(environmentWith(), "music", "acct1dynamodb");

  it("runs as a role that Lambda alone assumes", () => {
    expect(connectorTrust()).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "LambdaRunsConnector",
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
          Action: "sts:AssumeRole",
        },
      ],
    });
  });

  it("reads its tables, spills below its prefix and writes its log, nothing else (R25, C10, C20)", () => {
    const ours = { StringEquals: { "aws:ResourceAccount": "122222222222" } };
    expect(connectorPermissions(connector, ["Music", "tours"])).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ReadTables",
          Effect: "Allow",
          Action: ["dynamodb:DescribeTable", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"],
          Resource: [
            "arn:aws:dynamodb:us-east-1:122222222222:table/Music",
            "arn:aws:dynamodb:us-east-1:122222222222:table/Music/index/*",
            "arn:aws:dynamodb:us-east-1:122222222222:table/tours",
            "arn:aws:dynamodb:us-east-1:122222222222:table/tours/index/*",
          ],
        },
        {
          Sid: "FindTablesInLowerCase",
          Effect: "Allow",
          Action: ["dynamodb:DescribeTable", "dynamodb:Scan"],
          Resource: ["arn:aws:dynamodb:us-east-1:122222222222:table/music"],
        },
        {
          Sid: "ListTables",
          Effect: "Allow",
          Action: "dynamodb:ListTables",
          Resource: "*",
          Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
        },
        {
          Sid: "CheckSpillBucket",
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: "arn:aws:s3:::dev-music-athena-spill-122222222222",
          Condition: ours,
        },
        {
          Sid: "Spill",
          Effect: "Allow",
          Action: "s3:PutObject",
          Resource: "arn:aws:s3:::dev-music-athena-spill-122222222222/athena-spill/acct1dynamodb/*",
          Condition: ours,
        },
        {
          Sid: "WriteLog",
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: "arn:aws:logs:us-east-1:122222222222:log-group:/aws/lambda/acct1dynamodb:*",
        },
      ],
    });
  });

  it("gets the spill place without a trailing slash, and keeps its own encryption (R6)", () => {
    expect(connectorVariables(connector)).to.deep.equal({
      disable_glue: "true",
      disable_spill_encryption: "false",
      spill_bucket: "dev-music-athena-spill-122222222222",
      spill_prefix: "athena-spill/acct1dynamodb",
    });
  });

  const statementId = "CrossAccountInvocationStatement-dev-sales";
  const Resource = "arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb";
  const scopes = [
    {
      producerGrants: "accounts",
      spoke: [{ statementId, principal: "133333333333" }],
      organization: undefined,
      statements: [
        {
          Sid: statementId,
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::133333333333:root" },
          Action: "lambda:InvokeFunction",
          Resource,
        },
      ],
    },
    {
      producerGrants: "roles",
      spoke: [
        { statementId, principal: "arn:aws:iam::133333333333:role/qs-athena-consumer-role" },
        {
          grantee: "analyst",
          statementId: "AnalystInvocationStatement-dev-sales",
          principal: "arn:aws:iam::133333333333:role/analyst",
        },
      ],
      organization: undefined,
      statements: [
        {
          Sid: statementId,
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::133333333333:role/qs-athena-consumer-role" },
          Action: "lambda:InvokeFunction",
          Resource,
        },
        {
          Sid: "AnalystInvocationStatement-dev-sales",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::133333333333:role/analyst" },
          Action: "lambda:InvokeFunction",
          Resource,
        },
      ],
    },
    {
      producerGrants: "organization",
      spoke: [],
      organization: {
        statementId: "CrossAccountInvocationStatement",
        principal: "*",
        principalOrgId: "o-athenaspokes",
      },
      statements: [
        {
          Sid: "CrossAccountInvocationStatement",
          Effect: "Allow",
          Principal: "*",
          Action: "lambda:InvokeFunction",
          Resource,
          Condition: { StringEquals: { "aws:PrincipalOrgID": "o-athenaspokes" } },
        },
      ],
    },
  ];
  for (const { producerGrants, spoke, organization, statements } of scopes)
    it(`is invoked as scope ${producerGrants} says (R11, R29, C8, C24)`, () => {
      const environment = environmentWith({ producerGrants });
      expect(spokeInvokeGrants(requestWith(), environment, connector)).to.deep.equal(spoke);
      expect(organizationInvokeGrant(environment)).to.deep.equal(organization);
      const grants = [...spoke, ...(organization === undefined ? [] : [organization])];
      expect(grants.map((grant) => invokeStatement(connector, grant))).to.deep.equal(statements);
    });
});
