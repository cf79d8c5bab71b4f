/**
 * The accounts that specs speak of. First digit the organization (1 ours), second the role (1 hub, 2 producer, 3 spoke).
 */
import { type Environment, readEnvironment } from "../access/environment";
import { readRequest, type SpokeRequest } from "../access/request";

export const HUB = "111111111111";
export const PRODUCER = "122222222222";
export const SPOKE = "133333333333";
export const OTHER_SPOKE = "133333333334";
export const REGION = "us-east-1";
export const ORGANIZATION = "o-athenaspokes";

/** An environment as the examples have it; `changes` are laid over what is written. */
export function environmentWith(changes: Readonly<Record<string, unknown>> = {}, name = "dev"): Environment {
  return readEnvironment(name, {
    region: REGION,
    organization: ORGANIZATION,
    hub: { account: HUB, quick: { owners: ["group/bi-admins"], authors: ["group/bi-authors"] } },
    producers: {
      music: { account: PRODUCER, sampleData: true, connectors: { acct1dynamodb: { tables: ["Music"] } } },
    },
    ...changes,
  });
}

/** A request as the examples have it; `changes` are laid over what is written. */
export function requestWith(changes: Readonly<Record<string, unknown>> = {}): SpokeRequest {
  return readRequest(
    {
      spoke: "sales",
      environment: "dev",
      account: SPOKE,
      region: REGION,
      sampleData: true,
      analyst: true,
      connectors: [{ from: "music" }],
      ...changes,
    },
    "sales.yaml",
  );
}

/** The entry of `spokes:` for the spoke of `requestWith()`. */
export const registeredSales = {
  account: SPOKE,
  roleB: "qs-athena-consumer-role",
  analyst: "analyst",
  producers: ["music"],
};

/** The producer of `environmentWith()`, with a customer managed key. */
export const keyedProducers = {
  music: {
    account: PRODUCER,
    sampleData: true,
    connectors: { acct1dynamodb: { tables: ["Music"], customerManagedKey: true } },
  },
};
