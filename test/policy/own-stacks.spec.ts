/**
 * This project's own stacks in every form that an environment and a request give them, judged by all rules as in a first
 * preview: what AWS makes up is unknown.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { type Environment, readEnvironment } from "../../access/environment";
import { faultsInEnvironment, readRequest, registrationOf, type SpokeRequest } from "../../access/request";
import { rules } from "../../policy/rules";
import { exactExternalId } from "../../policy/rules/exact-external-id";
import { types } from "../../policy/reading/types";
import { environmentStack } from "../../stacks/environment";
import { spokeStack } from "../../stacks/spoke";
import { type Registered, recordRegistrations } from "../components/registrations";
import {
  environmentWith,
  HUB,
  keyedProducers,
  OTHER_SPOKE,
  PRODUCER,
  registeredSales,
  requestWith,
} from "../worlds";
import { findings, told, UNKNOWN, type Written } from "./world";

type Changes = Readonly<Record<string, unknown>>;

/** Account under which mocks make up ARNs, and the ending of the ids that they make up. */
const MADE_UP = /000000000000|-id$|^the-key$/;

function unknownWhereMadeUp(value: unknown): unknown {
  if (typeof value === "string") return MADE_UP.test(value) ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map(unknownWhereMadeUp);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unknownWhereMadeUp(inner)]));
}

/** A registered resource as the engine would hand it to the pack. */
function written(resource: Registered, all: readonly Registered[]): Written {
  const provider = all.find(({ urn }) => resource.provider.startsWith(`${urn}::`));
  const parent = all.find(({ urn }) => urn === resource.parent);
  const account = JSON.stringify(provider?.inputs["allowedAccountIds"] ?? "none").match(/\d{12}/)?.[0];
  return {
    type: resource.type,
    name: resource.name,
    props: unknownWhereMadeUp(resource.inputs) as Record<string, unknown>,
    account: account ?? "none",
    ...(parent === undefined ? {} : { within: parent.type }),
    from: Object.fromEntries(
      Object.entries(resource.sources).map(([property, urns]) => [
        property,
        all.filter(({ urn }) => urns.includes(urn)).map(({ name }) => name),
      ]),
    ),
  };
}

function customs(registered: readonly Registered[]): Written[] {
  return registered
    .filter(({ custom, type }) => custom && !type.startsWith("pulumi:"))
    .map((resource) => written(resource, registered));
}

/** What rules say, but for what this project acknowledges. */
async function said(stack: readonly Written[]): Promise<string[]> {
  // The outputs are always there.
  expect(stack.length).to.be.greaterThan(1);
  // The engine asks no rule that is disabled.
  return (
    await told(
      rules.filter(({ level }) => level !== "disabled"),
      stack,
    )
  )
    .filter(({ policy, on }) => !(policy === "table-deletion-protection" && /music$/.test(on)))
    .map(({ policy, on, text }) => `${policy}, ${on}: ${text}`);
}

const EXAMPLES = path.join(__dirname, "../../examples");

const PLAIN = "as the examples have it";
const ATTACHED = "with a producer's connector";

async function saidOfEnvironment(environment: Environment): Promise<string[]> {
  const registered = await recordRegistrations(() => environmentStack(environment));
  const outputs = { type: types.stack, name: "stack", account: "none", props: {}, outputs: { environment } };
  return said([...customs(registered), outputs]);
}

async function saidOfSpoke(request: SpokeRequest, environment: Environment): Promise<string[]> {
  const spillKeys = { music: `arn:aws:kms:us-east-1:${PRODUCER}:key/1` };
  const registered = await recordRegistrations(() => spokeStack(request), {
    stackOutputs: { environment, spillKeys },
  });
  const reference = {
    type: types.stackReference,
    name: "environment",
    account: "none",
    props: {},
    outputs: { outputs: { environment } },
  };
  return said([...customs(registered), reference]);
}

