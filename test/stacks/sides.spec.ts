import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { faultsOnSide, type Side } from "../../access/side";
import { spokeStackName } from "../../access/names";
import { SPOKE_KEY } from "../../stacks/configuration";
import { program } from "../../stacks/program";
import { spokeStack } from "../../stacks/spoke";
import { configurations, type Configuration } from "../access/configurations";
import { recordRegistrations } from "../components/registrations";
import { environmentWith, keyedProducers, requestWith } from "../worlds";

/** What a stack of the configuration registers, without the ways to accounts: type, name, inputs and what protects it. */
async function registered({ request, environment }: Configuration, side?: Side) {
  const all = await recordRegistrations(() => spokeStack(request, { side }), {
    stack: spokeStackName(environment.name, request.spoke, side),
    preview: true,
    stackOutputs: {
      environment,
      spillKeys: Object.fromEntries(
        Object.keys(environment.producers).map((producer) => [producer, "arn:aws:kms:::key/k"]),
      ),
    },
  });
  const customs = all.filter(({ type, custom }) => custom && !type.startsWith("pulumi:"));
  const ways = all.filter(({ type }) => type.startsWith("pulumi:providers:"));
  return {
    resources: customs.map(({ type, name, inputs, protect }) => ({ type, name, inputs, protect })),
    ways: ways.map(({ name }) => name),
  };
}

describe("sides of a spoke (R46)", () => {
  for (const configuration of configurations.filter(({ request, environment }) =>
    (["spoke", "hub"] as const).every((side) => faultsOnSide(request, environment, side).length === 0),
  ))
    it(`hold together what one stack holds, nothing twice, each by its own accounts: ${configuration.name}`, async () => {
      const [whole, spoke, hub] = [
        await registered(configuration),
        await registered(configuration, "spoke"),
        await registered(configuration, "hub"),
      ];
      expect([...spoke.resources, ...hub.resources]).to.have.deep.members(whole.resources);
      expect(spoke.ways.filter((name) => hub.ways.includes(name))).to.deep.equal([]);
      expect(spoke.ways.every((name) => name === "spoke" || name.startsWith("tables-"))).to.equal(true);
      expect(hub.ways.every((name) => name === "hub" || name.startsWith("producer-"))).to.equal(true);
    });

  it("are what their stack's name says, in plain pulumi too (R46)", async () => {
    pulumi.runtime.setAllConfig({ [SPOKE_KEY]: JSON.stringify(requestWith()) });
    const holds = async (stack: string) => {
      const all = await recordRegistrations(() => program(), {
        stack,
        preview: true,
        stackOutputs: { environment: environmentWith() },
      });
      return all.flatMap(({ type }) => (type.startsWith("athena-spokes:") ? [type.split(":").at(-1)] : []));
    };
    const [spoke, hub] = [await holds("dev-sales--spoke"), await holds("dev-sales--hub")];
    expect(spoke).to.include("SpokeAccount").and.not.include("QuickDataSource");
    expect(hub).to.deep.equal(["ProducerGrants", "QuickDataSource"]);
    expect(await holds("dev-sales")).to.include.members(["SpokeAccount", "QuickDataSource"]);
    pulumi.runtime.setAllConfig({});
  });

  it("are refused where one cannot do without the other", () => {
    const connectors = [{ from: "music", registeredBy: "producer" }];
    const shared = requestWith({ connectors });
    for (const side of ["spoke", "hub"] as const)
      expect(faultsOnSide(shared, environmentWith(), side).map(({ path }) => path)).to.deep.equal([
        "connectors[0].registeredBy",
      ]);
    const byHand = requestWith({
      connectors: [{ ...connectors[0], sharePermissions: "create-only", sharedBy: "connector-admins" }],
    });
    expect(faultsOnSide(byHand, environmentWith(), "spoke")).to.deep.equal([]);
  });

  it("are refused where the hub's has nothing to do", () => {
    const alone = requestWith({ quick: false, connectors: [] });
    expect(faultsOnSide(alone, environmentWith(), "hub").map(({ path }) => path)).to.deep.equal(["quick"]);
    expect(faultsOnSide(alone, environmentWith(), "spoke")).to.deep.equal([]);
    const attaching = requestWith({ quick: false });
    expect(faultsOnSide(attaching, environmentWith(), "hub")).to.deep.equal([]);
    const open = environmentWith({ producerGrants: "organization" });
    expect(faultsOnSide(attaching, open, "hub").map(({ path }) => path)).to.deep.equal(["quick"]);
    const granting = environmentWith({
      producerGrants: "organization",
      keyAccess: "grants",
      producers: keyedProducers,
    });
    expect(faultsOnSide(attaching, granting, "hub")).to.deep.equal([]);
  });

  it("refuse in plain pulumi what the command refuses", async () => {
    const request = requestWith({ connectors: [{ from: "music", registeredBy: "producer" }] });
    const environment = environmentWith();
    let thrown: unknown;
    await recordRegistrations(
      async () => {
        thrown = await spokeStack(request, { side: "spoke" }).catch((error: unknown) => error);
      },
      { stack: "dev-sales--spoke", preview: true, stackOutputs: { environment } },
    );
    expect(String(thrown)).to.match(/connectors\[0\]\.registeredBy: .*neither side can do it/);
  });
});
