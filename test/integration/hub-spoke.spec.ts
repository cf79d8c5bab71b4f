import { expect } from "chai";
import path from "node:path";
import { parseDocument } from "yaml";
import { differences } from "../../automation/verify/documents";
import { readRequest } from "../../access/request";
import { roleAName, roleBName, sharedRoleAName } from "../../access/names";
import { dedicatedRoleAPermissions, dedicatedRoleATrust } from "../../access/role-a";
import { roleBTrust } from "../../access/role-b";
import { environmentWith, HUB, PRODUCER } from "../worlds";
import { testCloud } from "../sandbox/cloud";
import { Checkout, type Ran } from "./checkout";

const ACCOUNTS = [HUB, PRODUCER];
const REQUEST = { spoke: "own", environment: "dev", account: HUB, region: "us-east-1", sampleData: true };
const request = readRequest(REQUEST, "own.yaml");
const dedicated = environmentWith({ roleA: "dedicated" });
const SHARED = sharedRoleAName(environmentWith());

describe("a spoke in the hub's own account, through the scopes of Role A, on the real engine (R45, C12)", function () {
  this.timeout(600_000);
  let checkout: Checkout;
  let file: string;

  before(async () => {
    checkout = await Checkout.make(await testCloud());
    file = await checkout.write("own.yaml", JSON.stringify(REQUEST));
  });

  after(() => checkout.remove());

  /** Writes the environment with these scopes. */
  async function scopes(roleA: string, formerRoleA?: string): Promise<void> {
    const written = parseDocument(await checkout.read(path.join("examples", "dev.yaml")));
    const at = ["config", "athena-spokes:environment"];
    written.setIn([...at, "roleA"], roleA);
    if (formerRoleA !== undefined) written.setIn([...at, "formerRoleA"], formerRoleA);
    await checkout.write("Pulumi.dev.yaml", written.toString());
  }

  const up = async () => done(await checkout.spokes("environment", "up", "dev", "--yes"));
  const onboard = async () => done(await checkout.spokes("onboard", file, "--yes", "--no-verify"));

  /** What Quick gets through the chain as it is now. */
  async function rows(): Promise<unknown> {
    const sql = "SELECT order_id FROM own.orders ORDER BY order_id";
    const ran = done(await checkout.spokes("query", sql, "--spoke", "own", "--as", "quick", "--json"));
    return (JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "") as { result: { rows: unknown } }).result
      .rows;
  }
  const ROWS = [["1"], ["2"], ["3"]];

  it("goes from pattern to a Role A of its own without losing its access or being made anew, and leaves nothing", async () => {
    await scopes("pattern");
    await checkout.bootstrap({ [HUB]: file });
    const untouched = await checkout.inventory(...ACCOUNTS);
    await up();
    await onboard();
    expect(await rows()).to.deep.equal(ROWS);
    const before = await inventory();

    await scopes("dedicated");
    const refused = await checkout.spokes("environment", "up", "dev", "--yes");
    expect([refused.code, refused.stdout + refused.stderr]).to.satisfy(
      ([code, text]: [number, string]) =>
        code === 2 && text.includes(`would lose Role A ${SHARED}, as which Quick still goes into dev-own`),
    );

    await scopes("dedicated", "pattern");
    await checkout.bootstrap({});
    await up();
    expect(await rows()).to.deep.equal(ROWS);

    await onboard();
    expect(await rows()).to.deep.equal(ROWS);
    const moved = await inventory();
    const name = roleAName(dedicated, request);
    expect(Object.keys(moved.roles)).to.have.members([...Object.keys(before.roles), name]);
    expect(moved.roles[name]).to.deep.include({
      trust: dedicatedRoleATrust(request, dedicated),
      inline: { AssumeConsumerRolePolicy: dedicatedRoleAPermissions(request, dedicated) },
    });
    expect(moved.roles[roleBName(request, dedicated)]?.trust).to.deep.equal(roleBTrust(request, dedicated));
    // The same data source, run as the new role.
    expect(moved.data_sources["dev-own"]).to.deep.equal({
      ...before.data_sources["dev-own"],
      status: "UPDATE_SUCCESSFUL",
      parameters: {
        AthenaParameters: {
          WorkGroup: "dev-own",
          RoleArn: `arn:aws:iam::${HUB}:role/${name}`,
          ConsumerAccountRoleArn: `arn:aws:iam::${HUB}:role/qs-athena-consumer-role`,
        },
      },
    });

    await scopes("dedicated");
    await up();
    expect(Object.keys((await inventory()).roles)).to.not.include(SHARED);
    expect(await rows()).to.deep.equal(ROWS);
    done(await checkout.spokes("verify", "own"));
    expect(done(await checkout.spokes("onboard", file, "--yes")).stdout).to.match(/nothing changed/);

    // Queries have left results, which are people's.
    done(await checkout.spokes("offboard", "own", "--yes", "--delete-data"));
    done(await checkout.spokes("environment", "destroy", "dev", "--yes"));
    await scopes("pattern");
    await checkout.bootstrap({});
    expect(differences(untouched, await checkout.inventory(...ACCOUNTS))).to.deep.equal([]);
  });

  async function inventory() {
    const { [HUB]: hub } = await checkout.inventory(...ACCOUNTS);
    if (hub === undefined) throw new Error("the hub has no inventory");
    return hub;
  }
});

function done(ran: Ran): Ran {
  expect(ran.code, ran.stdout + ran.stderr).to.equal(0);
  return ran;
}
