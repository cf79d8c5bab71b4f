/** Plain lines, for logs and pipes. */
import { RunnerError } from "../failure";
import type { Message } from "../message";
import type { Output, Shown, Streams, Table } from "./output";
import { tableText } from "./table";
import { type AccountNames, failureText, messageLines, messageTable } from "./wording";

export class PlainOutput implements Output {
  readonly #streams: Streams;
  #names: AccountNames = {};
  #title = "";

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  readonly report = (message: Message): void => {
    switch (message.code) {
      case "accounts":
        this.#names = { ...this.#names, ...message.names };
        return;
      case "step.started":
        this.#title = message.title;
        this.#line(`${message.title} ...`);
        return;
      case "step.finished":
        this.#line(`${this.#title}: ${message.outcome} (${message.seconds} s)`);
        return;
      case "step.failed":
        this.#line(`${this.#title}: failed (${message.seconds} s)`);
        return;
      default:
        for (const line of messageLines(message, this.#names))
          this.#line(`  ${line.replaceAll("\n", "\n    ")}`);
        this.#table(messageTable(message, this.#names));
    }
  };

  confirm(question: string): Promise<boolean> {
    return Promise.reject(nobodyToAsk(question));
  }

  result(_value: unknown, { lines = [], table, notes = [] }: Shown): Promise<void> {
    for (const line of lines) this.#line(line);
    this.#table(table);
    for (const line of notes) this.#line(line);
    return Promise.resolve();
  }

  failure(error: RunnerError): Promise<void> {
    this.#streams.error(failureText(error));
    if (error.attachment !== undefined) this.#streams.out(error.attachment);
    return Promise.resolve();
  }

  #table(table: Table | undefined): void {
    if (table !== undefined) this.#line(tableText(table));
  }

  #line(text: string): void {
    this.#streams.out(`${text}\n`);
  }
}

/** The error for a question that nobody can answer. */
export function nobodyToAsk(question: string): RunnerError {
  return new RunnerError(
    "declined",
    "declined",
    `there is no terminal to ask "${question}", so nothing was changed: add --yes to go on without asking`,
  );
}
