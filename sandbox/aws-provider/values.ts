/**
 * Property values as the engine sends them over gRPC, and as the rest of this provider sees them.
 *
 * `@pulumi/pulumi/runtime/rpc` does the same for programs; it is not used here because it brings the whole SDK
 * (and its start-up time) into the provider's bundle.
 */
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

const unknownSentinel = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";

/** A value as a `Struct` holds it. */
export type WireValue = null | boolean | number | string | WireValue[] | { [name: string]: WireValue };

/** A value that is not known yet, in a preview. */
export class Unknown {
  /** So that no other object passes for one. */
  readonly kind = "unknown";
}

/** The one unknown value. */
export const unknown = new Unknown();

/** A value that must be stored encrypted and never shown. */
export class Secret {
  constructor(readonly value: Value) {}
}

/** A file (`archive` false) or an archive, by the fields the engine sends: hash, and text, path, uri or assets. */
export class Asset {
  constructor(
    readonly archive: boolean,
    readonly fields: Readonly<Record<string, WireValue>>,
  ) {}

  /** The file or archive of the fields, by their signature. */
  static of(fields: Readonly<Record<string, WireValue>>): Asset {
    return new Asset(fields[signatureKey] === archiveSignature, fields);
  }

  /** SHA-256 of the contents, in hexadecimal. */
  get hash(): string {
    return this.text("hash") ?? "";
  }

  /** A field that holds text, when it is there. */
  text(field: string): string | undefined {
    const value = this.fields[field];
    return typeof value === "string" && value !== "" ? value : undefined;
  }
}

/** One property value. */
export type Value =
  undefined | boolean | number | string | Unknown | Secret | Asset | readonly Value[] | Values;

/** Property values by name. */
export interface Values {
  readonly [name: string]: Value;
}

/** Reads what the engine sent; absent is empty. */
export function decode(struct: Struct | undefined): Values {
  const decoded = struct === undefined ? {} : decodeValue(struct.toJavaScript());
  return isValues(decoded) ? decoded : {};
}

function decodeValue(value: WireValue): Value {
  if (value === null) return undefined;
  if (value === unknownSentinel) return unknown;
  if (Array.isArray(value)) return value.map(decodeValue);
  if (typeof value !== "object") return value;
  switch (value[signatureKey]) {
    case undefined:
      return Object.fromEntries(
        Object.entries(value).flatMap(([name, inner]) =>
          inner === null ? [] : [[name, decodeValue(inner)]],
        ),
      );
    case secretSignature:
      return new Secret(decodeValue(value["value"] ?? null));
    case assetSignature:
      return new Asset(false, value);
    case archiveSignature:
      return new Asset(true, value);
    case resourceSignature:
      return decodeValue(value["id"] ?? value["urn"] ?? null);
    default:
      throw new Error(
        `a property has the signature "${JSON.stringify(value[signatureKey])}", which this provider does not know`,
      );
  }
}

/** Writes values for the engine; what is `undefined` is left out. */
export function encode(values: Values): Struct {
  return Struct.fromJavaScript(encodeObject(values));
}

function encodeObject(values: Values): Record<string, WireValue> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, encodeValue(value)]],
    ),
  );
}

function encodeValue(value: Value): WireValue {
  if (value === undefined) return null;
  if (value instanceof Unknown) return unknownSentinel;
  if (value instanceof Secret) return { [signatureKey]: secretSignature, value: encodeValue(value.value) };
  if (value instanceof Asset) return { ...value.fields };
  if (isList(value)) return value.map(encodeValue);
  return typeof value === "object" ? encodeObject(value) : value;
}

/** Whether the value is a plain object of values. */
export function isValues(value: Value): value is Values {
  return (
    typeof value === "object" &&
    !isList(value) &&
    !(value instanceof Unknown) &&
    !(value instanceof Secret) &&
    !(value instanceof Asset)
  );
}

/** Whether the value is a list. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether a value or any part of it satisfies the test. */
export function some(value: Value, test: (part: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return some(value.value, test);
  if (isList(value)) return value.some((inner) => some(inner, test));
  return isValues(value) && Object.values(value).some((inner) => some(inner, test));
}

/** Whether a value or any part of it is not known yet. */
export function hasUnknown(value: Value): boolean {
  return some(value, (part) => part instanceof Unknown);
}

/** The same values without their secret marks. */
export function reveal(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, revealValue(value)]));
}

function revealValue(value: Value): Value {
  if (value instanceof Secret) return revealValue(value.value);
  if (isList(value)) return value.map(revealValue);
  return isValues(value) ? reveal(value) : value;
}

/**
 * Marks as secret what stands where a secret stood in `marks`: what was given as a secret is stored as one.
 * Inside lists the whole list is marked, since its order may differ.
 */
export function conceal(values: Values, marks: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]): [string, Value] => {
      const mark = marks[name];
      if (value === undefined || value instanceof Secret) return [name, value];
      if (!some(mark, (part) => part instanceof Secret)) return [name, value];
      return [name, isValues(value) && isValues(mark) ? conceal(value, mark) : new Secret(value)];
    }),
  );
}
