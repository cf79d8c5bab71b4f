import path from "node:path";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { differences } from "../../automation/verify/documents";
import { HUB, PRODUCER, SPOKE } from "../worlds";
import { Clients, type Credentials } from "../sandbox/clients";
import { testCloud } from "../sandbox/cloud";
import { Checkout, type Ran } from "./checkout";

const REQUEST = path.resolve(__dirname, "../../examples/sales.yaml");
const ACCOUNTS = [HUB, PRODUCER, SPOKE];
const OWNER = "spoke-owner";

/**
 * The platform team may assume the roles in hub and producer, the spoke's owner the one in the spoke, and neither the
 * other's. Role A and the producer's documents name the spoke.
 */
describe("the sides of a spoke, applied by different people (R46)", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let iam: IAMClient;
  let owner: Credentials;
  let untouched: unknown;
  let prepared: unknown;

  const asPlatform = (...args: string[]) => checkout.spokes(...args);
  const asOwner = (...args: string[]) => checkout.spokesAs(owner, ...args);
  const onboardSide = (side: "spoke" | "hub", by: (...args: string[]) => Promise<Ran>) =>
    by("onboard", REQUEST, "--side", side, "--yes");

  async function rungs(ran: Promise<Ran>): Promise<Record<string, string>> {
    const { code, stdout, stderr } = await ran;
    expect(code, stdout + stderr).to.equal(0);
    const { result } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
      result: { rungs: { id: string; status: string }[] };
    };
    return Object.fromEntries(result.rungs.map(({ id, status }) => [id, status]));
  }

  before(async () => {
    const cloud = await testCloud();
    checkout = await Checkout.make(cloud);
    iam = await new Clients(cloud.endpoint).in(IAMClient, SPOKE);
    await iam.send(new CreateUserCommand({ UserName: OWNER }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: OWNER }));
    owner = { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
    await iam.send(
      new PutUserPolicyCommand({
        UserName: OWNER,
        PolicyName: "anything",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" }],
        }),
      }),
    );
    const file = parseDocument(await checkout.read("examples/dev.yaml"));
    file.setIn(["config", "athena-spokes:environment", "roleA"], "list");
    await checkout.write("Pulumi.dev.yaml", file.toString());
    await checkout.bootstrap({});
    await checkout.deployTemplate(SPOKE, "spoke", REQUEST, "--trust", `arn:aws:iam::${SPOKE}:user/${OWNER}`);
    untouched = await checkout.inventory(...ACCOUNTS);
    expectCode(0, await asPlatform("environment", "up", "dev", "--yes"));
    prepared = await checkout.inventory(...ACCOUNTS);
  });

  after(async () => {
    await checkout.remove();
    await iam.send(new DeleteUserPolicyCommand({ UserName: OWNER, PolicyName: "anything" }));
    await iam.send(new DeleteAccessKeyCommand({ UserName: OWNER, AccessKeyId: owner.accessKeyId }));
    await iam.send(new DeleteUserCommand({ UserName: OWNER }));
  });

  it("are each their own people's, who change nothing where they cannot go", async () => {
    const stranger = await onboardSide("hub", asOwner);
    expectCode(4, stranger);
    const team = await onboardSide("spoke", asPlatform);
    expectCode(2, team);
    expectCode(4, await asOwner("onboard", REQUEST, "--yes"));
    expect(differences(prepared, await checkout.inventory(...ACCOUNTS))).to.deep.equal([]);
  });

  it("hub first: ends where the spoke is needed, says whose turn it is, and is finished by the same command", async () => {
    const early = await onboardSide("hub", asPlatform);
    expectCode(1, early);
    expect(early.stdout + early.stderr).to.match(/spokes onboard --side spoke/);
    expectCode(0, await onboardSide("spoke", asOwner));
    expectCode(0, await onboardSide("hub", asPlatform));
    const ofSpoke = await rungs(asOwner("verify", "sales--spoke", "--json"));
    expect(ofSpoke).to.include({
      "role-b": "passed",
      workgroup: "passed",
      "select:acct1dynamodb": "passed",
      "select:AwsDataCatalog": "passed",
      "role-a": "not executed",
    });
    const ofHub = await rungs(asPlatform("verify", "dev-sales--hub", "--json"));
    expect(ofHub).to.include({
      registered: "passed",
      "role-a": "passed",
      "permission:acct1dynamodb": "passed",
      "data-source": "passed",
      browse: "passed",
      "role-b": "not executed",
    });
    expect([...Object.values(ofSpoke), ...Object.values(ofHub)]).to.not.include("failed");
  });

  it("change nothing the second time, and are proved as far as their people can look", async () => {
    for (const [side, by] of [
      ["spoke", asOwner],
      ["hub", asPlatform],
    ] as const) {
      const again = await onboardSide(side, by);
      expectCode(0, again);
      expect(again.stdout).to.match(/nothing changed/);
    }
    // The boundaries of the other side's roles lie in accounts that the owner cannot enter.
    const proved = await asOwner("preview", REQUEST, "--side", "spoke", "--proof");
    expectCode(0, proved);
    expect(proved.stdout).to.match(/: of \d+ expectations of access \d+ not proved\n/);
  });

  it("go one by one, and come in the other order, leaving nothing behind (R76)", async () => {
    expectCode(0, await asPlatform("offboard", "sales--hub", "--yes"));
    expectCode(0, await asOwner("offboard", "sales--spoke", "--yes", "--delete-data"));
    expect(differences(prepared, await checkout.inventory(...ACCOUNTS))).to.deep.equal([]);
    expectCode(0, await onboardSide("spoke", asOwner));
    expectCode(0, await onboardSide("hub", asPlatform));
    expectCode(0, await asOwner("offboard", "sales--spoke", "--yes", "--delete-data"));
    expectCode(0, await asPlatform("offboard", "sales--hub", "--yes"));
    expectCode(0, await asPlatform("environment", "destroy", "dev", "--yes"));
    expect(differences(untouched, await checkout.inventory(...ACCOUNTS))).to.deep.equal([]);
  });
});

function expectCode(code: number, ran: Ran): void {
  expect(ran.code, ran.stdout + ran.stderr).to.equal(code);
}
