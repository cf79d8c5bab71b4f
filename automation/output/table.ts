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
    colWidths: Array.from({ length: count }, (_, index) => widthOf(columns, rows, index)),
  });
  for (const row of rows) table.push(row.map(wrapped));
  return table.toString();
}

/** Longest line of a cell. */
const WIDTH = 70;

/** Lines of at most WIDTH, broken between words; an ARN or a JSON text has nothing to break at, and is broken anywhere. */
function wrapped(cell: string): string {
  return cell.replaceAll(new RegExp(`(?=.{${WIDTH + 1}})(.{1,${WIDTH}}) |(.{${WIDTH}})(?=.)`, "g"), "$1$2\n");
}

/** Widest cell with its padding; a long text wraps so that the table stays readable. */
function widthOf(columns: readonly string[], rows: readonly (readonly string[])[], index: number): number {
  const cells = [columns[index] ?? "", ...rows.map((row) => row[index] ?? "")];
  return Math.min(
    WIDTH + 2,
    Math.max(...cells.flatMap((cell) => cell.split("\n")).map((line) => line.length)) + 2,
  );
}
