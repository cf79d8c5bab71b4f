import {
  AthenaClient,
  CreateDataCatalogCommand,
  GetDatabaseCommand,
  GetTableMetadataCommand,
  ListDatabasesCommand,
  ListTableMetadataCommand,
} from "@aws-sdk/client-athena";
import {
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import type { InvokeCommandInput, InvokeCommandOutput } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { connectorTrust } from "../../../access/connector";
import { testCloud } from "../cloud";
import {
  MUSIC,
  PRODUCER,
  allowInvoke,
  connectorOf,
  makeConnector,
  needsConnector,
  sharedConnector,
} from "../connector/producer";
import { clients } from "./clients";
import type { Clients, Credentials } from "./clients";
import { refusal } from "./refusal";

const SPOKE = "130000000801";
const OUTSIDER = "130000000802";
const STRANGER = "230000000801";

const document = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

describe("gateway: functions", () => {
  let made: Clients;

  before(async () => {
    made = await clients();
  });

  /** A session of a new role that may do what the statements say. */
  async function session(account: string, RoleName: string, ...statements: object[]): Promise<Credentials> {
    const iam = await made.in(IAMClient, account);
    const AssumeRolePolicyDocument = document({
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "sts:AssumeRole",
    });
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    if (statements.length > 0)
      await iam.send(
        new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument: document(...statements) }),
      );
    return made.assume(await made.credentials(account), {
      RoleArn: `arn:aws:iam::${account}:role/${RoleName}`,
    });
  }

  async function invoke(
    input: Partial<InvokeCommandInput> & { FunctionName: string },
    as?: Credentials,
  ): Promise<InvokeCommandOutput & { answer: Record<string, unknown> }> {
    const lambda = made.with(LambdaClient, as ?? (await made.credentials(PRODUCER)));
    const Payload = Buffer.from(JSON.stringify(ping));
    const output = await lambda.send(new InvokeCommand({ Payload, ...input }));
    const text = Buffer.from(output.Payload ?? []).toString();
    return { ...output, answer: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  const identity = { id: "UNKNOWN", principal: "UNKNOWN", account: PRODUCER, arn: "a", tags: {}, groups: [] };
  const ping = { "@type": "PingRequest", identity, catalogName: "music", queryId: "q" };

  const jvms = async (): Promise<{ name: string; pid: number; memory: number }[]> => {
    const { processes } = (await (await fetch(`${(await testCloud()).endpoint}/_sandbox/health`)).json()) as {
      processes: { name: string; pid: number; memory: number }[];
    };
    return processes.filter(({ name }) => name.startsWith("function "));
  };

  describe("that do not run here", () => {
    it("answer 501: another runtime", async () => {
      const iam = await made.in(IAMClient, PRODUCER);
      const AssumeRolePolicyDocument = JSON.stringify(connectorTrust());
      const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "other", AssumeRolePolicyDocument }));
      const lambda = await made.in(LambdaClient, PRODUCER);
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: "other",
          Role: Role?.Arn ?? "",
          Runtime: "java17",
          Handler: "index.handler",
          Code: { ZipFile: Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64") },
        }),
      );
      expect(await refusal(invoke({ FunctionName: "other" }))).to.deep.equal({
        code: "NotImplemented",
        status: 501,
        message:
          "lambda:Invoke of a function with the runtime java17 and the handler index.handler is not served here: the sandbox does not execute it",
      });
    });

    it("are not found", async () => {
      expect(await refusal(invoke({ FunctionName: "nothing" }))).to.deep.equal({
        code: "ResourceNotFoundException",
        status: 404,
        message: `Function not found: arn:aws:lambda:us-east-1:${PRODUCER}:function:nothing`,
      });
    });

    it("are in another Region", async () => {
      const FunctionName = `arn:aws:lambda:eu-west-1:${PRODUCER}:function:acct1dynamodb`;
      expect(await refusal(invoke({ FunctionName }))).to.deep.equal({
        code: "ResourceNotFoundException",
        status: 404,
        message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
      });
    });
  });

  describe("with AWS's connector", () => {
    let arn: string;

    before(async function () {
      needsConnector(this);
      ({ arn } = await sharedConnector(made));
      await allowInvoke(made, PRODUCER, "acct1dynamodb", SPOKE);
    });

    const mayInvoke = { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: "*" };
    const mayBrowse = {
      Effect: "Allow",
      Action: [
        "athena:ListDatabases",
        "athena:GetDatabase",
        "athena:ListTableMetadata",
        "athena:GetTableMetadata",
      ],
      Resource: "*",
    };

    it("run, again in the same process", async () => {
      const first = await invoke({ FunctionName: "acct1dynamodb" });
      const before = await jvms();
      const second = await invoke({ FunctionName: arn });
      expect([first.StatusCode, first.FunctionError, first.ExecutedVersion]).to.deep.equal([
        200,
        undefined,
        "$LATEST",
      ]);
      expect(first.answer).to.deep.include({ "@type": "PingResponse", sourceType: "ddb" });
      expect(second.answer).to.deep.equal(first.answer);
      expect((await jvms()).map(({ pid }) => pid)).to.deep.equal(before.map(({ pid }) => pid));
      expect(before.map(({ name }) => name)).to.include(`function ${PRODUCER}:function:acct1dynamodb`);
    });

    it("take nothing for the connector's but what it answered: log lines come apart", async () => {
      const { LogResult, answer } = await invoke({ FunctionName: arn, LogType: "Tail" });
      expect(answer["@type"]).to.equal("PingResponse");
      expect(Buffer.from(LogResult ?? "", "base64").toString()).to.match(/\w/);
    });

    it("report what they throw as Lambda's Java runtime does", async () => {
      const request = { ...ping, "@type": "NoSuchRequest" };
      const { StatusCode, FunctionError, answer } = await invoke({
        FunctionName: arn,
        Payload: Buffer.from(JSON.stringify(request)),
      });
      expect([StatusCode, FunctionError]).to.deep.equal([200, "Unhandled"]);
      expect(answer).to.include.keys("errorMessage", "errorType", "stackTrace");
      expect(answer["errorType"]).to.match(/^[a-z]+(\.\w+)+$/);
      expect(answer["stackTrace"]).to.be.an("array").with.length.greaterThan(0);
    });

    it("keep the execution role's credentials to themselves", async () => {
      const { endpoint } = await testCloud();
      for (const authorization of ["", "00000000-0000-0000-0000-000000000000"]) {
        const answer = await fetch(`${endpoint}/_sandbox/credentials`, { headers: { authorization } });
        expect([answer.status, await answer.json()]).to.deep.equal([
          403,
          { code: "AccessDenied", message: "the token is unknown" },
        ]);
      }
    });

    it("are checked without a run: DryRun", async () => {
      const { StatusCode } = await invoke({ FunctionName: arn, InvocationType: "DryRun" });
      expect(StatusCode).to.equal(204);
    });

    it("refuse requests above 6 MB", async () => {
      const Payload = Buffer.from(JSON.stringify({ text: "x".repeat(6_291_456) }));
      expect(await refusal(invoke({ FunctionName: arn, Payload }))).to.deep.equal({
        code: "RequestTooLargeException",
        status: 413,
        message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
      });
    });

    it("run for another account with both halves: the function's policy and the caller's own", async () => {
      const { answer } = await invoke({ FunctionName: arn }, await session(SPOKE, "analyst", mayInvoke));
      expect(answer["@type"]).to.equal("PingResponse");
    });

    const denials: [string, string, object[], string][] = [
      ["the caller's policy is missing", SPOKE, [], "identity-based policy"],
      ["the function's policy is missing", OUTSIDER, [mayInvoke], "resource-based policy"],
      ["the same, outside of the organization", STRANGER, [mayInvoke], "resource-based policy"],
    ];
    for (const [i, [name, account, statements, missing]] of denials.entries())
      it(`are refused when ${name}`, async () => {
        const role = `denied-${i}`;
        const caller = `arn:aws:sts::${account}:assumed-role/${role}/test`;
        expect(
          await refusal(invoke({ FunctionName: arn }, await session(account, role, ...statements))),
        ).to.deep.equal({
          code: "AccessDeniedException",
          status: 403,
          message: `User: ${caller} is not authorized to perform: lambda:InvokeFunction on resource: ${arn} because no ${missing} allows the lambda:InvokeFunction action`,
        });
      });

    it("in the same account: either half is enough, none is not", async () => {
      const nobody = await session(PRODUCER, "nobody");
      expect(await refusal(invoke({ FunctionName: arn }, nobody))).to.deep.include({
        code: "AccessDeniedException",
        status: 403,
      });
      const reader = await session(PRODUCER, "reader", { ...mayInvoke, Resource: arn });
      expect((await invoke({ FunctionName: arn }, reader)).answer["@type"]).to.equal("PingResponse");
      const named = await session(PRODUCER, "named");
      await allowInvoke(made, PRODUCER, "acct1dynamodb", `arn:aws:iam::${PRODUCER}:role/named`);
      expect((await invoke({ FunctionName: arn }, named)).answer["@type"]).to.equal("PingResponse");
    });

    it("run from a jar too, with their own configuration, and anew after it changed", async () => {
      const jar = connectorOf("120000000802", "fromjar");
      await makeConnector(made, jar, { Music: MUSIC }, {}, "jar");
      const as = await made.credentials(jar.account);
      const name = `function ${jar.account}:function:fromjar`;
      const pid = async (): Promise<number | undefined> =>
        (await jvms()).find((jvm) => jvm.name === name)?.pid;
      await invoke({ FunctionName: "fromjar" }, as);
      const first = await pid();
      const lambda = await made.in(LambdaClient, jar.account);
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fromjar", Timeout: 50 }));
      await invoke({ FunctionName: "fromjar" }, as);
      const second = await pid();
      expect([first, second]).to.not.include(undefined);
      expect(second).to.not.equal(first);

      // Without a way into its role Lambda cannot run it.
      const iam = await made.in(IAMClient, jar.account);
      await iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: "athena-connector-fromjar",
          PolicyDocument: document({
            Effect: "Allow",
            Principal: { Service: "ec2.amazonaws.com" },
            Action: "sts:AssumeRole",
          }),
        }),
      );
      expect(await refusal(invoke({ FunctionName: "fromjar" }, as))).to.deep.equal({
        code: "AccessDeniedException",
        status: 403,
        message: "The role defined for the function cannot be assumed by Lambda.",
      });
    });

    describe("as Athena's catalog", () => {
      const CatalogName = "acct1dynamodb";
      const catalog = async (account: string): Promise<void> => {
        const athena = await made.in(AthenaClient, account);
        await athena.send(
          new CreateDataCatalogCommand({ Name: CatalogName, Type: "LAMBDA", Parameters: { function: arn } }),
        );
      };
      let spoke: AthenaClient;
      before(async () => {
        await catalog(SPOKE);
        await catalog(OUTSIDER);
        spoke = made.with(AthenaClient, await session(SPOKE, "browser", mayInvoke, mayBrowse));
      });

      it("lists databases and tables of the producer in the spoke", async () => {
        const { DatabaseList } = await spoke.send(new ListDatabasesCommand({ CatalogName }));
        expect(DatabaseList).to.deep.equal([{ Name: "default" }]);
        const { Database } = await spoke.send(
          new GetDatabaseCommand({ CatalogName, DatabaseName: "default" }),
        );
        expect(Database).to.deep.equal({ Name: "default" });
        const { TableMetadataList } = await spoke.send(
          new ListTableMetadataCommand({ CatalogName, DatabaseName: "default", Expression: "mus.*" }),
        );
        expect(TableMetadataList?.map(({ Name }) => Name)).to.deep.equal(["music"]);
      });

      it("describes a table with Athena's types", async () => {
        const { TableMetadata } = await spoke.send(
          new GetTableMetadataCommand({ CatalogName, DatabaseName: "default", TableName: "music" }),
        );
        expect(TableMetadata?.PartitionKeys).to.deep.equal([]);
        const columns = Object.fromEntries<string | undefined>(
          (TableMetadata?.Columns ?? []).map(({ Name = "", Type }) => [Name, Type]),
        );
        expect(columns).to.deep.equal({
          Artist: "varchar",
          SongTitle: "varchar",
          AlbumTitle: "varchar",
          Awards: "decimal(38,9)",
          Price: "decimal(38,9)",
        });
      });

      it("is closed to who may not invoke the connector", async () => {
        const athena = made.with(AthenaClient, await session(OUTSIDER, "outsider", mayInvoke, mayBrowse));
        expect(await refusal(athena.send(new ListDatabasesCommand({ CatalogName })))).to.deep.equal({
          code: "MetadataException",
          status: 400,
          message:
            `User: arn:aws:sts::${OUTSIDER}:assumed-role/outsider/test is not authorized to perform: lambda:InvokeFunction on resource: ${arn} ` +
            "because no resource-based policy allows the lambda:InvokeFunction action (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException)",
        });
      });

      it("passes the connector's faults on", async () => {
        const get = new GetTableMetadataCommand({
          CatalogName,
          DatabaseName: "default",
          TableName: "nothing",
        });
        const { code, status, message } = await refusal(spoke.send(get));
        expect([code, status]).to.deep.equal(["MetadataException", 400]);
        expect(message).to.match(
          /^GENERIC_USER_ERROR: Encountered an exception\[[\w.]+\] from your LambdaFunction\[arn:/,
        );
      });
    });
  });
});
