import type { Table } from "../need";

/**
 * STS. AssumeRole is decided by its handler, where the trust policy stands beside what the caller brings along.
 * GetCallerIdentity needs no permission and cannot be denied (STS API reference); nor can GetSessionToken.
 */
export const sts: Table = {
  AssumeRole: () => [],
  GetCallerIdentity: () => [],
  GetSessionToken: () => [],
};
