import type { PermissionsArgs, PermissionsState } from "@pulumi/aws/lakeformation";
import type { Permission } from "@aws-sdk/client-lakeformation";
import { isErrorSaying, unlessGone } from "../cloud";
import { resourceType } from "../resource-type";
import { apiResource, idOf, splitId, targetFault } from "./lakeformation-target";

export const lakeFormationPermissions = resourceType<PermissionsArgs, PermissionsState>({
  token: "aws:lakeformation/permissions:Permissions",
  properties: {
    catalogId: { unserved: true },
    catalogResource: { unserved: true },
    dataCellsFilter: { unserved: true },
    dataLocation: { unserved: true },
    database: { replaces: true },
    "database.catalogId": { computed: true },
    lfTag: { unserved: true },
    lfTagPolicy: { unserved: true },
    permissions: { replaces: true, set: true },
    permissionsWithGrantOptions: { replaces: true, set: true },
    principal: { replaces: true },
    table: { replaces: true },
    "table.catalogId": { computed: true },
    tableWithColumns: { unserved: true },
  },
  identity: ["database", "principal", "table"],

  check(inputs): Record<string, string> {
    const fault = targetFault(inputs);
    return fault === undefined ? {} : { table: fault };
  },

  async create(cloud, inputs, exists) {
    const lake = await cloud.lakeformation();
    const Resource = apiResource(inputs, cloud.accountId);
    await lake.grantPermissions({
      Principal: { DataLakePrincipalIdentifier: inputs.principal },
      Resource,
      Permissions: inputs.permissions as Permission[],
      PermissionsWithGrantOption: inputs.permissionsWithGrantOptions as Permission[] | undefined,
    });
    exists(idOf(inputs.principal, Resource));
  },

  async read(cloud, id) {
    const { principal, target } = splitId(id);
    const lake = await cloud.lakeformation();
    const { PrincipalResourcePermissions: found = [] } =
      (await unlessGone(
        lake.listPermissions({
          Principal: { DataLakePrincipalIdentifier: principal },
          Resource: apiResource(target, cloud.accountId),
        }),
        "EntityNotFoundException",
      )) ?? {};
    const [entry] = found;
    if (entry === undefined) return undefined;
    const { PermissionsWithGrantOption: grantable = [] } = entry;
    return {
      database: target.database && { ...target.database },
      permissions: entry.Permissions,
      permissionsWithGrantOptions: grantable.length === 0 ? undefined : grantable,
      principal,
      table: target.table && { ...target.table },
    };
  },

  async delete(cloud, id, state) {
    const { principal, target } = splitId(id);
    const lake = await cloud.lakeformation();
    try {
      await lake.revokePermissions({
        Principal: { DataLakePrincipalIdentifier: principal },
        Resource: apiResource(target, cloud.accountId),
        Permissions: state.permissions as Permission[],
        PermissionsWithGrantOption: state.permissionsWithGrantOptions as Permission[] | undefined,
      });
    } catch (error) {
      if (!isErrorSaying(error, "InvalidInputException", /no permissions revoked|does not exist/i))
        throw error;
    }
  },
});
