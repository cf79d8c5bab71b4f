/** What permissions and opt-ins of Lake Formation are on, and whom they are for. */
import type { Resource } from "@aws-sdk/client-lakeformation";

/** A database, or a table of it; `wildcard` stands for all its tables. */
export interface Target {
  readonly database?: { readonly catalogId?: string | undefined; readonly name: string } | undefined;
  readonly table?:
    | {
        readonly catalogId?: string | undefined;
        readonly databaseName: string;
        readonly name?: string | undefined;
        readonly wildcard?: boolean | undefined;
      }
    | undefined;
}

/** The target as Lake Formation's API writes it; a catalog is an account's. */
export function apiResource({ database, table }: Target, account: string): Resource {
  if (database !== undefined)
    return { Database: { CatalogId: database.catalogId ?? account, Name: database.name } };
  const { catalogId = account, databaseName, name, wildcard } = table ?? { databaseName: "" };
  return {
    Table: {
      CatalogId: catalogId,
      DatabaseName: databaseName,
      ...(wildcard === true ? { TableWildcard: {} } : { Name: name }),
    },
  };
}

/** An id of the form `<principal>,<catalog id>,<database>[,<table, or * for all>]`. */
export function idOf(principal: string, resource: Resource): string {
  const { Database: database, Table: table } = resource;
  const parts =
    table === undefined
      ? [database?.CatalogId, database?.Name]
      : [table.CatalogId, table.DatabaseName, table.Name ?? "*"];
  return [principal, ...parts].join(",");
}

/** @throws Error when it is no such id */
export function splitId(id: string): { readonly principal: string; readonly target: Target } {
  const [principal = "", catalogId, database, table, ...more] = id.split(",");
  if (catalogId === undefined || database === undefined || more.length > 0)
    throw new Error(
      `"${id}" names nothing of Lake Formation's: write it as <principal>,<catalog id>,<database>[,<table, or * for all>]`,
    );
  const target: Target =
    table === undefined
      ? { database: { catalogId, name: database } }
      : {
          table: {
            catalogId,
            databaseName: database,
            ...(table === "*" ? { wildcard: true } : { name: table }),
          },
        };
  return { principal, target };
}

/** What is wrong with a target. */
export function targetFault({ database, table }: Target): string | undefined {
  if ((database === undefined) === (table === undefined)) return "name either a database or a table";
  if (table !== undefined && (table.name === undefined) === (table.wildcard !== true))
    return "name either a table or wildcard: true";
  return undefined;
}
