/** What queries cost, as Athena bills them (R71, R75). */

/** A query as its history tells it. */
export interface PastQuery {
  readonly id: string;
  /** `SUCCEEDED`, `FAILED`, `CANCELLED`... */
  readonly state: string;
  /** `DML`, `DDL` or `UTILITY`. */
  readonly kind: string;
  readonly bytesScanned: number;
}

/**
 * US dollars a terabyte scanned, where nothing else is said: Athena's price for SQL queries in us-east-1 and most Regions
 * (https://aws.amazon.com/athena/pricing/). Other Regions have their own.
 */
export const PRICE_PER_TERABYTE = 5;

/** Athena counts whole megabytes, and at least ten a query; its megabytes are a million bytes, as in its cutoffs. */
const MEGABYTE = 1_000_000;
const LEAST = 10 * MEGABYTE;
const TERABYTE = 1_000_000_000_000;

/** Bytes that a query is billed for: none for failed queries and for statements that read no data. */
export function billedBytes({ state, kind, bytesScanned }: PastQuery): number {
  if (kind !== "DML") return 0;
  if (state === "SUCCEEDED") return Math.max(LEAST, Math.ceil(bytesScanned / MEGABYTE) * MEGABYTE);
  // A query that was cancelled is billed for what it had scanned.
  if (state === "CANCELLED" && bytesScanned > 0)
    return Math.max(LEAST, Math.ceil(bytesScanned / MEGABYTE) * MEGABYTE);
  return 0;
}

/** What a spoke's queries came to. */
export interface Costs {
  readonly queries: number;
  readonly bytesScanned: number;
  readonly bytesBilled: number;
  /** US dollars, by the price given. */
  readonly price: number;
}

/** @param pricePerTerabyte US dollars for each terabyte scanned. */
export function costsOf(queries: readonly PastQuery[], pricePerTerabyte: number): Costs {
  const sum = (of: (query: PastQuery) => number) => queries.reduce((total, query) => total + of(query), 0);
  const bytesBilled = sum(billedBytes);
  return {
    queries: queries.length,
    bytesScanned: sum(({ bytesScanned }) => bytesScanned),
    bytesBilled,
    price: (bytesBilled / TERABYTE) * pricePerTerabyte,
  };
}
