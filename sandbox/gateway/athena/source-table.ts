import type { Engine, EngineColumn, EngineTable } from "./engine";
import { QueryCancelled } from "./errors";
import type { Filters } from "./pushdown";

/** A table in a catalog, found there with the caller's permissions. */
export interface SourceTable {
  readonly columns: readonly EngineColumn[];
  /** Reads the rows into a table of the engine, which is there with the columns wanted, in the source's order. */
  load(engine: Engine, into: EngineTable, wanted: Wanted, meter: Meter): Promise<void>;
}

/** What of a table a query needs. More may come. */
export interface Wanted {
  readonly columns: readonly EngineColumn[];
  readonly filters: Filters;
  readonly limit: number | undefined;
}

/** Counts what a query reads, and ends it where it may not go on. */
export class Meter {
  private bytes = 0;

  constructor(
    private readonly cutoff: number | undefined,
    readonly signal: AbortSignal,
  ) {}

  get bytesScanned(): number {
    return this.bytes;
  }

  /** To be called with every piece that was read. @throws QueryCancelled */
  count(bytes: number): void {
    this.signal.throwIfAborted();
    this.bytes += bytes;
    if (this.cutoff !== undefined && this.bytes > this.cutoff)
      throw new QueryCancelled("Bytes scanned limit was exceeded");
  }
}
