/** Tables, for people. */
import CliTable from "cli-table3";
import type { Table } from "./output";

export function tableText({ columns, rows: cells }: Table): string {
  const rows = cells.map((row) => row.map((cell) => cell ?? "NULL"));
  const plain = process.env.NO_COLOR !== undefined || !process.stdout.isTTY;
  const count = Math.max(columns.length, ...rows.map((row) => row.length));
  const table = new CliTable({
    head: [...columns],
    style: plain ? { head: [], border: [] } : { head: ["bold"], border: ["gray"] },
    wordWrap: true,
    // An ARN or a JSON text has no spaces to break at, and would be cut off.
    wrapOnWordBoundary: false,
    colWidths: Array.from({ length: count }, (_, index) => widthOf(columns, rows, index)),
  });
  for (const row of rows) table.push(row);
  return table.toString();
}

/** Widest cell with its padding; a long text wraps so that the table stays readable. */
function widthOf(columns: readonly string[], rows: readonly (readonly string[])[], index: number): number {
  const cells = [columns[index] ?? "", ...rows.map((row) => row[index] ?? "")];
  return Math.min(72, Math.max(...cells.flatMap((cell) => cell.split("\n")).map((line) => line.length)) + 2);
}
