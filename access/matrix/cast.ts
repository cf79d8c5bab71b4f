/** Who takes part in an environment, and who stands outside: the parties of the matrix. */
import { roleArn } from "../arn";
import type { Environment, RegisteredSpoke } from "../environment";
import { producerConnector, reachableNames, roleAArn, roleAName, spillBucketName } from "../names";
import type { SpokeRequest } from "../request";
import { administrator, type Party, role } from "./expectation";

/** The parties of an environment. */
export interface Cast {
  readonly region: string;
  readonly environment: Environment;
  readonly roleA: Party;
  /** An administrator of the hub, who is not Role A. */
  readonly hubAdministrator: Party;
  /** An account of the organization that takes no part here. */
  readonly neighbour: string;
  readonly neighbourAdministrator: Party;
  /** A role of the neighbour with the name that Role B has by default. */
  readonly neighbourRoleB: Party;
  /** An account outside of the organization. */
  readonly stranger: string;
  readonly strangerAdministrator: Party;
  /** A stranger's role with Role A's name: another hub. */
  readonly otherHub: Party;
  readonly strangerRoleB: Party;
  readonly organizationOf: (account: string) => string | undefined;
}

/** An administrator of an account, as AWS Organizations makes one. */
export function administratorOf(region: string, words: string, account: string): Party {
  return administrator(words, roleArn(region, account, "Administrator"));
}

export function castOf(environment: Environment, request?: SpokeRequest): Cast {
  const { region, hub, organization } = environment;
  const ours = new Set([
    hub.account,
    ...Object.values(environment.producers).map(({ account }) => account),
    ...Object.values(environment.spokes).map(({ account }) => account),
    ...(request === undefined ? [] : [request.account]),
  ]);
  const [neighbour = "", stranger = ""] = unused(ours);
  const [roleBName = ""] = reachableNames(environment);
  return {
    region,
    environment,
    roleA: role("Role A", roleAArn(environment)),
    hubAdministrator: administratorOf(region, "an administrator of the hub", hub.account),
    neighbour,
    neighbourAdministrator: administratorOf(region, "an administrator of an uninvolved account", neighbour),
    neighbourRoleB: administrator(
      "an uninvolved account's role with Role B's name",
      roleArn(region, neighbour, roleBName),
    ),
    stranger,
    strangerAdministrator: administratorOf(region, "an administrator of a stranger's account", stranger),
    otherHub: administrator(
      "another hub's role with Role A's name",
      roleArn(region, stranger, roleAName(environment)),
    ),
    strangerRoleB: administrator(
      "a stranger's role with Role B's name",
      roleArn(region, stranger, roleBName),
    ),
    organizationOf: (account) =>
      organization === undefined ? undefined : account === stranger ? "o-stranger00" : organization,
  };
}

/** Account ids that nobody here has: one for a neighbour, one for a stranger. */
function unused(ours: ReadonlySet<string>): string[] {
  const ids: string[] = [];
  for (let id = 999_999_999_999; ids.length < 2; id--) if (!ours.has(String(id))) ids.push(String(id));
  return ids;
}

/** The spokes that the environment's list names, but this one. */
export function otherSpokes(
  environment: Environment,
  request: SpokeRequest | undefined,
): (RegisteredSpoke & { readonly name: string })[] {
  return Object.entries(environment.spokes)
    .filter(([name]) => name !== request?.spoke)
    .map(([name, spoke]) => ({ ...spoke, name }));
}

/** A key of an object in a bucket that lies below none of the prefixes; none when a prefix is the whole bucket. */
export function keysOutside(prefixes: readonly string[]): string[] {
  if (prefixes.includes("")) return [];
  let folder = "elsewhere";
  while (prefixes.some((prefix) => `${folder}/`.startsWith(prefix))) folder += "-";
  return [`${folder}/object`];
}

/** The producers' connectors with their tables and the words for each. */
export function producersConnectors(environment: Environment) {
  return Object.entries(environment.producers).flatMap(([producer, spec]) =>
    Object.entries(spec.connectors).map(([name, { tables }]) => ({
      producer,
      connector: producerConnector(environment, producer, name),
      tables,
      label: `${producer}/${name}`,
      spillBucket: spillBucketName(environment, producer),
    })),
  );
}
