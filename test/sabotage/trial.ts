/** Tries one row: takes something away, looks at what comes of it, and puts it back. */
import type { DeployedDocument } from "./deployed";
import { OUTSIDERS, type OutsiderName } from "./outsiders";
import type { Expected, Row } from "./rows";
import type { Chain } from "./scenario";
import { WORKS, type WorkName } from "./works";

/** What came of a row. */
export interface Outcome {
  readonly caught: boolean;
  /** What failed or got in, or why the row is not caught; one line. */
  readonly seen: string;
}

/** The trials of a chain, one after the other. */
export class Trials {
  /** What is known to work while nothing is taken away. */
  private readonly working = new Set<WorkName>();

  constructor(private readonly chain: Chain) {}

  /**
   * Caught is: it works, it fails with the expected error without what is taken away, and works when that is back. Of an
   * outsider: it is refused, gets in, and is refused again.
   *
   * @throws Error when a document cannot be put back: nothing after it would mean anything
   */
  async of({ document, change, expected }: Row<DeployedDocument>): Promise<Outcome> {
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
      return await this.tried(document, expected, without);
    } catch (error) {
      if (error instanceof NotChanged) return missed(`it cannot be taken away: ${error.message}`);
      throw error;
    }
  }

  private async tried(document: DeployedDocument, expected: Expected, without: Without): Promise<Outcome> {
    switch (expected.kind) {
      case "stops":
        return this.stops(expected.work, expected.error, without);
      case "admits":
        return this.admits(expected.outsider, document, without);
      case "unknown":
        return { caught: false, seen: "test/sabotage/needs.ts does not say what it is needed for" };
      case "only on AWS":
        throw new Error(`not to be tried: ${expected.reason}`);
    }
  }

  private async stops(name: WorkName, expected: RegExp, without: Without): Promise<Outcome> {
    const work = () => errorOf(WORKS[name](this.chain));
    if (!this.working.has(name)) {
      const before = await work();
      if (before !== undefined) return missed(`${name} does not even work with it: ${before}`);
      this.working.add(name);
    }
    const error = await without(work);
    const after = await work();
    if (error === undefined) return missed(`${name} works without it`);
    if (!expected.test(error))
      return missed(`${name} fails otherwise than with ${String(expected)}: ${error}`);
    if (after !== undefined) {
      this.working.delete(name);
      return missed(`${name} does not work again: ${after}`);
    }
    return { caught: true, seen: `${name}: ${error}` };
  }

  private async admits(name: OutsiderName, document: DeployedDocument, without: Without): Promise<Outcome> {
    const attempt = () => errorOf(OUTSIDERS[name].attempt(this.chain, document));
    const before = await attempt();
    if (before === undefined) return missed(`${name} is let in with it`);
    const error = await without(attempt);
    const after = await attempt();
    if (error !== undefined) return missed(`${name} is kept out without it: ${error}`);
    if (after === undefined) return missed(`${name} is let in when it is back`);
    return { caught: true, seen: `${name} gets in; before: ${before}` };
  }
}

class NotChanged extends Error {}

type Without = <T>(seen: () => Promise<T>) => Promise<T>;

function missed(seen: string): Outcome {
  return { caught: false, seen };
}

/** The error of something that fails, its first line. */
async function errorOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return (error.message.split("\n")[0] ?? "").trim();
  }
}
