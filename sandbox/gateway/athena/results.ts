import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { copyFile, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { collect } from "../answer";
import { AwsError } from "../errors";
import type { AsCaller, Place } from "./as-caller";
import type { DuckDb } from "./engine";

/** A column of a result, as GetQueryResults describes it. */
export interface ColumnInfo {
  readonly CatalogName: string;
  readonly SchemaName: string;
  readonly TableName: string;
  readonly Name: string;
  readonly Label: string;
  readonly Type: string;
  readonly Precision: number;
  readonly Scale: number;
  readonly Nullable: string;
  readonly CaseSensitive: boolean;
}

/** A column with one of Athena's types: `varchar`, or `decimal` with its digits. */
export function columnInfo(name: string, type: string, precision?: number, scale = 0): ColumnInfo {
  return {
    CatalogName: "hive",
    SchemaName: "",
    TableName: "",
    Name: name,
    Label: name,
    Type: type,
    Precision: precision ?? PRECISIONS[type] ?? 0,
    Scale: scale,
    Nullable: "UNKNOWN",
    CaseSensitive: type === "varchar",
  };
}

const PRECISIONS: Readonly<Record<string, number>> = {
  bigint: 19,
  double: 17,
  float: 17,
  integer: 10,
  smallint: 5,
  string: 2147483647,
  timestamp: 3,
  tinyint: 3,
  varbinary: 1073741824,
  varchar: 2147483647,
};

/** A column of a result of DuckDB's, and how its values are written. */
export function resultColumn(
  name: string,
  type: DuckDBType,
  duckDb: DuckDb,
): { readonly info: ColumnInfo; readonly write: (value: DuckDBValue) => string } {
  const { DuckDBTypeId: Id } = duckDb;
  const write = (value: DuckDBValue): string => written(value, type, duckDb);
  const info = (athena: string): ColumnInfo => columnInfo(name, athena);
  switch (type.typeId) {
    case Id.BOOLEAN:
      return { info: info("boolean"), write };
    case Id.TINYINT:
      return { info: info("tinyint"), write };
    case Id.SMALLINT:
    case Id.UTINYINT:
      return { info: info("smallint"), write };
    case Id.INTEGER:
    case Id.USMALLINT:
      return { info: info("integer"), write };
    // Sums of whole numbers are HUGEINT in DuckDB.
    case Id.BIGINT:
    case Id.UINTEGER:
    case Id.UBIGINT:
    case Id.HUGEINT:
    case Id.UHUGEINT:
      return { info: info("bigint"), write };
    case Id.FLOAT:
      return { info: info("float"), write };
    case Id.DOUBLE:
      return { info: info("double"), write };
    case Id.DECIMAL: {
      const { width, scale } = type;
      return { info: columnInfo(name, "decimal", width, scale), write };
    }
    case Id.DATE:
      return { info: info("date"), write };
    case Id.TIMESTAMP:
    case Id.TIMESTAMP_S:
    case Id.TIMESTAMP_MS:
    case Id.TIMESTAMP_NS:
      return { info: info("timestamp"), write };
    case Id.TIMESTAMP_TZ:
      return { info: info("timestamp with time zone"), write };
    case Id.TIME:
      return { info: info("time"), write };
    case Id.BLOB:
      return { info: info("varbinary"), write };
    case Id.LIST:
    case Id.ARRAY:
      return { info: info("array"), write };
    case Id.MAP:
      return { info: info("map"), write };
    case Id.STRUCT:
      return { info: info("row"), write };
    default:
      return { info: info("varchar"), write };
  }
}

/** A value as Athena writes it; "null" inside of lists, maps and rows. */
function written(value: DuckDBValue, type: DuckDBType, duckDb: DuckDb): string {
  if (value === null) return "null";
  if (typeof value === "number")
    return type.typeId === duckDb.DuckDBTypeId.DOUBLE || type.typeId === duckDb.DuckDBTypeId.FLOAT
      ? javaDouble(type.typeId === duckDb.DuckDBTypeId.FLOAT ? shortestFloat(value) : value)
      : String(value);
  if (value instanceof duckDb.DuckDBTimestampValue) return timestamp(value.micros);
  if (value instanceof duckDb.DuckDBTimestampMillisecondsValue) return timestamp(value.millis * 1000n);
  if (value instanceof duckDb.DuckDBTimestampSecondsValue) return timestamp(value.seconds * 1_000_000n);
  if (value instanceof duckDb.DuckDBTimestampNanosecondsValue) return timestamp(value.nanos / 1000n);
  if (value instanceof duckDb.DuckDBTimestampTZValue) return `${timestamp(value.micros)} UTC`;
  if (value instanceof duckDb.DuckDBBlobValue)
    return [...value.bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  if (value instanceof duckDb.DuckDBListValue || value instanceof duckDb.DuckDBArrayValue) {
    const { valueType } = type as InstanceType<DuckDb["DuckDBListType"]>;
    return `[${value.items.map((item) => written(item, valueType, duckDb)).join(", ")}]`;
  }
  if (value instanceof duckDb.DuckDBMapValue) {
    const { keyType, valueType } = type as InstanceType<DuckDb["DuckDBMapType"]>;
    const entries = value.entries.map(
      (entry) => `${written(entry.key, keyType, duckDb)}=${written(entry.value, valueType, duckDb)}`,
    );
    return `{${entries.sort().join(", ")}}`;
  }
  if (value instanceof duckDb.DuckDBStructValue) {
    const { entryNames, entryTypes } = type as InstanceType<DuckDb["DuckDBStructType"]>;
    const members = entryNames.map((name, i) => {
      const member = entryTypes[i];
      return `${name}=${member === undefined ? "null" : written(value.entries[name] ?? null, member, duckDb)}`;
    });
    return `{${members.join(", ")}}`;
  }
  return String(value);
}

/** A number as Java writes a double. */
function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits = "", exponent = ""] = value.toExponential().split("e");
    return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

/** The number with the fewest digits that is the same float. */
function shortestFloat(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

/** `2020-01-01 12:34:56.789`, with microseconds where there are any. */
function timestamp(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const millis = Number((micros - rest) / 1000n);
  const text = new Date(millis).toISOString().replace("T", " ").replace("Z", "");
  return rest === 0n ? text : `${text}${String(rest).padStart(3, "0")}`;
}

/** A result on its way into a file: CSV as Athena writes it, every value in quotes and NULL as nothing. */
export class ResultFile {
  private readonly stream;

  constructor(private readonly file: string) {
    this.stream = createWriteStream(file);
  }

  /** Adds rows. `null` is NULL. */
  async add(rows: readonly (readonly (string | null)[])[]): Promise<void> {
    const line = (row: readonly (string | null)[]): string =>
      row.map((value) => (value === null ? "" : `"${value.replaceAll('"', '""')}"`)).join(",");
    await this.write(rows.map((row) => `${line(row)}\n`).join(""));
  }

  /** Adds text as it is. */
  async write(text: string): Promise<void> {
    if (!this.stream.write(text)) await once(this.stream, "drain");
  }

  /** Puts the file into S3 with the caller's permissions; returns its size in bytes. @throws AwsError */
  async put(caller: AsCaller, place: Place, headers: Readonly<Record<string, string>>): Promise<number> {
    const size = await this.end();
    await caller.putObject(place, createReadStream(this.file), size, headers);
    return size;
  }

  /** Moves the file to where Athena keeps it; returns its size in bytes. */
  async keep(file: string): Promise<number> {
    const size = await this.end();
    await copyFile(this.file, file);
    return size;
  }

  private async end(): Promise<number> {
    this.stream.end();
    await once(this.stream, "close");
    return (await stat(this.file)).size;
  }
}

/** Where a result is, as who asks for it may read it. */
export interface StoredResult {
  /** Bytes, both ends included. @throws AwsError */
  readonly read: (range: { readonly from: number; readonly to: number }) => Promise<Readable>;
  /** @throws AwsError when they may not */
  readonly mayRead: () => Promise<void>;
}

/** A page of a result. */
export interface ResultPage {
  readonly rows: readonly (readonly (string | null)[])[];
  /** Where the next page begins; undefined after the last. */
  readonly next: number | undefined;
}

/** Bytes that are read of a result at first; more when a page needs more. */
const PIECE = 1 << 20;

/**
 * Reads rows of a result.
 *
 * @param from byte at which a row begins
 * @param most rows
 * @throws AwsError
 */
export async function readPage(
  { read, mayRead }: StoredResult,
  result: { readonly size: number; readonly csv: boolean },
  from: number,
  most: number,
): Promise<ResultPage> {
  const { size, csv } = result;
  if (from >= size) {
    await mayRead();
    return { rows: [], next: undefined };
  }
  for (let length = PIECE; ; length *= 4) {
    const to = Math.min(size, from + length) - 1;
    const bytes = await collect(await read({ from, to }));
    const whole = to === size - 1;
    const { rows, used } = csv ? csvRows(bytes, most, whole) : textRows(bytes, most, whole);
    if (rows.length === most || whole) return { rows, next: from + used < size ? from + used : undefined };
  }
}

const [QUOTE, COMMA, NEWLINE] = [0x22, 0x2c, 0x0a];

/** Rows of our own CSV, and the bytes that they are. A row that does not end in the piece is left out. */
function csvRows(bytes: Buffer, most: number, whole: boolean): { rows: (string | null)[][]; used: number } {
  const rows: (string | null)[][] = [];
  let used = 0;
  let row: (string | null)[] = [];
  let at = 0;
  while (at < bytes.length && rows.length < most) {
    if (bytes[at] === QUOTE) {
      let end = at + 1;
      while (end < bytes.length && (bytes[end] !== QUOTE || bytes[end + 1] === QUOTE))
        end += bytes[end] === QUOTE ? 2 : 1;
      // A quote that the piece ends with may be the first of two.
      if (end >= bytes.length || (end === bytes.length - 1 && !whole)) break;
      row.push(
        bytes
          .subarray(at + 1, end)
          .toString("utf8")
          .replaceAll('""', '"'),
      );
      at = end + 1;
    } else row.push(null);
    if (bytes[at] === COMMA) at++;
    else if (bytes[at] === NEWLINE) {
      rows.push(row);
      row = [];
      used = ++at;
    } else if (at >= bytes.length) break;
    else
      throw new AwsError("InvalidRequestException", "Could not find results", 400, {
        AthenaErrorCode: "RESULT_NOT_FOUND",
      });
  }
  return { rows, used };
}

/** Lines of a text, each a row of one column. */
function textRows(bytes: Buffer, most: number, whole: boolean): { rows: string[][]; used: number } {
  const rows: string[][] = [];
  let used = 0;
  while (used < bytes.length && rows.length < most) {
    const end = bytes.indexOf(NEWLINE, used);
    if (end === -1 && !whole) break;
    rows.push([bytes.subarray(used, end === -1 ? bytes.length : end).toString("utf8")]);
    used = end === -1 ? bytes.length : end + 1;
  }
  return { rows, used };
}
