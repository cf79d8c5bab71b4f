/** Partitions: the documents of other Regions are those of us-east-1 in their partition's words, and in no others. */
import { expect } from "chai";
import { dnsSuffixOf, partitionOf } from "../../access/arn";
import { connectorImage } from "../../access/connector";
import { readEnvironment } from "../../access/environment";
import { type Fault, InputError } from "../../access/faults";
import { readRequest } from "../../access/request";
import { roleBTrust } from "../../access/role-b";
import {
  executionPermissions,
  tableReaders,
  tableRolePermissions,
  tableRoleTrust,
} from "../../access/table-reader";
import { readerPermissions, readersOf, readerTrust } from "../../access/third-party-reader";
import { bootstrapDocuments, builtDocuments } from "../sabotage/documents";
import { HUB, ORGANIZATION, PRODUCER, registeredSales, SPOKE } from "../worlds";

const JAR = "s3://artifacts/athena-dynamodb.jar";

function chainIn(region: string, jar: string | false = JAR) {
  const made = { tables: ["Music"], customerManagedKey: true, ...(jar === false ? {} : { jar }) };
  const environment = readEnvironment("dev", {
    region,
    organization: ORGANIZATION,
    keyAccess: "grants",
    hub: { account: HUB, quick: { owners: ["group/bi-admins"] } },
    producers: {
      music: {
        account: PRODUCER,
        sampleData: true,
        connectors: { acct1dynamodb: made },
        tableReaders: { lookup: { account: SPOKE, table: "Music" } },
      },
    },
    spokes: { sales: registeredSales },
  });
  const request = readRequest(
    {
      spoke: "sales",
      environment: "dev",
      account: SPOKE,
      region,
      analyst: true,
      data: [{ database: "crm", prefixes: ["s3://crm/in/"] }],
      connectors: [{ from: "music" }, { deploy: made }],
      readers: { connecty: { externalId: "4711" } },
    },
    "sales.yaml",
    environment,
  );
  return { environment, request };
}

/** Every document, by place. Whom bootstrap roles trust is the caller's to say, whose partition it is. */
function documentsIn(region: string): Record<string, unknown> {
  const { environment, request } = chainIn(region);
  const [reader] = tableReaders(environment);
  const [party] = readersOf(request);
  if (reader === undefined || party === undefined) throw new Error("the chain has no readers");
  return Object.fromEntries([
    ...[...builtDocuments(environment, [request]), ...bootstrapDocuments(environment, request)]
      .filter(({ title }) => !/^bootstrap: .*trust$/.test(title))
      .map(({ account, address, document }) => [`${account} ${address}`, document]),
    ["table role's trust", tableRoleTrust(reader)],
    ["table role", tableRolePermissions(reader)],
    ["execution role", executionPermissions(reader)],
    ["third party's trust", readerTrust(request, party)],
    ["third party", readerPermissions(request, environment, party)],
  ]) as Record<string, unknown>;
}

const others = [
  { region: "cn-north-1", partition: "aws-cn", suffix: "amazonaws.com.cn" },
  { region: "us-gov-west-1", partition: "aws-us-gov", suffix: "amazonaws.com" },
  { region: "eusc-de-east-1", partition: "aws-eusc", suffix: "amazonaws.eu" },
  { region: "us-iso-east-1", partition: "aws-iso", suffix: "c2s.ic.gov" },
  { region: "us-isob-east-1", partition: "aws-iso-b", suffix: "sc2s.sgov.gov" },
];

describe("partitions", () => {
  for (const { region, partition, suffix } of others) {
    it(`every document of ${region} is that of us-east-1, in the words of ${partition}`, () => {
      const said = (documents: unknown) => JSON.stringify(documents);
      const expected = said(documentsIn("us-east-1"))
        .replaceAll("arn:aws:", `arn:${partition}:`)
        .replaceAll("us-east-1.amazonaws.com", `us-east-1.${suffix}`)
        .replaceAll("us-east-1", region);
      const found = documentsIn(region);
      expect(Object.keys(found)).to.have.length.greaterThan(25);
      expect(found).to.deep.equal(JSON.parse(expected));
      expect(said(found)).to.not.include("arn:aws:");
    });

    it(`${region} is of ${partition}, with endpoints in ${suffix}`, () => {
      expect([partitionOf(region), dnsSuffixOf(region)]).to.deep.equal([partition, suffix]);
    });

    it(`in ${region} a connector needs its jar, since no image of it is known there (R25)`, () => {
      const message = `AWS publishes no image of the connector in ${region} (partition ${partition}) that is known here: name the connector's jar, s3://bucket/key.jar`;
      expect(faultsOf(() => chainIn(region, false))).to.deep.equal([
        { path: "producers.music.connectors.acct1dynamodb.jar", message },
      ]);
      const { environment } = chainIn(region);
      const written = {
        spoke: "sales",
        environment: "dev",
        account: SPOKE,
        region,
        connectors: [{ deploy: { tables: ["Music"] } }],
      };
      expect(faultsOf(() => readRequest(written, "sales.yaml", environment))).to.deep.equal([
        { path: "connectors[0].deploy.jar", message },
      ]);
      const deploy = { tables: ["Music"], application: "2026.33.1" };
      expect(
        faultsOf(() => readRequest({ ...written, connectors: [{ deploy }] }, "sales.yaml", environment)),
      ).to.deep.equal([
        {
          path: "connectors[0].deploy.application",
          message: `AWS publishes the application in partition aws, and ${region} is in ${partition}: leave it out, and name the connector's jar, s3://bucket/key.jar`,
        },
      ]);
    });
  }

  it("spells Role B's trust in China as AWS has it there", () => {
    const { environment, request } = chainIn("cn-north-1");
    expect(roleBTrust(request, environment)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "RoleAAssumesRoleB",
          Effect: "Allow",
          Principal: { AWS: "arn:aws-cn:iam::111111111111:root" },
          Action: "sts:AssumeRole",
          Condition: {
            ArnEquals: {
              "aws:PrincipalArn": "arn:aws-cn:iam::111111111111:role/qs-athena-cross-account-role-a",
            },
            StringEquals: {
              "sts:ExternalId": "arn:aws-cn:quicksight:cn-north-1:111111111111:datasource/dev-sales",
            },
          },
        },
      ],
    });
  });

  it("takes AWS's image from the account that holds it for the Region (R25)", () => {
    for (const [region, account] of [
      ["us-east-1", "292517598671"],
      ["me-south-1", "084828588479"],
      ["ap-east-1", "183295418215"],
    ] as const)
      expect(connectorImage(region, "2026.33.1")).to.equal(
        `${account}.dkr.ecr.${region}.amazonaws.com/athena-federation-repository-dynamodb:2026.33.1`,
      );
  });
});

function faultsOf(read: () => unknown): readonly Fault[] {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.faults;
    throw thrown;
  }
  return [];
}
