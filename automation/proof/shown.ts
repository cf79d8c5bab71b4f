/** A proof as people and machines read it. */
import type { Expectation } from "../../access/matrix";
import type { AccessChange, Outcome, Proof, ProvenCheck, ProvenRow, Unplaced } from "../../access/proof";
import { RunnerError } from "../failure";

/** One row of the matrix with what came of it. */
export interface ShownRow {
  readonly id: string;
  readonly says: string;
  /** Requirements and decisions. */
  readonly proves: readonly string[];
  readonly outcome: Outcome;
  /** Why it does not hold. */
  readonly why: readonly string[];
  /** What decided each request, where it was asked for. */
  readonly explained?: readonly string[];
}

export interface ShownProof {
  readonly holds: boolean;
  readonly rows: readonly ShownRow[];
  readonly unplaced: readonly Unplaced[];
  /** Against what is deployed. Undefined where there is nothing to compare. */
  readonly changes?: readonly AccessChange[];
}

/** @param explain id of a row. @throws RunnerError when there is no such row */
export function shown(
  proof: Proof,
  explain: string | undefined,
  changes?: readonly AccessChange[],
): ShownProof {
  refuseUnknownRow(proof.rows, explain);
  return {
    holds: proof.holds,
    rows: proof.rows.map((row) => shownRow(row, row.id === explain)),
    unplaced: proof.unplaced,
    ...(changes === undefined ? {} : { changes }),
  };
}

function refuseUnknownRow(rows: readonly ProvenRow[], wanted: string | undefined): void {
  if (wanted === undefined || rows.some(({ id }) => id === wanted)) return;
  const near = rows.map(({ id }) => id).filter((id) => id.includes(wanted));
  const some = near.length > 0 ? near : rows.map(({ id }) => id);
  throw new RunnerError(
    "input.invalid",
    "input",
    `there is no row "${wanted}" in the access matrix: ${near.length > 0 ? "there are" : "among others there are"}\n${some
      .slice(0, 20)
      .map((id) => `  ${id}`)
      .join("\n")}${some.length > 20 ? `\n  and ${some.length - 20} more` : ""}`,
  );
}

function shownRow({ id, expectation, outcome, why, checks }: ProvenRow, isExplained: boolean): ShownRow {
  return {
    id,
    says: expectation.says,
    proves: expectation.proves,
    outcome,
    why,
    ...(isExplained ? { explained: explained(expectation, checks) } : {}),
  };
}

function explained(expectation: Expectation, checks: readonly ProvenCheck[]): string[] {
  switch (expectation.kind) {
    case "nothing else":
      return [`every Allow statement found at ${expectation.at} is held to what other rows allow there`];
    case "sharing":
      return [...expectation.wanted].map(([principal, actions]) => `${principal}: ${actions.join(", ")}`);
    case "request":
    case "chain":
      return checks.map(checkLine);
  }
}

function checkLine({ check, decision, unknown }: ProvenCheck): string {
  const what = `${check.action} on ${check.resource}`;
  if (decision === undefined) return `${what}: not decided: ${unknown ?? ""}`;
  const because = decision.because.map(({ type, policy, sid, statement }) =>
    policy === undefined
      ? `no ${type} allows it`
      : `${statement === undefined ? "" : `statement ${sid ?? statement + 1} of `}${policy} (${type})`,
  );
  const word =
    decision.decision === "allowed"
      ? "allowed by"
      : decision.decision === "explicit-deny"
        ? "denied by"
        : "denied:";
  return `${what}: ${word} ${because.join("; ")}`;
}

/** `258 expectations hold`, `2 of 258 expectations fail, 1 is not proved`. */
export function outcomeOfProof({ rows, unplaced }: ShownProof): string {
  const count = (outcome: Outcome) => rows.filter((row) => row.outcome === outcome).length;
  const notProved = count("not proved") + unplaced.length;
  const parts = [
    ...(count("fails") === 0 ? [] : [`${count("fails")} fail`]),
    ...(notProved === 0 ? [] : [`${notProved} not proved`]),
  ];
  return parts.length === 0
    ? `all ${rows.length} expectations of access hold`
    : `of ${rows.length} expectations of access ${parts.join(", ")}`;
}
