/** Which rows of the matrix catch a mutant. */
import type { Expectation, Matrix } from "../../access/matrix";
import { prove } from "../../access/proof";
import type { Mutant } from "./mutants";

/** The matrix cut down to what a change at one thing can bear on; the other rows cannot change their outcome. */
function rowsAbout(matrix: Matrix, arn: string): Matrix {
  const isAbout = (row: Expectation): boolean => {
    switch (row.kind) {
      case "request":
        return (
          (typeof row.by.policies === "object" && row.by.policies.under === arn) ||
          (row.by.policies === "found" && "arn" in row.by.caller && row.by.caller.arn === arn) ||
          row.checks.some(({ policies }) => typeof policies === "object" && policies.at === arn)
        );
      case "chain":
        return false;
      case "nothing else":
      case "sharing":
        return row.at === arn;
    }
  };
  return { ...matrix, rows: matrix.rows.filter(isAbout) };
}

export interface Hunter {
  /** Ids of the rows that fail for the mutant. */
  readonly catching: (mutant: Mutant) => {
    readonly requests: readonly string[];
    readonly nothingElse: readonly string[];
  };
}

export function hunter(matrix: Matrix): Hunter {
  // `nothing else` rows know what is allowed from all rows, so that they stay with the whole matrix.
  const requestRows = new Map<string, Matrix>();
  return {
    catching({ arn, found }) {
      let about = requestRows.get(arn);
      if (about === undefined) {
        about = rowsAbout(matrix, arn);
        requestRows.set(arn, about);
      }
      const failing = prove({ ...about, things: matrix.things }, found).rows.filter(
        ({ outcome }) => outcome === "fails",
      );
      return {
        requests: failing
          .filter(({ expectation }) => expectation.kind !== "nothing else")
          .map(({ id }) => id),
        nothingElse: failing
          .filter(({ expectation }) => expectation.kind === "nothing else")
          .map(({ id }) => id),
      };
    },
  };
}
