import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from "@aws-sdk/client-cloudformation";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { testCloud } from "../cloud";
import { clients, type Credentials, managementCredentials } from "./clients";
import { sendRaw, signedHeaders } from "./raw";
import { refusal } from "./refusal";

const ACCOUNT = "130000000902";
const APPLICATION = "arn:aws:serverlessrepo:us-east-1:292517598671:applications/AthenaDynamoDBConnector";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/of-connector`;
const IMAGE = "292517598671.dkr.ecr.us-east-1.amazonaws.com/athena-federation-repository-dynamodb";
const CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"];

type Answer = Readonly<Record<string, unknown>>;

describe("the Serverless Application Repository in the gateway (R25)", () => {
  let port: number;
  let administrator: Credentials;
  let cloudFormation: CloudFormationClient;
  let lambda: LambdaClient;
  before(async () => {
    const all = await clients();
    port = Number(new URL((await testCloud()).endpoint).port);
    administrator = await all.credentials(ACCOUNT);
    cloudFormation = await all.in(CloudFormationClient, ACCOUNT);
    lambda = await all.in(LambdaClient, ACCOUNT);
    const iam = await all.in(IAMClient, ACCOUNT);
    await iam.send(
      new CreateRoleCommand({
        RoleName: "of-connector",
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
          ],
        }),
      }),
    );
  });

  async function call(
    sent: { method: string; path: string; body?: string },
    as: Credentials,
  ): Promise<[status: number, answer: Answer]> {
    const headers = signedHeaders(port, "serverlessrepo", sent, as);
    const { status, text } = await sendRaw(port, { ...sent, headers });
    return [status, JSON.parse(text) as Answer];
  }

  const changeSet = (
    stackName: string,
    parameters: Readonly<Record<string, string>>,
    more: Answer = {},
    { as = administrator, application = APPLICATION } = {},
  ) =>
    call(
      {
        method: "POST",
        path: `/applications/${encodeURIComponent(application)}/changesets`,
        body: JSON.stringify({
          stackName,
          capabilities: CAPABILITIES,
          semanticVersion: "2026.33.1",
          parameterOverrides: Object.entries(parameters).map(([name, value]) => ({ name, value })),
          ...more,
        }),
      },
      as,
    );
  const parametersOf = (name: string) => ({
    AthenaCatalogName: name,
    SpillBucket: "spill",
    LambdaRole: ROLE,
  });
  const execute = async ([status, { changeSetId }]: [number, Answer], as = cloudFormation) => {
    expect(status).to.equal(201);
    return as.send(new ExecuteChangeSetCommand({ ChangeSetName: String(changeSetId) }));
  };
  const described = async (name: string) =>
    (await cloudFormation.send(new DescribeStacksCommand({ StackName: `serverlessrepo-${name}` })))
      .Stacks?.[0];

  it("tells an application's parameters, and what has to be acknowledged", async () => {
    const path = `/applications/${encodeURIComponent(APPLICATION)}?semanticVersion=2026.20.1`;
    const [status, { version }] = await call({ method: "GET", path }, administrator);
    expect(status).to.equal(200);
    const { parameterDefinitions, ...told } = version as { parameterDefinitions: Answer[] };
    expect(told).to.deep.include({ semanticVersion: "2026.20.1", requiredCapabilities: CAPABILITIES });
    expect(
      parameterDefinitions.map(({ name, defaultValue }) => `${String(name)}=${String(defaultValue)}`),
    ).to.deep.equal([
      "AthenaCatalogName=undefined",
      "SpillBucket=undefined",
      "SpillPrefix=athena-spill",
      "LambdaTimeout=900",
      "LambdaMemory=3008",
      "LambdaRole=",
      "DisableSpillEncryption=false",
      "KMSKeyId=",
      "PermissionsBoundaryARN=",
    ]);
  });

  it("makes the connector's function with the role given, changes it, and takes it away", async () => {
    await execute(
      await changeSet("making", parametersOf("making"), { tags: [{ key: "team", value: "music" }] }),
    );
    const made = await lambda.send(new GetFunctionCommand({ FunctionName: "making" }));
    expect(made.Configuration).to.deep.include({
      Role: ROLE,
      MemorySize: 3008,
      Timeout: 900,
      PackageType: "Image",
      Environment: {
        Variables: {
          disable_spill_encryption: "false",
          spill_bucket: "spill",
          spill_prefix: "athena-spill",
        },
      },
    });
    expect(made.Code?.ImageUri).to.equal(`${IMAGE}:2026.33.1`);
    expect(made.Tags).to.deep.equal({
      "lambda:createdBy": "SAM",
      "serverlessrepo:applicationId": APPLICATION,
      "serverlessrepo:semanticVersion": "2026.33.1",
      team: "music",
    });
    const stack = await described("making");
    expect([stack?.StackStatus, stack?.Capabilities]).to.deep.equal(["CREATE_COMPLETE", ["CAPABILITY_IAM"]]);

    const changed = { ...parametersOf("making"), LambdaTimeout: "60", KMSKeyId: "alias/spill" };
    await execute(await changeSet("making", changed, { semanticVersion: "2026.20.1" }));
    const now = await lambda.send(new GetFunctionCommand({ FunctionName: "making" }));
    expect(now.Configuration?.Timeout).to.equal(60);
    expect(now.Configuration?.Environment?.Variables).to.deep.equal({
      disable_spill_encryption: "false",
      kms_key_id: "alias/spill",
      spill_bucket: "spill",
      spill_prefix: "athena-spill",
    });
    expect(now.Code?.ImageUri).to.equal(`${IMAGE}:2026.20.1`);
    expect(now.Tags).to.deep.equal({
      "lambda:createdBy": "SAM",
      "serverlessrepo:applicationId": APPLICATION,
      "serverlessrepo:semanticVersion": "2026.20.1",
    });

    await cloudFormation.send(new DeleteStackCommand({ StackName: "serverlessrepo-making" }));
    const gone = await refusal(lambda.send(new GetFunctionCommand({ FunctionName: "making" })));
    expect(gone.status).to.equal(404);
  });

  const refusals: readonly [
    title: string,
    parameters: Readonly<Record<string, string>>,
    more: Answer,
    status: number,
    message: RegExp,
  ][] = [
    [
      "what is not acknowledged",
      parametersOf("refused"),
      { capabilities: ["CAPABILITY_IAM"] },
      400,
      /Requires capabilities : \[CAPABILITY_IAM, CAPABILITY_RESOURCE_POLICY\]/,
    ],
    [
      "a parameter that the template has not",
      { ...parametersOf("refused"), disable_glue: "true" },
      {},
      400,
      /\[disable_glue\] do not exist in the template/,
    ],
    [
      "a parameter that is lacking",
      { AthenaCatalogName: "refused", LambdaRole: ROLE },
      {},
      400,
      /\[SpillBucket\] must have values/,
    ],
    ["a catalog in capitals", parametersOf("Refused"), {}, 400, /AthenaCatalogName failed to satisfy/],
    ["a stack's name with _", parametersOf("refused"), { stackName: "a_b" }, 400, /a_b does not match/],
    [
      "a version that there is not",
      parametersOf("refused"),
      { semanticVersion: "1.0.0" },
      404,
      /Version 1\.0\.0 of the application does not exist/,
    ],
    [
      "the template's own role, which is not served here",
      { AthenaCatalogName: "refused", SpillBucket: "spill" },
      {},
      501,
      /without LambdaRole is not served here/,
    ],
  ];
  for (const [title, parameters, more, status, message] of refusals)
    it(`refuses ${title}`, async () => {
      const [found, answer] = await changeSet("refused", parameters, more);
      expect(String(answer["message"])).to.match(message);
      expect(found).to.equal(status);
      expect((await refusal(described("refused"))).message).to.match(/does not exist/);
    });

  it("refuses an application that it does not have", async () => {
    const application = "arn:aws:serverlessrepo:us-east-1:292517598671:applications/AthenaJdbcConnector";
    const [status] = await changeSet("unknown", parametersOf("unknown"), {}, { application });
    expect(status).to.equal(404);
  });

  it("takes back a stack whose function has a name that is taken", async () => {
    await execute(await changeSet("first", parametersOf("taken")));
    await execute(await changeSet("second", parametersOf("taken")));
    expect((await described("second"))?.StackStatus).to.equal("ROLLBACK_COMPLETE");
    const { StackEvents } = await cloudFormation.send(
      new DescribeStackEventsCommand({ StackName: "serverlessrepo-second" }),
    );
    const [failed] = StackEvents?.filter(({ ResourceStatus }) => ResourceStatus === "CREATE_FAILED") ?? [];
    expect(failed?.ResourceStatusReason).to.match(/taken/);
    expect((await lambda.send(new GetFunctionCommand({ FunctionName: "taken" }))).Tags).to.have.property(
      "serverlessrepo:applicationId",
    );
    const [status, { message }] = await changeSet("second", parametersOf("second"));
    expect(status).to.equal(400);
    expect(message).to.match(/is in ROLLBACK_COMPLETE state and can not be updated/);
  });

  describe("asks for the caller's permissions", () => {
    const statement = (Action: readonly string[], Resource: string) => ({
      Effect: "Allow",
      Action,
      Resource,
    });
    const application = statement(["serverlessrepo:CreateCloudFormationChangeSet"], APPLICATION);
    const stack = statement(
      ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"],
      `arn:aws:cloudformation:us-east-1:${ACCOUNT}:stack/serverlessrepo-asking/*`,
    );
    const transform = statement(
      ["cloudformation:CreateChangeSet"],
      "arn:aws:cloudformation:us-east-1:aws:transform/Serverless-2016-10-31",
    );
    const as = async (...Statement: object[]) =>
      (await clients()).assume(managementCredentials, {
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/OrganizationAccountAccessRole`,
        Policy: JSON.stringify({ Version: "2012-10-17", Statement }),
      });

    const lacking: readonly [string, object[], string][] = [
      ["the application", [stack, transform], "serverlessrepo:CreateCloudFormationChangeSet"],
      ["the stack", [application, transform], "cloudformation:CreateChangeSet"],
      ["the template's transform", [application, stack], "cloudformation:CreateChangeSet"],
    ];
    for (const [what, statements, action] of lacking)
      it(`on ${what}`, async () => {
        const [status, { message }] = await changeSet(
          "asking",
          parametersOf("asking"),
          {},
          { as: await as(...statements) },
        );
        expect(status).to.equal(403);
        expect(message).to.include(`not authorized to perform: ${action}`);
      });

    it("on the function that the stack makes", async () => {
      const credentials = await as(application, stack, transform);
      const made = await changeSet("asking", parametersOf("asking"), {}, { as: credentials });
      await execute(made, (await clients()).with(CloudFormationClient, credentials));
      const found = await described("asking");
      expect(found?.StackStatus).to.equal("ROLLBACK_COMPLETE");
      expect(found?.StackStatusReason).to.match(
        /not authorized to perform: lambda:CreateFunction on resource: arn:aws:lambda:us-east-1:130000000902:function:asking/,
      );
    });
  });
});
