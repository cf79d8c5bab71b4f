import { DataType, DateUnit, Precision } from "apache-arrow";
import type { Field, Vector } from "apache-arrow";
import type { DuckDBValue } from "@duckdb/node-api";
import { decimalInteger } from "../../federation/blocks";
import type { FederatedConnector, FederatedTable } from "../../federation/connector";
import type { Condition, Predicate, Value } from "../../federation/predicate";
import { quoted } from "./engine";
import type { DuckDb, EngineColumn } from "./engine";
import { connectorRefused } from "./errors";
import type { Constant, Filter, Filters } from "./pushdown";
import type { SourceTable } from "./source-table";

/** A table of a LAMBDA catalog. Athena's names are in lower case. @throws QueryFailure */
export async function connectorTable(
  connector: FederatedConnector,
  database: string,
  table: string,
  duckDb: DuckDb,
): Promise<SourceTable> {
  const found = await asked(() => connector.table(database, table));
  // DynamoDB tells names apart by case, SQL does not: the first of them is the column.
  const fields = found.schema.fields.filter(
    ({ name }, i, all) => all.findIndex((other) => other.name.toLowerCase() === name.toLowerCase()) === i,
  );
  return {
    columns: fields.map((field) => ({
      name: field.name.toLowerCase(),
      type: engineType(field.type as DataType),
    })),
    load: async (engine, into, { columns, filters, limit }, meter) => {
      const wanted = wantedFields(fields, columns);
      const rows = await engine.rowsInto(into);
      let left = limit ?? Infinity;
      const scan = connector.scan(found, {
        columns: wanted.map(({ name }) => name),
        predicate: predicateOf(filters, found),
        ...(limit === undefined ? {} : { limit }),
      });
      await asked(async () => {
        for await (const part of scan) {
          meter.count(part.bytes);
          // Parts name their columns and may bring them in an order of their own.
          const cells = wanted.map((field) => cellsOf(part.rows.getChild(field.name), field, duckDb));
          for (let row = 0; row < part.rows.numRows && left > 0; row++, left--)
            rows.add(cells.map((cell) => cell(row)));
          if (left === 0) break;
        }
      });
      rows.close();
    },
  };
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw connectorRefused(error);
  }
}

function wantedFields(fields: readonly Field[], columns: readonly EngineColumn[]): Field[] {
  return columns.flatMap(({ name }) => fields.find((field) => field.name.toLowerCase() === name) ?? []);
}

/** The filters that the connector's own comparison answers as DuckDB's would. */
function predicateOf(filters: Filters, { schema }: FederatedTable): Predicate {
  return Object.fromEntries(
    schema.fields.flatMap((field): [string, Condition][] => {
      const filter = filters[field.name.toLowerCase()];
      const condition = filter === undefined ? undefined : conditionOf(filter, field.type as DataType);
      return condition === undefined ? [] : [[field.name, condition]];
    }),
  );
}

