/** The rows of docs/coverage.md. */
import { readFileSync } from "node:fs";
import path from "node:path";

/** A requirement (`R54`) or a decision (`C4`) with the piece of a component that meets it and the test that would miss it. */
export interface Row {
  readonly number: string;
  /** The component, as a path from the project's folder. */
  readonly file: string;
  /** Text that stands once in the file, where the piece begins (removal.ts). */
  readonly piece: string;
  /** A key of docs/reference; undefined where it holds whatever is configured. */
  readonly key: string | undefined;
  /** The file of the test, as a path from the project's folder. */
  readonly spec: string;
  /** The test's title; `…` stands for what the spec fills in. */
  readonly title: string;
}

/** What a row says in place of a component and a test: there is nothing to build. */
export interface Fact {
  readonly number: string;
  readonly reason: string;
}

const PAGE = path.join(__dirname, "../../docs/coverage.md");

/** @throws Error when a line of the table has another form. */
export function readRows(page = readFileSync(PAGE, "utf8")): (Row | Fact)[] {
  return [...page.matchAll(/^\| *([RC]\d+) *\|(.*)\|$/gm)].map(([line, number = "", rest = ""]) => {
    const cells = rest.split("|").map((cell) => cell.trim());
    const [file = "", piece = "", key = "", spec = "", title = ""] = cells.map(
      (cell) => /^`(.+)`$/.exec(cell)?.[1] ?? cell,
    );
    if (file.startsWith("fact: ") && cells.slice(1).every((cell) => cell === ""))
      return { number, reason: file.slice("fact: ".length) };
    if (cells.length !== 5 || [file, piece, key, spec, title].includes(""))
      throw new Error(`not a row of coverage: ${line}`);
    return { number, file, piece, key: key === "always" ? undefined : key, spec, title };
  });
}

/** Rows that name a component and a test. */
export function proved(rows: readonly (Row | Fact)[]): Row[] {
  return rows.filter((row) => "title" in row);
}

/** What matches the full title of the row's test, or of each of them where the spec fills in several. */
export function titlePattern({ title }: Pick<Row, "title">): RegExp {
  return new RegExp(title.split("…").map(escaped).join(".*"));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
