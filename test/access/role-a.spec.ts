import { expect } from "chai";
import { policyText } from "../../access/document";
import { roleAPermissions, roleATrust } from "../../access/role-a";
import { environmentWith, registeredSales } from "../worlds";

const anyDataSource = "arn:aws:quicksight:us-east-1:111111111111:datasource/*";

describe("Role A (R36, R50, R52)", () => {
  it("is assumed by Quick alone, for a data source of this hub (R50)", () => {
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
    it(`pattern with names: ${names} reaches its own naming convention in its organization only (R52, R67, C12, C28)`, () => {
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
