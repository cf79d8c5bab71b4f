/** DynamoDB items as JSON text (`{"Artist":{"S":"..."}}`), and as the SDK takes them. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { canonicalText } from "./equality";

/** An item as the SDK takes it. */
export type Item = Record<string, AttributeValue>;

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Reads an item. Throws an error that says what is wrong with the text. */
export function readItem(text: string): Item {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw new Error(`is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  return readMap(json, "");
}

/** The text of an item; numbers, and the members of sets, as they stand. */
export function itemText(item: Item): string {
  return canonicalText(
    JSON.parse(
      JSON.stringify(item, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
      ),
    ) as Json,
  );
}

/** Whether two items hold the same: numbers by value, sets in any order. */
export function sameItem(left: string, right: string): boolean {
  try {
    return meaning(readItem(left)) === meaning(readItem(right));
  } catch {
    return left === right;
  }
}

/** The value of a key attribute as text, as ids write it; binary ones in base64. */
export function keyText(value: AttributeValue | undefined): string {
  if (value?.B !== undefined) return Buffer.from(value.B).toString("base64");
  return value?.S ?? value?.N ?? "";
}

function meaning(item: Item): string {
  return canonicalText(JSON.parse(itemText(item), (name, value: unknown) => reduced(name, value)) as Json);
}

function reduced(name: string, value: unknown): unknown {
  if (name === "N" && typeof value === "string") return number(value);
  if (name === "NS" && Array.isArray(value)) return value.map((member) => number(String(member))).sort();
  if ((name === "SS" || name === "BS") && Array.isArray(value)) return value.map(String).sort();
  return value;
}

/** A number without the zeros and the plus that say nothing; 38 digits are more than a `number` holds. */
function number(text: string): string {
  const parts = /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?:[eE](?<exponent>[+-]?\d+))?$/.exec(
    text,
  )?.groups;
  if (parts === undefined) return text;
  const fraction = parts["fraction"] ?? "";
  const digits = (parts["whole"] ?? "") + fraction;
  const significant = digits.replace(/^0+/, "").replace(/0+$/, "");
  if (significant === "") return "0";
  const trailing = digits.length - digits.replace(/0+$/, "").length;
  const exponent = Number(parts["exponent"] ?? 0) - fraction.length + trailing;
  return `${parts["sign"] === "-" ? "-" : ""}${significant}e${exponent}`;
}

function readMap(json: Json | undefined, path: string): Item {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new Error(`${path === "" ? "is" : `has at ${path}`} no object of attributes`);
  }
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      readAttribute(value, path === "" ? name : `${path}.${name}`),
    ]),
  );
}

function readAttribute(json: Json, path: string): AttributeValue {
  const wrong = (): Error =>
    new Error(
      `has at "${path}" no attribute value: write it as {"S": "text"}, {"N": "1"}, {"BOOL": true}...`,
    );
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw wrong();
  const [[type, value] = [], ...more] = Object.entries(json);
  if (type === undefined || value === undefined || more.length > 0) throw wrong();
  const texts = (): string[] => {
    if (!Array.isArray(value)) throw wrong();
    return value.map((member) => {
      if (typeof member !== "string") throw wrong();
      return member;
    });
  };
  switch (type) {
    case "S":
    case "N":
      if (typeof value !== "string") throw wrong();
      return type === "S" ? { S: value } : { N: value };
    case "B":
      if (typeof value !== "string") throw wrong();
      return { B: Buffer.from(value, "base64") };
    case "BOOL":
      if (typeof value !== "boolean") throw wrong();
      return { BOOL: value };
    case "NULL":
      return { NULL: true };
    case "SS":
      return { SS: texts() };
    case "NS":
      return { NS: texts() };
    case "BS":
      return { BS: texts().map((member) => Buffer.from(member, "base64")) };
    case "L":
      if (!Array.isArray(value)) throw wrong();
      return { L: value.map((member, index) => readAttribute(member, `${path}[${index}]`)) };
    case "M":
      return { M: readMap(value, path) };
    default:
      throw wrong();
  }
}
