import { expect } from "chai";
import { namesItsSpokes, readEnvironment } from "../../access/environment";
import { environmentWith, HUB, ORGANIZATION, PRODUCER, REGION } from "../worlds";

const hub = { account: HUB, quick: { owners: ["group/bi-admins"] } };

describe("environment", () => {
  it("fills in the defaults (C24)", () => {
    expect(readEnvironment("dev", { region: REGION, organization: ORGANIZATION, hub })).to.deep.equal({
      name: "dev",
      region: REGION,
      organization: ORGANIZATION,
      names: "seed",
      roleA: "pattern",
      producerGrants: "accounts",
      keyAccess: "policy",
      externalId: "exact",
      protect: true,
      hub: {
        account: HUB,
        quick: { namespace: "default", owners: ["group/bi-admins"], authors: [] },
      },
      producers: {},
      products: {},
      grants: [],
      spokes: {},
      tags: {},
    });
  });

  const wrong: { name: string; written: Record<string, unknown>; message: string }[] = [
    {
      name: "pattern without an organization (C24)",
      written: { region: REGION, hub },
      message:
        "environment dev has a fault:\n  roleA: scope pattern needs the organization's id, since a name pattern alone would reach strangers' accounts: add `organization: o-...` or choose `roleA: list`",
    },
    {
      name: "organization grants without an organization (C24)",
      written: { region: REGION, hub, roleA: "list", producerGrants: "organization" },
      message:
        "environment dev has a fault:\n  producerGrants: scope organization needs the organization's id: add `organization: o-...` or choose `producerGrants: accounts`",
    },
    {
      name: "a data source without owner (R63, C16)",
      written: { region: REGION, organization: ORGANIZATION, hub: { account: HUB, quick: { owners: [] } } },
      message: "environment dev has a fault:\n  hub.quick.owners: name at least one of the owners",
    },
    {
      name: "names of producers, connectors and spokes that cannot be names",
      written: {
        region: REGION,
        organization: ORGANIZATION,
        hub,
        producers: {
          music: { account: PRODUCER, connectors: { A1: { tables: ["Music"] } } },
          "My Music": { account: PRODUCER, connectors: { a1: { tables: ["Music"] } } },
        },
        spokes: { EMEA: { account: "133333333333", roleB: "x" } },
      },
      message:
        'environment dev has 3 faults:\n  producers.music.connectors.A1: "A1" is not a valid connector name: use 1-47 lower-case letters, digits, _ and - (it names the Lambda function and the catalog)\n  producers.My Music: "My Music" is not a valid producer name: use 1-20 lower-case letters, digits and single dashes, beginning with a letter\n  spokes.EMEA: "EMEA" is not a valid spoke name: use 1-20 lower-case letters, digits and single dashes, beginning with a letter',
    },
    {
      name: "a scope that does not exist",
      written: { region: REGION, organization: ORGANIZATION, hub, roleA: "all" },
      message: 'environment dev has a fault:\n  roleA: "all" is not a scope of Role A: write pattern or list',
    },
    {
      name: "a producer without connectors, and spokes of unknown producers",
      written: {
        region: REGION,
        organization: ORGANIZATION,
        hub,
        producers: { music: { account: PRODUCER, connectors: {} } },
        spokes: { sales: { account: "133333333333", roleB: "x", producers: ["musik"] } },
      },
      message:
        'environment dev has 2 faults:\n  producers.music.connectors: a producer without a connector or a product shares nothing: name one\n  spokes.sales.producers[0]: there is no producer "musik" here: known is music',
    },
    {
      name: "a jar that is more than one object, for a deployer could fetch all of them",
      written: {
        region: REGION,
        organization: ORGANIZATION,
        hub,
        producers: {
          music: {
            account: PRODUCER,
            connectors: { a: { tables: ["Music"], jar: "s3://artifacts/*.jar" } },
          },
        },
      },
      message:
        'environment dev has a fault:\n  producers.music.connectors.a.jar: "s3://artifacts/*.jar" is not one S3 object: write s3://bucket/key.jar',
    },
    {
      name: "two producers of one account with the same function",
      written: {
        region: REGION,
        organization: ORGANIZATION,
        hub,
        producers: {
          music: { account: PRODUCER, connectors: { acct1dynamodb: { tables: ["Music"] } } },
          films: { account: PRODUCER, connectors: { acct1dynamodb: { tables: ["Films"] } } },
        },
      },
      message:
        "environment dev has a fault:\n  producers.films.connectors.acct1dynamodb: producers.music.connectors.acct1dynamodb makes a function of this name in the same account: rename one",
    },
  ];
  for (const { name, written, message } of wrong)
    it(`refuses ${name}`, () => {
      expect(() => readEnvironment("dev", written)).to.throw(message);
    });

  it("refuses two producers that would make the same bucket, or the sample table twice in one account", () => {
    const producer = (connector: string) => ({
      account: PRODUCER,
      sampleData: true,
      spill: { bucket: "one-spill" },
      connectors: { [connector]: { tables: ["Music"] } },
    });
    expect(() => environmentWith({ producers: { music: producer("a"), films: producer("b") } })).to.throw(
      'environment dev has 2 faults:\n  producers.films.spill.bucket: producers.music.spill.bucket is "one-spill" too: name another\n  producers.films.sampleData: producers.music.sampleData makes the sample table in the same account: choose one of the two',
    );
  });

  it("refuses a list that outgrows AWS's documents, each by its name (L3, L12, L15)", () => {
    const spokes = Object.fromEntries(
      Array.from({ length: 1200 }, (_, index) => [
        `s${index}`,
        { account: String(130000000000 + index), roleB: "qs-athena-consumer-role", producers: ["music"] },
      ]),
    );
    expect(() => environmentWith({ roleA: "list", spokes })).to.throw(
      /^environment dev has 3 faults:\n {2}roleA: the list has 1200 spokes.*\n {2}producerGrants: the policy of dev-music-athena-spill.*\n {2}producerGrants: the policy of function acct1dynamodb/,
    );
  });

  it("refuses a name with a dash, which would blur environment and spoke", () => {
    expect(() => environmentWith({}, "dev-eu")).to.throw(
      'environment dev-eu has a fault:\n  "dev-eu" is not a valid environment name: use 1-10 lower-case letters and digits, beginning with a letter',
    );
  });

  const scopes = [
    { roleA: "pattern", producerGrants: "organization", names: false },
    { roleA: "pattern", producerGrants: "accounts", names: true },
    { roleA: "pattern", producerGrants: "roles", names: true },
    { roleA: "list", producerGrants: "organization", names: true },
  ];
  for (const { roleA, producerGrants, names } of scopes)
    it(`${roleA} and ${producerGrants} ${names ? "name" : "do not name"} the spokes in the environment (C12, C24)`, () => {
      expect(namesItsSpokes(environmentWith({ roleA, producerGrants }))).to.equal(names);
    });
});
