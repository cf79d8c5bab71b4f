/** A terminal with somebody before it: live steps, and questions. */
import { createInterface } from "node:readline/promises";
import { type DefaultRenderer, Listr, type ListrTaskWrapper, type SimpleRenderer } from "listr2";
import type { RunnerError } from "../failure";
import type { Message } from "../message";
import type { Output, Shown, Streams, Table } from "./output";
import { tableText } from "./table";
import { type AccountNames, failureText, messageLines, messageTable } from "./wording";

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

/** A step that is being shown. */
interface Running {
  readonly title: string;
  readonly task: Task;
  readonly end: (failed: boolean) => void;
  /** Resolves when the renderer has let go of the terminal. */
  readonly over: Promise<void>;
}

class StepFailed extends Error {}

export class TerminalOutput implements Output {
  readonly #streams: Streams;
  #names: AccountNames = {};
  #running: Running | undefined;
  /** Messages are shown one after the other: the renderer of a step has to end before other lines are written. */
  #queue: Promise<void> = Promise.resolve();

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  readonly report = (message: Message): void => {
    this.#queue = this.#queue.then(() => this.#show(message));
  };

  async confirm(question: string): Promise<boolean> {
    await this.#queue;
    const prompt = createInterface({ input: process.stdin, output: process.stdout });
    try {
      const answer = await new Promise<string>((resolve) => {
        // Ctrl-C and Ctrl-D at a question are a no.
        prompt.once("SIGINT", () => {
          resolve("");
        });
        prompt.once("close", () => {
          resolve("");
        });
        void prompt.question(`${question} [y/N] `).then(resolve, () => {
          resolve("");
        });
      });
      return /^\s*y(es)?\s*$/i.test(answer);
    } finally {
      prompt.close();
    }
  }

  async result(_value: unknown, { lines = [], table, notes = [] }: Shown): Promise<void> {
    await this.#queue;
    for (const line of lines) this.#streams.out(`${line}\n`);
    this.#table(table);
    for (const line of notes) this.#streams.out(`${line}\n`);
  }

  #table(table: Table | undefined): void {
    if (table !== undefined) this.#streams.out(`${tableText(table)}\n`);
  }

  async failure(error: RunnerError): Promise<void> {
    await this.#queue;
    this.#streams.error(failureText(error));
    if (error.attachment !== undefined) this.#streams.out(error.attachment);
  }

  async #show(message: Message): Promise<void> {
    switch (message.code) {
      case "accounts":
        this.#names = { ...this.#names, ...message.names };
        return;
      case "step.started":
        this.#running = await begin(message.title);
        return;
      case "step.finished":
        return this.#end(`${message.outcome} (${message.seconds} s)`, false);
      case "step.failed":
        return this.#end(`failed (${message.seconds} s)`, true);
      default:
        for (const line of messageLines(message, this.#names))
          if (this.#running === undefined) this.#streams.out(`  ${line.replaceAll("\n", "\n    ")}\n`);
          else this.#running.task.output = line;
        this.#table(messageTable(message, this.#names));
    }
  }

  async #end(outcome: string, failed: boolean): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.task.title = `${running.title}: ${outcome}`;
    running.end(failed);
    await running.over;
  }
}

/** Shows a step as one task of its own, which ends when `end` is called. */
async function begin(title: string): Promise<Running> {
  let end: (failed: boolean) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = (failed) => {
      if (failed) reject(new StepFailed());
      else resolve();
    };
  });
  let over: Promise<void> = Promise.resolve();
  const task = await new Promise<Task>((resolve) => {
    const list = new Listr(
      [
        {
          title,
          task: (_, shown): Promise<void> => {
            resolve(shown);
            return ended;
          },
          rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
        },
      ],
      // The error is told once, by `failure`; interrupts are the command's own affair.
      { registerSignalListeners: false, rendererOptions: { showErrorMessage: false, collapseErrors: false } },
    );
    over = list.run().then(
      () => undefined,
      () => undefined,
    );
  });
  return { title, task, end, over };
}
