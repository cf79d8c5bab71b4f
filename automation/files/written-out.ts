/** A file that a person asked to have something written to. */
import { messageOf, RunnerError } from "../failure";
import { writeWhole } from "./yaml-file";

/** Writes the file, whole or not at all. @throws RunnerError (`input.invalid`) when it cannot be written. */
export async function writeOut(file: string, text: string): Promise<void> {
  try {
    await writeWhole(file, text);
  } catch (thrown) {
    throw new RunnerError(
      "input.invalid",
      "input",
      `"${file}" cannot be written (${messageOf(thrown)}): name a file in a folder that is there`,
      { cause: thrown },
    );
  }
}
