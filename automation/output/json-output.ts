/** One JSON object a line: `{"type":"event",...}` while a command runs, and one `{"type":"result",...}` at its end. */
import type { RunnerError } from "../failure";
import type { Message } from "../message";
import type { Output, Streams } from "./output";
import { nobodyToAsk } from "./plain-output";

export class JsonOutput implements Output {
  readonly #streams: Streams;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  readonly report = (message: Message): void => {
    this.#line({ type: "event", time: new Date().toISOString(), ...message });
  };

  confirm(question: string): Promise<boolean> {
    return Promise.reject(nobodyToAsk(question));
  }

  result(value: unknown): Promise<void> {
    this.#line({ type: "result", ok: true, result: value });
    return Promise.resolve();
  }

  failure(error: RunnerError): Promise<void> {
    const { code, whose, exitCode, message, faults, attachment } = error;
    this.#line({ type: "result", ok: false, error: { code, whose, exitCode, message, faults, attachment } });
    return Promise.resolve();
  }

  #line(value: unknown): void {
    this.#streams.out(`${JSON.stringify(value)}\n`);
  }
}
