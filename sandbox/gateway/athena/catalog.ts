import { AwsError, notImplemented } from "../errors";
import type { DataCatalog, GatewayState } from "../state";
import type { AsCaller } from "./as-caller";
import { inConnector } from "./federated-metadata";
import type { Described } from "./federated-metadata";

/** The catalog that every account has: its own Glue Data Catalog. */
export const GLUE_CATALOG = "AwsDataCatalog";

/** The catalog of that name, in whatever case; undefined when there is none. */
export function findCatalog(
  { dataCatalogs }: Pick<GatewayState, "dataCatalogs">,
  account: string,
  region: string,
  name: string,
): DataCatalog | undefined {
  if (name.toLowerCase() === GLUE_CATALOG.toLowerCase()) return glueCatalog(account);
  const prefix = `${account}/${region}/`;
  const same = (key: string): boolean => key.toLowerCase() === `${prefix}${name}`.toLowerCase();
  return dataCatalogs[`${prefix}${name}`] ?? dataCatalogs[Object.keys(dataCatalogs).find(same) ?? ""];
}

/** An account's own Glue Data Catalog. */
export function glueCatalog(account: string): DataCatalog {
  return {
    name: GLUE_CATALOG,
    type: "GLUE",
    description: "AWS Glue Data Catalog",
    parameters: { "catalog-id": account },
  };
}

/** The account whose Glue a GLUE catalog is, when it is not the caller's own. */
export function foreignCatalogId({ parameters }: DataCatalog, { account }: AsCaller): string | undefined {
  const id = parameters["catalog-id"];
  return id === account ? undefined : id;
}

/** Where Glue's answers have what is asked for. */
const MEMBERS = {
  GetDatabases: "DatabaseList",
  GetDatabase: "Database",
  GetTables: "TableList",
  GetTable: "Table",
} as const;

/**
 * What a catalog's Glue or connector says of databases and tables, with the caller's permissions.
 *
 * @param operation Glue's name of the question
 * @throws AwsError MetadataException; 501 for catalogs that need more than is here
 */
export async function inCatalog(
  caller: AsCaller,
  catalog: DataCatalog,
  operation: keyof typeof MEMBERS,
  asked: { readonly Name?: string; readonly DatabaseName?: string },
): Promise<Described[]> {
  if (catalog.type === "LAMBDA") return inConnector(caller, catalog, operation, asked);
  if (catalog.type !== "GLUE")
    throw notImplemented(
      "athena",
      operation,
      `of ${catalog.type} catalog ${catalog.name} needs a Hive metastore`,
    );
  const foreign = foreignCatalogId(catalog, caller);
  const found: Described[] = [];
  try {
    const { DatabaseName: named } = asked;
    const { database, catalogId: CatalogId = foreign } =
      foreign === undefined && named !== undefined ? await caller.linked(named) : { database: named };
    const input = {
      ...asked,
      ...(database === undefined ? {} : { DatabaseName: database }),
      ...(CatalogId === undefined ? {} : { CatalogId }),
    };
    for await (const item of caller.glueList(operation, input, MEMBERS[operation])) found.push(item);
  } catch (error) {
    throw asMetadataException(error);
  }
  return found;
}

/** What Glue refused, as Athena passes it on. */
function asMetadataException(error: unknown): unknown {
  if (!(error instanceof AwsError) || error.status >= 500) return error;
  if (error.code === "AccessDeniedException") return new AwsError("MetadataException", error.message);
  const service = `(Service: AmazonDataCatalog; Status Code: ${error.status}; Error Code: ${error.code})`;
  return new AwsError("MetadataException", `${error.message} ${service}`);
}
