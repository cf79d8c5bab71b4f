/** Errors that pass by themselves, and what is done about each. The one place that says so. */

/** A kind of error that passes. */
export interface Transient {
  readonly id: string;
  /** In the error's text. */
  readonly pattern: RegExp;
  /** Why it passes, for people. */
  readonly reason: string;
  /** The error only passes when a role was made or changed in the same run; otherwise it is a lasting fault. */
  readonly afterRoleChange: boolean;
  /** Longest time that is given to it, where nothing else is said. Seconds. */
  readonly patience: number;
}

/**
 * Sources: hashicorp/terraform-provider-aws #41617 and #42933 (invalid principal), its QuickSight data source's
 * propagation time of 2 minutes, pulumi/pulumi-aws-native #148 (role cannot be assumed).
 */
export const transients: readonly Transient[] = [
  {
    id: "role-not-assumable",
    pattern:
      /cannot be assumed|(?:unable|failed|not able) to assume|not authorized to perform:? sts:AssumeRole|insufficient permissions? to assume/i,
    reason: "IAM takes a moment to spread a new role",
    afterRoleChange: true,
    patience: 120,
  },
  {
    id: "invalid-principal",
    pattern: /invalid principal|principal was invalid|principal in policy/i,
    reason: "IAM takes a moment to spread a new principal",
    afterRoleChange: true,
    patience: 60,
  },
  {
    id: "throttled",
    pattern: /throttl|rate exceeded|too ?many ?requests|slow ?down|limit exceeded for operation/i,
    reason: "AWS asks to slow down",
    afterRoleChange: false,
    patience: 120,
  },
  {
    id: "bucket-settling",
    pattern: /OperationAborted|conflicting conditional operation is currently in progress/i,
    reason: "S3 is still busy with the bucket",
    afterRoleChange: false,
    patience: 120,
  },
  {
    id: "connection-lost",
    pattern: /ECONNRESET|EPIPE|socket hang up|i\/o timeout|connection reset by peer|TLS handshake timeout/i,
    reason: "the connection was lost",
    afterRoleChange: false,
    patience: 60,
  },
];

/** What is known of an error's text; undefined when it does not pass by itself. */
export function transientIn(text: string, roleChanged: boolean): Transient | undefined {
  return transients.find((kind) => kind.pattern.test(text) && (roleChanged || !kind.afterRoleChange));
}

/** Pause before the n-th next attempt (1, 2, ...), in milliseconds: 2 s doubled each time, up to 20 s, with jitter. */
export function pauseBefore(attempt: number, random: () => number = Math.random): number {
  return Math.min(20_000, 1_000 * 2 ** attempt) * (0.75 + random() / 4);
}
