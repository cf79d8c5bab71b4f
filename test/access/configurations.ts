/** The configurations that the matrix, its proof and the mutants are tried with. */
import type { Environment } from "../../access/environment";
import { readRequest, type SpokeRequest } from "../../access/request";
import { withSpoke } from "../documents";
import { environmentWith, requestWith } from "../worlds";

export interface Configuration {
  readonly name: string;
  readonly request: SpokeRequest;
  /** With the spoke in its list. */
  readonly environment: Environment;
}

const two = {
  music: {
    account: "122222222222",
    sampleData: true,
    connectors: { acct1dynamodb: { tables: ["Music"] }, second: { tables: ["songs", "Artists"] } },
  },
  films: { account: "122222222223", connectors: { films: { tables: ["films"] } } },
};
const returns = {
  returns: { account: "133333333334", roleB: "qs-athena-consumer-role", producers: ["music"] },
};

function configuration(
  name: string,
  changes: Record<string, unknown>,
  written: Record<string, unknown> = {},
): Configuration {
  const request = requestWith(written);
  return { name, request, environment: withSpoke(environmentWith(changes), request) };
}

export const configurations: readonly Configuration[] = [
  configuration("the example", {}),
  configuration(
    "two producers, two spokes",
    { producers: two, spokes: returns },
    { connectors: [{ from: "music", connector: "second" }, { from: "films" }] },
  ),
  configuration(
    "a producer that is not attached",
    { producers: two, spokes: returns },
    { connectors: [{ from: "films" }] },
  ),
  configuration(
    "list and roles",
    { roleA: "list", producerGrants: "roles", producers: two, spokes: returns },
    { connectors: [{ from: "music", connector: "acct1dynamodb" }] },
  ),
  configuration("list without an organization", { organization: undefined, roleA: "list" }),
  configuration(
    "organization",
    { producerGrants: "organization", producers: two },
    { connectors: [{ from: "music", connector: "second" }] },
  ),
  configuration(
    "an analyst",
    { producers: two, spokes: { returns: { ...returns.returns, analyst: "analyst" } } },
    { analyst: true, connectors: [{ from: "music", connector: "second" }] },
  ),
  configuration(
    "an analyst named in producers' roles",
    { producerGrants: "roles", names: "environment" },
    { analyst: "analyst-dev-sales" },
  ),
  configuration("an analyst of the organization", { producerGrants: "organization" }, { analyst: true }),
  configuration("any data source", { externalId: "any-data-source", names: "environment" }),
  configuration(
    "existing data",
    { names: "environment" },
    {
      sampleData: false,
      connectors: [],
      data: [
        { database: "orders", prefixes: ["s3://company-lake/orders/", "s3://company-lake/archive/orders/"] },
        { database: "people", tables: ["staff", "teams"], prefixes: ["s3://people-data/"] },
        { database: "default", tables: ["calendar"], prefixes: ["s3://company-results/calendar/"] },
      ],
      workgroup: { outputLocation: "s3://company-results/athena/" },
    },
  ),
  configuration(
    "a connector of its own",
    {},
    {
      sampleData: false,
      connectors: [
        { deploy: { tables: ["Music", "orders"], name: "mine" } },
        { from: "music", catalog: "shared" },
      ],
      workgroup: { name: "primary", outputLocation: "s3://existing-results/" },
      roleB: { name: "qs-athena-consumer-role-dev-confidential" },
    },
  ),
  {
    name: "China",
    ...(() => {
      const environment = environmentWith({ region: "cn-north-1" });
      const request = readRequest(
        {
          spoke: "sales",
          environment: "dev",
          account: "133333333333",
          region: "cn-north-1",
          sampleData: true,
          connectors: [{ from: "music" }],
        },
        "sales.yaml",
      );
      return { request, environment: withSpoke(environment, request) };
    })(),
  },
];
