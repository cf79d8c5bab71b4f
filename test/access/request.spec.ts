import { expect } from "chai";
import { InputError } from "../../access/faults";
import { faultsInEnvironment, isNamedByEnvironment, readRequest } from "../../access/request";
import { environmentWith, OTHER_SPOKE, requestWith } from "../worlds";

function faultsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe("request", () => {
  it("fills in the defaults", () => {
    expect(
      readRequest(
        {
          spoke: "sales",
          environment: "dev",
          account: "133333333333",
          region: "us-east-1",
          connectors: [{ from: "music" }, { deploy: { tables: ["Returns"] } }],
        },
        "sales.yaml",
      ),
    ).to.deep.equal({
      spoke: "sales",
      environment: "dev",
      account: "133333333333",
      region: "us-east-1",
      workgroup: { bytesScannedCutoff: 10737418240, resultRetentionDays: 30, managedResults: false },
      data: [],
      products: [],
      sampleData: false,
      connectors: [
        { from: "music", registeredBy: "consumer" },
        {
          deploy: {
            tables: ["Returns"],
            memory: 3008,
            timeout: 900,
            customerManagedKey: false,
            disableSpillEncryption: false,
            sampleData: false,
            spillRetentionDays: 1,
          },
        },
      ],
      roleB: {},
      quick: true,
      analyst: false,
      readers: {},
      dataSource: { authors: [] },
      datasets: {},
      classifications: {},
      tags: {},
    });
  });

  const bucketRule = "use 3-63 lower-case letters, digits, dots and hyphens";
  const wrong: { name: string; changes: Record<string, unknown>; faults: string[] }[] = [
    {
      name: "an account id that YAML read as a number",
      changes: { account: 12345678901 },
      faults: [
        "account: account id 12345678901 is a number here: put the 12 digits in quotes, since YAML reads bare digits as a number and loses leading zeros",
      ],
    },
    {
      name: "an account id of 11 digits",
      changes: { account: "13333333333" },
      faults: ['account: "13333333333" is not an account id: write its 12 digits in quotes'],
    },
    {
      name: "a missing account",
      changes: { account: undefined },
      faults: ["account: account id is missing: write its 12 digits in quotes"],
    },
    {
      name: "an unknown key, also deep down",
      changes: { acount: "1", workgroup: { cutoff: 1 } },
      faults: [
        'workgroup: unknown key "cutoff": workgroup knows name, bytesScannedCutoff, outputLocation, resultRetentionDays, managedResults',
        ': unknown key "acount": the request knows spoke, environment, account, region, assumeRole, workgroup, data, connectors, roleB, dataSource, datasets, products, sampleData, quick, analyst, readers, classifications, tags',
      ],
    },
    {
      name: "a Region that is none",
      changes: { region: "useast1" },
      faults: ['region: "useast1" is not a valid Region: write it as AWS does, for example "us-east-1"'],
    },
    {
      name: "a role name that is an ARN",
      changes: { roleB: { name: "arn:aws:iam::133333333333:role/x" } },
      faults: [
        'roleB.name: "arn:aws:iam::133333333333:role/x" is not a valid role name: use 1-64 letters, digits and _+=,.@- (the name, not the ARN)',
      ],
    },
    {
      name: "a workgroup name with a blank",
      changes: { workgroup: { name: "my group" } },
      faults: ['workgroup.name: "my group" is not a valid workgroup name: use 1-128 letters, digits and ._-'],
    },
    {
      name: "an analyst that is neither a choice nor a name",
      changes: { analyst: 1 },
      faults: [
        "analyst: 1 is not a choice for analyst: write true, false, a role's name of 1-64 letters, digits and _+=,.@-, or user/<name>",
      ],
    },
    {
      name: "an analyst's ARN in place of the name",
      changes: { analyst: "arn:aws:iam::133333333333:role/x" },
      faults: [
        'analyst: "arn:aws:iam::133333333333:role/x" is not a valid role or user: write a role\'s name of 1-64 letters, digits and _+=,.@-, or user/<name> (the name, not the ARN)',
      ],
    },
    {
      name: "a catalog name in capitals, and Athena's own (C15)",
      changes: {
        connectors: [
          { from: "music", catalog: "Acct1" },
          { from: "music", catalog: "awsdatacatalog" },
        ],
      },
      faults: [
        'connectors[0].catalog: "Acct1" is not a valid catalog name: use 1-127 lower-case letters, digits and _@- (AwsDataCatalog is Athena\'s own)',
        'connectors[1].catalog: "awsdatacatalog" is not a valid catalog name: use 1-127 lower-case letters, digits and _@- (AwsDataCatalog is Athena\'s own)',
      ],
    },
    {
      name: "a function name in capitals",
      changes: { connectors: [{ deploy: { name: "Acct1", tables: ["Music"] } }] },
      faults: [
        'connectors[0].deploy.name: "Acct1" is not a valid connector name: use 1-47 lower-case letters, digits, _ and - (it names the Lambda function and the catalog)',
      ],
    },
    {
      name: "a connector that is neither attached nor deployed",
      changes: { connectors: [{ form: "music" }] },
      faults: [
        "connectors[0].from: producer name is missing: use 1-20 lower-case letters, digits and single dashes, beginning with a letter",
        'connectors[0]: unknown key "form": an attached connector knows from, connector, catalog, type, region, registeredBy, shareRole, sharePermissions, sharedBy',
      ],
    },
    {
      name: "a data source id with a star",
      changes: { dataSource: { id: "dev-*" } },
      faults: ['dataSource.id: "dev-*" is not a valid data source id: use 1-64 letters, digits and -'],
    },
    {
      name: "a data source id that could be another spoke's",
      changes: { dataSource: { id: "athena-cross-account" } },
      faults: [
        'dataSource.id: "athena-cross-account" could be another spoke\'s: write "dev-sales", or begin it with "dev-sales-"',
      ],
    },
    {
      name: "an output location without scheme (e8, R93)",
      changes: { workgroup: { outputLocation: "https://s3.amazonaws.com/analytics-prod/athena/results/" } },
      faults: [
        'workgroup.outputLocation: "https://s3.amazonaws.com/analytics-prod/athena/results/" is not an S3 location: begin it with s3:// (for example s3://analytics-prod/athena/results/)',
      ],
    },
    {
      name: "an output location without trailing slash (e8, R93)",
      changes: { workgroup: { outputLocation: "s3://analytics-prod/athena/results" } },
      faults: [
        'workgroup.outputLocation: "s3://analytics-prod/athena/results" does not end in a slash: write "s3://analytics-prod/athena/results/"',
      ],
    },
    {
      name: "bucket names that S3 refuses",
      changes: {
        data: [
          {
            database: "crm",
            prefixes: ["s3://My_Bucket/a/", "s3://192.168.1.1/", "s3://a..b/", "s3://x-s3alias/"],
          },
        ],
      },
      faults: [
        `data[0].prefixes[0]: "My_Bucket" is not a valid bucket name: ${bucketRule}`,
        `data[0].prefixes[1]: "192.168.1.1" is not a valid bucket name: ${bucketRule}`,
        `data[0].prefixes[2]: "a..b" is not a valid bucket name: ${bucketRule}`,
        `data[0].prefixes[3]: "x-s3alias" is not a valid bucket name: ${bucketRule}`,
      ],
    },
    {
      name: "a prefix that would widen the policy",
      changes: { data: [{ database: "crm", prefixes: ["s3://lake/*/", "s3://lake/${aws:username}/"] }] },
      faults: [
        'data[0].prefixes[0]: "s3://lake/*/" has a prefix with *, ?, ${ or an empty part: write a plain prefix',
        'data[0].prefixes[1]: "s3://lake/${aws:username}/" has a prefix with *, ?, ${ or an empty part: write a plain prefix',
      ],
    },
    {
      name: "a cutoff below Athena's least",
      changes: { workgroup: { bytesScannedCutoff: 1000 } },
      faults: [
        "workgroup.bytesScannedCutoff: 1000 is not a bytes-scanned cutoff: write a whole number of bytes from 10000000 to 7000000000000000",
      ],
    },
    {
      name: "primary without an output location (C5)",
      changes: { workgroup: { name: "primary" } },
      faults: [
        "workgroup.outputLocation: workgroup primary is not ours to configure: say where it writes results, for example s3://my-results/athena/",
      ],
    },
    {
      name: "results kept by Athena and a place for them",
      changes: { workgroup: { managedResults: true, outputLocation: "s3://my-results/athena/" } },
      faults: [
        "workgroup.managedResults: results that Athena keeps have no place of yours: leave outputLocation or managedResults out",
      ],
    },
    {
      name: "results kept by Athena in primary (C5)",
      changes: { workgroup: { name: "primary", managedResults: true } },
      faults: [
        "workgroup.managedResults: workgroup primary is not ours to configure: leave workgroup.name out, or name an outputLocation in place of managedResults",
      ],
    },
    {
      name: "results written onto source data (C6)",
      changes: {
        data: [{ database: "crm", prefixes: ["s3://lake/crm/"] }],
        workgroup: { outputLocation: "s3://lake/" },
      },
      faults: [
        "workgroup.outputLocation: results in s3://lake/ and data in s3://lake/crm/ overlap, so that Role B could write where it only reads (C6): choose another place",
      ],
    },
    {
      name: "results written onto source data, where the bucket for results is ours (C6)",
      changes: { data: [{ database: "crm", prefixes: ["s3://dev-sales-athena-results-133333333333/"] }] },
      faults: [
        "data: results in s3://dev-sales-athena-results-133333333333/results/ and data in s3://dev-sales-athena-results-133333333333/ overlap, so that Role B could write where it only reads (C6): choose another place",
      ],
    },
    {
      name: "results written onto the sample data (C6)",
      changes: { workgroup: { outputLocation: "s3://dev-sales-athena-data-133333333333/orders/" } },
      faults: [
        "workgroup.outputLocation: results in s3://dev-sales-athena-data-133333333333/orders/ and data in s3://dev-sales-athena-data-133333333333/orders/ overlap, so that Role B could write where it only reads (C6): choose another place",
      ],
    },
    {
      name: "a spoke that is named like a stack",
      changes: { spoke: "dev-sales" },
      faults: [
        'spoke: "dev-sales" begins with the environment\'s name, as stacks do, and would be taken for spoke "sales": leave "dev-" out',
      ],
    },
    {
      name: "tags that are ours, in any case",
      changes: { tags: { "Athena-Spokes:Environment": "prod" } },
      faults: [
        'tags.Athena-Spokes:Environment: "Athena-Spokes:Environment" is not a tag key: use 1-128 letters, digits, spaces and _.:/=+@-, not beginning with aws: or athena-spokes:',
      ],
    },
    {
      name: "several things, of values and of what they say together, all at once",
      changes: {
        account: 1,
        environment: "dev",
        workgroup: { name: "primary" },
        dataSource: { id: "dev-other" },
        acount: "x",
      },
      faults: [
        "account: account id 1 is a number here: put the 12 digits in quotes, since YAML reads bare digits as a number and loses leading zeros",
        ': unknown key "acount": the request knows spoke, environment, account, region, assumeRole, workgroup, data, connectors, roleB, dataSource, datasets, products, sampleData, quick, analyst, readers, classifications, tags',
        "workgroup.outputLocation: workgroup primary is not ours to configure: say where it writes results, for example s3://my-results/athena/",
        'dataSource.id: "dev-other" could be another spoke\'s: write "dev-sales", or begin it with "dev-sales-"',
      ],
    },
    {
      name: "nothing to query",
      changes: { sampleData: false, connectors: [] },
      faults: [
        "data: the request names nothing to query: add data, connectors, products or sampleData: true",
      ],
    },
  ];
  for (const { name, changes, faults } of wrong)
    it(`refuses ${name}`, () => {
      expect(faultsOf(() => requestWith(changes))).to.deep.equal(faults);
    });

  it("lists all faults in one message", () => {
    expect(() => requestWith({ account: 1, region: "x" })).to.throw(
      /^sales\.yaml has 2 faults:\n {2}account: .*\n {2}region: .*$/,
    );
  });

  const misfits: { name: string; changes?: object; environment?: object; faults: string[] }[] = [
    {
      name: "another Region than the connector's (R9, C17, e4)",
      changes: { region: "eu-west-1" },
      faults: [
        "region: eu-west-1 differs from the environment's us-east-1: Athena runs no federated query across Regions (R9), so write us-east-1",
      ],
    },
    {
      name: "an unknown producer",
      changes: { connectors: [{ from: "musik" }] },
      faults: ['connectors[0].from: there is no producer "musik" in dev: known is music'],
    },
    {
      name: "an unknown connector",
      changes: { connectors: [{ from: "music", connector: "acct2" }] },
      faults: ['connectors[0].connector: producer "music" has no connector "acct2": known is acct1dynamodb'],
    },
    {
      name: "a producer named like what every object has",
      changes: { connectors: [{ from: "constructor" }] },
      faults: ['connectors[0].from: there is no producer "constructor" in dev: known is music'],
    },
    {
      name: "one function under two catalogs",
      changes: {
        connectors: [
          { from: "music" },
          { from: "music", catalog: "again" },
          { deploy: { tables: ["Music"] } },
          { deploy: { tables: ["Films"] }, catalog: "films" },
        ],
      },
      faults: [
        "connectors[1]: connectors[0] is the same function already: one catalog leads to it, so leave this one out",
        "connectors[3]: connectors[2] is the same function already: one catalog leads to it, so leave this one out or give it a name of its own",
      ],
    },
    {
      name: "two connectors under one catalog name",
      changes: {
        connectors: [{ from: "music" }, { deploy: { tables: ["Music"] }, catalog: "acct1dynamodb" }],
      },
      faults: [
        'connectors[1].catalog: connectors[0] has the catalog name "acct1dynamodb" already: give one of them another',
      ],
    },
    {
      name: "a spoke that is onboarded under another account",
      environment: { spokes: { sales: { account: OTHER_SPOKE, roleB: "qs-athena-consumer-role" } } },
      faults: [
        'account: spoke "sales" is onboarded with account 133333333334: offboard it first or choose another spoke name',
      ],
    },
    {
      name: "a Role B that Role A's pattern does not reach (C28)",
      changes: { roleB: { name: "my-role" } },
      faults: [
        'roleB.name: Role A of dev may not assume "my-role": leave the name out, or begin it with "qs-athena-consumer-role-dev-"',
      ],
    },
    {
      name: "an analyst whom producers do not let in (C24, C28)",
      changes: { analyst: "people" },
      environment: { producerGrants: "organization" },
      faults: [
        'analyst: producers of dev do not let "people" in: write true, or a name that begins with "analyst-dev-"',
      ],
    },
    {
      name: "an analyst that is Role B",
      changes: { analyst: "qs-athena-consumer-role" },
      faults: ['analyst: "qs-athena-consumer-role" is Role B already: choose another name'],
    },
    {
      name: "an analyst that is the role of the provider",
      changes: { analyst: "OrganizationAccountAccessRole", assumeRole: "OrganizationAccountAccessRole" },
      faults: [
        'analyst: "OrganizationAccountAccessRole" is the role that the stack assumes already: choose another name',
      ],
    },
    {
      name: "more than 64 principals on the data source (L24)",
      changes: { dataSource: { authors: Array.from({ length: 63 }, (_, index) => `user/u${index}`) } },
      faults: [
        "dataSource.authors: the data source would have 65 owners and authors, Quick allows 64: share it with a group",
      ],
    },
    {
      name: "a Role B policy beyond IAM's size (L1)",
      changes: {
        data: [
          {
            database: "crm",
            tables: Array.from({ length: 200 }, (_, i) => `table_${i}`),
            prefixes: ["s3://lake/"],
          },
        ],
      },
      faults: [
        "data: Role B's policy would have 15014 characters, IAM allows 10240: name whole databases instead of tables, or fewer of them",
      ],
    },
  ];
  for (const { name, changes = {}, environment = {}, faults } of misfits)
    it(`refuses ${name}`, () => {
      const found = faultsInEnvironment(requestWith({ ...changes }), environmentWith({ ...environment }));
      expect(found.map(({ path, message }) => `${path}: ${message}`)).to.deep.equal(faults);
    });

  it("tells what does not fit the environment beside values that cannot be read", () => {
    const written = { ...requestWith(), region: "eu-west-1", workgroup: { outputLocation: "s3://results" } };
    expect(faultsOf(() => readRequest(written, "sales.yaml", environmentWith()))).to.deep.equal([
      'workgroup.outputLocation: "s3://results" does not end in a slash: write "s3://results/"',
      "region: eu-west-1 differs from the environment's us-east-1: Athena runs no federated query across Regions (R9), so write us-east-1",
    ]);
  });

  it("is refused where one more spoke would outgrow a document (L12, L15)", () => {
    const spokes = Object.fromEntries(
      Array.from({ length: 88 }, (_, index) => [
        `spoke-${index}`,
        { account: String(130000000000 + index), roleB: "qs-athena-consumer-role", producers: ["music"] },
      ]),
    );
    const [fault, ...more] = faultsInEnvironment(requestWith(), environmentWith({ spokes }));
    expect(more).to.deep.equal([]);
    expect(fault?.path).to.equal("spoke");
    expect(fault?.message).to.match(
      /^dev has no room for one more: producerGrants: the policy of function acct1dynamodb would have \d+ bytes with a statement for each of 89 spokes, Lambda allows 20480: choose `producerGrants: organization`$/,
    );
  });

  const named = [
    { changes: {}, environment: {}, expected: true },
    { changes: { connectors: [] }, environment: {}, expected: false },
    { changes: { connectors: [] }, environment: { roleA: "list" }, expected: true },
    { changes: {}, environment: { producerGrants: "organization" }, expected: false },
  ];
  for (const { changes, environment, expected } of named)
    it(`${expected ? "is" : "is not"} named by an environment ${JSON.stringify(environment)} when it is ${JSON.stringify(changes)} (C24)`, () => {
      expect(isNamedByEnvironment(requestWith(changes), environmentWith(environment))).to.equal(expected);
    });

  it("fits the environment it was written for, also when it is registered already", () => {
    const spokes = {
      sales: { account: "133333333333", roleB: "qs-athena-consumer-role", producers: ["music"] },
    };
    expect(faultsInEnvironment(requestWith(), environmentWith({ spokes }))).to.deep.equal([]);
  });
});
