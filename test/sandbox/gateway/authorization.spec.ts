import {
  AthenaClient,
  CreateDataCatalogCommand,
  CreateWorkGroupCommand,
  GetWorkGroupCommand,
  ListTableMetadataCommand,
} from "@aws-sdk/client-athena";
import {
  CloudControlClient,
  CreateResourceCommand,
  GetResourceCommand,
  GetResourceRequestStatusCommand,
} from "@aws-sdk/client-cloudcontrol";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateTableCommand as CreateDynamoTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  ImportTableCommand,
  PutItemCommand,
  PutResourcePolicyCommand as PutTablePolicyCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  GetTableCommand,
  GlueClient,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-glue";
import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserPolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from "@aws-sdk/client-kms";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  GetFunctionCommand,
  LambdaClient,
  ListFunctionsCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { DescribeAccountCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import {
  CreateDataSetCommand,
  CreateDataSourceCommand,
  DescribeDataSourceCommand,
  QuickSightClient,
} from "@aws-sdk/client-quicksight";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAnalyticsConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { connectorImage, connectorRepositoryArn } from "../../../access/connector";
import { ORGANIZATION } from "../../../sandbox/world";
import { clients, overPlainHttp } from "./clients";
import type { Clients, ClientSettings, Credentials } from "./clients";
import { refusal } from "./refusal";
import type { Refusal } from "./refusal";

const MANAGEMENT = ORGANIZATION.managementAccount;
const HUB = "110000000701";
const OWNER = "120000000701";
const OTHER = "130000000701";
const BUCKET = "authorization-701";

const FUNCTION = `arn:aws:lambda:us-east-1:${OWNER}:function:guarded`;
const EXECUTION_ROLE = `arn:aws:iam::${OWNER}:role/execution`;
const TABLE = `arn:aws:dynamodb:us-east-1:${OWNER}:table/Guarded`;
const CATALOG = `arn:aws:glue:us-east-1:${OWNER}:catalog`;
const DATABASE = `arn:aws:glue:us-east-1:${OWNER}:database/sales`;
const GLUE_TABLE = `arn:aws:glue:us-east-1:${OWNER}:table/sales/orders`;
const OBJECT = `arn:aws:s3:::${BUCKET}/in/a.csv`;
const SOURCE = `arn:aws:quicksight:us-east-1:${HUB}:datasource/guarded`;
const RUN_AS = `arn:aws:iam::${HUB}:role/run-as`;

type Statement = Readonly<Record<string, unknown>>;
type Need = readonly [action: string, resource: string];

const document = (...statements: readonly Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

const allow = (needs: readonly Need[]): Statement[] =>
  needs.map(([Action, Resource]) => ({ Effect: "Allow", Action, Resource }));

/** How a service's protocol says that something is not allowed. */
const SHAPES: Readonly<Record<string, readonly [code: string, status: number]>> = {
  json: ["AccessDeniedException", 400],
  metadata: ["MetadataException", 400],
  rest: ["AccessDeniedException", 403],
  query: ["AccessDenied", 403],
  s3: ["AccessDenied", 403],
};

describe("gateway: permissions", () => {
  let made: Clients;
  let key: string;
  const probes = new Map<string, { credentials: Credentials; iam: IAMClient }>();

  /** The user that every row is tried as, in an account: it has what `permit` gives it and nothing else. */
  async function probe(account: string): Promise<{ credentials: Credentials; iam: IAMClient }> {
    const known = probes.get(account);
    if (known !== undefined) return known;
    const iam = await made.in(IAMClient, account);
    await iam.send(new CreateUserCommand({ UserName: "probe" }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "probe" }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    probes.set(account, { credentials, iam });
    return { credentials, iam };
  }

  async function permit(account: string, ...statements: readonly Statement[]): Promise<void> {
    const { iam } = await probe(account);
    const UserName = "probe";
    const PolicyName = "row";
    if (statements.length > 0)
      await iam.send(
        new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: document(...statements) }),
      );
    else await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName })).catch(() => undefined);
  }

  function as<Client>(
    account: string,
    Client: new (settings: ClientSettings) => Client,
    region?: string,
  ): Client {
    const found = probes.get(account);
    if (found === undefined) throw new Error(`there is no probe in ${account}`);
    return made.with(Client, found.credentials, region);
  }

  /** The refusal that the row must get, in AWS's words. */
  function refused(
    account: string,
    shape: string,
    [action, resource]: Need,
    type = "identity-based policy",
  ): Refusal {
    const [code, status] = SHAPES[shape] ?? ["", 0];
    // S3 puts it in quotes.
    const named = shape === "s3" ? `"${resource}"` : resource;
    return {
      code,
      status,
      message:
        `User: arn:aws:iam::${account}:user/probe is not authorized to perform: ${action} on resource: ${named} ` +
        `because no ${type} allows the ${action} action`,
    };
  }

  before(async function () {
    this.timeout(120_000);
    made = await clients();
    for (const account of [MANAGEMENT, HUB, OWNER, OTHER]) await probe(account);
    const s3 = await made.in(S3Client, OWNER);
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "in/a.csv", Body: "a" }));
    const iam = await made.in(IAMClient, OWNER);
    const trust = document({
      Effect: "Allow",
      Principal: { Service: "lambda.amazonaws.com" },
      Action: "sts:AssumeRole",
    });
    await iam.send(new CreateRoleCommand({ RoleName: "execution", AssumeRolePolicyDocument: trust }));
    const lambda = await made.in(LambdaClient, OWNER);
    await lambda.send(createFunction("guarded"));
    const kms = await made.in(KMSClient, OWNER);
    key = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
    const dynamodb = await made.in(DynamoDBClient, OWNER);
    await dynamodb.send(
      new CreateDynamoTableCommand({
        TableName: "Guarded",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );
    const glue = await made.in(GlueClient, OWNER);
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "sales" } }));
    await glue.send(new CreateTableCommand({ DatabaseName: "sales", TableInput: { Name: "orders" } }));
    await (await made.in(AthenaClient, OWNER)).send(new CreateWorkGroupCommand({ Name: "guarded" }));
    const hub = await made.in(IAMClient, HUB);
    const quick = document({
      Effect: "Allow",
      Principal: { Service: "quicksight.amazonaws.com" },
      Action: "sts:AssumeRole",
    });
    await hub.send(new CreateRoleCommand({ RoleName: "run-as", AssumeRolePolicyDocument: quick }));
    await (await made.in(QuickSightClient, HUB)).send(createDataSource("guarded"));
  });

  const createFunction = (FunctionName: string): CreateFunctionCommand =>
    new CreateFunctionCommand({
      FunctionName,
      Role: EXECUTION_ROLE,
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Code: { ZipFile: Buffer.from("no zip") },
    });

  const createDataSource = (DataSourceId: string): CreateDataSourceCommand =>
    new CreateDataSourceCommand({
      AwsAccountId: HUB,
      DataSourceId,
      Name: DataSourceId,
      Type: "ATHENA",
      DataSourceParameters: { AthenaParameters: { WorkGroup: "primary", RoleArn: RUN_AS } },
    });

  describe("every operation needs exactly what the table says: all of it lets the call through, less does not", () => {
    interface Row {
      readonly title: string;
      readonly account?: string;
      readonly shape: string;
      /** How the service words what it was denied on the caller's behalf; default: as its own. */
      readonly inner?: readonly [service: string, shape: string];
      readonly needs: () => readonly Need[];
      readonly call: () => Promise<unknown>;
    }

    const rows: readonly Row[] = [
      {
        title: "S3 GetObject",
        shape: "s3",
        needs: () => [["s3:GetObject", OBJECT]],
        call: () => as(OWNER, S3Client).send(new GetObjectCommand({ Bucket: BUCKET, Key: "in/a.csv" })),
      },
      {
        title: "S3 PutObject with tags",
        shape: "s3",
        needs: () => [
          ["s3:PutObject", `arn:aws:s3:::${BUCKET}/out/b`],
          ["s3:PutObjectTagging", `arn:aws:s3:::${BUCKET}/out/b`],
        ],
        call: () =>
          as(OWNER, S3Client).send(
            new PutObjectCommand({ Bucket: BUCKET, Key: "out/b", Body: "b", Tagging: "a=b" }),
          ),
      },
      {
        title: "S3 CopyObject",
        shape: "s3",
        needs: () => [
          ["s3:PutObject", `arn:aws:s3:::${BUCKET}/out/copy`],
          ["s3:GetObject", OBJECT],
        ],
        call: () =>
          as(OWNER, S3Client).send(
            new CopyObjectCommand({ Bucket: BUCKET, Key: "out/copy", CopySource: `${BUCKET}/in/a.csv` }),
          ),
      },
      {
        title: "S3 DeleteObjects",
        shape: "s3",
        needs: () => [
          ["s3:DeleteObject", `arn:aws:s3:::${BUCKET}/gone/a&b`],
          ["s3:DeleteObject", `arn:aws:s3:::${BUCKET}/gone/c`],
        ],
        call: () =>
          as(OWNER, S3Client).send(
            new DeleteObjectsCommand({
              Bucket: BUCKET,
              Delete: { Objects: [{ Key: "gone/a&b" }, { Key: "gone/c" }] },
            }),
          ),
      },
      {
        title: "S3 ListObjectsV2",
        shape: "s3",
        needs: () => [["s3:ListBucket", `arn:aws:s3:::${BUCKET}`]],
        call: () => as(OWNER, S3Client).send(new ListObjectsV2Command({ Bucket: BUCKET })),
      },
      {
        title: "S3 PutBucketTagging",
        shape: "s3",
        needs: () => [["s3:PutBucketTagging", `arn:aws:s3:::${BUCKET}`]],
        call: () =>
          as(OWNER, S3Client).send(
            new PutBucketTaggingCommand({ Bucket: BUCKET, Tagging: { TagSet: [{ Key: "a", Value: "b" }] } }),
          ),
      },
      {
        title: "S3 ListBuckets",
        shape: "s3",
        needs: () => [["s3:ListAllMyBuckets", "*"]],
        call: () => as(OWNER, S3Client).send(new ListBucketsCommand({})),
      },
      {
        title: "Lambda GetFunction",
        shape: "rest",
        needs: () => [["lambda:GetFunction", FUNCTION]],
        call: () => as(OWNER, LambdaClient).send(new GetFunctionCommand({ FunctionName: "guarded" })),
      },
      {
        title: "Lambda CreateFunction, with its role (iam:PassRole)",
        shape: "rest",
        needs: () => [
          ["lambda:CreateFunction", `arn:aws:lambda:us-east-1:${OWNER}:function:new`],
          ["iam:PassRole", EXECUTION_ROLE],
        ],
        call: () => as(OWNER, LambdaClient).send(createFunction("new")),
      },
      {
        title: "Lambda CreateFunction from AWS's image, which is fetched for the caller",
        shape: "rest",
        needs: () => [
          ["lambda:CreateFunction", `arn:aws:lambda:us-east-1:${OWNER}:function:image`],
          ["iam:PassRole", EXECUTION_ROLE],
          ["ecr:BatchGetImage", connectorRepositoryArn("us-east-1")],
          ["ecr:GetDownloadUrlForLayer", connectorRepositoryArn("us-east-1")],
        ],
        call: () =>
          as(OWNER, LambdaClient).send(
            new CreateFunctionCommand({
              FunctionName: "image",
              Role: EXECUTION_ROLE,
              PackageType: "Image",
              Code: { ImageUri: connectorImage("us-east-1", "1") },
            }),
          ),
      },
      {
        title: "Lambda UpdateFunctionCode from an archive, which is fetched for the caller",
        shape: "rest",
        needs: () => [
          ["lambda:UpdateFunctionCode", FUNCTION],
          ["s3:GetObject", `arn:aws:s3:::${BUCKET}/archive.zip`],
        ],
        call: () =>
          as(OWNER, LambdaClient).send(
            new UpdateFunctionCodeCommand({
              FunctionName: "guarded",
              S3Bucket: BUCKET,
              S3Key: "archive.zip",
              DryRun: true,
            }),
          ),
      },
      {
        title: "Lambda ListFunctions",
        shape: "rest",
        needs: () => [["lambda:ListFunctions", "*"]],
        call: () => as(OWNER, LambdaClient).send(new ListFunctionsCommand({})),
      },
      {
        title: "KMS Encrypt by key id",
        shape: "json",
        needs: () => [["kms:Encrypt", key]],
        call: () =>
          as(OWNER, KMSClient).send(
            new EncryptCommand({ KeyId: key.slice(key.lastIndexOf("/") + 1), Plaintext: Buffer.from("a") }),
          ),
      },
      {
        title: "KMS CreateAlias: alias and key",
        shape: "json",
        needs: () => [
          ["kms:CreateAlias", `arn:aws:kms:us-east-1:${OWNER}:alias/guarded`],
          ["kms:CreateAlias", key],
        ],
        call: () =>
          as(OWNER, KMSClient).send(new CreateAliasCommand({ AliasName: "alias/guarded", TargetKeyId: key })),
      },
      {
        title: "Athena GetWorkGroup",
        shape: "json",
        needs: () => [["athena:GetWorkGroup", `arn:aws:athena:us-east-1:${OWNER}:workgroup/guarded`]],
        call: () => as(OWNER, AthenaClient).send(new GetWorkGroupCommand({ WorkGroup: "guarded" })),
      },
      {
        title: "Athena CreateDataCatalog with tags",
        shape: "json",
        needs: () => [
          ["athena:CreateDataCatalog", `arn:aws:athena:us-east-1:${OWNER}:datacatalog/music`],
          ["athena:TagResource", `arn:aws:athena:us-east-1:${OWNER}:datacatalog/music`],
        ],
        call: () =>
          as(OWNER, AthenaClient).send(
            new CreateDataCatalogCommand({
              Name: "music",
              Type: "LAMBDA",
              Parameters: { function: FUNCTION },
              Tags: [{ Key: "a", Value: "b" }],
            }),
          ),
      },
      {
        title: "Athena ListTableMetadata, which reads Glue with the caller's permissions",
        shape: "json",
        inner: ["glue", "metadata"],
        needs: () => [
          ["athena:ListTableMetadata", `arn:aws:athena:us-east-1:${OWNER}:datacatalog/AwsDataCatalog`],
          ["glue:GetTables", CATALOG],
          ["glue:GetTables", DATABASE],
        ],
        call: () =>
          as(OWNER, AthenaClient).send(
            new ListTableMetadataCommand({ CatalogName: "AwsDataCatalog", DatabaseName: "sales" }),
          ),
      },
      {
        title: "Glue GetTable: catalog, database and table",
        shape: "json",
        needs: () => [
          ["glue:GetTable", CATALOG],
          ["glue:GetTable", DATABASE],
          ["glue:GetTable", GLUE_TABLE],
        ],
        call: () =>
          as(OWNER, GlueClient).send(new GetTableCommand({ DatabaseName: "sales", Name: "orders" })),
      },
      {
        title: "DynamoDB PutItem",
        shape: "json",
        needs: () => [["dynamodb:PutItem", TABLE]],
        call: () =>
          as(OWNER, DynamoDBClient).send(
            new PutItemCommand({ TableName: "Guarded", Item: { pk: { S: "a" } } }),
          ),
      },
      {
        title: "DynamoDB ImportTable, which reads all that the prefix holds for the caller",
        shape: "json",
        needs: () => [
          ["dynamodb:ImportTable", `arn:aws:dynamodb:us-east-1:${OWNER}:table/Imported`],
          ["s3:ListBucket", `arn:aws:s3:::${BUCKET}`],
          ["s3:GetObject", `arn:aws:s3:::${BUCKET}/imported/*`],
        ],
        call: () =>
          as(OWNER, DynamoDBClient).send(
            new ImportTableCommand({
              S3BucketSource: { S3Bucket: BUCKET, S3KeyPrefix: "imported/" },
              InputFormat: "DYNAMODB_JSON",
              TableCreationParameters: {
                TableName: "Imported",
                BillingMode: "PAY_PER_REQUEST",
                AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
                KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
              },
            }),
          ),
      },
      {
        title: "DynamoDB TransactWriteItems: what each member needs",
        shape: "json",
        needs: () => [
          ["dynamodb:PutItem", TABLE],
          ["dynamodb:DeleteItem", TABLE],
        ],
        call: () =>
          as(OWNER, DynamoDBClient).send(
            new TransactWriteItemsCommand({
              TransactItems: [
                { Put: { TableName: "Guarded", Item: { pk: { S: "b" } } } },
                { Delete: { TableName: TABLE, Key: { pk: { S: "c" } } } },
              ],
            }),
          ),
      },
      {
        title: "Quick CreateDataSource, with the role it runs as (iam:PassRole, R53)",
        account: HUB,
        shape: "rest",
        needs: () => [
          ["quicksight:CreateDataSource", "*"],
          ["iam:PassRole", RUN_AS],
        ],
        call: () => as(HUB, QuickSightClient).send(createDataSource("new")),
      },
      {
        title: "Quick DescribeDataSource",
        account: HUB,
        shape: "rest",
        needs: () => [["quicksight:DescribeDataSource", SOURCE]],
        call: () =>
          as(HUB, QuickSightClient).send(
            new DescribeDataSourceCommand({ AwsAccountId: HUB, DataSourceId: "guarded" }),
          ),
      },
      {
        title: "Quick CreateDataSet, of a data source that the caller may pass on, with tags (R66)",
        account: HUB,
        shape: "rest",
        needs: () => [
          ["quicksight:CreateDataSet", SOURCE],
          ["quicksight:CreateDataSet", SOURCE.replace("datasource/guarded", "dataset/guarded")],
          ["quicksight:PassDataSource", SOURCE],
          ["quicksight:TagResource", SOURCE.replace("datasource/guarded", "dataset/guarded")],
        ],
        call: () =>
          as(HUB, QuickSightClient).send(
            new CreateDataSetCommand({
              AwsAccountId: HUB,
              DataSetId: "guarded",
              Name: "guarded",
              ImportMode: "DIRECT_QUERY",
              PhysicalTableMap: {
                table: {
                  RelationalTable: {
                    DataSourceArn: SOURCE,
                    Name: "orders",
                    InputColumns: [{ Name: "id", Type: "INTEGER" }],
                  },
                },
              },
              Tags: [{ Key: "team", Value: "bi" }],
            }),
          ),
      },
      {
        title: "Cloud Control GetResource, which reads Quick with the caller's permissions",
        account: HUB,
        shape: "json",
        needs: () => [
          ["cloudformation:GetResource", "*"],
          ["quicksight:DescribeDataSource", SOURCE],
          ["quicksight:DescribeDataSourcePermissions", SOURCE],
          ["quicksight:ListTagsForResource", SOURCE],
        ],
        call: () =>
          as(HUB, CloudControlClient).send(
            new GetResourceCommand({ TypeName: "AWS::QuickSight::DataSource", Identifier: `${HUB}|guarded` }),
          ),
      },
      {
        title: "IAM GetRole",
        shape: "query",
        needs: () => [["iam:GetRole", EXECUTION_ROLE]],
        call: () => as(OWNER, IAMClient).send(new GetRoleCommand({ RoleName: "execution" })),
      },
      {
        title: "IAM CreateRole with a path and tags",
        shape: "query",
        needs: () => [
          ["iam:CreateRole", `arn:aws:iam::${OWNER}:role/team/made`],
          ["iam:TagRole", `arn:aws:iam::${OWNER}:role/team/made`],
        ],
        call: () =>
          as(OWNER, IAMClient).send(
            new CreateRoleCommand({
              RoleName: "made",
              Path: "/team/",
              Tags: [{ Key: "a", Value: "b" }],
              AssumeRolePolicyDocument: document({
                Effect: "Allow",
                Principal: { AWS: OWNER },
                Action: "sts:AssumeRole",
              }),
            }),
          ),
      },
      {
        title: "IAM ListUsers",
        shape: "query",
        needs: () => [["iam:ListUsers", "*"]],
        call: () => as(OWNER, IAMClient).send(new ListUsersCommand({})),
      },
      {
        title: "Logs CreateLogGroup",
        shape: "json",
        needs: () => [
          [
            "logs:CreateLogGroup",
            `arn:aws:logs:us-east-1:${OWNER}:log-group:/aws/lambda/guarded:log-stream:`,
          ],
        ],
        call: () =>
          as(OWNER, CloudWatchLogsClient).send(
            new CreateLogGroupCommand({ logGroupName: "/aws/lambda/guarded" }),
          ),
      },
      {
        title: "Logs DescribeLogGroups",
        shape: "json",
        needs: () => [["logs:DescribeLogGroups", "*"]],
        call: () => as(OWNER, CloudWatchLogsClient).send(new DescribeLogGroupsCommand({})),
      },
      {
        title: "Organizations DescribeAccount",
        account: MANAGEMENT,
        shape: "json",
        needs: () => [
          [
            "organizations:DescribeAccount",
            `arn:aws:organizations::${MANAGEMENT}:account/${ORGANIZATION.id}/${OWNER}`,
          ],
        ],
        call: () =>
          as(MANAGEMENT, OrganizationsClient).send(new DescribeAccountCommand({ AccountId: OWNER })),
      },
    ];

    for (const { title, account = OWNER, shape, inner, needs, call } of rows) {
      const shapeOf = ([action]: Need): string =>
        inner !== undefined && action.startsWith(`${inner[0]}:`) ? inner[1] : shape;
      it(title, async () => {
        const all = needs();
        for (const [i, missing] of all.entries()) {
          await permit(account, ...allow(all.filter((_, other) => other !== i)));
          expect(await refusal(call()), `without ${missing.join(" on ")}`).to.deep.equal(
            refused(account, shapeOf(missing), missing),
          );
        }
        await permit(account, ...allow(all));
        await call();
      });
    }
  });

  describe("across accounts both sides must allow, and the call goes to the owner", () => {
    interface Row {
      readonly title: string;
      readonly shape: string;
      readonly need: () => Need;
      /** Grants, on the owner's side, to the other account; gives back what takes it away again. */
      readonly open: () => Promise<() => Promise<unknown>>;
      readonly call: () => Promise<unknown>;
    }

    const toOther = (Action: string, Resource: string | readonly string[]): Statement => ({
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${OTHER}:root` },
      Action,
      Resource,
    });

    const rows: readonly Row[] = [
      {
        title: "S3 GetObject, by the bucket's policy",
        shape: "s3",
        need: () => ["s3:GetObject", OBJECT],
        async open() {
          const s3 = await made.in(S3Client, OWNER);
          const put = (...statements: Statement[]): Promise<unknown> =>
            s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: document(...statements) }));
          await put(toOther("s3:GetObject", OBJECT));
          return () => put(toOther("s3:GetObject", `${OBJECT}.other`));
        },
        call: () => as(OTHER, S3Client).send(new GetObjectCommand({ Bucket: BUCKET, Key: "in/a.csv" })),
      },
      {
        title: "Lambda GetFunction by ARN, by the function's policy",
        shape: "rest",
        need: () => ["lambda:GetFunction", FUNCTION],
        async open() {
          const lambda = await made.in(LambdaClient, OWNER);
          const named = { FunctionName: "guarded", StatementId: "other" };
          await lambda.send(
            new AddPermissionCommand({ ...named, Action: "lambda:GetFunction", Principal: OTHER }),
          );
          return () => lambda.send(new RemovePermissionCommand(named));
        },
        call: () => as(OTHER, LambdaClient).send(new GetFunctionCommand({ FunctionName: FUNCTION })),
      },
      {
        title: "KMS Encrypt by ARN, by the key's policy",
        shape: "json",
        need: () => ["kms:Encrypt", key],
        async open() {
          const kms = await made.in(KMSClient, OWNER);
          const own = { ...toOther("kms:*", "*"), Principal: { AWS: OWNER } };
          const put = (...statements: Statement[]): Promise<unknown> =>
            kms.send(new PutKeyPolicyCommand({ KeyId: key, Policy: document(own, ...statements) }));
          await put(toOther("kms:Encrypt", "*"));
          return () => put();
        },
        call: () =>
          as(OTHER, KMSClient).send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from("a") })),
      },
      {
        title: "DynamoDB GetItem by table ARN, by the table's policy",
        shape: "json",
        need: () => ["dynamodb:GetItem", TABLE],
        async open() {
          const dynamodb = await made.in(DynamoDBClient, OWNER);
          const put = (action: string): Promise<unknown> =>
            dynamodb.send(
              new PutTablePolicyCommand({ ResourceArn: TABLE, Policy: document(toOther(action, TABLE)) }),
            );
          await put("dynamodb:GetItem");
          return () => put("dynamodb:PutItem");
        },
        call: () =>
          as(OTHER, DynamoDBClient).send(new GetItemCommand({ TableName: TABLE, Key: { pk: { S: "a" } } })),
      },
      {
        title: "Glue GetTable by CatalogId, by the catalog's policy",
        shape: "json",
        need: () => ["glue:GetTable", CATALOG],
        async open() {
          const glue = await made.in(GlueClient, OWNER);
          const put = (action: string): Promise<unknown> =>
            glue.send(
              new PutResourcePolicyCommand({
                PolicyInJson: document(toOther(action, [CATALOG, DATABASE, GLUE_TABLE])),
              }),
            );
          await put("glue:GetTable");
          return () => put("glue:GetTables");
        },
        call: () =>
          as(OTHER, GlueClient).send(
            new GetTableCommand({ CatalogId: OWNER, DatabaseName: "sales", Name: "orders" }),
          ),
      },
    ];

    for (const { title, shape, need, open, call } of rows) {
      it(title, async () => {
        const [action] = need();
        const close = await open();
        await permit(OTHER);
        expect(await refusal(call()), "own side").to.deep.equal(refused(OTHER, shape, need()));
        await permit(OTHER, { Effect: "Allow", Action: action, Resource: "*" });
        await call();
        await close();
        expect(await refusal(call()), "owner's side").to.deep.equal(
          refused(OTHER, shape, need(), "resource-based policy"),
        );
      });
    }

    it("KMS Encrypt by ARN, by a grant", async () => {
      const kms = await made.in(KMSClient, OWNER);
      const call = (): Promise<unknown> =>
        as(OTHER, KMSClient).send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from("a") }));
      await permit(OTHER, { Effect: "Allow", Action: "kms:Encrypt", Resource: key });
      expect((await refusal(call())).code).to.equal("AccessDeniedException");
      await kms.send(
        new CreateGrantCommand({
          KeyId: key,
          GranteePrincipal: `arn:aws:iam::${OTHER}:user/probe`,
          Operations: ["Encrypt"],
        }),
      );
      await call();
    });
  });

  describe("kinds of policies", () => {
    const call = (): Promise<unknown> =>
      as(OWNER, AthenaClient).send(new GetWorkGroupCommand({ WorkGroup: "guarded" }));
    const need: Need = ["athena:GetWorkGroup", `arn:aws:athena:us-east-1:${OWNER}:workgroup/guarded`];

    it("counts the policies of the user's groups", async () => {
      const { iam } = await probe(OWNER);
      await permit(OWNER);
      const member = { GroupName: "analysts", UserName: "probe" };
      await iam.send(new CreateGroupCommand({ GroupName: "analysts" }));
      await iam.send(
        new PutGroupPolicyCommand({
          GroupName: "analysts",
          PolicyName: "p",
          PolicyDocument: document(...allow([need])),
        }),
      );
      expect(await refusal(call())).to.deep.equal(refused(OWNER, "json", need));
      await iam.send(new AddUserToGroupCommand(member));
      await call();
      await iam.send(new RemoveUserFromGroupCommand(member));
      expect(await refusal(call())).to.deep.equal(refused(OWNER, "json", need));
    });

    it("lets an explicit deny win, and says so", async () => {
      await permit(OWNER, ...allow([need]), { Effect: "Deny", Action: "athena:*", Resource: "*" });
      expect((await refusal(call())).message).to.equal(
        `User: arn:aws:iam::${OWNER}:user/probe is not authorized to perform: athena:GetWorkGroup on resource: ${need[1]} ` +
          "with an explicit deny in an identity-based policy",
      );
    });

    it("denies on a policy that cannot be read, and says which place of it", async () => {
      await permit(OWNER, {
        Effect: "Allow",
        Action: "*",
        Resource: "*",
        Condition: { StringEquals: { "aws:Nothing": "a" } },
      });
      const { code, message } = await refusal(call());
      expect(code).to.equal("AccessDeniedException");
      expect(message).to.contain('unknown condition key "aws:Nothing"');
    });

    it("limits a role by its boundary, and a session by its policy", async () => {
      const { iam } = await probe(OWNER);
      const boundary = async (PolicyName: string, Action: string): Promise<string> =>
        (
          await iam.send(
            new CreatePolicyCommand({
              PolicyName,
              PolicyDocument: document({ Effect: "Allow", Action, Resource: "*" }),
            }),
          )
        ).Policy?.Arn ?? "";
      const AssumeRolePolicyDocument = document({
        Effect: "Allow",
        Principal: { AWS: OWNER },
        Action: "sts:AssumeRole",
      });
      const role = async (RoleName: string, PermissionsBoundary: string): Promise<string> => {
        await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, PermissionsBoundary }));
        await iam.send(
          new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: document(...allow([need])) }),
        );
        return `arn:aws:iam::${OWNER}:role/${RoleName}`;
      };
      const narrow = await role("bounded", await boundary("narrow", "athena:ListWorkGroups"));
      const wide = await role("unbounded", await boundary("wide", "athena:*"));
      const administrator = await made.credentials(OWNER);
      const tried = async (RoleArn: string, Policy?: string): Promise<unknown> =>
        made
          .with(
            AthenaClient,
            await made.assume(administrator, { RoleArn, ...(Policy === undefined ? {} : { Policy }) }),
          )
          .send(new GetWorkGroupCommand({ WorkGroup: "guarded" }));
      await tried(wide);
      for (const [type, attempt] of [
        ["permissions boundary", () => tried(narrow)],
        ["session policy", () => tried(wide, document({ Effect: "Allow", Action: "s3:*", Resource: "*" }))],
      ] as const) {
        expect((await refusal(attempt())).message, type).to.match(
          new RegExp(`because no ${type} allows the athena:GetWorkGroup action$`),
        );
      }
    });
  });

  describe("conditions", () => {
    const holds = async (Condition: object, call: () => Promise<unknown>): Promise<boolean> => {
      await permit(OWNER, { Effect: "Allow", Action: "*", Resource: "*", Condition });
      try {
        await call();
        return true;
      } catch (error) {
        if ((error as Error).message.includes("is not authorized to perform")) return false;
        throw error;
      }
    };
    const list = (Prefix?: string) => (): Promise<unknown> =>
      as(OWNER, S3Client).send(
        new ListObjectsV2Command({ Bucket: BUCKET, ...(Prefix === undefined ? {} : { Prefix }) }),
      );
    const groups = (region: string) => (): Promise<unknown> =>
      as(OWNER, AthenaClient, region).send(new GetWorkGroupCommand({ WorkGroup: "primary" }));
    const query = (pk: string) => (): Promise<unknown> =>
      as(OWNER, DynamoDBClient).send(
        new QueryCommand({
          TableName: "Guarded",
          KeyConditionExpression: "#k = :v",
          ExpressionAttributeNames: { "#k": "pk" },
          ExpressionAttributeValues: { ":v": { S: pk } },
        }),
      );

    const rows: readonly (readonly [
      title: string,
      Condition: object,
      call: () => Promise<unknown>,
      holds: boolean,
    ])[] = [
      ["s3:prefix, the same", { StringLike: { "s3:prefix": "in/*" } }, list("in/"), true],
      ["s3:prefix, another", { StringLike: { "s3:prefix": "in/*" } }, list("out/"), false],
      ["s3:prefix, none", { StringLike: { "s3:prefix": "in/*" } }, list(), false],
      ["aws:SecureTransport", { Bool: { "aws:SecureTransport": "true" } }, list(), true],
      ["aws:ResourceAccount, the owner's", { StringEquals: { "aws:ResourceAccount": OWNER } }, list(), true],
      ["aws:ResourceAccount, another", { StringEquals: { "aws:ResourceAccount": OTHER } }, list(), false],
      ["aws:ResourceOrgID", { StringEquals: { "aws:ResourceOrgID": ORGANIZATION.id } }, list(), true],
      ["aws:PrincipalOrgID", { StringEquals: { "aws:PrincipalOrgID": ORGANIZATION.id } }, list(), true],
      [
        "aws:PrincipalOrgID, another",
        { StringEquals: { "aws:PrincipalOrgID": "o-another0000" } },
        list(),
        false,
      ],
      [
        "aws:RequestedRegion",
        { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
        groups("us-east-1"),
        true,
      ],
      [
        "aws:RequestedRegion, another",
        { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
        groups("eu-west-1"),
        false,
      ],
      [
        "aws:ViaAWSService, of nobody's",
        { Bool: { "aws:ViaAWSService": "true" } },
        groups("us-east-1"),
        false,
      ],
      [
        "dynamodb:LeadingKeys",
        { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["a"] } },
        query("a"),
        true,
      ],
      [
        "dynamodb:LeadingKeys, another",
        { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["a"] } },
        query("b"),
        false,
      ],
      [
        "iam:PassedToService, another",
        { StringEqualsIfExists: { "iam:PassedToService": "quicksight.amazonaws.com" } },
        () => as(OWNER, LambdaClient).send(createFunction("passed")),
        false,
      ],
      [
        "iam:PassedToService",
        { StringEqualsIfExists: { "iam:PassedToService": "lambda.amazonaws.com" } },
        () => as(OWNER, LambdaClient).send(createFunction("passed")),
        true,
      ],
    ];
    for (const [title, condition, call, expected] of rows) {
      it(`${title}: ${expected ? "holds" : "does not hold"}`, async () => {
        expect(await holds(condition, call)).to.equal(expected);
      });
    }

    it("iam:PermissionsBoundary: of the role that is there, and only for actions for which IAM tells it (R53)", async () => {
      const { iam } = await probe(OWNER);
      const PolicyDocument = document({ Effect: "Allow", Action: "athena:*", Resource: "*" });
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: "held", PolicyDocument }));
      const trust = document({ Effect: "Allow", Principal: { AWS: OWNER }, Action: "sts:AssumeRole" });
      const AssumeRolePolicyDocument = trust;
      await iam.send(
        new CreateRoleCommand({
          RoleName: "ours",
          AssumeRolePolicyDocument,
          PermissionsBoundary: Policy?.Arn,
        }),
      );
      await iam.send(new CreateRoleCommand({ RoleName: "theirs", AssumeRolePolicyDocument }));
      const condition = { ArnEquals: { "iam:PermissionsBoundary": Policy?.Arn ?? "" } };
      const probing = as(OWNER, IAMClient);
      const trusted = (RoleName: string) => () =>
        probing.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
      const tagged = () =>
        probing.send(new TagRoleCommand({ RoleName: "ours", Tags: [{ Key: "team", Value: "bi" }] }));
      expect(await holds(condition, trusted("ours"))).to.equal(true);
      expect(await holds(condition, trusted("theirs"))).to.equal(false);
      expect(await holds(condition, tagged)).to.equal(false);
    });

    it("aws:CalledVia: what Athena reads of Glue comes through Athena", async () => {
      const call = (): Promise<unknown> =>
        as(OWNER, AthenaClient).send(
          new ListTableMetadataCommand({ CatalogName: "AwsDataCatalog", DatabaseName: "sales" }),
        );
      const through = (service: string): Statement[] => [
        { Effect: "Allow", Action: "athena:*", Resource: "*" },
        {
          Effect: "Allow",
          Action: "glue:*",
          Resource: "*",
          Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": [service] } },
        },
      ];
      await permit(OWNER, ...through("athena.amazonaws.com"));
      await call();
      await permit(OWNER, ...through("quicksight.amazonaws.com"));
      expect(await refusal(call())).to.deep.equal(refused(OWNER, "metadata", ["glue:GetTables", CATALOG]));
    });
  });

  describe("keys of buckets (R13, C23)", () => {
    const KEYED = `${BUCKET}-keyed`;
    let s3: S3Client;

    before(async () => {
      s3 = await made.in(S3Client, OWNER);
      await s3.send(new CreateBucketCommand({ Bucket: KEYED }));
      const rule = {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" as const, KMSMasterKeyID: key },
      };
      await s3.send(
        new PutBucketEncryptionCommand({
          Bucket: KEYED,
          ServerSideEncryptionConfiguration: { Rules: [rule] },
        }),
      );
    });

    const rows: readonly (readonly [
      title: string,
      object: string,
      use: string,
      call: () => Promise<unknown>,
    ])[] = [
      [
        "to write needs kms:GenerateDataKey",
        "s3:PutObject",
        "kms:GenerateDataKey",
        () => as(OWNER, S3Client).send(new PutObjectCommand({ Bucket: KEYED, Key: "a", Body: "a" })),
      ],
      [
        "to read needs kms:Decrypt",
        "s3:GetObject",
        "kms:Decrypt",
        () => as(OWNER, S3Client).send(new GetObjectCommand({ Bucket: KEYED, Key: "a" })),
      ],
    ];
    for (const [title, object, use, call] of rows) {
      it(`${title}, by way of S3`, async () => {
        const through = (service: string): Statement => ({
          Effect: "Allow",
          Action: use,
          Resource: key,
          Condition: {
            StringEquals: {
              "kms:ViaService": service,
              "kms:EncryptionContext:aws:s3:arn": `arn:aws:s3:::${KEYED}/a`,
            },
          },
        });
        const onObject = { Effect: "Allow", Action: object, Resource: "*" };
        for (const less of [[], [through("dynamodb.us-east-1.amazonaws.com")]]) {
          await permit(OWNER, onObject, ...less);
          expect(await refusal(call())).to.deep.equal(refused(OWNER, "s3", [use, key]));
        }
        await permit(OWNER, onObject, through("s3.us-east-1.amazonaws.com"));
        await call();
      });
    }

    it("KMS refuses a key policy that would lock its author out", async () => {
      const kms = await made.in(KMSClient, OWNER);
      const put = (): Promise<unknown> =>
        kms.send(
          new PutKeyPolicyCommand({
            KeyId: key,
            Policy: document({
              Effect: "Allow",
              Principal: { AWS: OWNER },
              Action: "kms:Decrypt",
              Resource: "*",
            }),
          }),
        );
      expect(await refusal(put())).to.deep.equal({
        code: "MalformedPolicyDocumentException",
        status: 400,
        message: "The new key policy will not allow you to update the key policy in the future.",
      });
    });

    it("KMS finds the key of what it decrypts by itself", async () => {
      const plain = { KeyId: key, Plaintext: Buffer.from("a") };
      const { CiphertextBlob } = await (await made.in(KMSClient, OWNER)).send(new EncryptCommand(plain));
      const call = (): Promise<unknown> => as(OWNER, KMSClient).send(new DecryptCommand({ CiphertextBlob }));
      await permit(OWNER);
      expect(await refusal(call())).to.deep.equal(refused(OWNER, "json", ["kms:Decrypt", key]));
      await permit(OWNER, ...allow([["kms:Decrypt", key]]));
      await call();
    });
  });

  describe("S3 says that an object is not there only to those who may list the bucket", () => {
    const list: Need = ["s3:ListBucket", `arn:aws:s3:::${BUCKET}`];
    const read: Need = ["s3:GetObject", `arn:aws:s3:::${BUCKET}/*`];
    const get = (): Promise<unknown> =>
      as(OWNER, S3Client).send(new GetObjectCommand({ Bucket: BUCKET, Key: "no" }));
    const head = (): Promise<unknown> =>
      as(OWNER, S3Client).send(new HeadObjectCommand({ Bucket: BUCKET, Key: "no" }));

    it("404 with s3:ListBucket", async () => {
      await permit(OWNER, ...allow([read, list]));
      expect([(await refusal(get())).code, (await refusal(head())).status]).to.deep.equal(["NoSuchKey", 404]);
    });

    it("403 without", async () => {
      await permit(OWNER, ...allow([read]));
      expect(await refusal(get())).to.deep.equal(refused(OWNER, "s3", list));
      expect((await refusal(head())).status).to.equal(403);
    });
  });

  describe("Cloud Control", () => {
    it("tells in the request's status what its handler was denied", async () => {
      await permit(HUB, { Effect: "Allow", Action: ["cloudformation:*", "quicksight:*"], Resource: "*" });
      const client = as(HUB, CloudControlClient);
      const { ProgressEvent } = await client.send(
        new CreateResourceCommand({
          TypeName: "AWS::QuickSight::DataSource",
          DesiredState: JSON.stringify({
            AwsAccountId: HUB,
            DataSourceId: "controlled",
            Name: "controlled",
            Type: "ATHENA",
            DataSourceParameters: { AthenaParameters: { WorkGroup: "primary", RoleArn: RUN_AS } },
          }),
        }),
      );
      const RequestToken = ProgressEvent?.RequestToken ?? "";
      const status = await client.send(new GetResourceRequestStatusCommand({ RequestToken }));
      expect(status.ProgressEvent).to.include({
        OperationStatus: "FAILED",
        ErrorCode: "AccessDenied",
        StatusMessage: refused(HUB, "json", ["iam:PassRole", RUN_AS]).message,
      });
    });
  });

  describe("what is not known is denied, also to administrators", () => {
    const rows: readonly (readonly [
      title: string,
      shape: string,
      action: string,
      call: () => Promise<unknown>,
    ])[] = [
      [
        "an operation of DynamoDB",
        "json",
        "dynamodb:ExecuteStatement",
        () =>
          as(OWNER, DynamoDBClient).send(
            new ExecuteStatementCommand({ Statement: 'SELECT * FROM "Guarded"' }),
          ),
      ],
      [
        "an operation of S3",
        "s3",
        "s3:GetBucketAnalyticsConfiguration",
        () =>
          as(OWNER, S3Client).send(new GetBucketAnalyticsConfigurationCommand({ Bucket: BUCKET, Id: "a" })),
      ],
    ];
    for (const [title, shape, action, call] of rows) {
      it(title, async () => {
        await permit(OWNER, { Effect: "Allow", Action: "*", Resource: "*" });
        const [code, status] = SHAPES[shape] ?? ["", 0];
        expect(await refusal(call())).to.deep.equal({
          code,
          status,
          message:
            `User: arn:aws:iam::${OWNER}:user/probe is not authorized to perform: ${action} ` +
            "because the sandbox does not know which permissions this operation needs",
        });
      });
    }
  });

  for (const Bucket of ["moto-api", "sandbox", "_sandbox"]) {
    it(`has no controls of the emulator behind a bucket called ${Bucket}`, async () => {
      const s3 = await made.in(S3Client, OWNER);
      const path = { Bucket, Key: Bucket === "moto-api" ? "data.json" : `iam/${OWNER}` };
      expect((await refusal(s3.send(new GetObjectCommand(path)))).status).to.equal(404);
    });
  }

  it("lets everybody know who they are (GetCallerIdentity needs no permission)", async () => {
    await permit(OTHER);
    const { Arn } = await as(OTHER, STSClient).send(new GetCallerIdentityCommand({}));
    expect(Arn).to.equal(`arn:aws:iam::${OTHER}:user/probe`);
  });

  it("holds the TLS-only statement of a bucket as kept, but for what came over plain HTTP: loopback stands for TLS", async () => {
    const s3 = await made.in(S3Client, OWNER);
    const plain = overPlainHttp(await made.in(S3Client, OWNER));
    const Bucket = `${BUCKET}-tls`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    const tls = (value: string): Promise<unknown> =>
      s3.send(
        new PutBucketPolicyCommand({
          Bucket,
          Policy: document({
            Effect: "Deny",
            Principal: "*",
            Action: "s3:ListBucket",
            Resource: `arn:aws:s3:::${Bucket}`,
            Condition: { Bool: { "aws:SecureTransport": value } },
          }),
        }),
      );
    for (const [value, kept, refused] of [
      ["false", s3, plain],
      ["true", plain, s3],
    ] as const) {
      await tls(value);
      await kept.send(new ListObjectsV2Command({ Bucket }));
      expect((await refusal(refused.send(new ListObjectsV2Command({ Bucket })))).message).to.match(
        /with an explicit deny in a resource-based policy$/,
      );
    }
  });
});
