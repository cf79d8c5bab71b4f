import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { connectorVariables } from "../../access/connector";
import { ownSpillKey, spillKey, type SpillKey, spillKeyGrants } from "../../access/key";
import { ownConnector, producerConnector } from "../../access/names";
import {
  environmentWith,
  HUB,
  keyedProducers,
  PRODUCER,
  registeredSales,
  requestWith,
  SPOKE,
} from "../worlds";
import { testCloud } from "../sandbox/cloud";
import { Checkout, type Inventory } from "./checkout";

const EXAMPLES = path.resolve(__dirname, "../../examples");
const ACCOUNTS = [HUB, PRODUCER, SPOKE];
const DESCRIPTION = "Encrypts what Athena connectors spill into ";

/** The one key of an account that is in use. */
function enabled(inventory: Inventory | undefined): Inventory["keys"][number] {
  const [key, ...more] = (inventory?.keys ?? []).filter(({ state }) => state === "Enabled");
  if (key === undefined || more.length > 0) throw new Error(`${1 + more.length} keys are in use`);
  return key;
}

function asWanted(key: SpillKey | undefined, grants: unknown[] = []): Inventory["keys"][number] {
  if (key === undefined) throw new Error("a key is wanted");
  return {
    description: DESCRIPTION + key.bucket,
    state: "Enabled",
    days: null,
    aliases: [key.alias],
    policy: key.policy,
    rotation: true,
    grants,
  };
}

describe("customer managed keys, on the real engine (R13, C23, C25)", function () {
  this.timeout(600_000);

  for (const keyAccess of ["policy", "grants"])
    it(`keyAccess: ${keyAccess}: environment and spoke come up with their keys, verify, and leave them pending deletion`, async () => {
      const checkout = await Checkout.make(await testCloud());
      try {
        const environmentFile = parseDocument(await readFile(path.join(EXAMPLES, "dev.yaml"), "utf8"));
        const at = ["config", "athena-spokes:environment"];
        environmentFile.setIn([...at, "keyAccess"], keyAccess);
        environmentFile.setIn(
          [...at, "producers", "music", "connectors", "acct1dynamodb", "customerManagedKey"],
          true,
        );
        await checkout.write("Pulumi.dev.yaml", environmentFile.toString());
        const requestFile = parseDocument(await readFile(path.join(EXAMPLES, "sales.yaml"), "utf8"));
        const deploy = { name: "ownmusic", tables: ["Music"], sampleData: true, customerManagedKey: true };
        requestFile.addIn(["connectors"], { deploy });
        const requestPath = await checkout.write("keyed.yaml", requestFile.toString());
        const request = requestWith({ connectors: [{ from: "music" }, { deploy }] });
        const environment = environmentWith({
          producers: keyedProducers,
          keyAccess,
          spokes: { sales: registeredSales },
        });

        await checkout.bootstrap({ [SPOKE]: requestPath });
        // Where the producer's onboarder may let in this spoke's account only, that suffices.
        if (keyAccess === "grants") await checkout.deployTemplate(PRODUCER, "producer", "--spokes", SPOKE);
        const ups = await checkout.spokes("environment", "up", "dev", "--yes");
        expect(ups.code, ups.stdout + ups.stderr).to.equal(0);
        const prepared = await checkout.inventory(...ACCOUNTS);
        expect(enabled(prepared[PRODUCER])).to.deep.equal(
          asWanted(spillKey({ ...environment, spokes: {} }, "music")),
        );
        const connector = producerConnector(environment, "music", "acct1dynamodb");
        expect(prepared[PRODUCER]?.functions["acct1dynamodb"]?.variables).to.deep.equal(
          connectorVariables(connector),
        );
        const again = await checkout.spokes("environment", "up", "dev", "--yes");
        expect(again.stdout).to.include("dev: nothing changed");

        const onboarded = await checkout.spokes("onboard", requestPath, "--yes");
        expect(onboarded.code, onboarded.stdout + onboarded.stderr).to.equal(0);
        expect(onboarded.stdout).to.match(/✔ KMS key alias\/dev-music-athena-spill has exactly its policy/);
        expect(onboarded.stdout).to.match(/✔ KMS key alias\/dev-sales-athena-spill has exactly its policy/);
        const now = await checkout.inventory(...ACCOUNTS);
        const grants = spillKeyGrants(request, environment, "music").map(
          ({ name, granteePrincipal, operations, encryptionContextSubset }) => ({
            name,
            grantee: granteePrincipal,
            operations,
            constraints: { EncryptionContextSubset: encryptionContextSubset },
          }),
        );
        expect(enabled(now[PRODUCER])).to.deep.equal(
          asWanted(spillKey(environment, "music"), keyAccess === "grants" ? grants : []),
        );
        expect(enabled(now[SPOKE])).to.deep.equal(asWanted(ownSpillKey(request)));
        const [, own] = request.connectors;
        if (own === undefined || !("deploy" in own)) throw new Error("the request deploys a connector");
        expect(now[SPOKE]?.functions["ownmusic"]?.variables).to.deep.equal(
          connectorVariables(ownConnector(request, own)),
        );
        for (const [account, bucket] of [
          [PRODUCER, "dev-music-athena-spill-122222222222"],
          [SPOKE, "dev-sales-athena-spill-133333333333"],
        ] as const)
          expect(now[account]?.buckets[bucket]?.encryption).to.satisfy(
            (
              rules: {
                ApplyServerSideEncryptionByDefault: Record<string, string>;
                BucketKeyEnabled: boolean;
              }[],
            ) =>
              rules.length === 1 &&
              rules[0]?.BucketKeyEnabled === true &&
              rules[0].ApplyServerSideEncryptionByDefault["SSEAlgorithm"] === "aws:kms" &&
              rules[0].ApplyServerSideEncryptionByDefault["KMSMasterKeyID"]?.startsWith(
                `arn:aws:kms:us-east-1:${account}:key/`,
              ),
          );

        const pending = /pending deletion: KMS key \S+ of (\d{12}), for 30 days; in that account/g;
        const told = (text: string) => [...text.matchAll(pending)].map(([, account]) => account);
        const offboarded = await checkout.spokes("offboard", "sales", "--yes");
        expect(offboarded.code, offboarded.stdout + offboarded.stderr).to.equal(0);
        expect(told(offboarded.stdout + offboarded.stderr)).to.deep.equal([SPOKE]);
        const left = await checkout.inventory(...ACCOUNTS);
        expect(enabled(left[PRODUCER])).to.deep.equal(enabled(prepared[PRODUCER]));
        expect(left[SPOKE]?.keys.at(-1)).to.deep.include({ state: "PendingDeletion", days: 30, aliases: [] });

        const destroyed = await checkout.spokes("environment", "destroy", "dev", "--yes");
        expect(destroyed.code, destroyed.stdout + destroyed.stderr).to.equal(0);
        expect(told(destroyed.stdout + destroyed.stderr)).to.deep.equal([PRODUCER]);
        const ended = await checkout.inventory(...ACCOUNTS);
        expect(ended[PRODUCER]?.keys.map(({ state }) => state)).to.not.include("Enabled");
        expect(ended[PRODUCER]?.keys.at(-1)).to.deep.include({
          state: "PendingDeletion",
          days: 30,
          aliases: [],
        });
      } finally {
        await checkout.remove();
      }
    });
});
