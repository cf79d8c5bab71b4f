/** The places a decision can come from, in AWS's words (`denialMessage` spells them out). */
export type PolicyType =
  | "identity-based policy"
  | "permissions boundary"
  | "session policy"
  | "resource-based policy"
  | "role trust policy"
  | "key policy"
  | "grant"
  | "service control policy"
  | "resource control policy"
  | "root user";

/** One statement that decided, or one policy type that did not allow. */
export interface Reason {
  readonly type: PolicyType;
  /** Name of the policy, or id of the grant. Absent where no policy of the type allowed. */
  readonly policy?: string;
  /** Index of the statement in its document, from 0. */
  readonly statement?: number;
  readonly sid?: string;
}

/** The answer to one request. */
export interface Decision {
  readonly decision: "allowed" | "explicit-deny" | "implicit-deny";
  /**
   * `allowed`: the statements that were enough, one or more for each policy type that had to allow.
   * `explicit-deny`: every statement that denies. `implicit-deny`: every policy type that had to allow and did not.
   */
  readonly because: readonly Reason[];
}
