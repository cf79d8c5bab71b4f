/** Data that is there already: tables of a Glue database, and where their objects are. */
import { databaseName, glueTableName, listOf, s3Location } from "./written";

export const glueDataShape = {
  database: databaseName,
  /** Default: every table of the database. */
  tables: listOf("tables", glueTableName).optional(),
  /** Where the tables' objects are. */
  prefixes: listOf("prefixes", s3Location),
};

/** Tables with their place. */
export interface GlueData {
  readonly database: string;
  /** Undefined: every table of the database. */
  readonly tables?: readonly string[] | undefined;
  readonly prefixes: readonly string[];
}
