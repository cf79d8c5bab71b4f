import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
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
import { readRequestFile } from "../../automation/files/request-file";
import { readEnvironmentFile } from "../../automation/files/environment-file";
import { Clients } from "../sandbox/clients";
import { testCloud } from "../sandbox/cloud";
import { HUB, PRODUCER } from "../worlds";
import { Checkout, type Ran } from "./checkout";
import { refusal } from "../sandbox/gateway/refusal";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const READER = "133333333335";
const THIRD = "133333333336";

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

  it("a third party reads the spoke's orders with its service account, and nothing else; its keys are a secret (R77-R94)", async () => {
    const example = await readFile(path.join(EXAMPLES, "third-party.yaml"), "utf8");
    await checkout.write("Pulumi.dev.yaml", await readFile(path.join(EXAMPLES, "dev.yaml"), "utf8"));
    const requestFile = await checkout.write(
      "third-party.yaml",
      `${example}    accessKey: true\n  other:\n    permissionsOn: user\n`,
    );
    await checkout.bootstrap({ [THIRD]: requestFile });
    const accounts = [HUB, PRODUCER, THIRD];
    const before = await checkout.inventory(...accounts);
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);
    const onboarded = await checkout.spokes("onboard", requestFile, "--yes", "--proof");
    expectCode(onboarded, 0);
    expect(onboarded.stdout + onboarded.stderr).to.include('reader "other" queries in workgroup "primary"');

    const { request } = await readRequestFile(requestFile, checkout.folder);
    const [connecty, other] = readersOf(request);
    if (connecty === undefined || other === undefined) throw new Error("the example has no readers");
    const spoke = (await checkout.inventory(THIRD))[THIRD];
    expect(spoke?.roles["dev-partners-connecty"]).to.deep.include({
      trust: readerTrust(request, connecty),
      inline: { AthenaReader: readerPermissions(request, connecty) },
    });
    expect(spoke?.users).to.have.all.keys("dev-partners-connecty", "dev-partners-other");
    expect(spoke?.users["dev-partners-connecty"]).to.deep.include({
      inline: { AssumeReader: readerUserPermissions(request, connecty) },
      attached: {},
      keys: 1,
    });
    expect(spoke?.users["dev-partners-other"]).to.deep.include({
      inline: {},
      attached: { "dev-partners-other": readerPermissions(request, other) },
      keys: 0,
    });

    const verified = await checkout.spokes("verify", "partners", "--proof");
    expectCode(verified, 0);
    expect(verified.stdout).to.match(/dev-partners: all \d+ expectations of access hold/);

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
      role: `arn:aws:iam::${THIRD}:role/dev-partners-connecty`,
      workgroup: "dev-partners-connecty",
      outputLocation: `s3://dev-partners-athena-results-${THIRD}/readers/connecty/`,
    });

    const clients = new Clients((await testCloud()).endpoint);
    const itself = clients.with(AthenaClient, key);
    const asRole = clients.with(
      AthenaClient,
      await clients.assume(key, { RoleArn: outputs.readers["connecty"]?.["role"] ?? "" }),
    );
    const start = (client: AthenaClient, WorkGroup: string, QueryString = "SELECT * FROM partners.orders") =>
      client.send(new StartQueryExecutionCommand({ QueryString, WorkGroup }));
    const { QueryExecutionId } = await start(asRole, "dev-partners-connecty");
    const ended = await endOf(asRole, QueryExecutionId ?? "");
    expect(ended.Status?.State, ended.Status?.StateChangeReason).to.equal("SUCCEEDED");
    const { ResultSet } = await asRole.send(new GetQueryResultsCommand({ QueryExecutionId }));
    expect(ResultSet?.Rows).to.have.length(4);
    for (const denied of [
      start(itself, "dev-partners-connecty"),
      start(asRole, "dev-partners"),
      start(asRole, "primary"),
      clients
        .with(S3Client, await clients.assume(key, { RoleArn: outputs.readers["connecty"]?.["role"] ?? "" }))
        .send(
          new PutObjectCommand({ Bucket: `dev-partners-athena-data-${THIRD}`, Key: "orders/x", Body: "x" }),
        ),
    ])
      expect((await refusal(denied)).message).to.match(/not authorized|AccessDenied|Access Denied/);

    const again = await checkout.spokes("onboard", requestFile, "--yes");
    expect(again.stdout).to.match(/nothing (has )?changed/i);
    expectCode(await checkout.spokes("offboard", "partners", "--yes", "--delete-data"), 0);
    expectCode(await checkout.spokes("environment", "destroy", "dev", "--yes"), 0);
    expect(await checkout.inventory(...accounts)).to.deep.equal(before);
  });
});

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
