/** The Allow statements of a document, taken apart: one principal, one action, one resource each, with their conditions. */
import type { PolicyDocument } from "../document";
import type { FoundDocument } from "./found";

/** A statement as it stands in a document's JSON. */
export type RawStatement = Readonly<Record<string, unknown>>;

/** A document's statements; a text that is no document has none. */
export function rawStatements(document: PolicyDocument | string): RawStatement[] {
  let parsed: unknown = document;
  if (typeof document === "string") {
    try {
      parsed = JSON.parse(document);
    } catch {
      return [];
    }
  }
  const statement = isRecord(parsed) ? parsed.Statement : undefined;
  return (Array.isArray(statement) ? statement : [statement]).filter(isRecord);
}

/** Lists of one, as AWS lets them be written, as lists. */
export function listOf(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((each) =>
    typeof each === "string" ? each : JSON.stringify(each),
  );
}

/** `Principal` as a list of what it names: `*`, ARNs, accounts, services. */
export function principalsOf(value: unknown): string[] {
  if (isRecord(value)) return Object.values(value).flatMap(listOf);
  return listOf(value);
}

/** Operator and key -> values, the key in lower case and as it is written. */
export function conditionsOf(
  value: unknown,
): { operator: string; key: string; written: string; values: string[] }[] {
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([operator, keys]) =>
    isRecord(keys)
      ? Object.entries(keys).map(([key, values]) => ({
          operator,
          key: key.toLowerCase(),
          written: key,
          values: listOf(values),
        }))
      : [],
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Documents that can be read. */
export function readable(
  documents: readonly (FoundDocument | undefined)[],
): { name: string; document: PolicyDocument | string }[] {
  return documents.flatMap((each) => (each !== undefined && "document" in each ? [each] : []));
}
