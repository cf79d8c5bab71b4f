import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { spillBucketPolicy } from "../../access/bucket";
import { invokeStatement, organizationInvokeGrant, spokeInvokeGrants } from "../../access/connector";
import { producerConnector } from "../../access/names";
import { roleAPermissions } from "../../access/role-a";
import { environmentWith, HUB, PRODUCER, registeredSales, requestWith, SPOKE } from "../worlds";
import { testCloud } from "../sandbox/cloud";
import { Checkout } from "./checkout";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const ACCOUNTS = [HUB, PRODUCER, SPOKE];

/** The scopes beside the default one, which onboarding.spec.ts goes through. */
const scopes = [
  { roleA: "pattern", producerGrants: "organization", updatesEnvironment: false },
  { roleA: "list", producerGrants: "roles", updatesEnvironment: true },
];

describe("scopes, on the real engine", function () {
  this.timeout(600_000);

  for (const { roleA, producerGrants, updatesEnvironment } of scopes)
    it(`roleA: ${roleA} and producerGrants: ${producerGrants} give what access/ says, and take it back (C12, C24)`, async () => {
      const checkout = await Checkout.make(await testCloud());
      try {
        const file = parseDocument(await readFile(path.join(EXAMPLES, "dev.yaml"), "utf8"));
        file.setIn(["config", "athena-spokes:environment", "roleA"], roleA);
        file.setIn(["config", "athena-spokes:environment", "producerGrants"], producerGrants);
        await checkout.write("Pulumi.dev.yaml", file.toString());
        await checkout.bootstrap({ [SPOKE]: path.join(EXAMPLES, "sales.yaml") });
        const untouched = await checkout.inventory(...ACCOUNTS);

        const ups = await checkout.spokes("environment", "up", "dev", "--yes");
        expect(ups.code, ups.stdout + ups.stderr).to.equal(0);
        const prepared = await checkout.inventory(...ACCOUNTS);
        const environmentState = await checkout.state("dev");

        const onboarded = await checkout.spokes("onboard", path.join(EXAMPLES, "sales.yaml"), "--yes");
        expect(onboarded.code, onboarded.stdout + onboarded.stderr).to.equal(0);
        expect((await checkout.state("dev")) === environmentState).to.equal(!updatesEnvironment);

        const spokes = updatesEnvironment ? { sales: registeredSales } : {};
        const environment = environmentWith({ roleA, producerGrants, spokes });
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
