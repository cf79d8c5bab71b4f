/** YAML as people write it: read with the place of every fault, written so that comments and order stay. */
import { randomUUID } from "node:crypto";
import { chmod, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import { type Fault, InputError } from "../../access/faults";
import { RunnerError } from "../failure";

/** A parsed file with the means to say where something stands in it. */
export interface YamlText {
  readonly document: Document;
  /** The line of the value at a path, or of its nearest ancestor that is there; undefined for the whole. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/**
 * Parses YAML.
 *
 * @param source the name shown in faults.
 * @throws InputError with line and column of every YAML error, duplicate keys included.
 */
export function parseYaml(text: string, source: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0)
    throw new InputError(
      source,
      document.errors.map((error): Fault => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { path: "", message: `line ${line}, column ${col}: ${yamlProblem(error.message)}` };
      }),
    );
  return {
    document,
    lineOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const offset = offsetOf(document, path.slice(0, length));
        if (offset !== undefined) return lines.linePos(offset).line;
      }
      return undefined;
    },
  };
}

function yamlProblem(message: string): string {
  const plain = message.replace(/\.$/, "");
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}

/** The offset of the key (in a map) or entry (in a list) at the path. */
function offsetOf(document: Document, path: readonly (string | number)[]): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
    const key = pair?.key;
    return isNode(key) ? key.range?.[0] : undefined;
  }
  if (isSeq(parent) && typeof last === "number") {
    const item = parent.items[last];
    return isNode(item) ? item.range?.[0] : undefined;
  }
  return undefined;
}

/** `connectors[0].from` -> `["connectors", 0, "from"]`. */
export function pathParts(path: string): (string | number)[] {
  return [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) =>
    index === undefined ? (key ?? "") : Number(index),
  );
}

/** The faults, each with the line it stands on. */
export function withLines(faults: readonly Fault[], text: YamlText, below: readonly string[] = []): Fault[] {
  return faults.map((fault) => {
    // What should not be there has a line of its own, whatever it stands in.
    const unknown = /^unknown keys? "([^"]+)"/.exec(fault.message)?.[1];
    if (fault.path === "" && unknown === undefined) return fault;
    const line = text.lineOf([
      ...below,
      ...pathParts(fault.path),
      ...(unknown === undefined ? [] : [unknown]),
    ]);
    if (line === undefined) return fault;
    return {
      path: fault.path === "" ? `line ${line}` : `${fault.path} (line ${line})`,
      message: fault.message,
    };
  });
}

/**
 * Reads a text file.
 *
 * @returns undefined when there is none.
 * @throws RunnerError for any other reason.
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new RunnerError("input.unreadable", "input", `cannot read ${path}: ${code ?? String(thrown)}`, {
      cause: thrown,
    });
  }
}

/** Writes a file as a whole or not at all: a reader sees the old text or the new one, never a part. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, text, { flag: "wx" });
    const mode = await modeOf(path);
    if (mode !== undefined) await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode;
  } catch {
    return undefined;
  }
}

/** Text of a document; long lines stay whole, since a fold would change what people wrote. */
export function yamlText(document: Document): string {
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/**
 * Makes `existing` say what `wanted` says and changes no more than that, so that comments beside equal values stay.
 *
 * @returns the node to keep in place of `existing`.
 */
export function merged(existing: unknown, wanted: unknown, document: Document): unknown {
  if (isNode(existing) && isNode(wanted)) {
    if (same(existing.toJS(document), wanted.toJS(document))) return existing;
    if (isMap(existing) && isMap(wanted)) {
      const keys = new Set(wanted.items.map((item) => keyOf(item.key)));
      for (const item of [...existing.items]) if (!keys.has(keyOf(item.key))) existing.delete(item.key);
      for (const item of wanted.items)
        existing.set(item.key, merged(existing.get(item.key, true), item.value, document));
      return existing;
    }
  }
  return wanted;
}

function keyOf(key: unknown): unknown {
  return isScalar(key) ? key.value : key;
}

function same(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

/** JSON with sorted keys: equal texts are equal values. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}

export type { Document, Node };
