import { expect } from "chai";
import { spillBucketPolicy } from "../../access/bucket";
import { functionPolicies, spokeInvokeGrants } from "../../access/connector";
import { InputError } from "../../access/faults";
import { spillKeyGrants } from "../../access/key";
import { levelOf, levelsOf } from "../../access/level";
import {
  attachedProducers,
  dataSourceIdOf,
  dataSourceNameOf,
  outputLocationOf,
  ownConnectorName,
  ownSpillBucketName,
  producerConnector,
  roleBName,
  workgroupNameOf,
} from "../../access/names";
import { dataSourcePermissions } from "../../access/quick";
import { faultsInEnvironment, registrationOf } from "../../access/request";
import { roleAPermissions } from "../../access/role-a";
import { roleBPermissions, roleBTrust } from "../../access/role-b";
import { environmentWith, keyedProducers, requestWith, SPOKE } from "../worlds";

const REPORTS = { database: "reports", prefixes: ["s3://acme-reports/quarterly/"] };
const SALARIES = { database: "salaries", prefixes: ["s3://acme-salaries/"] };

/** General: reports; confidential: salaries and the producer's table. */
const classified = requestWith({
  sampleData: false,
  connectors: [],
  data: [REPORTS],
  classifications: {
    confidential: {
      data: [SALARIES],
      connectors: [{ from: "music" }],
      dataSource: { authors: ["group/hr"] },
    },
  },
});
const environment = environmentWith();

function level(classification?: string, request = classified) {
  const found = levelOf(request, classification);
  if (found === undefined) throw new Error(`there is no level ${classification ?? ""}`);
  return found;
}

function faultsOf(make: () => unknown): string[] {
  try {
    make();
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.faults.map(({ path, message }) => `${path}: ${message}`);
    throw thrown;
  }
  return [];
}

