/** The accounts that the roles of `spokes bootstrap` are proved in. */
import type { Environment } from "../../access/environment";
import type { Trusted } from "../../access/matrix/bootstrap";
import type { SpokeRequest } from "../../access/request";
import { withSpoke } from "../documents";
import { environmentWith, keyedProducers, PRODUCER, requestWith, SPOKE } from "../worlds";

export interface BootstrapConfiguration {
  readonly name: string;
  readonly environment: Environment;
  readonly spoke: { readonly account: string; readonly request: SpokeRequest | undefined };
}

/** Whom the roles trust: the pipeline of the organization's management account. */
export const trusted: Trusted = { account: "100000000000", role: "pipeline" };

function configuration(
  name: string,
  changes: Record<string, unknown>,
  written: Record<string, unknown> | "any" = {},
): BootstrapConfiguration {
  const request = requestWith(written === "any" ? {} : written);
  const environment = withSpoke(environmentWith(changes), request);
  return { name, environment, spoke: { account: SPOKE, request: written === "any" ? undefined : request } };
}

export const bootstrapConfigurations: readonly BootstrapConfiguration[] = [
  configuration("the example", {}),
  configuration("any spoke", {}, "any"),
  configuration("list, roles and no organization", {
    organization: undefined,
    roleA: "list",
    producerGrants: "roles",
    names: "environment",
  }),
  configuration("the organization", { producerGrants: "organization" }),
  configuration("keys by grants", {
    producers: keyedProducers,
    keyAccess: "grants",
    producerGrants: "roles",
  }),
  configuration("table readers", {
    producers: {
      music: {
        account: PRODUCER,
        connectors: { acct1dynamodb: { tables: ["Music"] } },
        tableReaders: {
          lookup: { account: "133333333335", table: "songs" },
          far: { account: "133333333335", table: "albums", role: "FarReads", region: "eu-west-1" },
        },
      },
    },
  }),
  configuration(
    "a connector of its own, beside existing data",
    {
      producers: {
        music: {
          account: PRODUCER,
          connectors: { acct1dynamodb: { tables: ["Music"] }, more: { tables: ["albums", "Bands"] } },
        },
        films: { account: PRODUCER, connectors: { films: { tables: ["films"] } } },
      },
    },
    {
      analyst: false,
      sampleData: false,
      workgroup: { name: "primary", outputLocation: "s3://own-results/athena/" },
      data: [{ database: "crm", prefixes: ["s3://crm-data/in/"] }],
      connectors: [{ deploy: { tables: ["Orders"], sampleData: true, customerManagedKey: true } }],
    },
  ),
];
