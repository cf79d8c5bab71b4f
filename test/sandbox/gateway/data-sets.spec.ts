import { AthenaClient, CreateWorkGroupCommand } from "@aws-sdk/client-athena";
import {
  CloudControlClient,
  CreateResourceCommand,
  DeleteResourceCommand,
  GetResourceCommand,
  GetResourceRequestStatusCommand,
  ListResourcesCommand,
  UpdateResourceCommand,
} from "@aws-sdk/client-cloudcontrol";
import type { ProgressEvent } from "@aws-sdk/client-cloudcontrol";
import { CreateDatabaseCommand, CreateTableCommand, GlueClient } from "@aws-sdk/client-glue";
import {
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateDataSetCommand,
  CreateDataSourceCommand,
  CreateIngestionCommand,
  DeleteDataSetCommand,
  DeleteDataSourceCommand,
  DescribeDataSetCommand,
  DescribeDataSetPermissionsCommand,
  DescribeDataSourceCommand,
  DescribeIngestionCommand,
  ListDataSetsCommand,
  ListIngestionsCommand,
  ListTagsForResourceCommand,
  QuickSightClient,
  SearchDataSetsCommand,
  TagResourceCommand,
  UpdateDataSetCommand,
  UpdateDataSetPermissionsCommand,
} from "@aws-sdk/client-quicksight";
import type { Ingestion } from "@aws-sdk/client-quicksight";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { clients } from "./clients";
import { refusal } from "./refusal";

const HUB = "110000000411";
const SPOKE = "130000000411";
const ROLE_A = `arn:aws:iam::${HUB}:role/role-a`;
const ROLE_B = `arn:aws:iam::${SPOKE}:role/role-b`;
const GROUP = `arn:aws:quicksight:us-east-1:${HUB}:group/default`;
const SOURCE = `arn:aws:quicksight:us-east-1:${HUB}:datasource/sales`;
const TypeName = "AWS::QuickSight::DataSet";
const [DATA, RESULTS] = [`data-${SPOKE}`, `results-${SPOKE}`];

const arnOf = (id: string): string => `arn:aws:quicksight:us-east-1:${HUB}:dataset/${id}`;
const USE = [
  "quicksight:DescribeDataSet",
  "quicksight:DescribeDataSetPermissions",
  "quicksight:DescribeIngestion",
  "quicksight:ListIngestions",
  "quicksight:PassDataSet",
];
const OWN = [
  "quicksight:CancelIngestion",
  "quicksight:CreateIngestion",
  "quicksight:DeleteDataSet",
  ...USE,
  "quicksight:UpdateDataSet",
  "quicksight:UpdateDataSetPermissions",
];
const COLUMNS = [
  { Name: "id", Type: "INTEGER" as const },
  { Name: "song", Type: "STRING" as const },
];

const document = (...statements: object[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
  });

const table = (change: object = {}) => ({
  table: {
    RelationalTable: {
      DataSourceArn: SOURCE,
      Catalog: "AwsDataCatalog",
      Schema: "sales",
      Name: "orders",
      InputColumns: COLUMNS,
      ...change,
    },
  },
});

const content = (DataSetId: string, change: object = {}) => ({
  AwsAccountId: HUB,
  DataSetId,
  Name: "Orders",
  ImportMode: "DIRECT_QUERY" as const,
  PhysicalTableMap: table(),
  ...change,
});

