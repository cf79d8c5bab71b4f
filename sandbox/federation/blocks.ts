import { DataType, Table, tableFromIPC, tableToIPC } from "apache-arrow";
import type { Field, Schema, Vector } from "apache-arrow";
import type { Block } from "./messages";

/** What a cell of a row is here. Decimals are texts, exact; 64-bit integers are bigints. */
export type Cell = string | number | bigint | boolean | Uint8Array | null | object;

/** The allocator's id in a block says where Java keeps its memory; it means nothing between processes. */
const ALLOCATOR = "athena-spokes";

/** The schema in an IPC message (base64). */
export function decodeSchema(message: string): Schema {
  return tableFromIPC(Buffer.from(message, "base64")).schema;
}

/** A schema as an IPC message (base64). */
export function encodeSchema(schema: Schema): string {
  return messagesOf(new Table(schema)).schema.toString("base64");
}

/** The rows of a schema message (base64) and a record batch message; without bytes there are none. */
export function decodeRecords(schema: string, records: Uint8Array): Table {
  // One after the other and not in one piece: blocks are large.
  return tableFromIPC([Buffer.from(schema, "base64"), records]);
}

/** The rows of a block. */
export function decodeBlock({ schema, records }: Pick<Block, "schema" | "records">): Table {
  return decodeRecords(schema, Buffer.from(records, "base64"));
}

/** A block with one column; without values a block without rows. */
export function encodeColumn(name: string, vector: Vector): Block {
  const table = new Table({ [name]: vector });
  const { schema, records } = messagesOf(table);
  return { aId: ALLOCATOR, schema: schema.toString("base64"), records: records.toString("base64") };
}

/** The rows as plain objects. */
export function rowsOf(table: Table): Record<string, Cell>[] {
  const fields: readonly Field<DataType>[] = table.schema.fields;
  const columns = fields.map(({ name, type }, i) => ({ name, type, values: table.getChildAt(i) }));
  return Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(columns.map(({ name, type, values }) => [name, cell(type, values?.get(row))])),
  );
}

function cell(type: DataType, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (DataType.isDecimal(type)) return decimalText(value as Uint32Array, type.scale);
  if (typeof value === "object" && "toJSON" in value && !(value instanceof Uint8Array))
    return (value as { readonly toJSON: () => object }).toJSON();
  return value;
}

/** A decimal of Arrow (little-endian words, two's complement) as text: without zeros at its end. */
function decimalText(words: Uint32Array, scale: number): string {
  const value = decimalInteger(words);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** A decimal of Arrow without its point: value * 10^scale. */
export function decimalInteger(words: Uint32Array): bigint {
  const unsigned = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return BigInt.asIntN(words.length * 32, unsigned);
}

/** A decimal's text in the words of Arrow. @throws RangeError when it has more digits than the scale holds */
export function decimalWords(text: string, scale: number): Uint32Array {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === "" || fraction.length > scale)
    throw new RangeError(`"${text}" is not a decimal with at most ${scale} digits after the point`);
  const value = BigInt(`${sign}${whole}${fraction.padEnd(scale, "0")}`);
  const unsigned = BigInt.asUintN(128, value);
  return Uint32Array.from([0n, 32n, 64n, 96n], (shift) => Number((unsigned >> shift) & 0xffffffffn));
}

/** The IPC messages of a table of at most one batch. */
function messagesOf(table: Table): { schema: Buffer; records: Buffer } {
  const stream = Buffer.from(tableToIPC(table, "stream"));
  // Each message: 4 bytes FFFFFFFF, 4 bytes length of its head, head, body. The stream ends with a head of no bytes.
  const end = stream.length - 8;
  const schema = 8 + stream.readInt32LE(4);
  return { schema: stream.subarray(0, schema), records: stream.subarray(schema, end) };
}
