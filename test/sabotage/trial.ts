/** Tries one row: takes something away, looks at what comes of it, and puts it back. */
import { whileCareless } from "./careless";
import type { Change } from "./changes";
import { type CommandName, type Lifecycle, isCommand, stageBefore } from "./lifecycle";
import { OUTSIDERS, type OutsiderName } from "./outsiders";
import type { Expected, Row } from "./rows";
import type { Chain, Titled } from "./scenario";
import { WORKS, type WorkName } from "./works";

/** What came of a row. */
export interface Outcome {
  /**
   * `caught`: it was missed, and not any more when it was back. `no difference`: all is as if it were there. `failed`:
   * neither; what fails does so otherwise than expected, or does not even work with it.
   */
  readonly result: "caught" | "no difference" | "failed";
  /** What failed or got in, or why the row is not caught; one line. */
  readonly seen: string;
}

/** How things are tried. */
export interface Trying {
  /** Goes to where something can be done. */
  prepare(name: WorkName | CommandName): Promise<void>;
  /** Does something that works. */
  work(name: WorkName | CommandName): Promise<void>;
  /** Tries what must be refused. */
  attempt(name: OutsiderName, tried: Titled, condition: string | undefined): Promise<unknown>;
  /** False where a thing can be done only once: that it works is then seen when it is done after the trial. */
  readonly repeatable: boolean;
}

/** Tries rows. */
export class Trials {
  /** What is known to work while nothing is taken away. */
  private readonly working = new Set<string>();

  constructor(private readonly trying: Trying) {}

  /**
   * Caught is: it works, it fails with the expected error without what is taken away, and works when that is back. Of an
   * outsider: it is refused, gets in, and is refused again.
   *
   * @throws Error when a document cannot be put back: nothing after it would mean anything
   */
  async of({ document, change, expected }: Row<Titled>): Promise<Outcome> {
    const without: Without = async (seen) => {
      try {
        await document.put(change.document).catch((error: unknown) => {
          throw new NotChanged(String(error));
        });
        return await seen();
      } finally {
        await document.put(document.document);
      }
    };
    try {
      switch (expected.kind) {
        case "stops":
          return await this.stops(expected, without);
        case "admits":
          return await this.admits(expected.outsider, document, change, without);
        case "unknown":
          return failed("test/sabotage/needs.ts does not say what it is needed for");
        case "only on AWS":
          throw new Error(`not to be tried: ${expected.reason}`);
      }
    } catch (error) {
      if (error instanceof NotChanged) return failed(`it cannot be taken away: ${error.message}`);
      throw error;
    }
  }

  private async stops(
    { work: name, error: expected, number }: Extract<Expected, { kind: "stops" }>,
    without: Without,
  ): Promise<Outcome> {
    const work = () => errorOf(this.trying.work(name));
    await this.trying.prepare(name);
    if (this.trying.repeatable && !this.working.has(name)) {
      const before = await work();
      if (before !== undefined) return failed(`${name} does not even work with it: ${firstLine(before)}`);
      this.working.add(name);
    }
    const error = await without(work);
    const after = await work();
    if (error === undefined) return noDifference(`${name} works without it`);
    const line = error
      .split("\n")
      .find((each) => expected.test(each))
      ?.trim();
    if (line === undefined)
      return failed(`${name} fails otherwise than with ${String(expected)}: ${summary(error)}`);
    if (after !== undefined) {
      this.working.delete(name);
      return failed(`${name} does not work again: ${summary(after)}`);
    }
    return { result: "caught", seen: `${name}${number === undefined ? "" : ` (${number})`}: ${line}` };
  }

  private async admits(
    name: OutsiderName,
    document: Titled,
    { condition }: Change,
    without: Without,
  ): Promise<Outcome> {
    const attempt = () => errorOf(this.trying.attempt(name, document, condition));
    const before = await attempt();
    if (before === undefined) return noDifference(`${name} is let in with it`);
    if (!REFUSED.test(before)) return failed(`${name} is not even refused, but fails: ${firstLine(before)}`);
    const error = await without(attempt);
    const after = await attempt();
    if (error !== undefined) return failed(`${name} is kept out without it: ${firstLine(error)}`);
    if (after === undefined) return failed(`${name} is let in when it is back`);
    return { result: "caught", seen: `${name}: gets in; before: ${firstLine(before)}` };
  }
}

/** On a chain that is up. Of an outsider it is only what is tried that keeps it out: all others are off guard. */
export function onChain(chain: Chain): Trying {
  return {
    repeatable: true,
    prepare: () => Promise.resolve(),
    work: (name) => {
      if (isCommand(name)) throw new Error(`${name} is no work of a chain that is up`);
      return WORKS[name](chain);
    },
    attempt: (name, tried, condition) => {
      const attempt = () => OUTSIDERS[name].attempt(chain, tried);
      return condition === undefined ? attempt() : whileCareless(chain, tried, condition, attempt);
    },
  };
}

/** By commands, which go from stage to stage. What a trial has interrupted is done when the trial is over. */
export function byCommands(lifecycle: Lifecycle): Trying {
  const command = (name: WorkName | CommandName): CommandName => {
    if (!isCommand(name)) throw new Error(`${name} is no command`);
    return name;
  };
  return {
    repeatable: false,
    prepare: (name) => lifecycle.reach(stageBefore(command(name))),
    work: (name) => lifecycle.run(command(name)),
    attempt: (name) => {
      throw new Error(`${name} needs a chain`);
    },
  };
}

const REFUSED = / is not authorized to perform: /;

class NotChanged extends Error {}

type Without = <T>(seen: () => Promise<T>) => Promise<T>;

function failed(seen: string): Outcome {
  return { result: "failed", seen };
}

function noDifference(seen: string): Outcome {
  return { result: "no difference", seen };
}

/** What something that fails says. */
async function errorOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message;
  }
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").trim();
}

/** The end of what a command says, in one line. */
function summary(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines
    .filter((line) => line !== "")
    .slice(-6)
    .join(" | ");
}
