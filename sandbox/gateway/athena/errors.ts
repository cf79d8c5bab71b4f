import { ConnectorError } from "../../federation/connector";
import { AwsError } from "../errors";

/** Athena's numbers of errors that matter here (Athena user guide, "Athena error catalog"). */
const TYPE = {
  user: 1000,
  data: 1001,
  invalidCast: 1100,
  column: 1006,
  notFound: 1301,
  function: 1303,
  ddl: 1003,
  write: 401,
};

/** Why a query ended without a result, in Athena's words. */
export class QueryFailure extends Error {
  override readonly name = "QueryFailure";

  constructor(
    message: string,
    /** Athena's ErrorType. */
    readonly type: number = TYPE.user,
    /** 1: the system's fault, 2: the user's. */
    readonly category: 1 | 2 = 2,
  ) {
    super(message);
  }
}

/** A query that was ended before its end: by its user, or by the workgroup's limit. */
export class QueryCancelled extends Error {
  override readonly name = "QueryCancelled";
}

/** Where in the query: `line 1:8`. */
export type Position = string;

export const tableNotFound = (at: Position, name: string): QueryFailure =>
  new QueryFailure(`TABLE_NOT_FOUND: ${at}: Table '${name}' does not exist`, TYPE.notFound);

export const schemaNotFound = (at: Position, name: string): QueryFailure =>
  new QueryFailure(`SCHEMA_NOT_FOUND: ${at}: Schema '${name}' does not exist`, TYPE.notFound);

export const catalogNotFound = (at: Position, name: string): QueryFailure =>
  new QueryFailure(`CATALOG_NOT_FOUND: ${at}: Catalog '${name}' does not exist`, TYPE.notFound);

export const functionNotFound = (at: Position, name: string): QueryFailure =>
  new QueryFailure(`FUNCTION_NOT_FOUND: ${at}: Function '${name}' not registered`, TYPE.function);

export const columnNotFound = (at: Position, name: string): QueryFailure =>
  new QueryFailure(
    `COLUMN_NOT_FOUND: ${at}: Column '${name}' cannot be resolved or requester is not authorized to access requested resources`,
    TYPE.column,
  );

export const badData = (why: string): QueryFailure => new QueryFailure(`HIVE_BAD_DATA: ${why}`, TYPE.data);

export const invalidCast = (why: string): QueryFailure =>
  new QueryFailure(`INVALID_CAST_ARGUMENT: ${why}`, TYPE.invalidCast);

export const notWritten = (url: string, why: string): QueryFailure =>
  new QueryFailure(
    `Access denied when writing output to url: ${url} . Please ensure you are allowed to access the S3 bucket. ` +
      `If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key (${why})`,
    TYPE.write,
  );

/** What Glue refused, as Athena passes it on. */
export function glueRefused(error: unknown): unknown {
  if (!(error instanceof AwsError) || error.status >= 500) return error;
  const service = `(Service: AWSGlue; Status Code: ${error.status}; Error Code: ${error.code})`;
  return isDenial(error)
    ? new QueryFailure(`Insufficient permissions to execute the query. ${error.message} ${service}`)
    : new QueryFailure(`${error.message} ${service}`);
}

/** What a catalog refused of SHOW or DESCRIBE, which Hive runs. */
export const metadataRefused = (why: string): QueryFailure =>
  new QueryFailure(
    `FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. MetaException(message:${why})`,
    TYPE.ddl,
    1,
  );

/** What S3 refused of a table's data or of what a connector spilled. */
export function s3Refused(error: unknown, url: string): unknown {
  if (!(error instanceof AwsError) || error.status >= 500) return error;
  const service = `(Service: Amazon S3; Status Code: ${isDenial(error) ? 403 : error.status}; Error Code: ${s3Code(error)})`;
  return new QueryFailure(
    isDenial(error)
      ? `PERMISSION_DENIED: Permission denied on S3 path: ${url} (${error.message} ${service})`
      : `HIVE_CURSOR_ERROR: ${error.message} ${service} (Path: ${url})`,
  );
}

/** What Lambda refused or the connector could not do. */
export function connectorRefused(error: unknown): unknown {
  if (error instanceof ConnectorError) return new QueryFailure(error.message);
  if (!(error instanceof AwsError) || error.status >= 500) return error;
  const status = isDenial(error) ? 403 : error.status;
  const service = `(Service: AWSLambda; Status Code: ${status}; Error Code: ${error.code})`;
  return new QueryFailure(`GENERIC_USER_ERROR: ${error.message} ${service}`);
}

/** True for a refusal for want of a permission. */
export function isDenial({ code }: AwsError): boolean {
  return code === "AccessDeniedException" || code === "AccessDenied";
}

function s3Code(error: AwsError): string {
  return isDenial(error) ? "AccessDenied" : error.code;
}
