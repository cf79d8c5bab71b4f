import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  type ResultConfiguration,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { BatchWriteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { analystPermissions } from "../../access/analyst";
import {
  executionPermissions,
  executionTrust,
  tableReaders,
  tableRolePermissions,
  tableRoleTrust,
} from "../../access/table-reader";
import {
  readerPermissions,
  readersOf,
  readerTrust,
  readerUserPermissions,
} from "../../access/third-party-reader";
import { messageOf } from "../../automation/failure";
import { readRequestFile } from "../../automation/files/request-file";
import { readEnvironmentFile } from "../../automation/files/environment-file";
import { Clients, type Credentials } from "../sandbox/clients";
import { testCloud } from "../sandbox/cloud";
import { HUB, PRODUCER } from "../worlds";
import { Checkout, type Ran } from "./checkout";
import { refusal } from "../sandbox/gateway/refusal";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const READER = "133333333335";
const THIRD = "133333333336";
/** Producers let readers in by such names, where bootstrap's roles do it. */
const ROLE = "athena-reader-dev-connecty";

describe("readers beside Quick, on the real engine", function () {
  this.timeout(600_000);
  let checkout: Checkout;

  before(async () => {
    checkout = await Checkout.make(await testCloud());
  });
  after(async () => {
    await checkout.remove();
  });

  it("a function of another account reads the producer's table, alone, and goes without a trace (R95-R102)", async () => {
    await checkout.write("Pulumi.dev.yaml", await readFile(path.join(EXAMPLES, "table-reader.yaml"), "utf8"));
    await checkout.bootstrap({}, undefined, READER);
    const accounts = [HUB, PRODUCER, READER];
    const before = await checkout.inventory(...accounts);
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes", "--proof"), 0);

    const { environment } = await readEnvironmentFile(checkout.folder, "dev");
    const [reader] = tableReaders(environment);
    if (reader === undefined) throw new Error("the example has no table reader");
    const now = await checkout.inventory(...accounts);
    expect(now[PRODUCER]?.roles["CrossAccountDynamoDBRole"]).to.deep.include({
      trust: tableRoleTrust(reader),
      inline: { ReadItem: tableRolePermissions(reader) },
    });
    expect(now[READER]?.roles["table-reader-music-lookup"]).to.deep.include({
      trust: executionTrust(),
      inline: { TableReader: executionPermissions(reader) },
    });

    const clients = new Clients((await testCloud()).endpoint);
    const lambda = await clients.in(LambdaClient, READER);
    const invoke = async (event: object) => {
      const { Payload, FunctionError } = await lambda.send(
        new InvokeCommand({ FunctionName: "music-lookup", Payload: JSON.stringify(event) }),
      );
      return { error: FunctionError, answer: JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown };
    };
    const key = { Artist: { S: "Acme Band" }, SongTitle: { S: "Happy Day" } };
    expect(await invoke({ key })).to.deep.equal({
      error: undefined,
      answer: { item: { ...key, AlbumTitle: { S: "Songs About Life" }, Awards: { N: "10" } } },
    });
    expect(await invoke({ key: { ...key, SongTitle: { S: "None" } } })).to.deep.equal({
      error: undefined,
      answer: { item: null },
    });
    expect((await invoke({})).error).to.equal("Unhandled");
    // The administrator of the function's account is another principal of it.
    const RoleArn = `arn:aws:iam::${PRODUCER}:role/CrossAccountDynamoDBRole`;
    expect((await refusal(clients.assume(await clients.credentials(READER), { RoleArn }))).message).to.match(
      /OrganizationAccountAccessRole\/\S+ is not authorized to perform: sts:AssumeRole/,
    );

    const state = await checkout.state("dev");
    const again = await checkout.spokes("environment", "up", "dev", "--yes");
    expect(again.stdout).to.include("dev: nothing changed");
    expect(await checkout.state("dev")).to.equal(state);
    expectCode(await checkout.spokes("environment", "destroy", "dev", "--yes"), 0);
    expect(await checkout.inventory(...accounts)).to.deep.equal(before);
  });

  it("a third party reads the spoke's orders and a producer's table with its service account, an analyst does as a user, and nobody else; keys are a secret (R28-R31, R77-R94)", async () => {
    const example = await readFile(path.join(EXAMPLES, "third-party.yaml"), "utf8");
    const dev = await readFile(path.join(EXAMPLES, "dev.yaml"), "utf8");
    await checkout.write(
      "Pulumi.dev.yaml",
      dev
        .replace("    hub:\n", "    producerGrants: roles\n    keyAccess: grants\n    hub:\n")
        .replace("tables: [Music]\n", "tables: [Music]\n            customerManagedKey: true\n"),
    );
    const requestFile = await checkout.write(
      "third-party.yaml",
      `${example}    role: ${ROLE}
    catalogs: [acct1dynamodb]
    accessKey: true
  other:
    permissionsOn: user
connectors:
  - from: music
analyst: user/analyst
`,
    );
    await checkout.bootstrap({ [THIRD]: requestFile });
    const accounts = [HUB, PRODUCER, THIRD];
    const before = await checkout.inventory(...accounts);
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);
    const onboarded = await checkout.spokes("onboard", requestFile, "--yes", "--proof");
    expectCode(onboarded, 0);
    expect(onboarded.stdout + onboarded.stderr).to.include('reader "other" queries in workgroup "primary"');

    const { request } = await readRequestFile(requestFile, checkout.folder);
    const { environment } = await readEnvironmentFile(checkout.folder, "dev");
    const [connecty, other] = readersOf(request);
    if (connecty === undefined || other === undefined) throw new Error("the example has no readers");
    const spoke = (await checkout.inventory(THIRD))[THIRD];
    expect(spoke?.roles[ROLE]).to.deep.include({
      trust: readerTrust(request, connecty),
      inline: { AthenaReader: readerPermissions(request, environment, connecty) },
    });
    expect(spoke?.users).to.have.all.keys("dev-partners-connecty", "dev-partners-other", "analyst");
    expect(spoke?.users["analyst"]).to.deep.include({
      inline: {},
      attached: { "AthenaQueries-dev-partners": analystPermissions(request, environment) },
      keys: 0,
    });
    expect(spoke?.users["dev-partners-connecty"]).to.deep.include({
      inline: { AssumeReader: readerUserPermissions(request, connecty) },
      attached: {},
      keys: 1,
    });
    expect(spoke?.users["dev-partners-other"]).to.deep.include({
      inline: {},
      attached: { "dev-partners-other": readerPermissions(request, environment, other) },
      keys: 0,
    });

    const verified = await checkout.spokes("verify", "partners", "--proof");
    expectCode(verified, 0);
    expect(verified.stdout).to.match(/dev-partners: all \d+ expectations of access hold/);
    for (const rung of ["analyst analyst", "reader connecty", "reader other"])
      expect(verified.stdout).to.include(`✔ ${rung} has exactly its documents`);

    const hidden = await checkout.pulumi("stack", "output", "--stack", "dev-partners", "--json");
    const shown = await checkout.pulumi(
      "stack",
      "output",
      "--stack",
      "dev-partners",
      "--json",
      "--show-secrets",
    );
    const outputs = JSON.parse(shown.stdout) as {
      readers: Record<string, Record<string, string>>;
      readerKeys: Record<string, { accessKeyId: string; secretAccessKey: string }>;
    };
    const key = outputs.readerKeys["connecty"];
    if (key === undefined) throw new Error("connecty has no key");
    expect(hidden.stdout).to.not.include(key.secretAccessKey);
    expect(await checkout.state("dev-partners")).to.not.include(key.secretAccessKey);
    const status = await checkout.spokes("status", "partners", "--json");
    expect(status.stdout + status.stderr + onboarded.stdout).to.not.include(key.secretAccessKey);
    expect(outputs.readers["connecty"]).to.deep.equal({
      region: "us-east-1",
      user: `arn:aws:iam::${THIRD}:user/dev-partners-connecty`,
      role: `arn:aws:iam::${THIRD}:role/${ROLE}`,
      workgroup: "dev-partners-connecty",
      outputLocation: `s3://dev-partners-athena-results-${THIRD}/readers/connecty/`,
    });

    const clients = new Clients((await testCloud()).endpoint);
    const itself = clients.with(AthenaClient, key);
    const asRole = clients.with(
      AthenaClient,
      await clients.assume(key, { RoleArn: outputs.readers["connecty"]?.["role"] ?? "" }),
    );
    const start = (
      client: AthenaClient,
      WorkGroup: string,
      QueryString = "SELECT * FROM partners.orders",
      ResultConfiguration?: ResultConfiguration,
    ) => client.send(new StartQueryExecutionCommand({ QueryString, WorkGroup, ResultConfiguration }));
    const rowsOf = async (...[client, ...query]: Parameters<typeof start>) => {
      const { QueryExecutionId } = await start(client, ...query);
      const ended = await endOf(client, QueryExecutionId ?? "");
      if (ended.Status?.State !== "SUCCEEDED") return ended.Status?.StateChangeReason;
      const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId }));
      return ResultSet?.Rows?.length;
    };
    expect(await rowsOf(asRole, "dev-partners-connecty")).to.equal(4);

    // Keys that people make by hand, of an analyst and of a reader that names no catalog.
    const administrator = await clients.in(IAMClient, THIRD);
    const keyOf = async (UserName: string) => {
      const { AccessKey } = await administrator.send(new CreateAccessKeyCommand({ UserName }));
      return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
    };
    const [people, stranger] = [await keyOf("analyst"), await keyOf("dev-partners-other")];
    // More than a function's response may hold (L13), so that the connector spills, and its reader decrypts by its grant.
    const items = Array.from({ length: 24 }, (_, index) => ({
      PutRequest: {
        Item: { Artist: { S: "Long" }, SongTitle: { S: `${index}` }, Lyrics: { S: "la ".repeat(120_000) } },
      },
    }));
    const tables = await clients.in(DynamoDBClient, PRODUCER);
    await tables.send(new BatchWriteItemCommand({ RequestItems: { Music: items } }));
    const MUSIC = 'SELECT songtitle, length(lyrics) FROM "acct1dynamodb"."default"."music"';
    const music = 1 + 4 + items.length;
    expect(await rowsOf(asRole, "dev-partners-connecty", MUSIC)).to.equal(music);
    expect(await rowsOf(clients.with(AthenaClient, people), "dev-partners", MUSIC)).to.equal(music);
    const Bucket = `dev-music-athena-spill-${PRODUCER}`;
    const producer = await clients.in(S3Client, PRODUCER);
    const { Contents = [] } = await producer.send(new ListObjectsV2Command({ Bucket }));
    const [{ Key } = {}] = Contents;
    expect(Key).to.match(/^athena-spill\/acct1dynamodb\//);
    const read = async (credentials: Credentials) => {
      const { Body } = await clients.with(S3Client, credentials).send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToByteArray())?.length;
    };
    const role = await clients.assume(key, { RoleArn: outputs.readers["connecty"]?.["role"] ?? "" });
    expect(await read(role))
      .to.be.above(0)
      .and.equal(await read(people));
    const spokesAdministrator = await clients.credentials(THIRD);
    const FunctionName = `arn:aws:lambda:us-east-1:${PRODUCER}:function:acct1dynamodb`;
    const data = { Bucket: `dev-partners-athena-data-${THIRD}`, Key: "orders/x", Body: "x" };
    for (const denied of [
      () => read(stranger),
      () => read(key),
      () => read(spokesAdministrator),
      () => clients.with(LambdaClient, stranger).send(new InvokeCommand({ FunctionName })),
      () => clients.with(LambdaClient, spokesAdministrator).send(new InvokeCommand({ FunctionName })),
      () => start(itself, "dev-partners-connecty"),
      () => start(asRole, "dev-partners"),
      () => start(asRole, "primary"),
      () => clients.with(S3Client, role).send(new PutObjectCommand(data)),
    ])
      expect((await refusal(denied())).message).to.match(/not authorized|AccessDenied|Access Denied/);
    const OutputLocation = `s3://dev-partners-athena-results-${THIRD}/readers/other/`;
    const asStranger = clients.with(AthenaClient, stranger);
    expect(await rowsOf(asStranger, "primary", MUSIC, { OutputLocation }).catch(messageOf)).to.match(
      /not authorized/,
    );
    expect(await rowsOf(asStranger, "primary", undefined, { OutputLocation })).to.equal(4);

    const again = await checkout.spokes("onboard", requestFile, "--yes");
    expect(again.stdout).to.match(/nothing (has )?changed/i);
    // IAM deletes no user that people have made keys or a password for: nothing goes until these are taken away.
    await administrator.send(
      new CreateLoginProfileCommand({ UserName: "analyst", Password: "correct horse battery" }),
    );
    const there = await checkout.inventory(...accounts);
    const kept = await checkout.spokes("offboard", "partners", "--yes", "--delete-data");
    expectCode(kept, 2);
    expect(kept.stderr.match(/aws iam delete-\S+ --user-name .*$/gm)?.sort()).to.deep.equal(
      [
        `aws iam delete-access-key --user-name analyst --access-key-id ${people.accessKeyId}`,
        `aws iam delete-access-key --user-name dev-partners-other --access-key-id ${stranger.accessKeyId}`,
        "aws iam delete-login-profile --user-name analyst",
      ].sort(),
    );
    expect(await checkout.inventory(...accounts)).to.deep.equal(there);
    await administrator.send(new DeleteLoginProfileCommand({ UserName: "analyst" }));
    for (const [UserName, { accessKeyId: AccessKeyId }] of Object.entries({
      analyst: people,
      "dev-partners-other": stranger,
    }))
      await administrator.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    expectCode(await checkout.spokes("offboard", "partners", "--yes", "--delete-data"), 0);
    expectCode(await checkout.spokes("environment", "destroy", "dev", "--yes", "--delete-data"), 0);
    expect(lasting(await checkout.inventory(...accounts))).to.deep.equal(lasting(before));
  });
});

/** What stays: a key that is to be deleted is KMS's for 30 more days. */
function lasting(inventory: Awaited<ReturnType<Checkout["inventory"]>>) {
  return Object.fromEntries(
    Object.entries(inventory).map(([account, listing]) => [
      account,
      { ...listing, keys: listing.keys.filter(({ state }) => state !== "PendingDeletion") },
    ]),
  );
}

async function endOf(client: AthenaClient, QueryExecutionId: string): Promise<QueryExecution> {
  for (;;) {
    const { QueryExecution: found } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    if (found === undefined) throw new Error(`query ${QueryExecutionId} is not known`);
    if (!/^(QUEUED|RUNNING)$/.test(found.Status?.State ?? "")) return found;
    await pause(50);
  }
}

function expectCode(ran: Ran, code: number): void {
  expect(ran.code, ran.stdout + ran.stderr).to.equal(code);
}
