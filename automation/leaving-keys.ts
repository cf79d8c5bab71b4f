/** KMS keys that a stack lets go: KMS keeps each for some days, in which it can be had back, and then deletes it for good. */
import type { Context } from "./context";
import type { Plan } from "./engine/plan";
import type { StackState } from "./engine/state";

/** A key whose deletion is scheduled. */
export interface LeavingKey {
  readonly account: string;
  /** Its id. */
  readonly key: string;
  /** Days until it is deleted for good. */
  readonly days: number;
}

/** KMS's own choice where a stack says nothing (ScheduleKeyDeletion). */
const DEFAULT_DAYS = 30;

/** The keys that a plan deletes. */
export function leavingKeys(state: StackState | undefined, { changes }: Plan): LeavingKey[] {
  const gone = new Set(changes.flatMap(({ operation, urn }) => (operation === "delete" ? [urn] : [])));
  return (state?.resources ?? [])
    .filter(({ noun, urn }) => noun === "KMS key" && gone.has(urn))
    .map(({ account = "", id, inputs }) => ({
      account,
      key: id,
      days: typeof inputs.deletionWindowInDays === "number" ? inputs.deletionWindowInDays : DEFAULT_DAYS,
    }));
}

/** Says before the question what becomes of them. */
export function tellLeaving(report: Context["report"], keys: readonly LeavingKey[]): void {
  for (const { account, key, days } of keys)
    report({
      code: "advisory",
      text: `KMS key ${key} of ${account} will be deleted in ${days} days, and nobody can read then what it encrypted`,
    });
}

/** Says in the end how to have them back. */
export function tellLeft(report: Context["report"], keys: readonly LeavingKey[]): readonly LeavingKey[] {
  for (const { account, key, days } of keys)
    report({
      code: "note",
      text: `pending deletion: KMS key ${key} of ${account}, for ${days} days; in that account \`aws kms cancel-key-deletion --key-id ${key}\` brings it back`,
    });
  return keys;
}
