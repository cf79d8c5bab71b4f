import { readFile } from "node:fs/promises";
import path from "node:path";
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } from "@aws-sdk/client-cloudtrail";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { type Alarms, hubAlarms, spokeAlarms } from "../../access/alarms";
import { spillBucketPolicy } from "../../access/bucket";
import { invokeStatement, organizationInvokeGrant, spokeInvokeGrants } from "../../access/connector";
import { producerConnector } from "../../access/names";
import { roleAPermissions } from "../../access/role-a";
import { environmentWith, HUB, PRODUCER, registeredSales, requestWith, SPOKE } from "../worlds";
import { Clients } from "../sandbox/clients";
import { testCloud } from "../sandbox/cloud";
import { Checkout, type Inventory } from "./checkout";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const ACCOUNTS = [HUB, PRODUCER, SPOKE];

/** The scopes beside the default one, which onboarding.spec.ts goes through. */
const scopes = [
  { roleA: "pattern", producerGrants: "organization", updatesEnvironment: false },
  {
    roleA: "list",
    producerGrants: "roles",
    updatesEnvironment: true,
    alarms: { trail: "management-events" },
  },
];

/** Alarms as the inventory has them. */
function shown(alarms: Alarms | undefined) {
  const { topic, rules = [], scans = [] } = alarms ?? {};
  const actions = topic === undefined ? [] : [topic.arn];
  return {
    topics: topic === undefined ? {} : { [topic.name]: topic.policy },
    rules: Object.fromEntries(
      rules.map(({ name, pattern }) => [
        name,
        { pattern, state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", targets: actions },
      ]),
    ),
    alarms: Object.fromEntries(
      scans.map(({ name, threshold, workgroup }) => [name, { threshold, actions, workgroups: [workgroup] }]),
    ),
  };
}

function alarmsIn(account: Inventory | undefined) {
  const { topics = {}, rules, alarms } = account ?? {};
  return {
    topics: Object.fromEntries(Object.entries(topics).map(([name, { policy }]) => [name, policy])),
    rules,
    alarms,
  };
}

/** Makes the trail by which alarms hear. */
async function startTrail(account: string, Name: string): Promise<void> {
  const client = await new Clients((await testCloud()).endpoint).in(CloudTrailClient, account);
  await client.send(new CreateTrailCommand({ Name, S3BucketName: "trails" }));
  await client.send(new StartLoggingCommand({ Name }));
}

/** What is deployed is proved, topics too, and stands as it is when everything is run again (R73). */
async function verified(checkout: Checkout): Promise<void> {
  const proved = await checkout.spokes("verify", "sales", "--proof");
  expect(proved.code, proved.stdout + proved.stderr).to.equal(0);
  for (const again of [
    ["environment", "up", "dev", "--yes"],
    ["onboard", path.join(EXAMPLES, "sales.yaml"), "--yes"],
  ]) {
    const ran = await checkout.spokes(...again);
    expect(ran.code, ran.stdout + ran.stderr).to.equal(0);
    expect(ran.stdout).to.match(/nothing changed/);
  }
}

describe("scopes, on the real engine", function () {
  this.timeout(600_000);

  it("two accounts, a hub that lists the one Role B and a spoke with its own data, are enough (R44, R48)", async () => {
    const checkout = await Checkout.make(await testCloud());
    const accounts = [HUB, SPOKE];
    const done = async (...args: string[]) => {
      const ran = await checkout.spokes(...args);
      expect(ran.code, ran.stdout + ran.stderr).to.equal(0);
      return ran;
    };
    try {
      const request = path.join(EXAMPLES, "two-accounts-sales.yaml");
      const written = await readFile(path.join(EXAMPLES, "two-accounts.yaml"), "utf8");
      await checkout.write("Pulumi.dev.yaml", written);
      await checkout.bootstrap({ [SPOKE]: request }, { hub: HUB, producer: {} });
      const untouched = await checkout.inventory(...accounts);
      await done("environment", "up", "dev", "--yes", "--proof");
      await done("onboard", request, "--yes", "--proof");
      const [hub] = Object.values(await checkout.inventory(HUB));
      expect(Object.values(hub?.roles["qs-athena-cross-account-role-a"]?.attached ?? {})).to.have.length(1);
      const sql = "SELECT order_id FROM sales.orders ORDER BY order_id";
      const { stdout } = await done("query", sql, "--spoke", "sales", "--as", "quick", "--json");
      expect(stdout).to.include('"rows":[["1"],["2"],["3"]]');
      const as = `${SPOKE}:athena-spokes-spoke-deployer-dev`;
      const refused = await checkout.spokes("query", sql, "--spoke", "sales", "--as", as);
      expect(refused.code, refused.stdout).to.equal(1);
      expect(refused.stderr).to.match(/not authorized to perform: athena:StartQueryExecution/);
      await done("verify", "sales", "--proof");
      expect((await done("environment", "up", "dev", "--yes")).stdout).to.match(/nothing changed/);
      expect((await done("onboard", request, "--yes")).stdout).to.match(/nothing changed/);
      // Queries have left results, which are people's.
      await done("offboard", "sales", "--yes", "--delete-data");
      await done("environment", "destroy", "dev", "--yes");
      expect(await checkout.inventory(...accounts)).to.deep.equal(untouched);
    } finally {
      await checkout.remove();
    }
  });

  for (const { roleA, producerGrants, updatesEnvironment, alarms } of scopes)
    it(`roleA: ${roleA} and producerGrants: ${producerGrants} give what access/ says, and take it back (C12, C24)`, async () => {
      const checkout = await Checkout.make(await testCloud());
      try {
        const file = parseDocument(await readFile(path.join(EXAMPLES, "dev.yaml"), "utf8"));
        file.setIn(["config", "athena-spokes:environment", "roleA"], roleA);
        file.setIn(["config", "athena-spokes:environment", "producerGrants"], producerGrants);
        if (alarms !== undefined) file.setIn(["config", "athena-spokes:environment", "alarms"], alarms);
        await checkout.write("Pulumi.dev.yaml", file.toString());
        await checkout.bootstrap({ [SPOKE]: path.join(EXAMPLES, "sales.yaml") });
        const untouched = await checkout.inventory(...ACCOUNTS);

        if (alarms !== undefined) {
          const early = await checkout.spokes("environment", "up", "dev", "--yes");
          expect(early.code, early.stdout + early.stderr).to.equal(2);
          expect(early.stderr).to.match(
            /alarms\.trail: trail management-events of alarms is not there, or is another Region's alone, in 1{12}/,
          );
          for (const account of [HUB, SPOKE]) await startTrail(account, alarms.trail);
        }
        const ups = await checkout.spokes("environment", "up", "dev", "--yes");
        expect(ups.code, ups.stdout + ups.stderr).to.equal(0);
        const prepared = await checkout.inventory(...ACCOUNTS);
        const environmentState = await checkout.state("dev");

        const onboarded = await checkout.spokes("onboard", path.join(EXAMPLES, "sales.yaml"), "--yes");
        expect(onboarded.code, onboarded.stdout + onboarded.stderr).to.equal(0);
        expect((await checkout.state("dev")) === environmentState).to.equal(!updatesEnvironment);

        const spokes = updatesEnvironment ? { sales: registeredSales } : {};
        const environment = environmentWith({ roleA, producerGrants, spokes, alarms });
        const connector = producerConnector(environment, "music", "acct1dynamodb");
        const grants = [
          ...[organizationInvokeGrant(environment)].filter((grant) => grant !== undefined),
          ...spokeInvokeGrants(requestWith(), environment, connector),
        ];
        const now = await checkout.inventory(...ACCOUNTS);
        const roleADocuments = now[HUB]?.roles["qs-athena-cross-account-role-a"];
        expect({ ...roleADocuments?.inline, ...roleADocuments?.attached }).to.deep.equal(
          Object.fromEntries(roleAPermissions(environment)),
        );
        expect(now[PRODUCER]?.functions["acct1dynamodb"]?.statements).to.have.deep.members(
          grants.map((grant) => invokeStatement(connector, grant)),
        );
        expect(now[PRODUCER]?.buckets["dev-music-athena-spill-122222222222"]?.policy).to.deep.equal(
          spillBucketPolicy(environment, "music"),
        );
        expect(now[HUB]?.data_sources["dev-sales"]?.status).to.equal("CREATION_SUCCESSFUL");
        expect(alarmsIn(now[HUB])).to.deep.equal(shown(hubAlarms(environment)));
        expect(alarmsIn(now[SPOKE])).to.deep.equal(shown(spokeAlarms(requestWith(), environment)));
        if (alarms !== undefined) await verified(checkout);

        const offboarded = await checkout.spokes("offboard", "sales", "--yes");
        expect(offboarded.code, offboarded.stdout + offboarded.stderr).to.equal(0);
        expect(await checkout.inventory(...ACCOUNTS)).to.deep.equal(prepared);
        const destroyed = await checkout.spokes("environment", "destroy", "dev", "--yes");
        expect(destroyed.code, destroyed.stdout + destroyed.stderr).to.equal(0);
        expect(await checkout.inventory(...ACCOUNTS)).to.deep.equal(untouched);
      } finally {
        await checkout.remove();
      }
    });
});
