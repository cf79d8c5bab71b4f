import { administrate, consumer } from "./lakeformation";
import { account, describeLifecycle, region } from "./lifecycle";

const table = { catalogId: account, databaseName: "shop", wildcard: true };

describeLifecycle({
  token: "aws:lakeformation/permissions:Permissions",
  inputs: {
    principal: consumer,
    permissions: ["DESCRIBE", "SELECT"],
    permissionsWithGrantOptions: ["DESCRIBE", "SELECT"],
    table,
  },
  prepare: administrate,
  id: `${consumer},${account},shop,*`,
  state: {
    permissions: ["DESCRIBE", "SELECT"],
    permissionsWithGrantOptions: ["DESCRIBE", "SELECT"],
    principal: consumer,
    region,
    table,
  },
  unknown: [],
  updates: [],
  replacements: [
    { with: { principal: "130000000002" }, replaces: ["principal"], deleteBeforeReplace: false },
    { with: { permissions: ["SELECT"] }, replaces: ["permissions"], deleteBeforeReplace: true },
    {
      with: { table: { catalogId: account, databaseName: "shop", name: "orders" } },
      replaces: ["table"],
      deleteBeforeReplace: false,
    },
  ],
  remove: async (cloud) =>
    (await cloud.lakeformation()).revokePermissions({
      Principal: { DataLakePrincipalIdentifier: consumer },
      Resource: { Table: { CatalogId: account, DatabaseName: "shop", TableWildcard: {} } },
      Permissions: ["SELECT", "DESCRIBE"],
      PermissionsWithGrantOption: ["SELECT", "DESCRIBE"],
    }),
});
