/** The output for people: live before a terminal, plain lines otherwise. */
import { type Output, standardStreams } from "./output";

export async function outputForPeople(): Promise<Output> {
  if (process.stdout.isTTY && process.stdin.isTTY)
    return new (await import("./terminal-output.js")).TerminalOutput(standardStreams);
  return new (await import("./plain-output.js")).PlainOutput(standardStreams);
}
