import { readFile } from "node:fs/promises";
import path from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import {
  executionPermissions,
  executionTrust,
  tableReaders,
  tableRolePermissions,
  tableRoleTrust,
} from "../../access/table-reader";
import { readEnvironmentFile } from "../../automation/files/environment-file";
import { Clients } from "../sandbox/clients";
import { testCloud } from "../sandbox/cloud";
import { HUB, PRODUCER } from "../worlds";
import { Checkout, type Ran } from "./checkout";
import { refusal } from "../sandbox/gateway/refusal";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const READER = "133333333335";

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
    expectCode(await checkout.spokes("environment", "up", "dev", "--yes"), 0);

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
});

function expectCode(ran: Ran, code: number): void {
  expect(ran.code, ran.stdout + ran.stderr).to.equal(code);
}
