/** Tries rows: takes something away, looks at what comes of it, and puts it back. */
import { whileCareless } from "./careless";
import { type CommandName, type Lifecycle, isCommand, stageAfter, stageBefore } from "./lifecycle";
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
  /**
   * Whether a work is done only once where it begins. Then what an interrupted trial has done is not done again by the
   * next one, and that it works is only seen after the trials.
   */
  isOnce(name: WorkName | CommandName): boolean;
}

/** Trials of one work, each interrupted, which are not over before the work is seen to work again. */
interface Group {
  readonly name: WorkName | CommandName;
  readonly interrupted: { readonly row: Row<Titled>; readonly seen: string }[];
  /** Whether a trial was interrupted. */
  begun: boolean;
}

/** Tries rows. */
export class Trials {
  /** What is known to work while nothing is taken away. */
  private readonly working = new Set<string>();
  private group: Group | undefined;

  constructor(
    private readonly trying: Trying,
    /** Told what came of a row, once that is known. */
    private readonly settled: (row: Row<Titled>, outcome: Outcome) => void,
  ) {}

  /**
   * Tries a row. Caught is: it works, it fails with the expected error without what is taken away, and works when that is
   * back. Of an outsider: it is refused, gets in, and is refused again. That a work works when all is back is seen once
   * for all rows of the same work that are tried one after the other.
   *
   * @returns false when the trials before it have done so much of the work that the row shows nothing: to be tried again
   * @throws Error when a document cannot be put back: nothing after it would mean anything
   */
  async try(row: Row<Titled>): Promise<boolean> {
    const { expected } = row;
    try {
      switch (expected.kind) {
        case "stops":
          return await this.stops(row, expected);
        case "admits":
          await this.finish();
          this.settled(row, await this.admits(row, expected.outsider));
          return true;
        case "unknown":
          this.settled(row, failed("test/sabotage/needs.ts does not say what it is needed for"));
          return true;
        case "only on AWS":
          throw new Error(`not to be tried: ${expected.reason}`);
      }
    } catch (error) {
      if (!(error instanceof NotChanged)) throw error;
      this.settled(row, failed(`it cannot be taken away: ${error.message}`));
      return true;
    }
  }

  /** Sees what the last rows have interrupted work again. */
  async finish(): Promise<void> {
    const { group } = this;
    if (group?.begun !== true) return;
    const error = await errorOf(this.trying.work(group.name));
    if (error === undefined) this.over(group);
    else this.over(group, `${group.name} does not work again: ${summary(error)}`);
  }

  private over({ name, interrupted }: Group, why?: string): void {
    this.group = undefined;
    if (why === undefined) this.working.add(name);
    else this.working.delete(name);
    for (const { row, seen } of interrupted)
      this.settled(row, why === undefined ? { result: "caught", seen } : failed(why));
  }

  private async stops(
    row: Row<Titled>,
    { work: name, error: expected, number }: Extract<Expected, { kind: "stops" }>,
  ): Promise<boolean> {
    const group = await this.groupOf(name);
    if (typeof group === "string") {
      this.settled(row, failed(group));
      return true;
    }
    const isFirst = !group.begun;
    const error = await without(row, () => errorOf(this.trying.work(name)));
    if (error === undefined) {
      this.over(group);
      if (!isFirst && this.trying.isOnce(name)) return false;
      this.settled(row, noDifference(`${name} works without it`));
      return true;
    }
    group.begun = true;
    const line = error
      .split("\n")
      .find((each) => expected.test(each))
      ?.trim();
    if (line !== undefined) {
      const seen = `${name}${number === undefined ? "" : ` (${number})`}: ${line}`;
      group.interrupted.push({ row, seen });
      return true;
    }
    await this.finish();
    if (!isFirst) return false;
    this.settled(row, failed(`${name} fails otherwise than with ${String(expected)}: ${summary(error)}`));
    return true;
  }

  /** The trials of a work that are under way, or new ones where it works; else why it does not. */
  private async groupOf(name: WorkName | CommandName): Promise<Group | string> {
    if (this.group?.name === name) return this.group;
    await this.finish();
    await this.trying.prepare(name);
    if (!this.trying.isOnce(name) && !this.working.has(name)) {
      const error = await errorOf(this.trying.work(name));
      if (error !== undefined) return `${name} does not even work with it: ${firstLine(error)}`;
    }
    this.group = { name, interrupted: [], begun: false };
    return this.group;
  }

  private async admits(row: Row<Titled>, name: OutsiderName): Promise<Outcome> {
    const attempt = () => errorOf(this.trying.attempt(name, row.document, row.change.condition));
    const before = await attempt();
    if (before === undefined) return noDifference(`${name} is let in with it`);
    if (!REFUSED.test(before)) return failed(`${name} is not even refused, but fails: ${firstLine(before)}`);
    const error = await without(row, attempt);
    const after = await attempt();
    if (error !== undefined) return failed(`${name} is kept out without it: ${firstLine(error)}`);
    if (after === undefined) return failed(`${name} is let in when it is back`);
    return { result: "caught", seen: `${name}: gets in; before: ${firstLine(before)}` };
  }
}

/** On a chain that is up. Of an outsider it is only what is tried that keeps it out: all others are off guard. */
export function onChain(chain: Chain): Trying {
  return {
    isOnce: () => false,
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

/** By commands, which go from stage to stage. */
export function byCommands(lifecycle: Lifecycle): Trying {
  const command = (name: WorkName | CommandName): CommandName => {
    if (!isCommand(name)) throw new Error(`${name} is no command`);
    return name;
  };
  return {
    isOnce: (name) => stageBefore(command(name)) !== stageAfter(command(name)),
    prepare: (name) => lifecycle.reach(stageBefore(command(name))),
    work: (name) => lifecycle.run(command(name)),
    attempt: (name) => {
      throw new Error(`${name} needs a chain`);
    },
  };
}

const REFUSED = / is not authorized to perform: /;

class NotChanged extends Error {}

/** Looks at something while what the row takes away is away. */
async function without<T>({ document, change }: Row<Titled>, seen: () => Promise<T>): Promise<T> {
  try {
    await document.put(change.document).catch((error: unknown) => {
      throw new NotChanged(String(error));
    });
    return await seen();
  } finally {
    await document.put(document.document);
  }
}

export function failed(seen: string): Outcome {
  return { result: "failed", seen };
}

export function noDifference(seen: string): Outcome {
  return { result: "no difference", seen };
}

/** What something that fails says. */
export async function errorOf(attempt: Promise<unknown>): Promise<string | undefined> {
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
export function summary(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines
    .filter((line) => line !== "")
    .slice(-6)
    .join(" | ");
}
