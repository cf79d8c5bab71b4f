import { randomUUID } from "node:crypto";
import { DataType, Precision } from "apache-arrow";
import { ConnectorError } from "../../federation/connector";
import { AwsError } from "../errors";
import type { DataCatalog } from "../state";
import type { AsCaller } from "./as-caller";

/** A database or table in the words of Glue, which Athena's metadata calls share. */
export type Described = Record<string, unknown>;

/**
 * Asks a LAMBDA catalog's connector for what a metadata call wants, with the caller's own permission to invoke it.
 *
 * @param operation Glue's name of the question: GetDatabases, GetDatabase, GetTables, GetTable
 * @throws AwsError MetadataException when the caller may not invoke, or the connector fails; 501 when it cannot run here
 */
export async function inConnector(
  caller: AsCaller,
  catalog: DataCatalog,
  operation: string,
  asked: { readonly Name?: string; readonly DatabaseName?: string },
): Promise<Described[]> {
  const connector = caller.connector(catalog, randomUUID());
  const { Name = "", DatabaseName = "" } = asked;
  try {
    switch (operation) {
      case "GetDatabases":
        return (await connector.schemas()).map((schema) => ({ Name: schema }));
      case "GetDatabase": {
        const found = (await connector.schemas()).find((schema) => schema === Name.toLowerCase());
        if (found === undefined) throw new AwsError("MetadataException", `Database ${Name} not found.`);
        return [{ Name: found }];
      }
      case "GetTables": {
        const tables: Described[] = [];
        for await (const { tableName } of connector.tables(DatabaseName)) tables.push({ Name: tableName });
        return tables;
      }
      default: {
        const { name, schema, partitionColumns } = await connector.table(DatabaseName, Name);
        const columns = schema.fields.map((field) => ({
          Name: field.name,
          Type: athenaType(field.type as DataType),
        }));
        const isPartition = (column: { Name: string }): boolean => partitionColumns.includes(column.Name);
        return [
          {
            Name: name.tableName,
            StorageDescriptor: { Columns: columns.filter((column) => !isPartition(column)) },
            PartitionKeys: columns.filter(isPartition),
          },
        ];
      }
    }
  } catch (error) {
    throw asMetadataException(error);
  }
}

/** What Lambda refused or the function could not do, as Athena passes it on. */
function asMetadataException(error: unknown): unknown {
  if (error instanceof ConnectorError) return new AwsError("MetadataException", error.message);
  if (!(error instanceof AwsError) || error.status >= 500 || error.code === "MetadataException") return error;
  // Lambda answers 403, whatever the status under which Athena would refuse its own calls.
  const status = error.code === "AccessDeniedException" ? 403 : error.status;
  const service = `(Service: AWSLambda; Status Code: ${status}; Error Code: ${error.code})`;
  return new AwsError("MetadataException", `${error.message} ${service}`);
}

/** An Arrow type as Athena's engine names it. */
export function athenaType(type: DataType): string {
  if (DataType.isUtf8(type)) return "varchar";
  if (DataType.isBool(type)) return "boolean";
  if (DataType.isInt(type)) return INTEGERS[type.bitWidth] ?? "bigint";
  if (DataType.isDecimal(type)) return `decimal(${type.precision},${type.scale})`;
  if (DataType.isFloat(type)) return type.precision === Precision.DOUBLE ? "double" : "real";
  if (DataType.isBinary(type)) return "varbinary";
  if (DataType.isDate(type)) return "date";
  if (DataType.isTimestamp(type)) return type.timezone == null ? "timestamp" : "timestamp with time zone";
  if (DataType.isList(type)) return `array(${athenaType(type.valueType as DataType)})`;
  if (DataType.isMap(type))
    return `map(${athenaType(type.keyType as DataType)}, ${athenaType(type.valueType as DataType)})`;
  if (DataType.isStruct(type))
    return `row(${type.children.map(({ name, type: of }) => `${name} ${athenaType(of as DataType)}`).join(", ")})`;
  return "varchar";
}

const INTEGERS: Readonly<Record<number, string>> = { 8: "tinyint", 16: "smallint", 32: "integer" };