const environments: Readonly<Record<string, Changes>> = {
  [PLAIN]: {},
  "with a list of roles": { roleA: "list" },
  "with alarms": { alarms: { trail: "management-events" } },
  "that grants to the organization": { producerGrants: "organization" },
  "that grants to roles": { producerGrants: "roles" },
  "with names of its own": { names: "environment" },
  "with readers of other accounts": {
    producers: {
      music: {
        ...keyedProducers.music,
        connectors: { acct1dynamodb: { tables: ["Music"] } },
        tableReaders: { reader: { account: OTHER_SPOKE, table: "Music" } },
      },
    },
  },
  "with AWS's application": {
    producers: {
      music: {
        account: PRODUCER,
        connectors: { acct1dynamodb: { tables: ["Music"], application: "2026.33.1" } },
      },
    },
  },
  "with keys": { producers: keyedProducers },
  "with keys, for roles": { producers: keyedProducers, producerGrants: "roles" },
  "with keys, for the organization": { producers: keyedProducers, producerGrants: "organization" },
  "with keys and grants": { producers: keyedProducers, keyAccess: "grants" },
};

const requests: Readonly<Record<string, SpokeRequest>> = {
  [ATTACHED]: requestWith(),
  "with a connector of its own": requestWith({
    connectors: [{ deploy: { tables: ["Music"], sampleData: true } }],
  }),
  "with a connector of its own and a key": requestWith({
    connectors: [{ deploy: { tables: ["Music"], customerManagedKey: true } }],
  }),
  "with data that is there": requestWith({
    sampleData: false,
    data: [{ database: "orders", prefixes: ["s3://acme-orders/2026/"] }],
  }),
};

/** What comes of a new key: its id is known after the update. */
const later = (said: string) => said.startsWith("known-later, ");

describe("the project's own stacks under the policy pack", () => {
  for (const [title, changes] of Object.entries(environments)) {
    const environment = environmentWith({ ...changes, spokes: { sales: registeredSales } });

    it(`an environment ${title} keeps every rule`, async () => {
      expect((await saidOfEnvironment(environment)).filter((each) => !later(each))).to.deep.equal([]);
    });

    // What a spoke makes of its own does not depend on the environment's grants.
    for (const [kind, request] of Object.entries(title === PLAIN ? requests : { [ATTACHED]: requestWith() }))
      it(`a spoke ${kind} keeps every rule in an environment ${title}`, async () => {
        expect((await saidOfSpoke(request, environment)).filter((each) => !later(each))).to.deep.equal([]);
      });
  }

  const files = readdirSync(EXAMPLES).filter((file) => file.endsWith(".yaml"));
  const parsed = files.map((file) => [file, parse(readFileSync(path.join(EXAMPLES, file), "utf8"))] as const);
  const exampleEnvironments = parsed.flatMap(([file, text]) => {
    const { config } = text as { config?: Record<string, unknown> };
    return config === undefined
      ? []
      : [[file, readEnvironment("dev", config["athena-spokes:environment"])] as const];
  });
  const exampleRequests = parsed.flatMap(([file, text]) =>
    "config" in (text as object) ? [] : [[file, readRequest(text, file)] as const],
  );

  for (const [file, environment] of exampleEnvironments)
    it(`examples/${file} keeps every rule`, async () => {
      expect((await saidOfEnvironment(environment)).filter((each) => !later(each))).to.deep.equal([]);
    });

  for (const [file, request] of exampleRequests)
    it(`examples/${file} keeps every rule in each example of an environment that it fits`, async () => {
      const fitting = exampleEnvironments.filter(
        ([, environment]) => faultsInEnvironment(request, environment).length === 0,
      );
      expect(fitting).to.have.length.greaterThan(0);
      for (const [, environment] of fitting) {
        const spokes = { [request.spoke]: registrationOf(request, environment) };
        expect(
          (await saidOfSpoke(request, { ...environment, spokes })).filter((each) => !later(each)),
        ).to.deep.equal([]);
      }
    });

  it("an external id of any data source breaks exact-external-id, as its parameter says (C21)", async () => {
    const environment = environmentWith({ externalId: "any-data-source" });
    const stackOutputs = { environment };
    const registered = await recordRegistrations(() => spokeStack(requestWith()), { stackOutputs });
    expect(await findings(exactExternalId, customs(registered))).to.deep.equal([
      `sales-role-b: statement RoleAAssumesRoleB of the trust takes the external id "arn:aws:quicksight:us-east-1:${HUB}:datasource/*"`,
    ]);
    const configured = { anyDataSource: true };
    expect(await findings(exactExternalId, customs(registered), { configured })).to.deep.equal([]);
  });
});
