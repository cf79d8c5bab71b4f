import { expect } from "chai";
import { spokeBootstrap } from "../../access/bootstrap";
import { spillBucketPolicy } from "../../access/bucket";
import { functionPolicies, spokeInvokeGrants } from "../../access/connector";
import type { PolicyDocument } from "../../access/document";
import { actionsOf, mayTakeResource } from "../../access/evaluate/service-table";
import { type Fault, InputError } from "../../access/faults";
import { spillKey, spillKeyGrants } from "../../access/key";
import { producerConnector } from "../../access/names";
import { faultsInEnvironment, registrationOf, type SpokeRequest } from "../../access/request";
import {
  readerAdvisories,
  readerPermissions,
  readersOf,
  readerTrust,
  readerUserPermissions,
} from "../../access/third-party-reader";
import { environmentWith, keyedProducers, PRODUCER, requestWith, SPOKE } from "../worlds";

const ACCOUNT = SPOKE;
const DATA = { database: "sales", tables: ["orders"], prefixes: ["s3://lake/orders/", "s3://lake/old/"] };

function reading(reader: object = {}, changes: object = {}) {
  const request = requestWith({
    analyst: false,
    sampleData: false,
    connectors: [],
    data: [DATA],
    readers: { connecty: reader },
    ...changes,
  });
  const [only] = readersOf(request);
  if (only === undefined) throw new Error("the request has no reader");
  return { request, reader: only };
}

function permissions(reader: object = {}, changes: object = {}) {
  const read = reading(reader, changes);
  return readerPermissions(read.request, environmentWith(), read.reader);
}

/** The nine of the third party's documentation (R82-R90), and the two beside them. */
const NINE = [
  {
    Sid: "AthenaListGlobal",
    Effect: "Allow",
    Action: ["athena:ListWorkGroups", "athena:ListDataCatalogs"],
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  },
  {
    Sid: "AthenaListDatabasesAndTablesInAllowedCatalogs",
    Effect: "Allow",
    Action: ["athena:ListDatabases", "athena:ListTableMetadata"],
    Resource: [`arn:aws:athena:us-east-1:${ACCOUNT}:datacatalog/AwsDataCatalog`],
  },
  {
    Sid: "AthenaStartQueryInWorkgroupAndDb",
    Effect: "Allow",
    Action: "athena:StartQueryExecution",
    Resource: `arn:aws:athena:us-east-1:${ACCOUNT}:workgroup/primary`,
  },
  {
    Sid: "AthenaReadExecAndHistory",
    Effect: "Allow",
    Action: [
      "athena:GetQueryExecution",
      "athena:GetQueryResults",
      "athena:BatchGetQueryExecution",
      "athena:ListQueryExecutions",
    ],
    Resource: `arn:aws:athena:us-east-1:${ACCOUNT}:workgroup/primary`,
  },
  {
    Sid: "GlueReadOnly",
    Effect: "Allow",
    Action: [
      "glue:GetDatabase",
      "glue:GetDatabases",
      "glue:GetTable",
      "glue:GetTables",
      "glue:GetPartition",
      "glue:GetPartitions",
    ],
    Resource: [
      `arn:aws:glue:us-east-1:${ACCOUNT}:catalog`,
      `arn:aws:glue:us-east-1:${ACCOUNT}:database/sales`,
      `arn:aws:glue:us-east-1:${ACCOUNT}:table/sales/orders`,
    ],
  },
  {
    Sid: "GlueDefaultDatabase",
    Effect: "Allow",
    Action: "glue:GetDatabase",
    Resource: [
      `arn:aws:glue:us-east-1:${ACCOUNT}:catalog`,
      `arn:aws:glue:us-east-1:${ACCOUNT}:database/default`,
    ],
  },
  {
    Sid: "ReadDataBucket",
    Effect: "Allow",
    Action: "s3:ListBucket",
    Resource: "arn:aws:s3:::lake",
    Condition: { StringLike: { "s3:prefix": ["orders/*", "old/*"] } },
  },
  {
    Sid: "LocateDataBuckets",
    Effect: "Allow",
    Action: "s3:GetBucketLocation",
    Resource: ["arn:aws:s3:::lake"],
  },
  {
    Sid: "ReadDataObjects",
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: ["arn:aws:s3:::lake/orders/*", "arn:aws:s3:::lake/old/*"],
  },
  {
    Sid: "WriteResultsBucket",
    Effect: "Allow",
    Action: ["s3:ListBucket", "s3:GetBucketLocation"],
    Resource: `arn:aws:s3:::dev-sales-athena-results-${ACCOUNT}`,
    Condition: { StringEquals: { "aws:ResourceAccount": ACCOUNT } },
  },
  {
    Sid: "PutResultsObjects",
    Effect: "Allow",
    Action: ["s3:PutObject", "s3:GetObject"],
    Resource: `arn:aws:s3:::dev-sales-athena-results-${ACCOUNT}/readers/connecty/*`,
    Condition: { StringEquals: { "aws:ResourceAccount": ACCOUNT } },
  },
];

