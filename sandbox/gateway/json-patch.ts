/** One operation of a JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** A patch that is not valid, or does not fit the document. */
export class PatchError extends Error {
  override readonly name = "PatchError";
}

/** The document after the patch; the document given stays as it is. @throws PatchError */
export function patched(document: unknown, patch: readonly PatchOperation[]): unknown {
  let after: unknown = structuredClone(document);
  for (const operation of patch) after = apply(after, operation);
  return after;
}

/** The parts of a JSON Pointer (RFC 6901), unescaped. @throws PatchError */
export function pointer(path: unknown): string[] {
  if (path === "") return [];
  if (typeof path !== "string" || !path.startsWith("/"))
    throw new PatchError(`"${String(path)}" is not a JSON Pointer`);
  return path
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function apply(document: unknown, { op, path, from, value }: PatchOperation): unknown {
  const at = pointer(path);
  switch (op) {
    case "add":
      return put(document, at, structuredClone(required(value, op)), "add");
    case "replace":
      return put(document, at, structuredClone(required(value, op)), "replace");
    case "remove":
      return remove(document, at);
    case "copy":
      return put(document, at, structuredClone(get(document, pointer(from))), "add");
    case "move": {
      const source = pointer(from);
      if (at.length > source.length && source.every((part, i) => part === at[i])) {
        throw new PatchError(`"${path}" is inside of "${from ?? ""}"`);
      }
      const moved = get(document, source);
      return put(remove(document, source), at, moved, "add");
    }
    case "test":
      if (!equal(get(document, at), required(value, op))) throw new PatchError(`"${path}" has another value`);
      return document;
    default:
      throw new PatchError(`"${op}" is not an operation of JSON Patch`);
  }
}

function required(value: unknown, op: string): unknown {
  if (value === undefined) throw new PatchError(`operation ${op} has no value`);
  return value;
}

function get(document: unknown, at: readonly string[]): unknown {
  return at.reduce((inside, part) => child(inside, part), document);
}

function child(inside: unknown, part: string): unknown {
  if (Array.isArray(inside)) return inside[index(part, inside.length - 1)] as unknown;
  if (isRecord(inside) && Object.hasOwn(inside, part)) return inside[part];
  throw new PatchError(`there is no "${part}"`);
}

function put(document: unknown, at: readonly string[], value: unknown, mode: "add" | "replace"): unknown {
  const name = at.at(-1);
  if (name === undefined) return value;
  const parent = get(document, at.slice(0, -1));
  if (Array.isArray(parent)) {
    if (mode === "replace") parent[index(name, parent.length - 1)] = value;
    else parent.splice(name === "-" ? parent.length : index(name, parent.length), 0, value);
  } else if (isRecord(parent)) {
    if (mode === "replace") child(parent, name);
    // Not by assignment: a member called __proto__ is a member like others in JSON.
    Object.defineProperty(parent, name, { value, configurable: true, enumerable: true, writable: true });
  } else {
    throw new PatchError(`"${name}" has no structure or list around it`);
  }
  return document;
}

function remove(document: unknown, at: readonly string[]): unknown {
  const name = at.at(-1);
  if (name === undefined) return null;
  const parent = get(document, at.slice(0, -1));
  child(parent, name);
  if (Array.isArray(parent)) parent.splice(index(name, parent.length - 1), 1);
  else Reflect.deleteProperty(parent as object, name);
  return document;
}

function index(part: string, most: number): number {
  const number = /^(0|[1-9]\d*)$/.test(part) ? Number(part) : -1;
  if (number < 0 || number > most) throw new PatchError(`"${part}" is not a position of the list`);
  return number;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (isRecord(a) && isRecord(b)) {
    const names = Object.keys(a);
    return (
      names.length === Object.keys(b).length && names.every((n) => Object.hasOwn(b, n) && equal(a[n], b[n]))
    );
  }
  return a === b;
}
