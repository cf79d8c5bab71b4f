import { AthenaClient } from "@aws-sdk/client-athena";
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  DeleteResourcePolicyCommand,
  GlueClient,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-glue";
import {
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { lakeAccess, NO_LAKE } from "../../../sandbox/gateway/lake-formation/permissions";
import type { LakeAccess, LakeFormation } from "../../../sandbox/gateway/lake-formation/permissions";
import { testCloud } from "../cloud";
import { clients } from "./clients";
import type { Clients, Credentials } from "./clients";
import { fault, rows } from "./queries";
import { codeOf, sendRaw, signedHeaders } from "./raw";
import type { Received } from "./raw";

const PRODUCER = "120000000831";
const CONSUMER = "130000000832";
const REGION = "us-east-1";
const ADMINISTRATOR = (account: string): string =>
  `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`;
const READER = `arn:aws:iam::${CONSUMER}:role/reader`;
const LAKE_ROLE = `arn:aws:iam::${PRODUCER}:role/lake`;

const TABLE = {
  catalogId: PRODUCER,
  region: REGION,
  database: "shop",
  table: "orders",
  location: "s3://shop-data/orders/",
};
const everyTable = { kind: "table", catalogId: PRODUCER, database: "shop", table: "*" } as const;
const database = { kind: "database", catalogId: PRODUCER, database: "shop" } as const;
const registered = (hybrid: boolean) => ({
  arn: "arn:aws:s3:::shop-data/orders",
  roleArn: LAKE_ROLE,
  hybrid,
});
const select = (principal: string) => ({
  principal,
  resource: everyTable,
  permissions: ["SELECT"],
  grantable: [],
});

const BY_LAKE: LakeAccess = { by: "lake-formation", roleArn: LAKE_ROLE };
const REFUSED: LakeAccess = {
  by: "nobody",
  why: "Insufficient Lake Formation permission(s): Required Select on orders",
};

/** What decides, by the three things that it hangs on: registration, IAMAllowedPrincipals, opt-in; and by grants. */
const decisions: {
  readonly name: string;
  readonly owner: Partial<LakeFormation>;
  readonly own?: Partial<LakeFormation>;
  readonly principal?: { readonly arn: string; readonly account: string };
  readonly expected: LakeAccess;
}[] = [
  { name: "nothing is said: IAM", owner: {}, expected: { by: "iam" } },
  {
    name: "registered, open to IAMAllowedPrincipals: IAM",
    owner: { locations: [registered(false)] },
    expected: { by: "iam" },
  },
  {
    name: "not registered, IAMAllowedPrincipals taken, no grant: nobody",
    owner: { closed: [database] },
    expected: REFUSED,
  },
  {
    name: "not registered, IAMAllowedPrincipals taken, granted: Lake Formation, with the caller's own access to S3",
    owner: { closed: [database], grants: [select(READER)] },
    expected: { by: "lake-formation" },
  },
  {
    name: "registered, IAMAllowedPrincipals taken, granted to the role: Lake Formation",
    owner: { locations: [registered(false)], closed: [everyTable], grants: [select(READER)] },
    expected: BY_LAKE,
  },
  {
    name: "registered, IAMAllowedPrincipals taken, granted to the account and there to the role: Lake Formation",
    owner: { locations: [registered(false)], closed: [everyTable], grants: [select(CONSUMER)] },
    own: { grants: [select(READER)] },
    expected: BY_LAKE,
  },
  {
    name: "granted to the account alone: nobody",
    owner: { locations: [registered(false)], closed: [everyTable], grants: [select(CONSUMER)] },
    expected: REFUSED,
  },
  {
    name: "granted in the role's account alone, which was given nothing: nobody",
    owner: { locations: [registered(false)], closed: [everyTable] },
    own: { grants: [select(READER)] },
    expected: REFUSED,
  },
  {
    name: "granted to the organization, and in the role's account to the role: Lake Formation",
    owner: {
      locations: [registered(false)],
      closed: [everyTable],
      grants: [select("arn:aws:organizations::100000000000:organization/o-athenaspokes")],
    },
    own: { grants: [select(READER)] },
    expected: BY_LAKE,
  },
  {
    name: "hybrid, not opted in, open to IAMAllowedPrincipals, granted: IAM",
    owner: { locations: [registered(true)], grants: [select(READER)] },
    expected: { by: "iam" },
  },
  {
    name: "hybrid, not opted in, IAMAllowedPrincipals taken, granted: nobody",
    owner: { locations: [registered(true)], closed: [database], grants: [select(READER)] },
    expected: REFUSED,
  },
  {
    name: "hybrid, opted in, open to IAMAllowedPrincipals, granted: Lake Formation",
    owner: {
      locations: [registered(true)],
      grants: [select(READER)],
      optIns: [{ principal: READER, resource: everyTable }],
    },
    expected: BY_LAKE,
  },
  {
    name: "hybrid, opted in, open to IAMAllowedPrincipals, no grant: nobody",
    owner: { locations: [registered(true)], optIns: [{ principal: READER, resource: everyTable }] },
    expected: REFUSED,
  },
  {
    name: "hybrid, another one opted in: IAM",
    owner: {
      locations: [registered(true)],
      optIns: [{ principal: `${READER}-other`, resource: everyTable }],
    },
    expected: { by: "iam" },
  },
  {
    name: "hybrid, opted in for another table: IAM",
    owner: {
      locations: [registered(true)],
      optIns: [{ principal: READER, resource: { ...everyTable, table: "customers" } }],
    },
    expected: { by: "iam" },
  },
  {
    name: "hybrid, opted in by its account, in its account: Lake Formation",
    owner: { locations: [registered(true)], grants: [select(CONSUMER)] },
    own: { grants: [select(READER)], optIns: [{ principal: CONSUMER, resource: everyTable }] },
    expected: BY_LAKE,
  },
  {
    name: "a location beside the table's: the caller's own access to S3",
    owner: {
      locations: [{ ...registered(false), arn: "arn:aws:s3:::shop-data/ord" }],
      closed: [database],
      grants: [select(READER)],
    },
    expected: { by: "lake-formation" },
  },
  {
    name: "a grant of DESCRIBE: nobody",
    owner: { closed: [database], grants: [{ ...select(READER), permissions: ["DESCRIBE"] }] },
    expected: REFUSED,
  },
  {
    name: "a role of the owner's account, granted: Lake Formation",
    owner: {
      locations: [registered(false)],
      closed: [database],
      grants: [select(`arn:aws:iam::${PRODUCER}:role/own`)],
    },
    principal: { arn: `arn:aws:iam::${PRODUCER}:role/own`, account: PRODUCER },
    expected: BY_LAKE,
  },
];

describe("Lake Formation: what decides on a table's data (C18)", () => {
  for (const { name, owner, own = {}, principal = { arn: READER, account: CONSUMER }, expected } of decisions)
    it(name, () => {
      const lake = (account: string) => ({ ...NO_LAKE, ...(account === PRODUCER ? owner : own) });
      expect(lakeAccess(lake, principal, TABLE)).to.deep.equal(expected);
    });
});

describe("gateway: Lake Formation, on what Athena reads (R47, C18)", () => {
  let made: Clients;
  let reader: AthenaClient;
  const bucket = `data-${PRODUCER}`;
  const results = `results-${CONSUMER}`;
  const location = `arn:aws:s3:::${bucket}/orders`;
  const tables = { Table: { CatalogId: PRODUCER, DatabaseName: "shop", TableWildcard: {} } };

  const trusting = (principal: object): string =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
    });

  async function asked(operation: string, body: object, as: string | Credentials): Promise<Received> {
    const { endpoint } = await testCloud();
    const port = Number(new URL(endpoint).port);
    const credentials = typeof as === "string" ? await made.credentials(as) : as;
    const sent = { path: `/${operation}`, body: JSON.stringify(body) };
    return sendRaw(port, { ...sent, headers: signedHeaders(port, "lakeformation", sent, credentials) });
  }
  async function done(operation: string, body: object, as: string): Promise<Record<string, unknown>> {
    const { status, text } = await asked(operation, body, as);
    expect(status, text).to.equal(200);
    return JSON.parse(text) as Record<string, unknown>;
  }
  const principal = (DataLakePrincipalIdentifier: string) => ({ Principal: { DataLakePrincipalIdentifier } });
  const toConsumer = {
    ...principal(CONSUMER),
    Resource: tables,
    Permissions: ["SELECT"],
    PermissionsWithGrantOption: ["SELECT"],
  };
  const toReader = { ...principal(READER), Resource: tables, Permissions: ["SELECT"] };
  const optIn = { ...principal(CONSUMER), Resource: tables };

  const input = { ResultConfiguration: { OutputLocation: `s3://${results}/` } };
  const QUERY = "SELECT * FROM shop_link.orders ORDER BY i";
  const query = () => rows(reader, { ...input, QueryString: QUERY });
  const refusal = async () => (await fault(reader, { ...input, QueryString: QUERY })).reason;

  const allow = (Action: string | string[], Resource: string | string[] = "*") => ({
    Effect: "Allow",
    Action,
    Resource,
  });
  async function putReaderPolicy(...more: object[]): Promise<void> {
    const iam = await made.in(IAMClient, CONSUMER);
    const Statement = [
      allow(["athena:*"]),
      allow(["s3:*"], [`arn:aws:s3:::${results}`, `arn:aws:s3:::${results}/*`]),
      allow(["glue:Get*"]),
      ...more,
    ];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutRolePolicyCommand({ RoleName: "reader", PolicyName: "own", PolicyDocument }));
  }
  const getDataAccess = allow("lakeformation:GetDataAccess");

  before(async () => {
    made = await clients();
    const [s3, glue, iam] = [
      await made.in(S3Client, PRODUCER),
      await made.in(GlueClient, PRODUCER),
      await made.in(IAMClient, PRODUCER),
    ];
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "orders/a.csv", Body: "1,a\n2,b\n" }));
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "shop" } }));
    await glue.send(
      new CreateTableCommand({
        DatabaseName: "shop",
        TableInput: {
          Name: "orders",
          StorageDescriptor: {
            Location: `s3://${bucket}/orders/`,
            Columns: [
              { Name: "i", Type: "int" },
              { Name: "s", Type: "string" },
            ],
            SerdeInfo: {
              SerializationLibrary: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
              Parameters: { "field.delim": "," },
            },
          },
        },
      }),
    );
    await iam.send(
      new CreateRoleCommand({
        RoleName: "lake",
        AssumeRolePolicyDocument: trusting({ Service: "lakeformation.amazonaws.com" }),
      }),
    );
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "lake",
        PolicyName: "read",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            allow(["s3:GetObject", "s3:ListBucket"], [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]),
          ],
        }),
      }),
    );
    for (const account of [PRODUCER, CONSUMER])
      await done(
        "PutDataLakeSettings",
        {
          DataLakeSettings: {
            DataLakeAdmins: [{ DataLakePrincipalIdentifier: ADMINISTRATOR(account) }],
          },
        },
        account,
      );
    await done(
      "RegisterResource",
      { ResourceArn: location, RoleArn: LAKE_ROLE, HybridAccessEnabled: true },
      PRODUCER,
    );
    await done("GrantPermissions", toConsumer, PRODUCER);
    await done("CreateLakeFormationOptIn", optIn, PRODUCER);

    await (await made.in(S3Client, CONSUMER)).send(new CreateBucketCommand({ Bucket: results }));
    await (
      await made.in(GlueClient, CONSUMER)
    ).send(
      new CreateDatabaseCommand({
        DatabaseInput: { Name: "shop_link", TargetDatabase: { CatalogId: PRODUCER, DatabaseName: "shop" } },
      }),
    );
    await (
      await made.in(IAMClient, CONSUMER)
    ).send(
      new CreateRoleCommand({
        RoleName: "reader",
        AssumeRolePolicyDocument: trusting({ AWS: `arn:aws:iam::${CONSUMER}:root` }),
      }),
    );
    await putReaderPolicy(getDataAccess);
    await done("GrantPermissions", toReader, CONSUMER);
    reader = made.with(
      AthenaClient,
      await made.assume(await made.credentials(CONSUMER), { RoleArn: READER }),
    );
  });

  it("reads through a resource link what was granted, with the location's role and no access to S3 of one's own", async () => {
    expect(await query()).to.deep.equal([
      ["i", "s"],
      ["1", "a"],
      ["2", "b"],
    ]);
  });

  it("says what it keeps", async () => {
    expect(await done("ListPermissions", {}, PRODUCER)).to.deep.equal({
      PrincipalResourcePermissions: [
        {
          Principal: { DataLakePrincipalIdentifier: CONSUMER },
          Resource: tables,
          Permissions: ["SELECT"],
          PermissionsWithGrantOption: ["SELECT"],
        },
      ],
    });
    expect(await done("DescribeResource", { ResourceArn: location }, PRODUCER)).to.deep.equal({
      ResourceInfo: { ResourceArn: location, RoleArn: LAKE_ROLE, HybridAccessEnabled: true },
    });
    expect(await done("ListLakeFormationOptIns", {}, PRODUCER)).to.deep.equal({
      LakeFormationOptInsInfoList: [
        { Principal: { DataLakePrincipalIdentifier: CONSUMER }, Resource: tables },
      ],
    });
  });

  const steps: {
    readonly name: string;
    readonly take: () => Promise<unknown>;
    readonly give: () => Promise<unknown>;
    readonly words: RegExp;
  }[] = [
    {
      name: "the grant in the consumer's account",
      take: () => done("RevokePermissions", toReader, CONSUMER),
      give: () => done("GrantPermissions", toReader, CONSUMER),
      words: /Insufficient Lake Formation permission\(s\): Required Select on orders/,
    },
    {
      name: "the grant to the consumer's account",
      take: () => done("RevokePermissions", toConsumer, PRODUCER),
      give: () => done("GrantPermissions", toConsumer, PRODUCER),
      words: /not authorized to perform: glue:GetTable on resource: \S+:120000000831:catalog/,
    },
    {
      name: "the opt-in: IAM decides then, and S3 lets nobody in",
      take: () => done("DeleteLakeFormationOptIn", optIn, PRODUCER),
      give: () => done("CreateLakeFormationOptIn", optIn, PRODUCER),
      words: /PERMISSION_DENIED: Permission denied on S3 path/,
    },
    {
      name: "the registration: IAM decides then",
      take: () => done("DeregisterResource", { ResourceArn: location }, PRODUCER),
      give: () =>
        done(
          "RegisterResource",
          { ResourceArn: location, RoleArn: LAKE_ROLE, HybridAccessEnabled: true },
          PRODUCER,
        ),
      words: /PERMISSION_DENIED: Permission denied on S3 path/,
    },
    {
      name: "lakeformation:GetDataAccess",
      take: () => putReaderPolicy(),
      give: () => putReaderPolicy(getDataAccess),
      words: /not authorized to perform: lakeformation:GetDataAccess/,
    },
    {
      name: "the location's role's trust in Lake Formation",
      take: async () =>
        (await made.in(IAMClient, PRODUCER)).send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: "lake",
            PolicyDocument: trusting({ Service: "lambda.amazonaws.com" }),
          }),
        ),
      give: async () =>
        (await made.in(IAMClient, PRODUCER)).send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: "lake",
            PolicyDocument: trusting({ Service: "lakeformation.amazonaws.com" }),
          }),
        ),
      words: /Lake Formation cannot assume arn:aws:iam::120000000831:role\/lake/,
    },
  ];
  for (const { name, take, give, words } of steps)
    it(`denies the query without ${name}`, async () => {
      await take();
      expect(await refusal()).to.match(words);
      await give();
      expect(await query()).to.have.lengthOf(3);
    });

  it("lets administrators of the data lake alone grant, and on what they were given alone", async () => {
    const iamOnly = await made.assume(await made.credentials(CONSUMER), { RoleArn: READER });
    expect(codeOf(await asked("GrantPermissions", toReader, iamOnly))).to.equal("AccessDeniedException");
    const more = { ...toReader, Permissions: ["SELECT", "INSERT"] };
    const { text } = await asked("GrantPermissions", more, CONSUMER);
    expect(text).to.match(/Required SELECT, INSERT with grant option/);
  });

  it("shares nothing beside a Glue policy that does not let RAM share (L17)", async () => {
    const glue = await made.in(GlueClient, PRODUCER);
    const statement = {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${PRODUCER}:root` },
      Action: "glue:GetTable",
      Resource: `arn:aws:glue:${REGION}:${PRODUCER}:catalog`,
    };
    const share = {
      Effect: "Allow",
      Principal: { Service: "ram.amazonaws.com" },
      Action: "glue:ShareResource",
      Resource: `arn:aws:glue:${REGION}:${PRODUCER}:catalog`,
    };
    const put = (...Statement: object[]) =>
      glue.send(
        new PutResourcePolicyCommand({
          PolicyInJson: JSON.stringify({ Version: "2012-10-17", Statement }),
          EnableHybrid: "TRUE",
        }),
      );
    try {
      await put(statement);
      const { text } = await asked("GrantPermissions", toConsumer, PRODUCER);
      expect(text).to.match(/does not let ram.amazonaws.com share/);
      await put(statement, share);
      await done("GrantPermissions", toConsumer, PRODUCER);
      expect(await query()).to.have.lengthOf(3);
    } finally {
      await glue.send(new DeleteResourcePolicyCommand({}));
    }
  });
});
