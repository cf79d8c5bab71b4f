import {
  AthenaClient,
  CreateDataCatalogCommand,
  CreateWorkGroupCommand,
  GetDataCatalogCommand,
  GetWorkGroupCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-athena";
import { CloudControlClient, CreateResourceCommand, GetResourceCommand } from "@aws-sdk/client-cloudcontrol";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateDatabaseCommand,
  CreateTableCommand as CreateGlueTableCommand,
  GetResourcePolicyCommand,
  GetTableCommand,
  GlueClient,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-glue";
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { ListAccountsCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import {
  DescribeDataSourceCommand,
  DescribeDataSourcePermissionsCommand,
  ListGroupsCommand,
  QuickSightClient,
} from "@aws-sdk/client-quicksight";
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { without } from "../../sandbox/gateway/without";
import {
  enterSandbox,
  SandboxError,
  resetSandbox,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from "../../sandbox/sandbox";
import type { RunningSandbox, SandboxStatus } from "../../sandbox/sandbox";
import { Clients, managementCredentials } from "./gateway/clients";
import type { Credentials } from "./gateway/clients";

const HUB = "110000000701";
const ACCOUNT = "120000000701";

const document = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

/** What clients see of a sandbox, without what differs from answer to answer. */
async function seen(
  made: Clients,
  kept: { readonly key: string; readonly ciphertext: Uint8Array },
): Promise<Record<string, unknown>> {
  const iam = await made.in(IAMClient, ACCOUNT);
  const s3 = await made.in(S3Client, ACCOUNT);
  const lambda = await made.in(LambdaClient, ACCOUNT);
  const glue = await made.in(GlueClient, ACCOUNT);
  const athena = await made.in(AthenaClient, ACCOUNT);
  const kms = await made.in(KMSClient, ACCOUNT);
  const dynamodb = await made.in(DynamoDBClient, ACCOUNT);
  const logs = await made.in(CloudWatchLogsClient, ACCOUNT);
  const quick = await made.in(QuickSightClient, HUB);
  const control = await made.in(CloudControlClient, HUB);
  const organizations = await made.in(OrganizationsClient, "100000000000");
  const calls: Record<string, Promise<object>> = {
    role: iam.send(new GetRoleCommand({ RoleName: "kept" })),
    inline: iam.send(new GetRolePolicyCommand({ RoleName: "kept", PolicyName: "p" })),
    attached: iam.send(new ListAttachedRolePoliciesCommand({ RoleName: "kept" })),
    versions: s3.send(new ListObjectVersionsCommand({ Bucket: "kept-701" })),
    object: s3.send(new GetObjectCommand({ Bucket: "kept-701", Key: "k" })).then(async ({ Body, ETag }) => ({
      ETag,
      text: await Body?.transformToString(),
    })),
    bucketPolicy: s3.send(new GetBucketPolicyCommand({ Bucket: "kept-701" })),
    table: dynamodb.send(new DescribeTableCommand({ TableName: "Music" })),
    items: dynamodb.send(new ScanCommand({ TableName: "Music" })),
    function: lambda.send(new GetFunctionCommand({ FunctionName: "kept" })),
    functionPolicy: lambda.send(new GetPolicyCommand({ FunctionName: "kept" })),
    glueTable: glue.send(new GetTableCommand({ DatabaseName: "d", Name: "t" })),
    gluePolicy: glue.send(new GetResourcePolicyCommand({})),
    workGroup: athena.send(new GetWorkGroupCommand({ WorkGroup: "kept" })),
    workGroupTags: athena.send(
      new ListTagsForResourceCommand({ ResourceARN: `arn:aws:athena:us-east-1:${ACCOUNT}:workgroup/kept` }),
    ),
    dataCatalog: athena.send(new GetDataCatalogCommand({ Name: "kept" })),
    key: kms.send(new DescribeKeyCommand({ KeyId: "alias/kept" })),
    keyPolicy: kms.send(new GetKeyPolicyCommand({ KeyId: kept.key })),
    plaintext: kms.send(new DecryptCommand({ CiphertextBlob: kept.ciphertext })),
    logGroups: logs.send(new DescribeLogGroupsCommand({})),
    groups: quick.send(new ListGroupsCommand({ AwsAccountId: HUB, Namespace: "default" })),
    dataSource: quick.send(new DescribeDataSourceCommand({ AwsAccountId: HUB, DataSourceId: "kept" })),
    dataSourcePermissions: quick.send(
      new DescribeDataSourcePermissionsCommand({ AwsAccountId: HUB, DataSourceId: "kept" }),
    ),
    resource: control.send(
      new GetResourceCommand({ TypeName: "AWS::QuickSight::DataSource", Identifier: `${HUB}|kept` }),
    ),
    accounts: organizations.send(new ListAccountsCommand({})),
    session: made.with(STSClient, await made.credentials(ACCOUNT)).send(new GetCallerIdentityCommand({})),
  };
  const found = await Promise.all(
    Object.entries(calls).map(async ([name, call]) => {
      const answer = without(without((await call) as Record<string, unknown>, "$metadata"), "RequestId");
      return [name, answer] as const;
    }),
  );
  return Object.fromEntries(found);
}

/** Makes something in every service. */
async function fill(made: Clients): Promise<{ key: string; ciphertext: Uint8Array }> {
  const iam = await made.in(IAMClient, ACCOUNT);
  const trust = document({ Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" });
  await iam.send(
    new CreateRoleCommand({
      RoleName: "kept",
      AssumeRolePolicyDocument: trust,
      Tags: [{ Key: "a", Value: "b" }],
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "kept",
      PolicyName: "p",
      PolicyDocument: document({ Action: "s3:GetObject", Resource: "*" }),
    }),
  );
  await iam.send(
    new AttachRolePolicyCommand({
      RoleName: "kept",
      PolicyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    }),
  );
  const s3 = await made.in(S3Client, ACCOUNT);
  await s3.send(new CreateBucketCommand({ Bucket: "kept-701" }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: "kept-701", VersioningConfiguration: { Status: "Enabled" } }),
  );
  for (const Body of ["first", "second"])
    await s3.send(new PutObjectCommand({ Bucket: "kept-701", Key: "k", Body }));
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket: "kept-701",
      Policy: document({
        Principal: { AWS: HUB },
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::kept-701/*",
      }),
    }),
  );
  const dynamodb = await made.in(DynamoDBClient, ACCOUNT);
  await dynamodb.send(
    new CreateTableCommand({
      TableName: "Music",
      AttributeDefinitions: [{ AttributeName: "Artist", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "Artist", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await dynamodb.send(
    new PutItemCommand({
      TableName: "Music",
      Item: { Artist: { S: "No One You Know" }, Awards: { N: "1" } },
    }),
  );
  const lambda = await made.in(LambdaClient, ACCOUNT);
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "kept",
      PackageType: "Image",
      Role: `arn:aws:iam::${ACCOUNT}:role/kept`,
      Code: { ImageUri: "292517598671.dkr.ecr.us-east-1.amazonaws.com/x:1" },
      Environment: { Variables: { spill_bucket: "b" } },
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: "kept",
      StatementId: "s",
      Action: "lambda:InvokeFunction",
      Principal: HUB,
    }),
  );
  const glue = await made.in(GlueClient, ACCOUNT);
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "d" } }));
  await glue.send(new CreateGlueTableCommand({ DatabaseName: "d", TableInput: { Name: "t" } }));
  await glue.send(
    new PutResourcePolicyCommand({
      PolicyInJson: document({
        Principal: { AWS: HUB },
        Action: "glue:GetTable",
        Resource: `arn:aws:glue:us-east-1:${ACCOUNT}:catalog`,
      }),
    }),
  );
  const athena = await made.in(AthenaClient, ACCOUNT);
  await athena.send(new CreateWorkGroupCommand({ Name: "kept", Tags: [{ Key: "a", Value: "b" }] }));
  await athena.send(
    new CreateDataCatalogCommand({ Name: "kept", Type: "GLUE", Parameters: { "catalog-id": HUB } }),
  );
  const kms = await made.in(KMSClient, ACCOUNT);
  const key = (await kms.send(new CreateKeyCommand({ Description: "kept" }))).KeyMetadata?.KeyId ?? "";
  await kms.send(new CreateAliasCommand({ AliasName: "alias/kept", TargetKeyId: key }));
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId: key, Plaintext: Buffer.from("secret") }),
  );
  const logs = await made.in(CloudWatchLogsClient, ACCOUNT);
  await logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/lambda/kept" }));
  const control = await made.in(CloudControlClient, HUB);
  await control.send(
    new CreateResourceCommand({
      TypeName: "AWS::QuickSight::DataSource",
      DesiredState: JSON.stringify({
        AwsAccountId: HUB,
        DataSourceId: "kept",
        Name: "Kept",
        Type: "ATHENA",
        Permissions: [
          {
            Principal: `arn:aws:quicksight:us-east-1:${HUB}:group/default/bi-authors`,
            Actions: [
              "quicksight:DescribeDataSource",
              "quicksight:DescribeDataSourcePermissions",
              "quicksight:PassDataSource",
            ],
          },
        ],
      }),
    }),
  );
  const quick = await made.in(QuickSightClient, HUB);
  for (;;) {
    const { DataSource } = await quick.send(
      new DescribeDataSourceCommand({ AwsAccountId: HUB, DataSourceId: "kept" }),
    );
    if (DataSource?.Status === "CREATION_SUCCESSFUL") break;
  }
  return { key, ciphertext: CiphertextBlob ?? new Uint8Array() };
}

describe("sandbox", function () {
  this.timeout(120_000);
  let parent: string;
  let one: { name: string; folder: string };
  let two: { name: string; folder: string };

  before(async () => {
    parent = await mkdtemp(path.join(tmpdir(), "athena-spokes-sandbox-"));
    one = { name: "one", folder: path.join(parent, "one") };
    two = { name: "two", folder: path.join(parent, "two") };
  });

  after(async () => {
    await resetSandbox(one);
    await resetSandbox(two);
    await rm(parent, { recursive: true, force: true });
  });

  const running = async (place: {
    name: string;
    folder: string;
  }): Promise<Extract<SandboxStatus, { state: "running" }>> => {
    const status = await sandboxStatus(place);
    return status.state === "running" ? status : expect.fail("it is stopped");
  };

  it("is stopped before it is started, and stopping it changes nothing", async () => {
    expect(await sandboxStatus(one)).to.deep.equal({ state: "stopped", ...one });
    expect(await stopSandbox(one)).to.equal(false);
  });

  it("starts once when several processes start it at the same time", async () => {
    const start = promisify(execFile);
    const program = `require(${JSON.stringify(path.resolve(__dirname, "../../sandbox/sandbox.ts"))})
      .startSandbox(${JSON.stringify(one)}).then((s) => console.log(s.endpoint))`;
    const [first, second, third] = await Promise.all([
      start(process.execPath, ["--import", "tsx", "--eval", program]),
      start(process.execPath, ["--import", "tsx", "--eval", program]),
      startSandbox(one),
    ]);
    expect([first.stdout.trim(), second.stdout.trim()]).to.deep.equal([third.endpoint, third.endpoint]);
    const { endpoint, processes } = await running(one);
    expect(endpoint, "it outlives those who started it").to.equal(third.endpoint);
    expect(processes.map(({ name }) => name)).to.deep.equal(["gateway", "moto"]);
    for (const { memory } of processes) expect(memory).to.be.within(20_000_000, 1_500_000_000);
  });

  it("gives an environment in which clients need no options", async () => {
    const { environment, endpoint, unset } = await startSandbox(one);
    expect(environment).to.include({
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: managementCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: managementCredentials.secretAccessKey,
      AWS_REGION: "us-east-1",
      PULUMI_HOME: path.join(one.folder, "pulumi-home"),
      PULUMI_BACKEND_URL: `file://${path.join(one.folder, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "sandbox",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
    expect(unset).to.include("AWS_PROFILE").and.include("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  });

  it("is entered past whatever leads AWS's clients elsewhere", async () => {
    const before = { ...process.env };
    try {
      process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS = "true";
      // Nobody listens there.
      process.env.AWS_ENDPOINT_URL_STS = "http://127.0.0.1:1";
      enterSandbox(await startSandbox(one));
      const { Account } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
      expect(Account).to.equal("100000000000");
    } finally {
      for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, before);
    }
  });

  it("keeps everything through a stop and a start, on the same port", async () => {
    const first = await startSandbox(one);
    const made = new Clients(first.endpoint);
    const kept = await fill(made);
    const before = await seen(made, kept);
    expect(await stopSandbox(one)).to.equal(true);
    expect((await sandboxStatus(one)).state).to.equal("stopped");
    const second = await startSandbox(one);
    expect(second.endpoint).to.equal(first.endpoint);
    expect(await seen(made, kept)).to.deep.equal(before);
  });

  it("writes its state while it runs, so that a crash costs little", async function () {
    // The pause between two writings is 20 times as long as the last one took.
    this.timeout(180_000);
    const { folder } = one;
    const { endpoint, processes } = await running(one);
    const made = new Clients(endpoint);
    const athena = await made.in(AthenaClient, ACCOUNT);
    const s3 = await made.in(S3Client, ACCOUNT);
    const written = async (): Promise<number[]> =>
      Promise.all(
        ["moto-state", "gateway-state.json"].map(
          async (file) => (await stat(path.join(folder, file))).mtimeMs,
        ),
      );
    await athena.send(new CreateWorkGroupCommand({ Name: "before-the-crash" }));
    await s3.send(new PutObjectCommand({ Bucket: "kept-701", Key: "before-the-crash", Body: "b" }));
    const asked = Date.now();
    while ((await written()).some((time) => time < asked))
      await new Promise((resolve) => setTimeout(resolve, 50));
    for (const { pid } of processes) process.kill(pid, "SIGKILL");
    const again = await startSandbox(one);
    expect(again.endpoint).to.equal(endpoint);
    await athena.send(new GetWorkGroupCommand({ WorkGroup: "before-the-crash" }));
    await s3.send(new GetObjectCommand({ Bucket: "kept-701", Key: "before-the-crash" }));
  });

  it("ends its emulator when the gateway is killed", async () => {
    const { processes } = await running(one);
    const [gateway, moto] = processes;
    process.kill(gateway?.pid ?? 0, "SIGKILL");
    const alive = (pid: number): boolean => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    };
    while (alive(moto?.pid ?? 0)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await sandboxStatus(one)).state).to.equal("stopped");
  });

  it("runs beside another one, and shares nothing with it", async () => {
    const [first, second] = await Promise.all([startSandbox(one), startSandbox(two)]);
    expect(first.endpoint).not.to.equal(second.endpoint);
    const credentials: Credentials = await new Clients(first.endpoint).credentials(ACCOUNT);
    const foreign = new Clients(second.endpoint).with(STSClient, credentials);
    const error = await foreign.send(new GetCallerIdentityCommand({})).then(
      () => undefined,
      (reason: unknown) => (reason as Error).name,
    );
    expect(error).to.equal("InvalidClientTokenId");
    const { Accounts } = await (
      await new Clients(second.endpoint).in(OrganizationsClient, "100000000000")
    ).send(new ListAccountsCommand({}));
    expect(Accounts?.map(({ Id }) => Id)).to.deep.equal(["100000000000"]);
    await stopSandbox(two);
    expect((await running(one)).endpoint).to.equal(first.endpoint);
  });

  it("takes a port that is asked for, and refuses another one while it runs", async () => {
    const { port } = new URL((await running(one)).endpoint);
    const refused = await startSandbox({ ...one, port: Number(port) + 1 }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(refused).to.be.instanceOf(SandboxError);
    expect(String(refused)).to.match(/is running on port \d+, not \d+: stop it first/);
    const taken = await startSandbox({ ...two, port: Number(port) }).then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    expect(taken).to.match(/^SandboxError: sandbox "two" cannot be started[^]*EADDRINUSE/);
  });

  it("asks for no permissions when it is started so, and remembers it", async () => {
    const open = { name: "open", folder: path.join(parent, "open") };
    const walk = async (): Promise<string | undefined> => {
      const made = new Clients((await running(open)).endpoint);
      const iam = await made.in(IAMClient, ACCOUNT);
      await iam.send(new CreateUserCommand({ UserName: "walker" })).catch(() => undefined);
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "walker" }));
      const walker = made.with(IAMClient, {
        accessKeyId: AccessKey?.AccessKeyId ?? "",
        secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      });
      return walker.send(new ListUsersCommand({})).then(
        () => undefined,
        (reason: unknown) => (reason as Error).name,
      );
    };
    try {
      expect((await startSandbox({ ...open, iam: false })).iam).to.equal(false);
      expect(await walk()).to.equal(undefined);
      const refused = await startSandbox({ ...open, iam: true }).then(
        () => undefined,
        (reason: unknown) => String(reason),
      );
      expect(refused).to.equal(
        'SandboxError: sandbox "open" is running with permissions not enforced, and they are to be: stop it first, or leave out the option',
      );
      await stopSandbox(open);
      expect((await startSandbox(open)).iam, "as before").to.equal(false);
      expect((await running(open)).iam).to.equal(false);
      await stopSandbox(open);
      expect((await startSandbox({ ...open, iam: true })).iam).to.equal(true);
      expect(await walk()).to.equal("AccessDenied");
    } finally {
      await resetSandbox(open);
    }
  });

  it("does not take another program's process for its own", async () => {
    const file = path.join(two.folder, "sandbox.json");
    const recorded = JSON.parse(await readFile(file, "utf8")) as { port: number; pid: number };
    const { port } = new URL((await running(one)).endpoint);
    await writeFile(file, JSON.stringify({ ...recorded, pid: process.pid, port: Number(port) }));
    expect((await sandboxStatus(two)).state).to.equal("stopped");
    expect(await stopSandbox(two), "or this test run would end here").to.equal(false);
  });

  for (const file of ["moto-state", "gateway-state.json"]) {
    it(`says that ${file} is damaged, and what to do`, async () => {
      await startSandbox(two);
      await stopSandbox(two);
      const whole = await stat(path.join(two.folder, file));
      await truncate(path.join(two.folder, file), whole.size - 5);
      const refused = await startSandbox(two).then(
        (sandbox: RunningSandbox) => sandbox.endpoint,
        (reason: unknown) => String(reason),
      );
      expect(refused).to.match(
        /^SandboxError: sandbox "two" cannot be started: `spokes sandbox reset --name two` removes its state\n/,
      );
      expect(refused).to.match(/state file .* cannot be used/);
      await resetSandbox(two);
      await startSandbox(two);
      await resetSandbox(two);
    });
  }

  it("forgets everything at a reset", async () => {
    await resetSandbox(one);
    const { endpoint } = await startSandbox(one);
    const { Accounts } = await (
      await new Clients(endpoint).in(OrganizationsClient, "100000000000")
    ).send(new ListAccountsCommand({}));
    expect(Accounts?.map(({ Id }) => Id)).to.deep.equal(["100000000000"]);
  });

  for (const name of ["", "Upper", "a/b", "..", "a".repeat(41)]) {
    it(`refuses the name "${name}"`, async () => {
      const refused = await sandboxStatus({ name }).then(
        () => "",
        (reason: unknown) => String(reason),
      );
      expect(refused).to.equal(
        `InputError: the command line has a fault:\n  sandbox: sandbox name "${name}" is not valid: use 1-40 lower-case letters, digits and hyphens`,
      );
    });
  }
});
