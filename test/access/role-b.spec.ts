import { expect } from "chai";
import { roleBPermissions, roleBTrust } from "../../access/role-b";
import { environmentWith, requestWith } from "../worlds";

describe("Role B (R54-R60)", () => {
  const trust = (externalId: unknown) => ({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "RoleAAssumesRoleB",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111111111111:root" },
        Action: "sts:AssumeRole",
        Condition: {
          ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::111111111111:role/qs-athena-cross-account-role-a" },
          ...(externalId as object),
        },
      },
    ],
  });

  it("is assumed by Role A alone, for its own data source (R54, R68, C3, C4)", () => {
    expect(roleBTrust(requestWith(), environmentWith())).to.deep.equal(
      trust({
        StringEquals: { "sts:ExternalId": "arn:aws:quicksight:us-east-1:111111111111:datasource/dev-sales" },
      }),
    );
  });

  it("accepts any data source of the hub where the environment says so, with a literal Region (C21)", () => {
    expect(roleBTrust(requestWith(), environmentWith({ externalId: "any-data-source" }))).to.deep.equal(
      trust({ StringLike: { "sts:ExternalId": "arn:aws:quicksight:us-east-1:111111111111:datasource/*" } }),
    );
  });

  const athena = [
    {
      Sid: "AthenaInRegion",
      Effect: "Allow",
      Action: [
        "athena:GetCatalogs",
        "athena:GetExecutionEngine",
        "athena:GetExecutionEngines",
        "athena:GetNamespace",
        "athena:GetNamespaces",
        "athena:GetQueryExecutions",
        "athena:GetTable",
        "athena:GetTables",
        "athena:ListDataCatalogs",
        "athena:ListEngineVersions",
        "athena:ListWorkGroups",
        "athena:RunQuery",
      ],
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
    },
    {
      Sid: "AthenaWorkgroup",
      Effect: "Allow",
      Action: [
        "athena:BatchGetQueryExecution",
        "athena:CancelQueryExecution",
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:GetQueryResultsStream",
        "athena:GetWorkGroup",
        "athena:ListQueryExecutions",
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
      ],
      Resource: "arn:aws:athena:us-east-1:133333333333:workgroup/dev-sales",
    },
  ];
  const catalogActions = [
    "athena:GetDataCatalog",
    "athena:GetDatabase",
    "athena:GetTableMetadata",
    "athena:ListDatabases",
    "athena:ListTableMetadata",
  ];
  const glueActions = [
    "glue:BatchGetPartition",
    "glue:GetCatalog",
    "glue:GetCatalogs",
    "glue:GetDatabase",
    "glue:GetDatabases",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
  ];
  const glueDefault = {
    Sid: "GlueDefaultDatabase",
    Effect: "Allow",
    Action: "glue:GetDatabase",
    Resource: [
      "arn:aws:glue:us-east-1:133333333333:catalog",
      "arn:aws:glue:us-east-1:133333333333:database/default",
    ],
  };
  const results = (bucket: string, prefix: string) => {
    const Condition = { StringEquals: { "aws:ResourceAccount": "133333333333" } };
    return [
      {
        Sid: "ResultsBucket",
        Effect: "Allow",
        Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
        Resource: `arn:aws:s3:::${bucket}`,
        Condition,
      },
      {
        Sid: "ResultsObjects",
        Effect: "Allow",
        Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
        Resource: `arn:aws:s3:::${bucket}/${prefix}*`,
        Condition,
      },
    ];
  };

  it("queries sample data and a producer's connector, and nothing else (R7, R35, R56-R60, R70, R71, C6-C8, C22, C27)", () => {
    expect(roleBPermissions(requestWith(), environmentWith())).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        ...athena,
        {
          Sid: "AthenaCatalogs",
          Effect: "Allow",
          Action: catalogActions,
          Resource: [
            "arn:aws:athena:us-east-1:133333333333:datacatalog/AwsDataCatalog",
            "arn:aws:athena:us-east-1:133333333333:datacatalog/acct1dynamodb",
          ],
        },
        {
          Sid: "GlueRead",
          Effect: "Allow",
          Action: glueActions,
          Resource: [
            "arn:aws:glue:us-east-1:133333333333:catalog",
            "arn:aws:glue:us-east-1:133333333333:database/sales",
            "arn:aws:glue:us-east-1:133333333333:table/sales/orders",
          ],
        },
        glueDefault,
        {
          Sid: "LocateDataBuckets",
          Effect: "Allow",
          Action: "s3:GetBucketLocation",
          Resource: ["arn:aws:s3:::dev-sales-athena-data-133333333333"],
        },
        {
          Sid: "ListData1",
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: "arn:aws:s3:::dev-sales-athena-data-133333333333",
          Condition: { StringLike: { "s3:prefix": ["orders/*"] } },
        },
        {
          Sid: "ReadData",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: ["arn:aws:s3:::dev-sales-athena-data-133333333333/orders/*"],
        },
        ...results("dev-sales-athena-results-133333333333", "results/"),
        {
          Sid: "InvokeConnectors",
          Effect: "Allow",
          Action: "lambda:InvokeFunction",
          Resource: ["arn:aws:lambda:us-east-1:122222222222:function:acct1dynamodb"],
        },
        {
          Sid: "ListSpill",
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: ["arn:aws:s3:::dev-music-athena-spill-122222222222"],
          Condition: { StringEquals: { "aws:ResourceAccount": ["122222222222"] } },
        },
        {
          Sid: "ReadSpill",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: ["arn:aws:s3:::dev-music-athena-spill-122222222222/athena-spill/acct1dynamodb/*"],
          Condition: { StringEquals: { "aws:ResourceAccount": ["122222222222"] } },
        },
      ],
    });
  });

  it("reads named tables below named prefixes, and writes where the request says (R57, R58, R60, R93, C5, C6)", () => {
    const request = requestWith({
      sampleData: false,
      connectors: [],
      workgroup: { name: "primary", outputLocation: "s3://sales-results/athena/" },
      data: [
        { database: "crm", tables: ["accounts", "contacts"], prefixes: ["s3://sales-lake/crm/"] },
        { database: "erp", prefixes: ["s3://sales-lake/erp/", "s3://sales-archive/"] },
      ],
    });
    expect(roleBPermissions(request, environmentWith()).Statement).to.deep.equal([
      athena[0],
      { ...athena[1], Resource: "arn:aws:athena:us-east-1:133333333333:workgroup/primary" },
      {
        Sid: "AthenaCatalogs",
        Effect: "Allow",
        Action: catalogActions,
        Resource: ["arn:aws:athena:us-east-1:133333333333:datacatalog/AwsDataCatalog"],
      },
      {
        Sid: "GlueRead",
        Effect: "Allow",
        Action: glueActions,
        Resource: [
          "arn:aws:glue:us-east-1:133333333333:catalog",
          "arn:aws:glue:us-east-1:133333333333:database/crm",
          "arn:aws:glue:us-east-1:133333333333:table/crm/accounts",
          "arn:aws:glue:us-east-1:133333333333:table/crm/contacts",
          "arn:aws:glue:us-east-1:133333333333:database/erp",
          "arn:aws:glue:us-east-1:133333333333:table/erp/*",
        ],
      },
      glueDefault,
      {
        Sid: "LocateDataBuckets",
        Effect: "Allow",
        Action: "s3:GetBucketLocation",
        Resource: ["arn:aws:s3:::sales-lake", "arn:aws:s3:::sales-archive"],
      },
      {
        Sid: "ListData1",
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::sales-lake",
        Condition: { StringLike: { "s3:prefix": ["crm/*", "erp/*"] } },
      },
      {
        Sid: "ListData2",
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::sales-archive",
        Condition: { StringLike: { "s3:prefix": ["*"] } },
      },
      {
        Sid: "ReadData",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: [
          "arn:aws:s3:::sales-lake/crm/*",
          "arn:aws:s3:::sales-lake/erp/*",
          "arn:aws:s3:::sales-archive/*",
        ],
      },
      ...results("sales-results", "athena/"),
    ]);
  });

  it("writes no results where Athena keeps them (R71)", () => {
    const kept = roleBPermissions(requestWith({ workgroup: { managedResults: true } }), environmentWith());
    const written = roleBPermissions(requestWith(), environmentWith());
    expect(kept.Statement).to.deep.equal(
      written.Statement.filter(({ Sid }) => Sid !== "ResultsBucket" && Sid !== "ResultsObjects"),
    );
    expect(kept.Statement).to.have.length(written.Statement.length - 2);
  });

  it("invokes and reads the spill of a connector in its own account (R25, C8)", () => {
    const request = requestWith({
      sampleData: false,
      connectors: [{ deploy: { tables: ["Returns"] }, catalog: "returns" }],
    });
    expect(roleBPermissions(request, environmentWith()).Statement.slice(-3)).to.deep.equal([
      {
        Sid: "InvokeConnectors",
        Effect: "Allow",
        Action: "lambda:InvokeFunction",
        Resource: ["arn:aws:lambda:us-east-1:133333333333:function:salesdynamodb"],
      },
      {
        Sid: "ListSpill",
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: ["arn:aws:s3:::dev-sales-athena-spill-133333333333"],
        Condition: { StringEquals: { "aws:ResourceAccount": ["133333333333"] } },
      },
      {
        Sid: "ReadSpill",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: ["arn:aws:s3:::dev-sales-athena-spill-133333333333/athena-spill/salesdynamodb/*"],
        Condition: { StringEquals: { "aws:ResourceAccount": ["133333333333"] } },
      },
    ]);
  });
});
