/** A measured figure, and the promise that it is held against. */
import Table from "cli-table3";
import { type Spread } from "./spread";

export interface Figure {
  readonly name: string;
  /** `ms`, `MiB`, `decisions/s`, ... */
  readonly unit: string;
  readonly spread: Spread;
  /** Digits after the point. Default: 0. */
  readonly digits?: number;
  /** What is promised, and of which value. None: the figure is there to compare with. */
  readonly promise?: {
    readonly of: keyof Spread;
    readonly is: "at least" | "below";
    readonly limit: number;
  };
}

/** True when the figure keeps its promise, or has none. */
export function isKept({ spread, promise }: Figure): boolean {
  if (promise === undefined) return true;
  const value = spread[promise.of];
  return promise.is === "below" ? value < promise.limit : value >= promise.limit;
}

/** Prints the figures; a promise that is broken makes the program's exit code 1. */
export function report(figures: readonly Figure[]): void {
  const table = new Table({
    head: ["", "least", "median", "most", "promised", ""],
    style: { head: [], border: [] },
  });
  for (const figure of figures) {
    const { name, unit, spread, digits = 0, promise } = figure;
    const written = (value: number) => value.toLocaleString("en", { maximumFractionDigits: digits });
    table.push([
      `${name}, ${unit}`,
      written(spread.least),
      written(spread.median),
      written(spread.most),
      promise === undefined ? "" : `${promise.of} ${promise.is} ${written(promise.limit)}`,
      promise === undefined ? "" : isKept(figure) ? "kept" : "BROKEN",
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
  if (!figures.every(isKept)) process.exitCode = 1;
}
