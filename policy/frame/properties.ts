/**
 * A resource's properties as rules read them.
 *
 * Whatever a program computes from resources that do not exist yet is unknown in preview. @pulumi/policy throws when a
 * policy touches such a value, and then drops the policy with an advisory. Here the value is marked, and a rule that
 * needs it stops with an error that the frame turns into a finding.
 */
import { UnknownValueError } from "@pulumi/policy";

/** A rule cannot tell whether a resource is as it should be. */
export class CannotJudge extends Error {
  override readonly name: string = "CannotJudge";
}

/** Because of a value that is unknown in preview. */
export class UnknownProperty extends CannotJudge {
  override readonly name = "UnknownProperty";

  constructor(
    /** Where: `configuration.resultConfiguration.outputLocation`. */
    readonly property: string,
  ) {
    super(`${property} is unknown`);
  }
}

const UNKNOWN = Symbol("unknown in preview");

/** Reads properties by dotted path, `rules.0.id`. Absent values are undefined; unknown ones throw {@link UnknownProperty}. */
export class Properties {
  readonly #value: unknown;
  readonly #path: string;

  private constructor(value: unknown, path: string) {
    this.#value = value;
    this.#path = path;
  }

  /** @param given the object that @pulumi/policy hands to a policy; touching an unknown value in it throws. */
  static of(given: Readonly<Record<string, unknown>>): Properties {
    return new Properties(copyOf(given), "");
  }

  /** The names at this place; none when it is no object. */
  get keys(): string[] {
    return isObject(this.#value) ? Object.keys(this.#value) : [];
  }

  /** Where this is, for messages: `rules[0].expiration`. */
  get path(): string {
    return this.#path;
  }

  /** Whether there is a value, be it known or not. */
  has(path: string): boolean {
    try {
      const value = this.#at(path);
      return value !== undefined && value !== null;
    } catch (error) {
      if (error instanceof UnknownProperty) return true;
      throw error;
    }
  }

  /** The value as it is, nothing unknown in it. */
  get(path: string): unknown {
    const value = this.#at(path);
    refuseUnknown(value, this.#placeOf(path));
    return value === null ? undefined : value;
  }

  /** A text, or a number as text. */
  text(path: string): string | undefined {
    const value = this.get(path);
    if (value === undefined || typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    throw new CannotJudge(`${this.#placeOf(path)} is not a text`);
  }

  /** Whether a switch is on; absent is off. */
  flag(path: string): boolean {
    const value = this.get(path);
    // The engine hands over providers' switches as text.
    return value === true || value === "true";
  }

  number(path: string): number | undefined {
    const value = this.get(path);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (value === "" || Number.isNaN(number)) throw new CannotJudge(`${this.#placeOf(path)} is not a number`);
    return number;
  }

  /** A list of texts; a single text is a list of one. */
  texts(path: string): string[] {
    const value = this.get(path);
    if (value === undefined) return [];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.map((entry, index) => {
      if (typeof entry === "string") return entry;
      throw new CannotJudge(`${this.#placeOf(path)}[${index}] is not a text`);
    });
  }

  /** The entries of a list; what is unknown within an entry is asked for there. A single object is a list of one. */
  each(path: string): Properties[] {
    const value = this.#at(path);
    if (value === undefined || value === null) return [];
    const place = this.#placeOf(path);
    if (!Array.isArray(value)) return [new Properties(value, place)];
    return value.map((entry: unknown, index) => {
      if (entry === UNKNOWN) throw new UnknownProperty(`${place}[${index}]`);
      return new Properties(entry, `${place}[${index}]`);
    });
  }

  /** An object within; undefined when it is absent. */
  part(path: string): Properties | undefined {
    const value = this.#at(path);
    return isObject(value) ? new Properties(value, this.#placeOf(path)) : undefined;
  }

  #at(path: string): unknown {
    let value = this.#value;
    let walked = "";
    for (const key of path.split(".")) {
      if (typeof value !== "object" || value === null) return undefined;
      walked = walked === "" ? key : `${walked}.${key}`;
      value = Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
      if (value === UNKNOWN) throw new UnknownProperty(this.#placeOf(walked));
    }
    return value;
  }

  #placeOf(path: string): string {
    return this.#path === "" ? path : `${this.#path}.${path}`;
  }
}

function refuseUnknown(value: unknown, place: string): void {
  if (value === UNKNOWN) throw new UnknownProperty(place);
  if (Array.isArray(value))
    value.forEach((entry, index) => {
      refuseUnknown(entry, `${place}[${index}]`);
    });
  else if (isObject(value))
    for (const [key, entry] of Object.entries(value)) refuseUnknown(entry, `${place}.${key}`);
}

function copyOf(given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given;
  // Names can be listed without touching values.
  const entries = Object.keys(given).map((key): [string, unknown] => [
    key,
    markedUnknown(() => (given as Readonly<Record<string, unknown>>)[key]),
  ]);
  return Array.isArray(given) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries);
}

function markedUnknown(touch: () => unknown): unknown {
  let value: unknown;
  try {
    value = touch();
  } catch (error) {
    if (error instanceof UnknownValueError) return UNKNOWN;
    throw error;
  }
  return copyOf(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
