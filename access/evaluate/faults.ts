/** One thing in a document that AWS would refuse or that this evaluator does not understand. */
export interface Fault {
  /** Where, for instance `Statement[2].Condition.StringLikes`. */
  readonly at: string;
  /** The wrong value and the remedy. */
  readonly message: string;
  /**
   * `unreadable`: nothing can be decided with the document. `suspect`: AWS takes the document, but the place can never
   * match or does not mean what it says (an unknown action, a resource of a type that the action does not take).
   */
  readonly severity: "unreadable" | "suspect";
}

/** A document that cannot be decided with. `faults` are all of its unreadable places. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";

  constructor(
    readonly policy: string,
    readonly faults: readonly Fault[],
  ) {
    super(`policy "${policy}" cannot be read:${faults.map((f) => `\n  ${f.at}: ${f.message}`).join("")}`);
  }
}

/** A request that does not make sense: the fault of the code that asks, never of a policy. */
export class RequestError extends Error {
  override readonly name = "RequestError";
}

/** Collects the faults of one document. */
export class FaultList {
  readonly faults: Fault[] = [];

  add(at: string, message: string): void {
    this.faults.push({ at, message, severity: "unreadable" });
  }

  suspect(at: string, message: string): void {
    this.faults.push({ at, message, severity: "suspect" });
  }
}
