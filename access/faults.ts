/**
 * Faults of what a person wrote. All faults of an input are gathered and shown together, each with its place and the
 * remedy, before anything is changed.
 */
import type { z } from "zod";

/** One fault: where it is (`connectors[0].from`; empty for the whole) and what to change. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** Thrown for input that a person has to correct. The message lists every fault. */
export class InputError extends Error {
  override readonly name = "InputError";

  constructor(
    /** What was read: a file's name, or the stack and key. */
    readonly source: string,
    readonly faults: readonly Fault[],
  ) {
    const lines = faults.map((fault) => `  ${fault.path === "" ? "" : `${fault.path}: `}${fault.message}`);
    super(
      `${source} has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${lines.join("\n")}`,
    );
  }
}

/** The faults that zod found, with paths as a person would write them. */
export function faultsOf(error: z.ZodError, prefix = ""): Fault[] {
  return error.issues.map((issue) => ({ path: pathText(issue.path, prefix), message: issue.message }));
}

function pathText(path: readonly PropertyKey[], prefix: string): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`,
    prefix,
  );
}
