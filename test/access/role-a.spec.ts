import { expect } from "chai";
import { policyText } from "../../access/document";
import { roleAName } from "../../access/names";
import {
  dedicatedRoleAPermissions,
  dedicatedRoleATrust,
  roleAPermissions,
  roleATrust,
} from "../../access/role-a";
import { roleBTrust } from "../../access/role-b";
import { environmentWith, registeredSales, requestWith } from "../worlds";

const anyDataSource = "arn:aws:quicksight:us-east-1:111111111111:datasource/*";

describe("Role A (R36, R50, R52)", () => {
  it("is assumed by Quick alone, for a data source of this hub (R50, R74, C14)", () => {
    expect(roleATrust(environmentWith())).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "QuickAssumesRoleA",
          Effect: "Allow",
          Principal: { Service: "quicksight.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: {
            StringEquals: { "aws:SourceAccount": "111111111111" },
            ArnLike: { "aws:SourceArn": anyDataSource },
          },
        },
      ],
    });
  });

  const patterns = [
    {
      names: "seed",
      resource: [
        "arn:aws:iam::*:role/qs-athena-consumer-role",
        "arn:aws:iam::*:role/qs-athena-consumer-role-dev-*",
      ],
    },
    {
      names: "environment",
      resource: [
        "arn:aws:iam::*:role/qs-athena-consumer-role-dev",
        "arn:aws:iam::*:role/qs-athena-consumer-role-dev-*",
      ],
    },
  ];
  for (const { names, resource } of patterns)
    it(`pattern with names: ${names} reaches its own naming convention in its organization only (R36, R43, R52, R67, C12, C28)`, () => {
      expect([...roleAPermissions(environmentWith({ names }))]).to.deep.equal([
        [
          "AssumeConsumerRolePolicy",
          {
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "AssumeRoleBByName",
                Effect: "Allow",
                Action: "sts:AssumeRole",
                Resource: resource,
                Condition: {
                  StringEquals: { "aws:ResourceOrgID": "o-athenaspokes" },
                  StringLike: { "sts:ExternalId": anyDataSource },
                },
              },
            ],
          },
        ],
      ]);
    });

  it("list names the registered spokes (R45, R52, C12)", () => {
    const environment = environmentWith({ roleA: "list", spokes: { sales: registeredSales } });
    expect([...roleAPermissions(environment)]).to.deep.equal([
      [
        "AssumeConsumerRolePolicy-dev-1",
        {
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "AssumeListedRoleB",
              Effect: "Allow",
              Action: "sts:AssumeRole",
              Resource: ["arn:aws:iam::133333333333:role/qs-athena-consumer-role"],
              Condition: { StringLike: { "sts:ExternalId": anyDataSource } },
            },
          ],
        },
      ],
    ]);
  });

  it("list without a spoke grants nothing", () => {
    expect([...roleAPermissions(environmentWith({ roleA: "list" }))]).to.deep.equal([]);
  });

  function listOf(count: number) {
    const spokes = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `s${index}`,
        { account: String(130000000000 + index), roleB: "qs-athena-consumer-role" },
      ]),
    );
    return environmentWith({ roleA: "list", spokes });
  }

  for (const count of [1, 98, 105, 500, 980])
    it(`list keeps ${count} spokes in documents within a managed policy's size, each spoke once (L2)`, () => {
      const documents = [...roleAPermissions(listOf(count)).values()];
      for (const document of documents) expect(policyText(document).length).to.be.at.most(6144);
      const arns = documents.flatMap((document) =>
        document.Statement.flatMap(({ Resource }) => Resource ?? []),
      );
      expect(new Set(arns).size).to.equal(count);
      expect(arns).to.have.length(count);
    });

  it("list refuses more spokes than the policies of a role hold, and names the remedy (L3)", () => {
    expect(() => roleAPermissions(listOf(1200))).to.throw(
      "environment dev has a fault:\n  roleA: the list has 1200 spokes, whose ARNs need 12 managed policies, and a role has at most 10: choose `roleA: pattern`",
    );
  });

  describe("of a spoke's own (C12)", () => {
    const dedicated = environmentWith({ roleA: "dedicated" });
    const request = requestWith({
      classifications: { confidential: { connectors: [{ from: "music" }] } },
    });
    const dataSources = [
      "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-sales",
      "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-sales--confidential",
    ];

    it("is named after the spoke, and another one's under another scope", () => {
      expect(roleAName(dedicated, request)).to.equal("qs-athena-cross-account-role-a-dev-sales");
      expect(roleAName(environmentWith(), request)).to.equal("qs-athena-cross-account-role-a");
    });

    it("is assumed by Quick for the spoke's own data sources (R50)", () => {
      expect(dedicatedRoleATrust(request, dedicated)).to.deep.equal({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "QuickAssumesRoleA",
            Effect: "Allow",
            Principal: { Service: "quicksight.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: {
              StringEquals: { "aws:SourceAccount": "111111111111" },
              ArnEquals: { "aws:SourceArn": dataSources },
            },
          },
        ],
      });
    });

    const rules = [
      {
        externalId: "exact",
        conditions: dataSources.map((arn) => ({ StringEquals: { "sts:ExternalId": arn } })),
      },
      {
        externalId: "any-data-source",
        conditions: dataSources.map(() => ({ StringLike: { "sts:ExternalId": anyDataSource } })),
      },
    ];
    for (const { externalId, conditions } of rules)
      it(`leads to each level's Role B for its own data source, with externalId: ${externalId} (R52, R72, C4, C21)`, () => {
        const environment = environmentWith({ roleA: "dedicated", externalId });
        const roles = ["qs-athena-consumer-role", "qs-athena-consumer-role-dev-confidential"];
        expect(dedicatedRoleAPermissions(request, environment)).to.deep.equal({
          Version: "2012-10-17",
          Statement: roles.map((role, index) => ({
            Sid: `AssumeRoleB${index + 1}`,
            Effect: "Allow",
            Action: "sts:AssumeRole",
            Resource: `arn:aws:iam::133333333333:role/${role}`,
            Condition: conditions[index],
          })),
        });
      });

    it("leaves the shared one without documents, unless the environment still moves away from it", () => {
      expect([...roleAPermissions(dedicated)]).to.deep.equal([]);
      const moving = environmentWith({ roleA: "dedicated", formerRoleA: "pattern" });
      expect([...roleAPermissions(moving)]).to.deep.equal([...roleAPermissions(environmentWith())]);
    });

    it("is what Role B lets in (C3)", () => {
      expect(roleBTrust(request, dedicated).Statement[0]?.Condition?.["ArnEquals"]).to.deep.equal({
        "aws:PrincipalArn": "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a-dev-sales",
      });
    });
  });

  it("has the partition of its Region", () => {
    const environment = environmentWith({
      region: "cn-north-1",
      producers: {
        music: {
          account: "122222222222",
          sampleData: true,
          connectors: { acct1dynamodb: { tables: ["Music"], jar: "s3://artifacts/dynamodb.jar" } },
        },
      },
    });
    expect(roleATrust(environment).Statement[0]?.Condition?.["ArnLike"]).to.deep.equal({
      "aws:SourceArn": "arn:aws-cn:quicksight:cn-north-1:111111111111:datasource/*",
    });
  });
});