describe("a third party's reader (R77-R94)", () => {
  it("is a user that may assume one role, and nothing else (R77)", () => {
    const { request, reader } = reading();
    expect(readerUserPermissions(request, reader)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "AssumeReaderRole",
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Resource: `arn:aws:iam::${ACCOUNT}:role/dev-sales-connecty`,
        },
      ],
    });
  });

  it("has a role that trusts that user, with an external id where one is named (R81)", () => {
    const trust = {
      Sid: "AllowConnectyAIUserToAssume",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/dev-sales-connecty` },
      Action: "sts:AssumeRole",
    };
    const plain = reading();
    expect(readerTrust(plain.request, plain.reader)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [trust],
    });
    const asked = reading({ externalId: "connecty:4711" });
    expect(readerTrust(asked.request, asked.reader)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [{ ...trust, Condition: { StringEquals: { "sts:ExternalId": "connecty:4711" } } }],
    });
  });

  it("has the nine statements under their Sids, narrowed to what the request names (R82-R90, R94, C6, C22, C27)", () => {
    expect(permissions()).to.deep.equal({ Version: "2012-10-17", Statement: NINE });
  });

  it("asks for no action on a resource that AWS would not look at (C7)", () => {
    for (const { Sid, Action, Resource } of permissions(
      {},
      { connectors: [{ deploy: { tables: ["Music"] } }] },
    ).Statement)
      for (const action of [Action ?? []].flat()) {
        const [service = "", name = ""] = action.split(":");
        const known = actionsOf(service)?.get(name.toLowerCase());
        if (known === undefined) throw new Error(`${action} is not known`);
        const arns = [Resource ?? []].flat();
        expect(
          known.resources.length === 0 ? arns : arns.filter((arn) => mayTakeResource(known, arn)),
          `${Sid ?? ""} ${action}`,
        ).to.have.length.greaterThan(0);
        expect(known.resources.length === 0, `${Sid ?? ""} ${action}`).to.equal(Resource === "*");
      }
  });

  it("queries in a workgroup of its own, and writes where it is told (R79, R93, C5)", () => {
    const statements = permissions({ workgroup: "connecty", outputLocation: "s3://own/connecty/" }).Statement;
    const bySid = new Map(statements.map((statement) => [statement.Sid, statement.Resource]));
    expect(bySid.get("AthenaStartQueryInWorkgroupAndDb")).to.equal(
      `arn:aws:athena:us-east-1:${ACCOUNT}:workgroup/connecty`,
    );
    expect(bySid.get("WriteResultsBucket")).to.equal("arn:aws:s3:::own");
    expect(bySid.get("PutResultsObjects")).to.equal("arn:aws:s3:::own/connecty/*");
  });

  it("uses the connectors of the spoke's own account, with what they spill and its key (R92, C8)", () => {
    const [, catalogs, ...rest] = permissions(
      {},
      { connectors: [{ from: "music" }, { deploy: { tables: ["Music"], customerManagedKey: true } }] },
    ).Statement;
    expect(catalogs?.Resource).to.deep.equal([
      `arn:aws:athena:us-east-1:${ACCOUNT}:datacatalog/AwsDataCatalog`,
      `arn:aws:athena:us-east-1:${ACCOUNT}:datacatalog/salesdynamodb`,
    ]);
    const spill = `dev-sales-athena-spill-${ACCOUNT}`;
    const owner = { StringEquals: { "aws:ResourceAccount": [ACCOUNT] } };
    expect(rest.slice(9)).to.deep.equal([
      {
        Sid: "AthenaFederatedCatalogs",
        Effect: "Allow",
        Action: "athena:GetDataCatalog",
        Resource: [`arn:aws:athena:us-east-1:${ACCOUNT}:datacatalog/salesdynamodb`],
      },
      {
        Sid: "InvokeConnectors",
        Effect: "Allow",
        Action: "lambda:InvokeFunction",
        Resource: [`arn:aws:lambda:us-east-1:${ACCOUNT}:function:salesdynamodb`],
      },
      {
        Sid: "ListSpill",
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: [`arn:aws:s3:::${spill}`],
        Condition: owner,
      },
      {
        Sid: "ReadSpill",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: [`arn:aws:s3:::${spill}/athena-spill/salesdynamodb/*`],
        Condition: owner,
      },
      {
        Sid: "DecryptSpill",
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: [`arn:aws:kms:us-east-1:${ACCOUNT}:key/*`],
        Condition: {
          StringEquals: {
            "kms:EncryptionContext:aws:s3:arn": [`arn:aws:s3:::${spill}`],
            "kms:ViaService": "s3.us-east-1.amazonaws.com",
          },
        },
      },
    ]);
  });

  it("may have its permissions on the user, and then has no role (R91)", () => {
    const { request, reader } = reading({ permissionsOn: "user" });
    expect(reader).to.deep.include({ role: undefined, policy: "dev-sales-connecty" });
    expect(readerUserPermissions(request, reader)).to.equal(undefined);
    expect(readerPermissions(request, environmentWith(), reader).Statement).to.deep.equal(NINE);
  });

  it("has no access key unless it is asked for, and is told what either means (R80, R94, C5, C13)", () => {
    expect(reading().reader.accessKey).to.equal(false);
    expect(readerAdvisories(reading({ workgroup: "connecty" }).request)).to.deep.equal([]);
    expect(readerAdvisories(reading({ accessKey: true }).request)).to.deep.equal([
      'reader "connecty" queries in workgroup "primary" (R94), which is shared by the whole account: nobody enforces encryption and cost limit for it; readers.connecty.workgroup names one of its own (C5)',
      'reader "connecty" gets a long-lived access key, which is kept in the stack\'s state, encrypted: rotate it, and prefer to make it by hand (R80, C13)',
    ]);
  });

  const overlap = (what: string) => `${what} overlap: choose a place of the reader's own (R79)`;
  const refused: { title: string; readers: object; changes?: object; faults: Fault[] }[] = [
    {
      title: "an output location without the slash (R93)",
      readers: { connecty: { outputLocation: "s3://analytics-prod/athena/results" } },
      faults: [
        {
          path: "readers.connecty.outputLocation",
          message:
            '"s3://analytics-prod/athena/results" does not end in a slash: write "s3://analytics-prod/athena/results/"',
        },
      ],
    },
    {
      title: "a web address as output location (R93)",
      readers: { connecty: { outputLocation: "https://s3.amazonaws.com/analytics-prod/athena/results/" } },
      faults: [
        {
          path: "readers.connecty.outputLocation",
          message:
            '"https://s3.amazonaws.com/analytics-prod/athena/results/" is not an S3 location: begin it with s3:// (for example s3://analytics-prod/athena/results/)',
        },
      ],
    },
    {
      title: "a place that is not its own (R79)",
      readers: {
        a: { outputLocation: "s3://lake/" },
        b: { outputLocation: `s3://dev-sales-athena-results-${ACCOUNT}/results/b/` },
        c: { outputLocation: "s3://results/c/" },
        d: { outputLocation: "s3://results/c/d/" },
      },
      faults: [
        {
          path: "readers.a.outputLocation",
          message: overlap("s3://lake/ and data in s3://lake/orders/"),
        },
        { path: "readers.a.outputLocation", message: overlap("s3://lake/ and data in s3://lake/old/") },
        {
          path: "readers.b.outputLocation",
          message: overlap(
            `s3://dev-sales-athena-results-${ACCOUNT}/results/b/ and the results of Quick's queries in s3://dev-sales-athena-results-${ACCOUNT}/results/`,
          ),
        },
        {
          path: "readers.d.outputLocation",
          message: overlap("s3://results/c/d/ and the results of reader c in s3://results/c/"),
        },
      ],
    },
    {
      title: "a place, or a workgroup, of what is classified (R72)",
      readers: {
        a: { outputLocation: `s3://dev-sales--pii-athena-results-${ACCOUNT}/`, workgroup: "dev-sales--pii" },
        b: { outputLocation: "s3://vault/pii/copies/" },
      },
      changes: {
        classifications: { pii: { data: [{ database: "pii", prefixes: ["s3://vault/pii/"] }] } },
      },
      faults: [
        {
          path: "readers.a.outputLocation",
          message: overlap(
            `s3://dev-sales--pii-athena-results-${ACCOUNT}/ and the results of Quick's queries of pii in s3://dev-sales--pii-athena-results-${ACCOUNT}/results/`,
          ),
        },
        {
          path: "readers.a.workgroup",
          message:
            '"dev-sales--pii" is the workgroup of Quick\'s queries of pii: name another, or leave it out for primary',
        },
        {
          path: "readers.b.outputLocation",
          message: overlap("s3://vault/pii/copies/ and data of pii in s3://vault/pii/"),
        },
      ],
    },
    {
      title: "no place where none is made",
      readers: { connecty: {} },
      changes: { workgroup: { outputLocation: "s3://results/quick/" } },
      faults: [
        {
          path: "readers.connecty.outputLocation",
          message:
            "no bucket is made for this spoke's results: say where the reader's go, for example s3://my-results/reader/",
        },
      ],
    },
    {
      title: "a role without a role (R91)",
      readers: { connecty: { permissionsOn: "user", role: "connecty", externalId: "4711" } },
      faults: (["role", "externalId"] as const).map((key) => ({
        path: `readers.connecty.${key}`,
        message: `with permissionsOn: user there is no role: leave ${key} out, or write permissionsOn: role`,
      })),
    },
    {
      title: "Quick's workgroup, and names twice",
      readers: {
        a: { user: "x", role: "y", workgroup: "dev-sales" },
        b: { user: "x", role: "y", workgroup: "own" },
        c: { workgroup: "own" },
      },
      faults: [
        {
          path: "readers.a.workgroup",
          message:
            '"dev-sales" is the workgroup of Quick\'s queries: name another, or leave it out for primary',
        },
        { path: "readers.b.user", message: 'readers.a has the user "x" already: name another' },
        { path: "readers.b.role", message: 'readers.a has the role "y" already: name another' },
        {
          path: "readers.c.workgroup",
          message: '"own" is the workgroup of reader b: name another, or leave it out for primary',
        },
      ],
    },
  ];
  for (const { title, readers, changes = {}, faults } of refused)
    it(`is refused: ${title}`, () => {
      expect(
        faultsOf(() =>
          requestWith({
            analyst: false,
            sampleData: false,
            connectors: [],
            data: [DATA],
            readers,
            ...changes,
          }),
        ),
      ).to.deep.equal(faults);
    });

  it("uses producers' connectors where it names their catalogs, and no others (R92, C8)", () => {
    const environment = environmentWith({
      producers: {
        ...keyedProducers,
        films: { account: "122222222223", connectors: { films: { tables: ["films"] } } },
      },
    });
    const { request, reader } = reading(
      { catalogs: ["acct1dynamodb"] },
      { connectors: [{ from: "music" }, { from: "films" }, { deploy: { tables: ["Music"] } }] },
    );
    const [, catalogs, ...rest] = readerPermissions(request, environment, reader).Statement;
    const catalog = `arn:aws:athena:us-east-1:${ACCOUNT}:datacatalog/acct1dynamodb`;
    expect(catalogs?.Resource).to.deep.equal([
      `arn:aws:athena:us-east-1:${ACCOUNT}:datacatalog/AwsDataCatalog`,
      catalog,
    ]);
    const spill = `dev-music-athena-spill-${PRODUCER}`;
    const owner = { StringEquals: { "aws:ResourceAccount": [PRODUCER] } };
    expect(rest.slice(9)).to.deep.equal([
      {
        Sid: "AthenaFederatedCatalogs",
        Effect: "Allow",
        Action: "athena:GetDataCatalog",
        Resource: [catalog],
      },
      {
        Sid: "InvokeConnectors",
        Effect: "Allow",
        Action: "lambda:InvokeFunction",
        Resource: [`arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb`],
      },
      {
        Sid: "ListSpill",
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: [`arn:aws:s3:::${spill}`],
        Condition: owner,
      },
      {
        Sid: "ReadSpill",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: [`arn:aws:s3:::${spill}/athena-spill/acct1dynamodb/*`],
        Condition: owner,
      },
      {
        Sid: "DecryptSpill",
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: [`arn:aws:kms:us-east-1:${PRODUCER}:key/*`],
        Condition: {
          StringEquals: {
            "kms:EncryptionContext:aws:s3:arn": [`arn:aws:s3:::${spill}`],
            "kms:ViaService": "s3.us-east-1.amazonaws.com",
          },
        },
      },
    ]);
  });

  it("uses no connector where it names no catalog", () => {
    const { request, reader } = reading(
      { catalogs: [] },
      { connectors: [{ deploy: { tables: ["Music"] } }] },
    );
    expect(readerPermissions(request, environmentWith(), reader).Statement).to.deep.equal(NINE);
  });

  /** A spoke with two readers, of which one uses the producer's connector as a role, the other as a user. */
  const twoAtProducer = (changes: object = {}) =>
    reading(
      { role: "athena-reader-dev-connecty", catalogs: ["acct1dynamodb"] },
      {
        connectors: [{ from: "music" }],
        readers: {
          connecty: { role: "athena-reader-dev-connecty", catalogs: ["acct1dynamodb"] },
          tool: { permissionsOn: "user", user: "athena-reader-dev-tool", catalogs: ["acct1dynamodb"] },
          glue: {},
        },
        ...changes,
      },
    ).request;

  it("is let in by the producer as Role B is: in the function's policy, the spill bucket's and the key's (R92, C24)", () => {
    const environment = environmentWith({ producers: keyedProducers, producerGrants: "roles" });
    const request = twoAtProducer();
    const registration = registrationOf(request, environment);
    expect(registration).to.deep.include({
      readers: {
        connecty: { principal: "athena-reader-dev-connecty", producers: ["music"] },
        tool: { principal: "user/athena-reader-dev-tool", producers: ["music"] },
      },
    });
    const [roleB, ...grants] = spokeInvokeGrants(
      request,
      environment,
      producerConnector(environment, "music", "acct1dynamodb"),
    );
    expect(roleB?.statementId).to.equal("CrossAccountInvocationStatement-dev-sales");
    const principals = [
      `arn:aws:iam::${ACCOUNT}:role/athena-reader-dev-connecty`,
      `arn:aws:iam::${ACCOUNT}:user/athena-reader-dev-tool`,
    ];
    expect(grants).to.deep.equal([
      {
        grantee: "readers.connecty",
        statementId: "ReaderInvocationStatement-dev-sales--connecty",
        principal: principals[0],
      },
      {
        grantee: "readers.tool",
        statementId: "ReaderInvocationStatement-dev-sales--tool",
        principal: principals[1],
      },
    ]);
    const registered = { ...environment, spokes: { sales: registration } };
    const listed = {
      "aws:PrincipalArn": [
        principals[0],
        `arn:aws:iam::${ACCOUNT}:role/qs-athena-consumer-role`,
        principals[1],
      ],
    };
    for (const Sid of ["ReadSpill", "ListSpill"])
      expect(statement(spillBucketPolicy(registered, "music"), Sid)).to.deep.include({
        Principal: { AWS: [`arn:aws:iam::${ACCOUNT}:root`] },
        Condition: { ArnEquals: listed },
      });
    expect(
      statement(spillKey(registered, "music")?.policy, "Allow use of the key")?.Condition,
    ).to.deep.include({
      ArnEquals: listed,
    });
    expect(
      functionPolicies(registered, "music")
        .get("acct1dynamodb")
        ?.Statement.map(({ Sid }) => Sid),
    ).to.deep.equal([roleB?.statementId, ...grants.map(({ statementId }) => statementId)]);
    expect(
      spillKeyGrants(request, { ...environment, keyAccess: "grants" }, "music").map(
        ({ name, granteePrincipal }) => [name, granteePrincipal],
      ),
    ).to.deep.equal([
      ["dev-sales", `arn:aws:iam::${ACCOUNT}:role/qs-athena-consumer-role`],
      ["dev-sales-reader-connecty", principals[0]],
      ["dev-sales-reader-tool", principals[1]],
    ]);
  });

  it("needs no statement of its own where the account or the organization is let in", () => {
    const request = twoAtProducer();
    for (const [producerGrants, statements] of [
      ["accounts", [{ statementId: "CrossAccountInvocationStatement-dev-sales", principal: ACCOUNT }]],
      ["organization", []],
    ] as const) {
      const environment = environmentWith({ producerGrants });
      expect(
        spokeInvokeGrants(request, environment, producerConnector(environment, "music", "acct1dynamodb")),
      ).to.deep.equal(statements);
    }
  });

  const inEnvironment: {
    title: string;
    request: () => SpokeRequest;
    environment?: Record<string, unknown>;
    faults: Fault[];
  }[] = [
    {
      title: "a policy too large for its holder (L2)",
      request: () =>
        reading(
          { permissionsOn: "user" },
          {
            data: [
              {
                database: "sales",
                tables: Array.from({ length: 80 }, (_, index) => `table_${index}`),
                prefixes: ["s3://lake/"],
              },
            ],
          },
        ).request,
      faults: [
        {
          path: "readers.connecty",
          message:
            "the reader's policy would have 6846 characters, IAM allows 6144: name whole databases instead of tables, or fewer of them",
        },
      ],
    },
    {
      title: "a catalog that no connector of the request has",
      request: () =>
        reading({ catalogs: ["acct1dynamodb", "films"] }, { connectors: [{ from: "music" }] }).request,
      faults: [
        {
          path: "readers.connecty.catalogs[1]",
          message: 'no connector of the request has the catalog "films": known is acct1dynamodb',
        },
      ],
    },
    {
      title: "names that producers do not let in by a pattern (R92)",
      request: () =>
        twoAtProducer({
          readers: {
            connecty: { catalogs: ["acct1dynamodb"] },
            tool: { permissionsOn: "user", catalogs: ["acct1dynamodb"] },
            glue: {},
          },
        }),
      environment: { producerGrants: "organization" },
      faults: [
        {
          path: "readers.connecty.role",
          message:
            'producers of dev do not let "dev-sales-connecty" in: write a name that begins with "athena-reader-dev-"',
        },
        {
          path: "readers.tool.user",
          message:
            'producers of dev do not let "dev-sales-tool" in: write a name that begins with "athena-reader-dev-"',
        },
      ],
    },
  ];
  for (const { title, request, environment = {}, faults } of inEnvironment)
    it(`is refused in an environment: ${title}`, () => {
      expect(faultsInEnvironment(request(), environmentWith(environment))).to.deep.equal(faults);
    });

  it("has no role of another's name", () => {
    const request = requestWith({
      analyst: true,
      readers: {
        a: { role: "qs-athena-consumer-role" },
        b: { role: "analyst" },
        c: { role: "athena-spokes-spoke-deployer-dev" },
        d: { role: "connecty" },
      },
    });
    expect(faultsInEnvironment(request, environmentWith())).to.deep.equal([
      {
        path: "readers.a.role",
        message: '"qs-athena-consumer-role" is Role B already: choose another name',
      },
      { path: "readers.b.role", message: '"analyst" is the analyst already: choose another name' },
      {
        path: "readers.c.role",
        message:
          '"athena-spokes-spoke-deployer-dev" is the role that the stack assumes already: choose another name',
      },
    ]);
  });

  it("is made by a deployer that makes its user under the boundary, and keys only where asked for (R80)", () => {
    const trusted = ["arn:aws:iam::100000000000:user/admin"];
    const sidsFor = (reader: object) => {
      const { request } = reading(reader);
      const { roles, boundary } = spokeBootstrap(environmentWith(), ACCOUNT, trusted, [request]);
      const made = roles.get("athena-spokes-spoke-deployer-dev")?.permissions.Statement ?? [];
      const sids = made.map(({ Sid }) => Sid).filter((sid) => /User|Reader/.test(sid ?? ""));
      return { made, sids, most: boundary.document.Statement.map(({ Sid }) => Sid) };
    };
    const plain = sidsFor({});
    expect(plain.sids).to.deep.equal(["MakeUsersUnderBoundary", "ManageUsers"]);
    expect(plain.most).to.include("AssumeReaders");
    const user = `arn:aws:iam::${ACCOUNT}:user/dev-sales-connecty`;
    expect(plain.made.find(({ Sid }) => Sid === "MakeUsersUnderBoundary")).to.deep.equal({
      Sid: "MakeUsersUnderBoundary",
      Effect: "Allow",
      Action: ["iam:CreateUser", "iam:DeleteUserPolicy", "iam:PutUserPolicy"],
      Resource: [user],
      Condition: {
        ArnEquals: {
          "iam:PermissionsBoundary": `arn:aws:iam::${ACCOUNT}:policy/athena-spokes-spoke-boundary-dev`,
        },
      },
    });
    const full = sidsFor({ permissionsOn: "user", accessKey: true });
    expect(full.sids).to.deep.equal([
      "MakeUsersUnderBoundary",
      "ManageUsers",
      "ManageUserPolicies",
      "AttachUserPolicies",
      "ReaderKeys",
    ]);
    expect(full.most).to.not.include("AssumeReaders");
    expect(full.made.find(({ Sid }) => Sid === "ReaderKeys")?.Resource).to.deep.equal([user]);
  });
});

function statement(
  document: PolicyDocument | undefined,
  Sid: string,
): PolicyDocument["Statement"][number] | undefined {
  return document?.Statement.find((each) => each.Sid === Sid);
}

function faultsOf(read: () => unknown): readonly Fault[] {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.faults;
    throw thrown;
  }
  return [];
}
