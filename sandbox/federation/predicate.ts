import { DataType, DateUnit, Precision, vectorFromArray } from "apache-arrow";
import type { Schema } from "apache-arrow";
import { decimalWords, encodeColumn } from "./blocks";
import type { ArrowType, Block, Constraints, Marker, SortedRangeSet } from "./messages";

/** A value to compare with. Decimals and 64-bit integers that a double would not keep: as text. */
export type Value = string | number | bigint | boolean;

/** What a column's values are to be like: equal to one of the values, or between two (each end optional). */
export type Condition =
  | { readonly oneOf: readonly Value[] }
  | {
      readonly from?: { readonly value: Value; readonly inclusive: boolean };
      readonly to?: { readonly value: Value; readonly inclusive: boolean };
    };

/** Column -> condition. All of them must hold. */
export type Predicate = Readonly<Record<string, Condition>>;

/** No condition, no limit. */
export const EVERYTHING: Constraints = {
  summary: {},
  expression: [],
  orderByClause: [],
  limit: -1,
  queryPassthroughArguments: {},
};

/**
 * A predicate as Athena hands it to a connector. Conditions on columns whose type is not handed over are left out: a
 * connector may use them or not, the rows are filtered again in any case.
 *
 * @param limit rows that are enough
 */
export function constraintsOf(predicate: Predicate, schema: Schema, limit = -1): Constraints {
  const summary: Record<string, SortedRangeSet> = {};
  for (const [name, condition] of Object.entries(predicate)) {
    const type = schema.fields.find((field) => field.name === name)?.type as DataType | undefined;
    const named = type === undefined ? undefined : arrowType(type);
    if (type !== undefined && named !== undefined) summary[name] = rangeSet(condition, type, named);
  }
  return { ...EVERYTHING, summary, limit };
}

function rangeSet(condition: Condition, type: DataType, named: ArrowType): SortedRangeSet {
  const marker = (value: Value | undefined, bound: Marker["bound"]): Marker => ({
    valueBlock: valueBlock(value, type),
    bound,
    nullValue: value === undefined,
  });
  const ranges =
    "oneOf" in condition
      ? condition.oneOf.map((value) => ({ low: marker(value, "EXACTLY"), high: marker(value, "EXACTLY") }))
      : [
          {
            // An open end is a bound beyond no value.
            low: marker(condition.from?.value, condition.from?.inclusive === true ? "EXACTLY" : "ABOVE"),
            high: marker(condition.to?.value, condition.to?.inclusive === true ? "EXACTLY" : "BELOW"),
          },
        ];
  return { "@type": "SortedRangeSet", type: named, ranges, nullAllowed: false };
}

/** The SDK looks a marker's value up in a column of this name. */
const COLUMN = "col1";

function valueBlock(value: Value | undefined, type: DataType): Block {
  if (value === undefined) return { ...encodeColumn(COLUMN, vectorFromArray([null], type)), records: "" };
  return encodeColumn(COLUMN, vectorFromArray([stored(value, type)], type));
}

function stored(value: Value, type: DataType): unknown {
  if (DataType.isDecimal(type)) return decimalWords(String(value), type.scale);
  if (DataType.isInt(type)) return type.bitWidth === 64 ? BigInt(value) : Number(value);
  if (DataType.isFloat(type)) return Number(value);
  return value;
}

/** The type as the SDK names it; undefined for those that are not handed over. */
function arrowType(type: DataType): ArrowType | undefined {
  if (DataType.isUtf8(type)) return { "@type": "Utf8" };
  if (DataType.isBool(type)) return { "@type": "Bool" };
  if (DataType.isInt(type)) return { "@type": "Int", bitWidth: type.bitWidth, isSigned: type.isSigned };
  if (DataType.isDecimal(type)) return { "@type": "Decimal", precision: type.precision, scale: type.scale };
  if (DataType.isFloat(type) && type.precision !== Precision.HALF)
    return { "@type": "FloatingPoint", precision: Precision[type.precision] };
  if (DataType.isDate(type)) return { "@type": "Date", unit: DateUnit[type.unit] };
  return undefined;
}