describe("levels of classification (R72)", () => {
  it("are the general one and one a classification, each with names of its own (R72, C28)", () => {
    const names = levelsOf(classified).map((each) => ({
      classification: each.classification,
      roleB: roleBName(each, environment),
      dataSource: [dataSourceIdOf(each), dataSourceNameOf(each)],
      workgroup: workgroupNameOf(each),
      results: outputLocationOf(each),
      ofOwnConnectors: [ownConnectorName(each), ownSpillBucketName(each)],
      levels: levelsOf(each).length,
    }));
    expect(names).to.deep.equal([
      {
        classification: undefined,
        roleB: "qs-athena-consumer-role",
        dataSource: ["dev-sales", "Athena Cross Account - sales (dev)"],
        workgroup: "dev-sales",
        results: "s3://dev-sales-athena-results-133333333333/results/",
        ofOwnConnectors: ["salesdynamodb", "dev-sales-athena-spill-133333333333"],
        levels: 1,
      },
      {
        classification: "confidential",
        roleB: "qs-athena-consumer-role-dev-confidential",
        dataSource: ["dev-sales--confidential", "Athena Cross Account - sales, confidential (dev)"],
        workgroup: "dev-sales--confidential",
        results: "s3://dev-sales--confidential-athena-results-133333333333/results/",
        ofOwnConnectors: ["sales_confidentialdynamodb", "dev-sales--confidential-athena-spill-133333333333"],
        levels: 1,
      },
    ]);
  });

  it("have Role B's after the spoke's own, so that spokes of one account differ (C28)", () => {
    const request = requestWith({
      roleB: { name: "qs-athena-consumer-role-dev-returns" },
      classifications: {
        secret: { data: [SALARIES] },
        top: { data: [REPORTS], roleB: { name: "qs-athena-consumer-role-dev-top" } },
      },
    });
    expect(levelsOf(request).map((each) => roleBName(each, environment))).to.deep.equal([
      "qs-athena-consumer-role-dev-returns",
      "qs-athena-consumer-role-dev-returns-secret",
      "qs-athena-consumer-role-dev-top",
    ]);
  });

  it("let Role A in for their own data source only (C4)", () => {
    expect(roleBTrust(level("confidential"), environment)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "RoleAAssumesRoleB",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111111111111:root" },
          Action: "sts:AssumeRole",
          Condition: {
            ArnEquals: {
              "aws:PrincipalArn": "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a",
            },
            StringEquals: {
              "sts:ExternalId":
                "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-sales--confidential",
            },
          },
        },
      ],
    });
  });

  const resources = (request: typeof classified) =>
    roleBPermissions(request, environment).Statement.flatMap(({ Sid = "", Resource = [] }) =>
      [Resource].flat().map((resource) => `${Sid} ${resource}`),
    );

  it("have Role B's that reach nothing of each other's: data, workgroup, results, catalogs, connectors", () => {
    const athena = "arn:aws:athena:us-east-1:133333333333";
    const glue = "arn:aws:glue:us-east-1:133333333333";
    const inCommon = [
      "AthenaInRegion *",
      `AthenaCatalogs ${athena}:datacatalog/AwsDataCatalog`,
      `GlueRead ${glue}:catalog`,
      `GlueDefaultDatabase ${glue}:catalog`,
      `GlueDefaultDatabase ${glue}:database/default`,
    ];
    expect(resources(level())).to.have.members([
      ...inCommon,
      `AthenaWorkgroup ${athena}:workgroup/dev-sales`,
      `GlueRead ${glue}:database/reports`,
      `GlueRead ${glue}:table/reports/*`,
      "LocateDataBuckets arn:aws:s3:::acme-reports",
      "ListData1 arn:aws:s3:::acme-reports",
      "ReadData arn:aws:s3:::acme-reports/quarterly/*",
      "ResultsBucket arn:aws:s3:::dev-sales-athena-results-133333333333",
      "ResultsObjects arn:aws:s3:::dev-sales-athena-results-133333333333/results/*",
    ]);
    const spill = "arn:aws:s3:::dev-music-athena-spill-122222222222";
    expect(resources(level("confidential"))).to.have.members([
      ...inCommon,
      `AthenaWorkgroup ${athena}:workgroup/dev-sales--confidential`,
      `AthenaCatalogs ${athena}:datacatalog/acct1dynamodb`,
      `GlueRead ${glue}:database/salaries`,
      `GlueRead ${glue}:table/salaries/*`,
      "LocateDataBuckets arn:aws:s3:::acme-salaries",
      "ListData1 arn:aws:s3:::acme-salaries",
      "ReadData arn:aws:s3:::acme-salaries/*",
      "ResultsBucket arn:aws:s3:::dev-sales--confidential-athena-results-133333333333",
      "ResultsObjects arn:aws:s3:::dev-sales--confidential-athena-results-133333333333/results/*",
      "InvokeConnectors arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb",
      `ListSpill ${spill}`,
      `ReadSpill ${spill}/athena-spill/acct1dynamodb/*`,
    ]);
  });

  it("are shared with the authors of their own only, and owned by the environment's owners (R62, R65)", () => {
    const principals = dataSourcePermissions(level("confidential"), environment).map(
      ({ principal, actions }) => [principal.split(":").at(-1), actions.length],
    );
    expect(principals).to.deep.equal([
      ["group/default/bi-admins", 6],
      ["group/default/hr", 3],
    ]);
  });

  it("are registered each with its Role B and producers (C12, C24)", () => {
    expect(registrationOf(classified, environment)).to.deep.equal({
      account: SPOKE,
      roleB: "qs-athena-consumer-role",
      analyst: "analyst",
      producers: [],
      classifications: {
        confidential: { roleB: "qs-athena-consumer-role-dev-confidential", producers: ["music"] },
      },
    });
    expect(attachedProducers(classified)).to.deep.equal(["music"]);
  });

  describe("in shared documents", () => {
    const both = requestWith({
      classifications: { confidential: { connectors: [{ from: "music" }] } },
    });
    const roles = ["analyst", "qs-athena-consumer-role", "qs-athena-consumer-role-dev-confidential"];
    const scopes = [
      { request: both, roleA: "list", producerGrants: "roles", readers: roles },
      { request: classified, roleA: "list", producerGrants: "roles", readers: roles.slice(2) },
      { request: classified, roleA: "pattern", producerGrants: "accounts", readers: roles.slice(2) },
    ];
    for (const { request, roleA, producerGrants, readers } of scopes)
      it(`${readers.length} roles of the spoke are let in with roleA: ${roleA}, producerGrants: ${producerGrants} (R11, R12)`, () => {
        const written = { roleA, producerGrants, producers: keyedProducers, keyAccess: "grants" };
        const spokes = { sales: registrationOf(request, environmentWith(written)) };
        const shared = environmentWith({ ...written, spokes });
        const arns = readers.map((role) => `arn:aws:iam::133333333333:role/${role}`);

        const assumed = [...roleAPermissions(shared).values()].flatMap(({ Statement }) => Statement);
        if (roleA === "list")
          expect(assumed.flatMap(({ Resource = [] }) => Resource)).to.deep.equal([
            "arn:aws:iam::133333333333:role/qs-athena-consumer-role",
            "arn:aws:iam::133333333333:role/qs-athena-consumer-role-dev-confidential",
          ]);

        const [, read] = spillBucketPolicy(shared, "music").Statement;
        expect(read?.Condition).to.deep.equal({ ArnEquals: { "aws:PrincipalArn": arns } });

        const connector = producerConnector(shared, "music", "acct1dynamodb");
        const grants = spokeInvokeGrants(request, shared, connector);
        expect(grants.map(({ principal }) => principal)).to.have.members(
          producerGrants === "roles" ? arns : [SPOKE],
        );
        expect(new Set(grants.map(({ statementId }) => statementId)).size).to.equal(grants.length);
        const policy = functionPolicies(shared, "music").get("acct1dynamodb");
        expect(policy?.Statement.map(({ Sid }) => Sid)).to.have.members(
          grants.map(({ statementId }) => statementId),
        );

        expect(
          spillKeyGrants(request, shared, "music").map(({ granteePrincipal }) => granteePrincipal),
        ).to.have.members(arns);
      });

    it("a connector that a level does not attach lets it in by no statement", () => {
      const shared = environmentWith({ producerGrants: "roles" });
      const other = { account: "122222222222", name: "other" };
      expect(spokeInvokeGrants(both, shared, other)).to.deep.equal([]);
    });
  });

  const refused = [
    {
      name: "a classification with a dash",
      changes: { classifications: { "top-secret": { data: [SALARIES] } } },
      faults: [
        'classifications.top-secret: "top-secret" is not a valid classification: use 1-20 lower-case letters and digits, beginning with a letter',
      ],
    },
    {
      name: "a classification that names nothing to query",
      changes: { classifications: { confidential: {} } },
      faults: [
        "classifications.confidential.data: the classification names nothing to query: add data or connectors",
      ],
    },
    {
      name: "results of two levels in one place",
      changes: {
        workgroup: { outputLocation: "s3://acme-results/quick/" },
        classifications: {
          confidential: {
            data: [SALARIES],
            workgroup: { outputLocation: "s3://acme-results/quick/confidential/" },
          },
        },
      },
      faults: [
        "classifications.confidential.workgroup.outputLocation: results of the general level in s3://acme-results/quick/ and these in s3://acme-results/quick/confidential/ overlap, so that each level could read the other's (R72): choose another place",
      ],
    },
    {
      name: "results of one level among another's data",
      changes: {
        classifications: {
          confidential: { data: [SALARIES] },
          internal: {
            data: [REPORTS],
            workgroup: { outputLocation: "s3://acme-salaries/results/" },
          },
        },
      },
      faults: [
        "classifications.internal.workgroup.outputLocation: results in s3://acme-salaries/results/ and confidential's data in s3://acme-salaries/ overlap, so that Role B could write where it only reads (C6): choose another place",
      ],
    },
    {
      name: "names that two levels have",
      changes: {
        classifications: {
          confidential: {
            data: [SALARIES],
            roleB: { name: "qs-athena-consumer-role-dev-x" },
            workgroup: { name: "dev-sales" },
          },
          internal: {
            data: [REPORTS],
            roleB: { name: "qs-athena-consumer-role-dev-x" },
            dataSource: { id: "dev-sales" },
          },
        },
      },
      faults: [
        'classifications.internal.dataSource.id: "dev-sales" could be another spoke\'s: write "dev-sales--internal", or begin it with "dev-sales--internal-"',
        'classifications.confidential.workgroup.name: "dev-sales" is the general level\'s, and each level has its own (R72): choose another, or leave it out',
        'classifications.internal.dataSource.id: "dev-sales" is the general level\'s, and each level has its own (R72): choose another, or leave it out',
        'classifications.internal.roleB.name: "qs-athena-consumer-role-dev-x" is confidential\'s, and each level has its own (R72): choose another, or leave it out',
      ],
    },
    {
      name: "the sample table at two levels of one account",
      changes: {
        connectors: [{ deploy: { tables: ["Music"], sampleData: true } }],
        classifications: {
          confidential: { connectors: [{ deploy: { tables: ["Music"], sampleData: true } }] },
        },
      },
      faults: [
        "classifications.confidential.connectors: the general level makes the sample table in this account already: leave deploy.sampleData out of one of the two",
      ],
    },
    {
      name: "a classification whose bucket's name would be too long",
      changes: {
        spoke: "north-american-sales",
        classifications: { confidential: { data: [SALARIES] } },
      },
      faults: [
        'classifications.confidential.workgroup.outputLocation: "dev-north-american-sales--confidential-athena-results-133333333333" is not a valid bucket name: use 3-63 lower-case letters, digits, dots and hyphens: choose a shorter classification, or name a place for results here',
      ],
    },
    {
      name: "a name that Role B's of classifications would outgrow",
      changes: {
        roleB: { name: "qs-athena-consumer-role-dev-of-the-north-american-salespeople" },
        classifications: { confidential: { data: [SALARIES] } },
      },
      faults: [
        'classifications.confidential.roleB.name: "qs-athena-consumer-role-dev-of-the-north-american-salespeople-confidential" is not a valid role name: use 1-64 letters, digits and _+=,.@- (the name, not the ARN)',
      ],
    },
  ];
  for (const { name, changes, faults } of refused)
    it(`refuse ${name}`, () => {
      expect(faultsOf(() => requestWith(changes))).to.deep.equal(faults);
    });

  const unfit = [
    {
      name: "an unknown producer, in its place",
      connectors: [{ from: "films" }],
      faults: [
        'classifications.confidential.connectors[0].from: there is no producer "films" in dev: known is music',
      ],
    },
    {
      name: "another catalog for a connector that another level has",
      connectors: [{ from: "music", catalog: "other" }],
      faults: [
        "classifications.confidential.connectors[0]: connectors[0] is the same function already: one catalog leads to it, so write `catalog: acct1dynamodb` here, too",
      ],
    },
    { name: "nothing of one that shares a connector", connectors: [{ from: "music" }], faults: [] },
  ];
  for (const { name, connectors, faults } of unfit)
    it(`are refused in an environment for ${name}`, () => {
      const request = requestWith({ classifications: { confidential: { connectors } } });
      expect(
        faultsInEnvironment(request, environment).map(({ path, message }) => `${path}: ${message}`),
      ).to.deep.equal(faults);
    });

  it("have a Role B that Role A may assume (C28)", () => {
    const request = requestWith({
      classifications: { confidential: { data: [SALARIES], roleB: { name: "confidential" } } },
    });
    expect(faultsInEnvironment(request, environment)).to.deep.equal([
      {
        path: "classifications.confidential.roleB.name",
        message:
          'Role A of dev may not assume "confidential": leave the name out, or begin it with "qs-athena-consumer-role-dev-"',
      },
    ]);
  });
});