function conditionOf(filter: Filter, type: DataType): Condition | undefined {
  if ("oneOf" in filter) {
    const oneOf = filter.oneOf.map((constant) => valueOf(constant, type));
    return oneOf.every((value) => value !== undefined) ? { oneOf } : undefined;
  }
  const [from, to] = [filter.from, filter.to].map((end) => {
    const value = end === undefined ? undefined : valueOf(end.value, type);
    return end === undefined || value === undefined ? undefined : { value, inclusive: end.inclusive };
  });
  if ((filter.from !== undefined && from === undefined) || (filter.to !== undefined && to === undefined))
    return undefined;
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function valueOf({ type: kind, text }: Constant, type: DataType): Value | undefined {
  if (DataType.isUtf8(type)) return kind === "text" ? text : undefined;
  const fraction = text.split(".")[1] ?? "";
  if (kind !== "number") return undefined;
  if (DataType.isDecimal(type)) return fraction.length <= type.scale ? text : undefined;
  return DataType.isInt(type) && fraction === "" ? text : undefined;
}

/** An Arrow type in DuckDB's words. */
function engineType(type: DataType): string {
  if (DataType.isBool(type)) return "BOOLEAN";
  if (DataType.isInt(type)) return INTEGERS[type.bitWidth] ?? "BIGINT";
  if (DataType.isDecimal(type)) return `DECIMAL(${type.precision}, ${type.scale})`;
  if (DataType.isFloat(type)) return type.precision === Precision.DOUBLE ? "DOUBLE" : "FLOAT";
  if (DataType.isBinary(type)) return "BLOB";
  if (DataType.isDate(type)) return type.unit === DateUnit.DAY ? "DATE" : "TIMESTAMP";
  if (DataType.isTimestamp(type)) return type.timezone == null ? "TIMESTAMP" : "TIMESTAMPTZ";
  if (DataType.isList(type)) return `${engineType(type.valueType as DataType)}[]`;
  if (DataType.isMap(type))
    return `MAP(${engineType(type.keyType as DataType)}, ${engineType(type.valueType as DataType)})`;
  if (DataType.isStruct(type)) {
    const members = type.children.map(
      ({ name, type: of }) => `${quoted(name)} ${engineType(of as DataType)}`,
    );
    return `STRUCT(${members.join(", ")})`;
  }
  return "VARCHAR";
}

const INTEGERS: Readonly<Record<number, string>> = { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER" };

function cellsOf(vector: Vector | null, field: Field, duckDb: DuckDb): (row: number) => DuckDBValue {
  const convert = converter(field.type as DataType, duckDb);
  return (row) => {
    const value: unknown = vector?.get(row);
    return value === null || value === undefined ? null : convert(value);
  };
}

/** How values of an Arrow type become values of DuckDB. */
function converter(type: DataType, duckDb: DuckDb): (value: unknown) => DuckDBValue {
  const orNull =
    (convert: (value: unknown) => DuckDBValue) =>
    (value: unknown): DuckDBValue =>
      value === null || value === undefined ? null : convert(value);
  if (DataType.isDecimal(type)) {
    const { precision, scale } = type;
    return (value) => duckDb.decimalValue(decimalInteger(value as Uint32Array), precision, scale);
  }
  if (DataType.isInt(type)) return type.bitWidth === 64 ? (v) => v as bigint : (v) => Number(v);
  if (DataType.isFloat(type)) return (value) => value as number;
  if (DataType.isBool(type)) return (value) => value as boolean;
  if (DataType.isBinary(type)) return (value) => duckDb.blobValue(value as Uint8Array);
  if (DataType.isDate(type))
    // Arrow's vectors answer milliseconds, whatever they keep.
    return type.unit === DateUnit.DAY
      ? (value) => duckDb.dateValue(Math.floor(Number(value) / MILLISECONDS_A_DAY))
      : (value) => duckDb.timestampValue(BigInt(Number(value)) * 1000n);
  if (DataType.isTimestamp(type)) {
    const micros = (value: unknown): bigint => BigInt(Math.round(Number(value) * 1000));
    return type.timezone == null
      ? (value) => duckDb.timestampValue(micros(value))
      : (value) => new duckDb.DuckDBTimestampTZValue(micros(value));
  }
  if (DataType.isList(type)) {
    const item = orNull(converter(type.valueType as DataType, duckDb));
    return (value) => duckDb.listValue([...(value as Vector)].map(item));
  }
  if (DataType.isMap(type)) {
    const [key, of] = [type.keyType, type.valueType].map((part) =>
      orNull(converter(part as DataType, duckDb)),
    );
    if (key === undefined || of === undefined) return () => null;
    return (value) =>
      duckDb.mapValue(
        [...(value as Iterable<[unknown, unknown]>)].map(([k, v]) => ({ key: key(k), value: of(v) })),
      );
  }
  if (DataType.isStruct(type)) {
    const members = type.children.map(({ name, type: of }) => ({
      name,
      of: orNull(converter(of as DataType, duckDb)),
    }));
    return (value) => {
      const row = value as Readonly<Record<string, unknown>>;
      return duckDb.structValue(Object.fromEntries(members.map(({ name, of }) => [name, of(row[name])])));
    };
  }
  return (value) => String(value);
}

const MILLISECONDS_A_DAY = 86_400_000;
