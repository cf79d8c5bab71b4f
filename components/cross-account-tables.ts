import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import * as pulumi from "@pulumi/pulumi";
import { policyText } from "../access/document";
import type { Connector } from "../access/names";
import { tablesRolePermissions, tablesRoleTrust } from "../access/tables";
import { boundedBy } from "./boundary";

export interface CrossAccountTablesArgs {
  /** The connector, in an account that is not the tables'. */
  readonly connector: Connector;
  /** Names of the tables that it may read. */
  readonly tables: readonly string[];
  /** The organization that the connector's account has to be in. Default: only the account itself is asked for. */
  readonly organization?: string | undefined;
  /** ARN of the permissions boundary of the role. Default: none. */
  readonly boundary?: string | undefined;
}

/** Name of the role's one inline policy. */
const POLICY = "AthenaConnectorTables";

/**
 * The role in the account of DynamoDB tables by which a connector of another account reads them (C10, C11).
 *
 * @example
 * new CrossAccountTables("music-acct1dynamodb-tables", { connector, tables: ["Music"] }, { provider: tablesAccount });
 */
export class CrossAccountTables extends pulumi.ComponentResource {
  public constructor(name: string, args: CrossAccountTablesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:CrossAccountTables", name, {}, opts);
    const { connector } = args;
    if (connector.tables === undefined)
      throw new Error(`connector ${connector.name} reads tables of its own account`);
    const child = { parent: this };
    const role = new Role(
      `${name}-role`,
      {
        name: connector.tables.role,
        description: `Tables that the Athena connector ${connector.name} of ${connector.account} reads`,
        assumeRolePolicy: policyText(tablesRoleTrust(connector, args.organization)),
        ...boundedBy(args.boundary),
      },
      child,
    );
    new RolePolicy(
      `${name}-role-policy`,
      { name: POLICY, role: role.name, policy: policyText(tablesRolePermissions(connector, args.tables)) },
      child,
    );
    this.registerOutputs();
  }
}
