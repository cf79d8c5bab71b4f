/** Who takes part in an environment, and who stands outside: the parties of the matrix. */
import { arn, roleArn } from "../arn";
import type { Environment } from "../environment";
import { knownAnalysts, queryingRoles, reachableNames, roleAArn, roleAName } from "../names";
import { administrator, type Party, role } from "./expectation";

/** The parties of an environment. */
export interface Cast {
  readonly region: string;
  readonly environment: Environment;
  /** Whose Role A is meant, where each spoke has its own; empty else. */
  readonly spoke: string;
  /** The hub's account. */
  readonly hub: string;
  readonly roleA: Party;
  readonly roleAArn: string;
  /** Role A as if its own policies allowed everything: what others' policies say of it by themselves. */
  readonly unboundRoleA: Party;
  /** An administrator of the hub, who is not Role A. */
  readonly hubAdministrator: Party;
  /** An account of the organization that takes no part here. */
  readonly neighbour: string;
  readonly neighbourAdministrator: Party;
  /** Roles of the neighbour with the names that Role B and the analyst have by default. */
  readonly neighbourRoleB: Party;
  readonly neighbourAnalyst: Party;
  /** An account outside of the organization. */
  readonly stranger: string;
  readonly strangerAdministrator: Party;
  readonly strangerRoleB: Party;
  /** A stranger's role with Role A's name: another hub. */
  readonly otherHub: Party;
  readonly organizationOf: (account: string) => string | undefined;
}

/**
 * @param environment with every spoke that the matrix is about in its list.
 * @param spoke whose Role A is meant, where each spoke has its own (C12).
 */
export function castOf(environment: Environment, spoke = ""): Cast {
  const { region, organization } = environment;
  const hub = environment.hub.account;
  const [neighbour, stranger] = uninvolved(
    new Set([
      hub,
      ...Object.values(environment.producers).map(({ account }) => account),
      ...Object.values(environment.spokes).map(({ account }) => account),
    ]),
  );
  const named = (words: string, account: string, name: string) =>
    administrator(words, roleArn(region, account, name));
  const roleAAt = roleAArn(environment, { spoke });
  const [roleBName = ""] = reachableNames(environment);
  const [analystName = ""] = knownAnalysts(environment);
  return {
    region,
    environment,
    spoke,
    hub,
    roleAArn: roleAAt,
    roleA: role("Role A", roleAAt),
    unboundRoleA: administrator("Role A, whatever its own policies say", roleAAt),
    hubAdministrator: administratorOf(region, "an administrator of the hub", hub),
    neighbour,
    neighbourAdministrator: administratorOf(region, "an administrator of an uninvolved account", neighbour),
    neighbourRoleB: named("an uninvolved account's role with Role B's name", neighbour, roleBName),
    neighbourAnalyst: named("an uninvolved account's role with an analyst's name", neighbour, analystName),
    stranger,
    strangerAdministrator: administratorOf(region, "an administrator of a stranger's account", stranger),
    strangerRoleB: named("a stranger's role with Role B's name", stranger, roleBName),
    otherHub: named("another hub's role with Role A's name", stranger, roleAName(environment, { spoke })),
    organizationOf: (account) =>
      organization === undefined ? undefined : account === stranger ? "o-stranger00" : organization,
  };
}

/** Two accounts that nobody here has. */
function uninvolved(ours: ReadonlySet<string>): [string, string] {
  const next = (id: number): number => (ours.has(String(id)) ? next(id - 1) : id);
  const neighbour = next(999_999_999_999);
  return [String(neighbour), String(next(neighbour - 1))];
}

/** An administrator of an account. */
export function administratorOf(region: string, words: string, account: string): Party {
  return administrator(words, roleArn(region, account, "Administrator"));
}

/** A role of a registered spoke that queries. */
export interface Reader {
  readonly spoke: string;
  readonly account: string;
  readonly role: string;
}

/** The roles that query through a producer's connectors: Role B and the analyst of each spoke that attaches one. */
export function readersOf(environment: Environment, producer: string): Reader[] {
  return Object.entries(environment.spokes).flatMap(([spoke, registered]) =>
    queryingRoles(registered, producer).map((name) => ({
      spoke,
      account: registered.account,
      role: name,
    })),
  );
}

/** In accounts of readers, roles with the names that readers of other accounts only have. */
export function misnamedRoles(
  { environment, region }: Pick<Cast, "environment" | "region">,
  producer: string,
  owner: string,
) {
  if (environment.producerGrants === "organization") return [];
  const readers = readersOf(environment, producer);
  const accounts = new Set(readers.map(({ account }) => account));
  accounts.delete(owner);
  return [...accounts].flatMap((account) => {
    const own = new Set(readers.filter((each) => each.account === account).map(({ role }) => role));
    return readers
      .filter(({ role }) => !own.has(role))
      .map((reader) => ({
        reader,
        account,
        party: administrator(
          `the role ${reader.role} of ${account}, whose name only another spoke's reader has`,
          roleArn(region, account, reader.role),
        ),
      }));
  });
}

/** Keys of objects in a bucket that lie below none of the prefixes; none when a prefix is the whole bucket. */
export function keysOutside(prefixes: readonly string[]): string[] {
  if (prefixes.includes("")) return [];
  let folder = "elsewhere";
  while (prefixes.some((prefix) => `${folder}/`.startsWith(prefix))) folder += "-";
  return [`${folder}/object`];
}

/** Another Region of the same partition. */
export function anotherRegion(region: string): string {
  if (region.startsWith("cn-")) return region === "cn-north-1" ? "cn-northwest-1" : "cn-north-1";
  if (region.startsWith("us-gov-")) return region === "us-gov-west-1" ? "us-gov-east-1" : "us-gov-west-1";
  return region === "eu-west-1" ? "us-east-1" : "eu-west-1";
}

/** A key that nobody named. */
export function anyKey(region: string, account: string): string {
  return arn("kms", region, account, "key/11111111-2222-3333-4444-555555555555");
}

/** A party's words as part of a row's id. */
export function idOf({ words }: Party): string {
  return words.replaceAll(/[^\w]+/g, "-").toLowerCase();
}
