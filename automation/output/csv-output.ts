/** A table as CSV (RFC 4180) on standard output, and all words on standard error: for files and other programs. */
import type { RunnerError } from "../failure";
import type { Message } from "../message";
import type { Output, Shown, Streams } from "./output";
import { PlainOutput } from "./plain-output";

export class CsvOutput implements Output {
  readonly #streams: Streams;
  readonly #words: PlainOutput;

  constructor(streams: Streams) {
    this.#streams = streams;
    this.#words = new PlainOutput({ out: streams.error, error: streams.error });
  }

  readonly report = (message: Message): void => {
    this.#words.report(message);
  };

  confirm(question: string): Promise<boolean> {
    return this.#words.confirm(question);
  }

  async result(value: unknown, { table, ...words }: Shown): Promise<void> {
    if (table !== undefined)
      for (const row of [table.columns, ...table.rows])
        this.#streams.out(`${row.map(csvCell).join(",")}\r\n`);
    await this.#words.result(value, words);
  }

  failure(error: RunnerError): Promise<void> {
    return this.#words.failure(error);
  }
}

/** Nothing for no value, which an empty text is told from by its quotes. */
function csvCell(text: string | null): string {
  if (text === null) return "";
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