describe("gateway: Quick's data sets (R66)", () => {
  let quick: QuickSightClient;
  let control: CloudControlClient;
  let spokeIam: IAMClient;

  const permitRoleB = (PolicyDocument: string) =>
    spokeIam.send(new PutRolePolicyCommand({ RoleName: "role-b", PolicyName: "p", PolicyDocument }));
  const WHOLE = document({ Action: ["athena:*", "glue:*", "s3:*"], Resource: "*" });

  before(async () => {
    const made = await clients();
    [quick, control, spokeIam] = await Promise.all([
      made.in(QuickSightClient, HUB),
      made.in(CloudControlClient, HUB),
      made.in(IAMClient, SPOKE),
    ]);
    const [hubIam, athena, glue, s3] = await Promise.all([
      made.in(IAMClient, HUB),
      made.in(AthenaClient, SPOKE),
      made.in(GlueClient, SPOKE),
      made.in(S3Client, SPOKE),
    ]);
    await hubIam.send(
      new CreateRoleCommand({
        RoleName: "role-a",
        AssumeRolePolicyDocument: document({
          Principal: { Service: "quicksight.amazonaws.com" },
          Action: "sts:AssumeRole",
        }),
      }),
    );
    await hubIam.send(
      new PutRolePolicyCommand({
        RoleName: "role-a",
        PolicyName: "p",
        PolicyDocument: document({ Action: "sts:AssumeRole", Resource: ROLE_B }),
      }),
    );
    await spokeIam.send(
      new CreateRoleCommand({
        RoleName: "role-b",
        AssumeRolePolicyDocument: document({
          Principal: { AWS: `arn:aws:iam::${HUB}:root` },
          Action: "sts:AssumeRole",
        }),
      }),
    );
    await permitRoleB(WHOLE);
    for (const Bucket of [DATA, RESULTS]) await s3.send(new CreateBucketCommand({ Bucket }));
    const Body = "id,song\n1,Happy Day\n2,My Dog Spot\n";
    await s3.send(new PutObjectCommand({ Bucket: DATA, Key: "orders/1.csv", Body }));
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "sales" } }));
    await glue.send(
      new CreateTableCommand({
        DatabaseName: "sales",
        TableInput: {
          Name: "orders",
          Parameters: { "skip.header.line.count": "1" },
          StorageDescriptor: {
            Location: `s3://${DATA}/orders/`,
            Columns: [
              { Name: "id", Type: "int" },
              { Name: "song", Type: "string" },
            ],
            SerdeInfo: {
              SerializationLibrary: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
              Parameters: { "field.delim": "," },
            },
          },
        },
      }),
    );
    await athena.send(
      new CreateWorkGroupCommand({
        Name: "sales",
        Configuration: { ResultConfiguration: { OutputLocation: `s3://${RESULTS}/athena/` } },
      }),
    );
    await source("sales");
  });

  /** Makes a data source and waits for Quick's check. */
  async function source(DataSourceId: string): Promise<void> {
    await quick.send(
      new CreateDataSourceCommand({
        AwsAccountId: HUB,
        DataSourceId,
        Name: DataSourceId,
        Type: "ATHENA",
        DataSourceParameters: {
          AthenaParameters: { WorkGroup: "sales", RoleArn: ROLE_A, ConsumerAccountRoleArn: ROLE_B },
        },
      }),
    );
    for (;;) {
      const { DataSource } = await quick.send(
        new DescribeDataSourceCommand({ AwsAccountId: HUB, DataSourceId }),
      );
      if (DataSource?.Status?.endsWith("IN_PROGRESS") === false) return;
    }
  }

  const make = (id: string, change: object = {}) =>
    quick.send(new CreateDataSetCommand({ ...content(id), ...change }));

  const ingestions = async (DataSetId: string): Promise<Ingestion[]> =>
    (await quick.send(new ListIngestionsCommand({ AwsAccountId: HUB, DataSetId }))).Ingestions ?? [];

  /** The newest ingestion, once it is over. */
  async function filled(DataSetId: string): Promise<Ingestion> {
    for (;;) {
      const [newest] = await ingestions(DataSetId);
      if (newest !== undefined && !["INITIALIZED", "RUNNING"].includes(newest.IngestionStatus ?? ""))
        return newest;
    }
  }

  it("creates, describes, lists, shares, changes and deletes one of direct queries", async () => {
    const Permissions = [{ Principal: `${GROUP}/bi-admins`, Actions: OWN }];
    const Tags = [{ Key: "team", Value: "bi" }];
    const created = await make("whole", { Permissions, Tags });
    expect([created.Arn, created.Status, created.IngestionId]).to.deep.equal([
      arnOf("whole"),
      201,
      undefined,
    ]);
    const place = { AwsAccountId: HUB, DataSetId: "whole" };
    const { DataSet } = await quick.send(new DescribeDataSetCommand(place));
    const { CreatedTime, LastUpdatedTime, ...described } = DataSet ?? {};
    expect(CreatedTime).to.deep.equal(LastUpdatedTime);
    expect(described).to.deep.equal({
      Arn: arnOf("whole"),
      DataSetId: "whole",
      Name: "Orders",
      ImportMode: "DIRECT_QUERY",
      PhysicalTableMap: table(),
      OutputColumns: COLUMNS,
      ConsumedSpiceCapacityInBytes: 0,
    });
    const listed = await quick.send(new ListDataSetsCommand({ AwsAccountId: HUB }));
    expect(
      listed.DataSetSummaries?.map(({ DataSetId, ImportMode }) => [DataSetId, ImportMode]),
    ).to.deep.equal([["whole", "DIRECT_QUERY"]]);
    await quick.send(
      new UpdateDataSetPermissionsCommand({
        ...place,
        GrantPermissions: [{ Principal: `${GROUP}/bi-authors`, Actions: USE }],
        RevokePermissions: Permissions,
      }),
    );
    const shared = await quick.send(new DescribeDataSetPermissionsCommand(place));
    expect(shared.Permissions).to.deep.equal([{ Principal: `${GROUP}/bi-authors`, Actions: USE }]);
    await quick.send(
      new TagResourceCommand({ ResourceArn: arnOf("whole"), Tags: [{ Key: "cost", Value: "1" }] }),
    );
    const tagged = await quick.send(new ListTagsForResourceCommand({ ResourceArn: arnOf("whole") }));
    expect(tagged.Tags).to.deep.equal([...Tags, { Key: "cost", Value: "1" }]);
    await quick.send(
      new UpdateDataSetCommand({
        ...content("whole"),
        Name: "Orders 2",
        PhysicalTableMap: table({ InputColumns: [{ Name: "paid", Type: "BOOLEAN" }] }),
      }),
    );
    const changed = (await quick.send(new DescribeDataSetCommand(place))).DataSet;
    expect([changed?.Name, changed?.OutputColumns]).to.deep.equal([
      "Orders 2",
      [{ Name: "paid", Type: "INTEGER" }],
    ]);
    expect(await ingestions("whole")).to.deep.equal([]);
    await quick.send(new DeleteDataSetCommand(place));
    expect(await refusal(quick.send(new DescribeDataSetCommand(place)))).to.deep.include({
      code: "ResourceNotFoundException",
      status: 404,
    });
  });

  it("fills SPICE by a query of Role B's, again at each change and when asked", async () => {
    const { IngestionId } = await make("spice", { ImportMode: "SPICE" });
    const first = await filled("spice");
    const { CreatedTime, ...rest } = first;
    expect(CreatedTime).to.be.instanceOf(Date);
    expect(rest).to.deep.equal({
      Arn: `${arnOf("spice")}/ingestion/${IngestionId ?? ""}`,
      IngestionId,
      IngestionStatus: "COMPLETED",
      RowInfo: { RowsIngested: 2, RowsDropped: 0, TotalRowsInDataset: 2 },
      RequestSource: "MANUAL",
      RequestType: "INITIAL_INGESTION",
    });
    const place = { AwsAccountId: HUB, DataSetId: "spice" };
    await quick.send(new UpdateDataSetCommand({ ...content("spice"), ImportMode: "SPICE" }));
    expect((await filled("spice")).RequestType).to.equal("EDIT");
    await quick.send(new CreateIngestionCommand({ ...place, IngestionId: "by-hand" }));
    await filled("spice");
    const { Ingestion } = await quick.send(
      new DescribeIngestionCommand({ ...place, IngestionId: "by-hand" }),
    );
    expect([Ingestion?.IngestionStatus, Ingestion?.RequestType]).to.deep.equal(["COMPLETED", "FULL_REFRESH"]);
    expect(
      (await refusal(quick.send(new CreateIngestionCommand({ ...place, IngestionId: "by-hand" })))).code,
    ).to.equal("ResourceExistsException");
    await quick.send(new DeleteDataSetCommand(place));
  });

  describe("tells why SPICE is not filled", () => {
    const failing: readonly {
      readonly title: string;
      readonly change?: object;
      readonly breakIt?: () => Promise<unknown>;
      readonly mend?: () => Promise<unknown>;
      readonly type: string;
      readonly message: RegExp;
    }[] = [
      {
        title: "Role B may not read the table",
        breakIt: () => permitRoleB(document({ Action: ["athena:*", "s3:*"], Resource: "*" })),
        mend: () => permitRoleB(WHOLE),
        type: "SQL_EXCEPTION",
        message: /^Insufficient permissions to execute the query/,
      },
      {
        title: "Role B may not query",
        breakIt: () => spokeIam.send(new DeleteRolePolicyCommand({ RoleName: "role-b", PolicyName: "p" })),
        mend: () => permitRoleB(WHOLE),
        type: "SQL_EXCEPTION",
        message: /athena:StartQueryExecution/,
      },
      {
        title: "the table lacks a column",
        change: { PhysicalTableMap: table({ InputColumns: [{ Name: "colour", Type: "STRING" }] }) },
        type: "SQL_EXCEPTION",
        message: /colour/,
      },
    ];
    for (const [i, { title, change, breakIt, mend, type, message }] of failing.entries())
      it(title, async () => {
        const DataSetId = `unfilled-${i}`;
        await breakIt?.();
        try {
          await make(DataSetId, { ImportMode: "SPICE", ...change });
          const { IngestionStatus, ErrorInfo } = await filled(DataSetId);
          expect([IngestionStatus, ErrorInfo?.Type]).to.deep.equal(["FAILED", type]);
          expect(ErrorInfo?.Message).to.match(message);
        } finally {
          await mend?.();
        }
        await quick.send(new DeleteDataSetCommand({ AwsAccountId: HUB, DataSetId }));
      });

    it("the data source is gone, which breaks its data sets", async () => {
      await source("leaving");
      const gone = `arn:aws:quicksight:us-east-1:${HUB}:datasource/leaving`;
      const PhysicalTableMap = table({ DataSourceArn: gone });
      await make("orphan", { ImportMode: "SPICE", PhysicalTableMap });
      await filled("orphan");
      await quick.send(new DeleteDataSourceCommand({ AwsAccountId: HUB, DataSourceId: "leaving" }));
      const place = { AwsAccountId: HUB, DataSetId: "orphan" };
      await quick.send(new CreateIngestionCommand({ ...place, IngestionId: "again" }));
      expect((await filled("orphan")).ErrorInfo?.Type).to.equal("DATA_SOURCE_NOT_FOUND");
      await quick.send(new DeleteDataSetCommand(place));
    });
  });

  const refused: readonly (readonly [title: string, change: object, code: string, message: RegExp])[] = [
    ["an import mode that is none", { ImportMode: "CACHE" }, "InvalidParameterValueException", /ImportMode/],
    ["no table", { PhysicalTableMap: {} }, "InvalidParameterValueException", /^Invalid PhysicalTableMap$/],
    [
      "a column type that is none",
      { PhysicalTableMap: table({ InputColumns: [{ Name: "a", Type: "VARCHAR" }] }) },
      "InvalidParameterValueException",
      /"VARCHAR".*\[STRING, INTEGER, DECIMAL, DATETIME, BIT, BOOLEAN, JSON\]/,
    ],
    [
      "no columns",
      { PhysicalTableMap: table({ InputColumns: [] }) },
      "InvalidParameterValueException",
      /between 1 and 2048/,
    ],
    [
      "a column twice",
      { PhysicalTableMap: table({ InputColumns: [COLUMNS[0], COLUMNS[0]] }) },
      "InvalidParameterValueException",
      /^Duplicate column name id$/,
    ],
    [
      "a schema that is too long",
      { PhysicalTableMap: table({ Schema: "x".repeat(257) }) },
      "InvalidParameterValueException",
      /^Schema is longer than 256/,
    ],
    [
      "a data source that is not there",
      { PhysicalTableMap: table({ DataSourceArn: `${SOURCE}-none` }) },
      "ResourceNotFoundException",
      /sales-none is not found/,
    ],
    [
      "another account's data source",
      { PhysicalTableMap: table({ DataSourceArn: SOURCE.replace(HUB, SPOKE) }) },
      "AccessDeniedException",
      /quicksight:CreateDataSet/,
    ],
    [
      "another Region's data source",
      { PhysicalTableMap: table({ DataSourceArn: SOURCE.replace("us-east-1", "eu-west-1") }) },
      "InvalidParameterValueException",
      /^Invalid dataSourceArn/,
    ],
    [
      "a data source's actions",
      { Permissions: [{ Principal: `${GROUP}/bi-admins`, Actions: ["quicksight:PassDataSource"] }] },
      "InvalidParameterValueException",
      /unsupported permission sets \[quicksight:PassDataSource\]/,
    ],
    [
      "a group that is not there",
      { Permissions: [{ Principal: `${GROUP}/nobody`, Actions: USE }] },
      "InvalidParameterValueException",
      /^Invalid principals given/,
    ],
    [
      "a query in place of a table",
      {
        PhysicalTableMap: {
          table: { CustomSql: { DataSourceArn: SOURCE, Name: "q", SqlQuery: "SELECT 1" } },
        },
      },
      "NotImplemented",
      /CustomSql/,
    ],
  ];
  for (const [title, change, code, message] of refused)
    it(`refuses ${title}`, async () => {
      const found = await refusal(make("refused", change));
      expect(found.code).to.equal(code);
      expect(found.message).to.match(message);
    });

  it("refuses the same id again, an ingestion without SPICE, and what is not emulated", async () => {
    const place = { AwsAccountId: HUB, DataSetId: "once" };
    await make("once");
    expect((await refusal(make("once"))).code).to.equal("ResourceExistsException");
    expect(
      (await refusal(quick.send(new CreateIngestionCommand({ ...place, IngestionId: "i" })))).message,
    ).to.match(/not a SPICE dataset/);
    expect(
      (await refusal(quick.send(new DescribeIngestionCommand({ ...place, IngestionId: "i" })))).code,
    ).to.equal("ResourceNotFoundException");
    const search = new SearchDataSetsCommand({
      AwsAccountId: HUB,
      Filters: [{ Name: "DATASET_NAME", Operator: "StringEquals", Value: "Orders" }],
    });
    expect((await refusal(quick.send(search))).code).to.equal("AccessDeniedException");
    await quick.send(new DeleteDataSetCommand(place));
  });

  describe("by Cloud Control", () => {
    const Identifier = `${HUB}|controlled`;

    async function over(first: ProgressEvent | undefined): Promise<ProgressEvent> {
      for (;;) {
        const { ProgressEvent: event } = await control.send(
          new GetResourceRequestStatusCommand({ RequestToken: first?.RequestToken }),
        );
        if (event?.OperationStatus !== "IN_PROGRESS") return event ?? {};
      }
    }
    const create = async (desired: object): Promise<ProgressEvent> =>
      over(
        (await control.send(new CreateResourceCommand({ TypeName, DesiredState: JSON.stringify(desired) })))
          .ProgressEvent,
      );
    const remove = async (): Promise<ProgressEvent> =>
      over((await control.send(new DeleteResourceCommand({ TypeName, Identifier }))).ProgressEvent);
    const read = async (): Promise<Record<string, unknown>> => {
      const { ResourceDescription } = await control.send(new GetResourceCommand({ TypeName, Identifier }));
      return JSON.parse(ResourceDescription?.Properties ?? "{}") as Record<string, unknown>;
    };

    it("creates, reads, updates, lists and deletes", async () => {
      const desired = {
        ...content("controlled"),
        Permissions: [{ Principal: `${GROUP}/bi-admins`, Actions: OWN }],
        Tags: [{ Key: "team", Value: "bi" }],
      };
      expect((await create(desired)).OperationStatus).to.equal("SUCCESS");
      const { CreatedTime, LastUpdatedTime, ...first } = await read();
      expect(CreatedTime).to.equal(LastUpdatedTime);
      expect(first).to.deep.equal({
        ...desired,
        Arn: arnOf("controlled"),
        OutputColumns: COLUMNS,
        ConsumedSpiceCapacityInBytes: 0,
      });
      const { ProgressEvent: begun } = await control.send(
        new UpdateResourceCommand({
          TypeName,
          Identifier,
          PatchDocument: JSON.stringify([
            { op: "replace", path: "/Name", value: "Orders 2" },
            {
              op: "replace",
              path: "/Permissions/0",
              value: { Principal: `${GROUP}/bi-authors`, Actions: USE },
            },
            { op: "replace", path: "/Tags", value: [{ Key: "cost", Value: "1" }] },
          ]),
        }),
      );
      expect((await over(begun)).OperationStatus).to.equal("SUCCESS");
      const { CreatedTime: made, LastUpdatedTime: changed, ...second } = await read();
      expect(made).to.equal(CreatedTime);
      expect(changed).not.to.equal(LastUpdatedTime);
      expect(second).to.deep.equal({
        ...first,
        Name: "Orders 2",
        Permissions: [{ Principal: `${GROUP}/bi-authors`, Actions: USE }],
        Tags: [{ Key: "cost", Value: "1" }],
      });
      const { ResourceDescriptions } = await control.send(new ListResourcesCommand({ TypeName }));
      expect(ResourceDescriptions?.map((each) => each.Identifier)).to.deep.equal([Identifier]);
      expect((await remove()).OperationStatus).to.equal("SUCCESS");
      expect((await refusal(read())).code).to.equal("ResourceNotFoundException");
    });

    it("waits for SPICE, and fails with it, unless it is told not to", async () => {
      const broken = content("controlled", {
        ImportMode: "SPICE",
        PhysicalTableMap: table({ Name: "nothing" }),
      });
      const waited = await create(broken);
      expect([waited.OperationStatus, waited.ErrorCode]).to.deep.equal(["FAILED", "NotStabilized"]);
      expect(waited.StatusMessage).to.match(/^Ingestion .* has status FAILED: SQL_EXCEPTION: .*nothing/);
      await remove();
      const IngestionWaitPolicy = { WaitForSpiceIngestion: false };
      expect((await create({ ...broken, IngestionWaitPolicy })).OperationStatus).to.equal("SUCCESS");
      expect(await read(), "what is only written").not.to.have.property("IngestionWaitPolicy");
      expect((await filled("controlled")).IngestionStatus).to.equal("FAILED");
      await remove();
    });

    it("refuses what the schema does", async () => {
      const state = JSON.stringify({ ...content("controlled"), Colour: "red" });
      const found = await refusal(control.send(new CreateResourceCommand({ TypeName, DesiredState: state })));
      expect([found.code, found.message]).to.deep.equal([
        "ValidationException",
        "Model validation failed (#: extraneous key [Colour] is not permitted)",
      ]);
    });
  });
});
