import {
  AthenaClient,
  CreateDataCatalogCommand,
  CreateNamedQueryCommand,
  CreateWorkGroupCommand,
  DeleteDataCatalogCommand,
  DeleteWorkGroupCommand,
  GetDataCatalogCommand,
  GetDatabaseCommand,
  GetTableMetadataCommand,
  GetWorkGroupCommand,
  ListDataCatalogsCommand,
  ListDatabasesCommand,
  ListTableMetadataCommand,
  ListTagsForResourceCommand,
  ListWorkGroupsCommand,
  StartQueryExecutionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDataCatalogCommand,
  UpdateWorkGroupCommand,
} from "@aws-sdk/client-athena";
import { CreateDatabaseCommand, CreateTableCommand, GlueClient } from "@aws-sdk/client-glue";
import { expect } from "chai";
import { clients } from "./clients";
import { refusal } from "./refusal";

const ACCOUNT = "130000000501";
const FUNCTION = "arn:aws:lambda:us-east-1:120000000501:function:acct1dynamodb";
const ENGINE = { SelectedEngineVersion: "AUTO", EffectiveEngineVersion: "Athena engine version 3" };

describe("gateway: Athena", () => {
  let athena: AthenaClient;

  before(async () => {
    athena = await (await clients()).in(AthenaClient, ACCOUNT);
  });

  const configuration = async (WorkGroup: string): Promise<unknown> =>
    (await athena.send(new GetWorkGroupCommand({ WorkGroup }))).WorkGroup?.Configuration;

  describe("workgroups (R41, R71)", () => {
    const arn = `arn:aws:athena:us-east-1:${ACCOUNT}:workgroup/sales`;
    const settings = {
      ResultConfiguration: {
        OutputLocation: "s3://results-501/athena/",
        ExpectedBucketOwner: ACCOUNT,
        EncryptionConfiguration: { EncryptionOption: "SSE_S3" as const },
      },
      EnforceWorkGroupConfiguration: true,
      PublishCloudWatchMetricsEnabled: true,
      BytesScannedCutoffPerQuery: 10_000_000_000,
      RequesterPaysEnabled: false,
    };

    it("are created, shown, updated, tagged and deleted", async () => {
      await athena.send(
        new CreateWorkGroupCommand({
          Name: "sales",
          Description: "Sales",
          Configuration: settings,
          Tags: [{ Key: "a", Value: "1" }],
        }),
      );
      const { WorkGroup } = await athena.send(new GetWorkGroupCommand({ WorkGroup: "sales" }));
      expect(WorkGroup?.CreationTime).to.be.instanceOf(Date);
      expect({ ...WorkGroup, CreationTime: undefined }).to.deep.equal({
        Name: "sales",
        State: "ENABLED",
        Description: "Sales",
        CreationTime: undefined,
        Configuration: { ...settings, EngineVersion: ENGINE, EnableMinimumEncryptionConfiguration: false },
      });

      await athena.send(
        new UpdateWorkGroupCommand({
          WorkGroup: "sales",
          Description: "Sales 2",
          State: "DISABLED",
          ConfigurationUpdates: {
            RemoveBytesScannedCutoffPerQuery: true,
            EnforceWorkGroupConfiguration: false,
            ResultConfigurationUpdates: {
              RemoveExpectedBucketOwner: true,
              OutputLocation: "s3://results-501/other/",
              EncryptionConfiguration: { EncryptionOption: "SSE_KMS", KmsKey: "k" },
            },
          },
        }),
      );
      const { WorkGroup: after } = await athena.send(new GetWorkGroupCommand({ WorkGroup: "sales" }));
      expect([after?.State, after?.Description, after?.CreationTime]).to.deep.equal([
        "DISABLED",
        "Sales 2",
        WorkGroup?.CreationTime,
      ]);
      expect(after?.Configuration).to.deep.equal({
        ResultConfiguration: {
          OutputLocation: "s3://results-501/other/",
          EncryptionConfiguration: { EncryptionOption: "SSE_KMS", KmsKey: "k" },
        },
        EnforceWorkGroupConfiguration: false,
        PublishCloudWatchMetricsEnabled: true,
        RequesterPaysEnabled: false,
        EngineVersion: ENGINE,
        EnableMinimumEncryptionConfiguration: false,
      });

      await athena.send(new TagResourceCommand({ ResourceARN: arn, Tags: [{ Key: "b", Value: "2" }] }));
      await athena.send(new UntagResourceCommand({ ResourceARN: arn, TagKeys: ["a"] }));
      const { Tags } = await athena.send(new ListTagsForResourceCommand({ ResourceARN: arn }));
      expect(Tags).to.deep.equal([{ Key: "b", Value: "2" }]);

      await athena.send(new DeleteWorkGroupCommand({ WorkGroup: "sales", RecursiveDeleteOption: true }));
      const { WorkGroups } = await athena.send(new ListWorkGroupsCommand({}));
      expect(WorkGroups?.map((group) => group.Name)).to.deep.equal(["primary"]);
      expect(
        (await refusal(athena.send(new ListTagsForResourceCommand({ ResourceARN: arn })))).code,
      ).to.equal("InvalidRequestException");
    });

    it("include primary, which can be changed but not deleted", async () => {
      await athena.send(
        new UpdateWorkGroupCommand({
          WorkGroup: "primary",
          ConfigurationUpdates: { BytesScannedCutoffPerQuery: 20_000_000 },
        }),
      );
      expect(await configuration("primary")).to.have.property("BytesScannedCutoffPerQuery", 20_000_000);
      expect(
        (await refusal(athena.send(new DeleteWorkGroupCommand({ WorkGroup: "primary" })))).code,
      ).to.equal("InvalidRequestException");
    });

    it("are of one Region and account, and listed by pages", async () => {
      const made = await clients();
      const elsewhere = await made.in(AthenaClient, ACCOUNT, "eu-west-1");
      for (const Name of ["p1", "p2"]) await elsewhere.send(new CreateWorkGroupCommand({ Name }));
      const first = await elsewhere.send(new ListWorkGroupsCommand({ MaxResults: 2 }));
      const second = await elsewhere.send(
        new ListWorkGroupsCommand({ MaxResults: 2, NextToken: first.NextToken }),
      );
      expect([first, second].map((p) => p.WorkGroups?.map((g) => g.Name))).to.deep.equal([
        ["p1", "p2"],
        ["primary"],
      ]);
      expect((await refusal(athena.send(new GetWorkGroupCommand({ WorkGroup: "p1" })))).message).to.equal(
        "WorkGroup p1 is not found.",
      );
    });

    const refused: readonly (readonly [
      title: string,
      input: ConstructorParameters<typeof CreateWorkGroupCommand>[0],
    ])[] = [
      ["a name that is there", { Name: "primary" }],
      ["a name with a slash", { Name: "a/b" }],
      ["a cutoff below 10 MB", { Name: "x", Configuration: { BytesScannedCutoffPerQuery: 1000 } }],
      [
        "an output location that is no S3 path (R93)",
        {
          Name: "x",
          Configuration: { ResultConfiguration: { OutputLocation: "https://s3.amazonaws.com/b/" } },
        },
      ],
      [
        "a KMS encryption without a key",
        {
          Name: "x",
          Configuration: {
            ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: "SSE_KMS" } },
          },
        },
      ],
    ];
    for (const [title, input] of refused) {
      it(`refuse ${title}`, async () => {
        const { code, status } = await refusal(athena.send(new CreateWorkGroupCommand(input)));
        expect([code, status]).to.deep.equal(["InvalidRequestException", 400]);
      });
    }
  });

  describe("data catalogs (R18)", () => {
    it("are created, shown, updated and deleted", async () => {
      await athena.send(
        new CreateDataCatalogCommand({
          Name: "acct1dynamodb",
          Type: "LAMBDA",
          Parameters: { function: FUNCTION },
          Tags: [{ Key: "a", Value: "1" }],
        }),
      );
      const { DataCatalog } = await athena.send(new GetDataCatalogCommand({ Name: "acct1dynamodb" }));
      expect(DataCatalog).to.deep.equal({
        Name: "acct1dynamodb",
        Type: "LAMBDA",
        Parameters: { function: FUNCTION },
      });
      const { DataCatalogsSummary } = await athena.send(new ListDataCatalogsCommand({}));
      expect(DataCatalogsSummary).to.deep.equal([
        { CatalogName: "AwsDataCatalog", Type: "GLUE" },
        { CatalogName: "acct1dynamodb", Type: "LAMBDA" },
      ]);
      const Parameters = { "metadata-function": FUNCTION, "record-function": `${FUNCTION}:live` };
      await athena.send(
        new UpdateDataCatalogCommand({ Name: "acct1dynamodb", Type: "LAMBDA", Description: "d", Parameters }),
      );
      const { DataCatalog: after } = await athena.send(new GetDataCatalogCommand({ Name: "acct1dynamodb" }));
      expect(after).to.deep.equal({ Name: "acct1dynamodb", Type: "LAMBDA", Description: "d", Parameters });
      const ResourceARN = `arn:aws:athena:us-east-1:${ACCOUNT}:datacatalog/acct1dynamodb`;
      const { Tags } = await athena.send(new ListTagsForResourceCommand({ ResourceARN }));
      expect(Tags).to.deep.equal([{ Key: "a", Value: "1" }]);
      await athena.send(new DeleteDataCatalogCommand({ Name: "acct1dynamodb" }));
      expect(
        (await refusal(athena.send(new GetDataCatalogCommand({ Name: "acct1dynamodb" })))).message,
      ).to.equal("DataCatalog acct1dynamodb was not found");
    });

    const refused: readonly (readonly [
      title: string,
      input: ConstructorParameters<typeof CreateDataCatalogCommand>[0],
      code?: string,
    ])[] = [
      [
        "a name that every account has",
        { Name: "AwsDataCatalog", Type: "GLUE", Parameters: { "catalog-id": ACCOUNT } },
      ],
      ["a function that is no ARN", { Name: "x", Type: "LAMBDA", Parameters: { function: "acct1dynamodb" } }],
      ["parameters of another type", { Name: "x", Type: "LAMBDA", Parameters: { "catalog-id": ACCOUNT } }],
      ["a name with a dot", { Name: "a.b", Type: "LAMBDA", Parameters: { function: FUNCTION } }],
      ["type FEDERATED, which would deploy a stack", { Name: "x", Type: "FEDERATED" }, "NotImplemented"],
    ];
    for (const [title, input, code = "InvalidRequestException"] of refused) {
      it(`refuse ${title}`, async () => {
        expect((await refusal(athena.send(new CreateDataCatalogCommand(input)))).code).to.equal(code);
      });
    }
  });

  describe("metadata", () => {
    before(async () => {
      const glue = await (await clients()).in(GlueClient, ACCOUNT);
      await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "sales", Description: "Sales" } }));
      for (const Name of ["orders", "returns"]) {
        await glue.send(
          new CreateTableCommand({
            DatabaseName: "sales",
            TableInput: {
              Name,
              TableType: "EXTERNAL_TABLE",
              Parameters: { classification: "csv" },
              StorageDescriptor: { Columns: [{ Name: "id", Type: "bigint" }] },
              PartitionKeys: [{ Name: "day", Type: "date" }],
            },
          }),
        );
      }
      await athena.send(
        new CreateDataCatalogCommand({ Name: "remote", Type: "LAMBDA", Parameters: { function: FUNCTION } }),
      );
      await athena.send(
        new CreateDataCatalogCommand({
          Name: "other",
          Type: "GLUE",
          Parameters: { "catalog-id": "120000000501" },
        }),
      );
      await athena.send(
        new CreateDataCatalogCommand({ Name: "own", Type: "GLUE", Parameters: { "catalog-id": ACCOUNT } }),
      );
    });

    for (const CatalogName of ["AwsDataCatalog", "own"]) {
      it(`of ${CatalogName} comes from Glue`, async () => {
        const { DatabaseList } = await athena.send(new ListDatabasesCommand({ CatalogName }));
        expect(DatabaseList).to.deep.equal([{ Name: "sales", Description: "Sales" }]);
        const { Database } = await athena.send(
          new GetDatabaseCommand({ CatalogName, DatabaseName: "sales" }),
        );
        expect(Database?.Name).to.equal("sales");
        const { TableMetadataList } = await athena.send(
          new ListTableMetadataCommand({ CatalogName, DatabaseName: "sales" }),
        );
        expect(TableMetadataList?.map((t) => t.Name)).to.deep.equal(["orders", "returns"]);
        const found = await athena.send(
          new ListTableMetadataCommand({ CatalogName, DatabaseName: "sales", Expression: "ord.*" }),
        );
        expect(found.TableMetadataList?.map((t) => t.Name)).to.deep.equal(["orders"]);
        const { TableMetadata } = await athena.send(
          new GetTableMetadataCommand({ CatalogName, DatabaseName: "sales", TableName: "orders" }),
        );
        expect({ ...TableMetadata, CreateTime: undefined }).to.deep.equal({
          Name: "orders",
          CreateTime: undefined,
          TableType: "EXTERNAL_TABLE",
          Columns: [{ Name: "id", Type: "bigint" }],
          PartitionKeys: [{ Name: "day", Type: "date" }],
          Parameters: { classification: "csv" },
        });
      });
    }

    it("of what is not there is a MetadataException", async () => {
      const { code, message } = await refusal(
        athena.send(
          new GetTableMetadataCommand({
            CatalogName: "AwsDataCatalog",
            DatabaseName: "sales",
            TableName: "none",
          }),
        ),
      );
      expect(code).to.equal("MetadataException");
      expect(message).to.match(/Error Code: EntityNotFoundException\)$/);
    });

    const ofLambda: readonly (readonly [title: string, call: () => Promise<unknown>])[] = [
      ["its databases", () => athena.send(new ListDatabasesCommand({ CatalogName: "remote" }))],
      [
        "a database",
        () => athena.send(new GetDatabaseCommand({ CatalogName: "remote", DatabaseName: "default" })),
      ],
      [
        "its tables",
        () => athena.send(new ListTableMetadataCommand({ CatalogName: "remote", DatabaseName: "default" })),
      ],
      [
        "a table",
        () =>
          athena.send(
            new GetTableMetadataCommand({
              CatalogName: "remote",
              DatabaseName: "default",
              TableName: "music",
            }),
          ),
      ],
    ];
    for (const [title, call] of ofLambda) {
      it(`of a LAMBDA catalog whose function may not be invoked is a MetadataException: ${title}`, async () => {
        expect(await refusal(call())).to.deep.equal({
          code: "MetadataException",
          status: 400,
          message:
            `User: arn:aws:sts::${ACCOUNT}:assumed-role/OrganizationAccountAccessRole/test is not authorized to perform: lambda:InvokeFunction on resource: ${FUNCTION} ` +
            "because no resource-based policy allows the lambda:InvokeFunction action (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException)",
        });
      });
    }

    const notExecuted: readonly (readonly [title: string, call: () => Promise<unknown>])[] = [
      [
        "a query that changes data",
        () => athena.send(new StartQueryExecutionCommand({ QueryString: "CREATE TABLE t AS SELECT 1" })),
      ],
      [
        "a named query",
        () => athena.send(new CreateNamedQueryCommand({ Name: "n", Database: "d", QueryString: "SELECT 1" })),
      ],
    ];
    for (const [title, call] of notExecuted) {
      it(`says 501 to ${title}`, async () => {
        const { code, status, message } = await refusal(call());
        expect([code, status]).to.deep.equal(["NotImplemented", 501]);
        expect(message).to.match(/^athena:\w+ .*: the sandbox does not execute it$/);
      });
    }
  });
});
