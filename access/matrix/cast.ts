/** Who takes part in an environment, and who stands outside: the parties of the matrix. */
import { arn, principalArn, roleArn, type RoleOrUser, userArn } from "../arn";
import type { Environment } from "../environment";
import { invokersOf, knownAnalysts, knownReaders, reachableNames, roleAArn, roleAName } from "../names";
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
  /** A user of the neighbour with an analyst's name. */
  readonly neighbourAnalystUser: Party;
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
    neighbourAnalystUser: administrator(
      "an uninvolved account's user with an analyst's name",
      userArn(region, neighbour, analystName),
    ),
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

/** A role or user of a registered spoke that queries. */
export interface Reader {
  readonly spoke: string;
  readonly account: string;
  readonly principal: RoleOrUser;
}

/**
 * Who queries through a producer's connectors: Role B and the analyst of each spoke that attaches one, and its third
 * parties' readers that use one.
 */
export function readersOf(environment: Environment, producer: string): Reader[] {
  return Object.entries(environment.spokes).flatMap(([spoke, registered]) =>
    invokersOf(registered, producer).map(({ principal }) => ({
      spoke,
      account: registered.account,
      principal,
    })),
  );
}

/** In accounts of readers, roles and users with the names that readers of other accounts only have. */
export function misnamed(
  { environment, region }: Pick<Cast, "environment" | "region">,
  producer: string,
  owner: string,
) {
  if (environment.producerGrants === "organization") return [];
  const readers = readersOf(environment, producer);
  const accounts = new Set(readers.map(({ account }) => account));
  accounts.delete(owner);
  return [...accounts].flatMap((account) => {
    const own = new Set(readers.filter((each) => each.account === account).map(({ principal }) => principal));
    return readers
      .filter(({ principal }) => !own.has(principal))
      .map((reader) => ({
        reader,
        account,
        party: administrator(
          `the ${reader.principal} of ${account}, whose name only another spoke's reader has`,
          principalArn(region, account, reader.principal),
        ),
      }));
  });
}

/** The reader, whatever its own policies say. */
export function readerParty(region: string, { spoke, account, principal }: Reader): Party {
  return administrator(`${principal} of ${spoke}`, principalArn(region, account, principal));
}

/** Whom producers let in by the patterns of their names: Role B's, analysts, third parties' readers. */
export function namedPatterns(environment: Environment): RoleOrUser[] {
  const people = [...knownAnalysts(environment), ...knownReaders(environment)];
  return [
    ...[...reachableNames(environment), ...people].map((name) => `role/${name}` as const),
    ...people.map((name) => `user/${name}` as const),
  ];
}

/** Whether producers let the name in by a pattern. */
export function isNamed(principal: RoleOrUser, environment: Environment): boolean {
  return namedPatterns(environment).some((pattern) =>
    pattern.endsWith("*") ? principal.startsWith(pattern.slice(0, -1)) : principal === pattern,
  );
}

/** Names that are like these, and none of them. */
export function similarNames({ name }: Environment): RoleOrUser[] {
  return [
    `role/qs-athena-consumer-role-${name}x`,
    `role/analyst-${name}x`,
    `user/analyst-${name}x`,
    `role/athena-reader-${name}x`,
    `user/qs-athena-consumer-role-${name}-any`,
  ];
}

/** A role by its name, a user by `user/<name>`, as part of a row's id. */
export function rowName(principal: RoleOrUser): string {
  return principal.replace(/^role\//, "");
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
