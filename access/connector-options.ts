/** What a person may choose of a connector beside its tables and its size, and which choices exclude each other. */
import type { Fault } from "./faults";
import {
  accountId,
  flag,
  listOf,
  policyName,
  roleName,
  section,
  securityGroupId,
  subnetId,
  wholeNumber,
} from "./written";

/** The keys of a connector's options. */
export const connectorOptions = {
  /**
   * Leaves out the connector's own encryption of each block that it spills; the bucket still encrypts. Only where one
   * spoke reads what it spills: its key told one query's blocks from another's. Default false.
   */
  disableSpillEncryption: flag("disableSpillEncryption").default(false),
  /** Invocations at a time that are kept for this function, which never gets more (L14). Default: the account's pool. */
  reservedConcurrency: wholeNumber("reserved concurrency", "invocations", 1, 10_000).optional(),
  /** The network in which the function runs. Default: Lambda's own. */
  vpc: section("vpc", {
    subnets: listOf("subnets", subnetId),
    securityGroups: listOf("security groups", securityGroupId),
  }).optional(),
  /** The permissions boundary of the connector's role: a policy's name in its account. Default: the bootstrap's. */
  permissionsBoundary: policyName.optional(),
  /** The account of the tables, when it is another one: the connector assumes a role there (C11). */
  tablesIn: section("tablesIn", {
    account: accountId,
    /** The role that the connector assumes, made there. Default `athena-tables-<environment>-<connector>`. */
    role: roleName.optional(),
    /** The role with which the other one is made. Default: the one that `spokes bootstrap tables` makes. */
    assumeRole: roleName.optional(),
  }).optional(),
};

/** A connector as a person writes it, with its place there. */
export interface WrittenConnector {
  readonly path: string;
  /** Name of the function. */
  readonly name: string;
  /** The function's account. */
  readonly account: string;
  /** Whether its role is made under the boundary of `spokes bootstrap`. */
  readonly bounded: boolean;
  readonly spec: {
    readonly permissionsBoundary?: string | undefined;
    readonly sampleData?: boolean;
    readonly tablesIn?:
      | {
          readonly account: string;
          readonly role?: string | undefined;
          readonly assumeRole?: string | undefined;
        }
      | undefined;
  };
}

/** Longest name of a role (IAM quotas). */
const ROLE_NAME = 64;

/**
 * Choices that exclude each other.
 *
 * @param tablesRole the name of the role by which a connector reaches its tables.
 */
export function optionFaults(
  connectors: readonly WrittenConnector[],
  tablesRole: (connector: WrittenConnector) => string | undefined,
): Fault[] {
  const faults: Fault[] = [];
  const roles = new Map<string, string>();
  for (const connector of connectors) {
    const { path, account, bounded, spec } = connector;
    if (bounded && spec.permissionsBoundary !== undefined)
      faults.push({
        path: `${path}.permissionsBoundary`,
        message:
          "roles of this account are made under the boundary of `spokes bootstrap`, and a role has one: leave it out, or name a role of your own under assumeRole",
      });
    if (spec.tablesIn === undefined) continue;
    if (spec.tablesIn.account === account)
      faults.push({
        path: `${path}.tablesIn.account`,
        message: `the connector is in ${account} itself: leave tablesIn out`,
      });
    if (spec.sampleData === true)
      faults.push({
        path: `${path}.tablesIn`,
        message: "sampleData makes its table beside the connector: leave one of the two out",
      });
    const role = tablesRole(connector);
    if (role === undefined) continue;
    if (role.length > ROLE_NAME)
      faults.push({
        path: `${path}.tablesIn.role`,
        message: `"${role}" would have ${role.length} characters, IAM allows ${ROLE_NAME}: name the role`,
      });
    const place = `${spec.tablesIn.account}/${role}`;
    const twin = roles.get(place);
    if (twin !== undefined)
      faults.push({
        path: `${path}.tablesIn.role`,
        message: `${twin} makes role "${role}" in ${spec.tablesIn.account} already: name another`,
      });
    roles.set(place, path);
  }
  return faults;
}
