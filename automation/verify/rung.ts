/** One rung of the ladder of verification (requirements A6). */
export interface Rung {
  readonly id: string;
  readonly title: string;
  /** The requirements that it shows, for example `R50-R53`. */
  readonly requirement: string;
  /** `not executed`: it could not be tried here, and nothing is claimed. */
  readonly status: "passed" | "failed" | "not executed";
  readonly detail: string;
}

/** `9 passed, 3 not executed here`. */
export function outcomeOf(rungs: readonly Rung[]): string {
  const count = (status: Rung["status"]) => rungs.filter((rung) => rung.status === status).length;
  return [
    `${count("passed")} passed`,
    ...(count("failed") === 0 ? [] : [`${count("failed")} failed`]),
    ...(count("not executed") === 0 ? [] : [`${count("not executed")} not executed here`]),
  ].join(", ");
}
