/** Compares what was asked for with what is there, without regard to what AWS rewrites: order, and lists of one. */

/** The differences, each `place: wanted x, found y`; empty when there is none. */
export function differences(wanted: unknown, found: unknown, place = ""): string[] {
  const one = normal(wanted);
  const other = normal(found);
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  if (isRecord(one) && isRecord(other))
    return [...new Set([...Object.keys(one), ...Object.keys(other)])]
      .sort()
      .flatMap((key) => differences(one[key], other[key], place === "" ? key : `${place}.${key}`));
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length && isRecord(one[0]))
    return one.flatMap((entry, index) => differences(entry, other[index], `${place}[${index}]`));
  return [`${place === "" ? "" : `${place}: `}wanted ${text(one)}, found ${text(other)}`];
}

function text(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Keys sorted, lists of plain values sorted, a list of one plain value as that value. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) {
    const entries = value.map(normal);
    if (!entries.every((entry) => typeof entry === "string")) return entries;
    return entries.length === 1 ? entries[0] : entries.sort();
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, normal(entry)]),
  );
}
