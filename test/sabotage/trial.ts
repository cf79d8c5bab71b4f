/** Tries one row: takes something away, looks at what comes of it, and puts it back. */
import type { DeployedDocument } from "./deployed";
import { OUTSIDERS, type OutsiderName } from "./outsiders";
import type { Expected, Row } from "./rows";
import type { Chain } from "./scenario";
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
      if (error instanceof NotChanged) return failed(`it cannot be taken away: ${error.message}`);
      throw error;
    }
  }

  private async tried(document: DeployedDocument, expected: Expected, without: Without): Promise<Outcome> {
    switch (expected.kind) {
      case "stops":
        return this.stops(expected, without);
      case "admits":
        return this.admits(expected.outsider, document, without);
      case "unknown":
        return failed("test/sabotage/needs.ts does not say what it is needed for");
      case "only on AWS":
        throw new Error(`not to be tried: ${expected.reason}`);
    }
  }

  private async stops(
    { work: name, error: expected, number }: Extract<Expected, { kind: "stops" }>,
    without: Without,
  ): Promise<Outcome> {
    const work = () => errorOf(WORKS[name](this.chain));
    if (!this.working.has(name)) {
      const before = await work();
      if (before !== undefined) return failed(`${name} does not even work with it: ${before}`);
      this.working.add(name);
    }
    const error = await without(work);
    const after = await work();
    if (error === undefined) return noDifference(`${name} works without it`);
    if (!expected.test(error))
      return failed(`${name} fails otherwise than with ${String(expected)}: ${error}`);
    if (after !== undefined) {
      this.working.delete(name);
      return failed(`${name} does not work again: ${after}`);
    }
    return { result: "caught", seen: `${name}${number === undefined ? "" : ` (${number})`}: ${error}` };
  }

  private async admits(name: OutsiderName, document: DeployedDocument, without: Without): Promise<Outcome> {
    const attempt = () => errorOf(OUTSIDERS[name].attempt(this.chain, document));
    const before = await attempt();
    if (before === undefined) return noDifference(`${name} is let in with it`);
    if (!REFUSED.test(before)) return failed(`${name} is not even refused, but fails: ${before}`);
    const error = await without(attempt);
    const after = await attempt();
    if (error !== undefined) return failed(`${name} is kept out without it: ${error}`);
    if (after === undefined) return failed(`${name} is let in when it is back`);
    return { result: "caught", seen: `${name} gets in; before: ${before}` };
  }
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
