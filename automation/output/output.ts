/** Where a command's words go. Only this folder writes to the terminal. */
import type { RunnerError } from "../failure";
import type { Report } from "../message";

/** A result in rows and columns, for people. */
export interface Table {
  readonly columns: readonly string[];
  /** null where there is no value. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** How a command's result is shown: to people as lines and tables, to machines as it is. */
export interface Shown {
  readonly lines?: readonly string[];
  readonly table?: Table;
  /** Below the table. */
  readonly notes?: readonly string[];
}

export interface Output {
  readonly report: Report;
  /** Asks a yes-or-no question. @throws RunnerError (`declined`) when there is nobody to ask */
  confirm(question: string): Promise<boolean>;
  /** Shows the command's result. */
  result(value: unknown, shown: Shown): Promise<void>;
  failure(error: RunnerError): Promise<void>;
}

/** Where text is written; tests have another. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

export const standardStreams: Streams = {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
};

/** Lets a command go on when nobody reads its words any more (`spokes onboard ... | head`): what it does is not theirs to stop. */
export function bearClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
}
