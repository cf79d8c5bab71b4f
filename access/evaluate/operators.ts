import { arnComponents } from "./arn";
import { hasMarks, matcher } from "./glob";
import type { KeyType } from "./service-table";

/** Compares one value of the request. */
export type Comparison = (actual: string) => boolean;

/** A condition operator, without its set prefix and `IfExists`. */
export interface Operator {
  /** True when no value of the policy may match; such an operator is true for an absent key. */
  readonly negated: boolean;
  /** Key types that the operator can be used with. */
  readonly types: readonly KeyType[];
  /** Whether `*` and `?` in values are wildcards. */
  readonly wildcards: boolean;
  readonly variables: boolean;
  /**
   * Prepares a value of the policy: with wildcards, a pattern of glob.ts.
   *
   * @returns the comparison, or what the value must be.
   */
  prepare(value: string): Comparison | string;
}

function strings(negated: boolean, wildcards: boolean, prepare: Operator["prepare"]): Operator {
  return { negated, types: ["String", "ARN", "Bool"], wildcards, variables: true, prepare };
}

const equal: Operator["prepare"] = (value) => (actual) => actual === value;
const equalIgnoringCase: Operator["prepare"] = (value) => {
  const lower = value.toLowerCase();
  return (actual) => actual.toLowerCase() === lower;
};

function arns(negated: boolean): Operator {
  return { negated, types: ["ARN", "String"], wildcards: true, variables: true, prepare: prepareArn };
}

/** Each of the six components by itself, so that no wildcard reaches over a colon into the next one. */
function prepareArn(value: string): Comparison | string {
  const components = arnComponents(value)?.map(matcher);
  if (components === undefined) return "an ARN with six components separated by colons";
  // A list of a hundred roles must not take the caller's ARN apart a hundred times.
  if (!hasMarks(value)) return (actual) => actual === value;
  return (actual) => {
    const parts = arnComponents(actual);
    return parts !== undefined && components.every((matches, i) => matches(parts[i] ?? ""));
  };
}

type Order = (actual: number, value: number) => boolean;
const orders: Readonly<Record<string, Order>> = {
  Equals: (a, b) => a === b,
  NotEquals: (a, b) => a === b,
  LessThan: (a, b) => a < b,
  LessThanEquals: (a, b) => a <= b,
  GreaterThan: (a, b) => a > b,
  GreaterThanEquals: (a, b) => a >= b,
};

function ordered(
  name: string,
  types: readonly KeyType[],
  read: (text: string) => number | undefined,
  form: string,
): (readonly [string, Operator])[] {
  return Object.entries(orders).map(([suffix, order]) => [
    `${name}${suffix}`,
    {
      negated: suffix === "NotEquals",
      types,
      wildcards: false,
      variables: false,
      prepare(value) {
        const bound = read(value);
        if (bound === undefined) return form;
        return (actual) => {
          const number = read(actual);
          return number !== undefined && order(number, bound);
        };
      },
    },
  ]);
}

/** A decimal number, or undefined. */
export function readNumber(text: string): number | undefined {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Milliseconds since 1970 of a W3C date (ISO 8601 profile) or of epoch seconds; undefined when the text is neither. */
export function readDate(text: string): number | undefined {
  if (/^\d{5,}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const w3c = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?)?)?$/;
  const time = w3c.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** Whether the text is `true` or `false`, in any case. */
export function isBoolean(text: string): boolean {
  return /^(true|false)$/i.test(text);
}

interface Address {
  readonly bits: 32 | 128;
  readonly number: bigint;
}

/** An IPv4 or IPv6 address without prefix length, or undefined. */
export function readAddress(text: string): Address | undefined {
  if (text.includes(":")) return readIpv6(text);
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (octets === undefined || octets.some((o) => o > 255)) return undefined;
  return { bits: 32, number: octets.reduce((sum, o) => (sum << 8n) | BigInt(o), 0n) };
}

function readIpv6(text: string): Address | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const groups = tail === undefined ? head : [...head, ...zeros(8 - head.length - tail.length), ...tail];
  if (groups.length !== 8 || !groups.every((g) => /^[0-9a-f]{1,4}$/i.test(g))) return undefined;
  return { bits: 128, number: groups.reduce((sum, g) => (sum << 16n) | BigInt(`0x${g}`), 0n) };
}

function zeros(count: number): string[] {
  return Array.from({ length: Math.max(count, 0) }, () => "0");
}

function prepareRange(value: string): Comparison | string {
  const form = "an IP address or a range such as 203.0.113.0/24";
  const [text = "", length, ...more] = value.split("/");
  const network = readAddress(text);
  if (network === undefined || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length)))
    return form;
  const prefix = length === undefined ? network.bits : Number(length);
  if (prefix > network.bits) return form;
  const shift = BigInt(network.bits - prefix);
  return (actual) => {
    const address = readAddress(actual);
    return address?.bits === network.bits && address.number >> shift === network.number >> shift;
  };
}

function ranges(negated: boolean): Operator {
  return { negated, types: ["IPAddress"], wildcards: false, variables: false, prepare: prepareRange };
}

const operators = new Map<string, Operator>([
  ["StringEquals", strings(false, false, equal)],
  ["StringNotEquals", strings(true, false, equal)],
  ["StringEqualsIgnoreCase", strings(false, false, equalIgnoringCase)],
  ["StringNotEqualsIgnoreCase", strings(true, false, equalIgnoringCase)],
  ["StringLike", strings(false, true, matcher)],
  ["StringNotLike", strings(true, true, matcher)],
  ["ArnEquals", arns(false)],
  ["ArnLike", arns(false)],
  ["ArnNotEquals", arns(true)],
  ["ArnNotLike", arns(true)],
  ...ordered("Numeric", ["Numeric", "Date"], readNumber, "a number"),
  ...ordered("Date", ["Date"], readDate, "a date such as 2026-01-31T00:00:00Z, or seconds since 1970"),
  [
    "Bool",
    {
      negated: false,
      types: ["Bool", "String"],
      wildcards: false,
      variables: false,
      prepare: (value) => (isBoolean(value) ? equalIgnoringCase(value) : '"true" or "false"'),
    },
  ],
  [
    "BinaryEquals",
    {
      negated: false,
      types: ["String"],
      wildcards: false,
      variables: false,
      prepare: (value) =>
        /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)
          ? (actual) => actual === value
          : "base64",
    },
  ],
  ["IpAddress", ranges(false)],
  ["NotIpAddress", ranges(true)],
]);

/** The operator of that name, without set prefix and `IfExists`. */
export function operator(name: string): Operator | undefined {
  return operators.get(name);
}

/** Every operator's name, but `Null`. */
export const operatorNames: readonly string[] = [...operators.keys()];

/** A key's value must be readable as the key's type; the form it must have, or undefined when it is. */
export function typeFault(type: KeyType, value: string): string | undefined {
  switch (type) {
    case "Bool":
      return isBoolean(value) ? undefined : '"true" or "false"';
    case "Numeric":
      return readNumber(value) === undefined ? "a number" : undefined;
    case "Date":
      return readDate(value) === undefined ? "a date" : undefined;
    case "IPAddress":
      return readAddress(value) === undefined ? "an IP address" : undefined;
    case "ARN":
    case "String":
      return undefined;
  }
}
