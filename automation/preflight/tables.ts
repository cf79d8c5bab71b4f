/** The account of tables that a connector of another account reads: the tables are there, and the role's name is free (C11). */
import type { Connector } from "../../access/names";
import type { AccountView } from "../cloud/cloud";
import type { StackState } from "../engine/state";
import { type Claimant, claimProblem } from "./ownership";
import type { Problem } from "./problem";

/**
 * @param place where the connector is written.
 * @param state of the stack that makes the role.
 * @param made tables that the stack makes there itself.
 */
export async function tablesProblems(
  account: AccountView,
  { tables: at }: Connector,
  tables: readonly string[],
  place: string,
  claimant: Claimant,
  state: StackState | undefined,
  made: readonly string[] = [],
): Promise<Problem[]> {
  if (at === undefined) return [];
  const path = `${place}.tablesIn.role`;
  const claim = {
    kind: "role",
    noun: "role",
    name: at.role,
    path,
    remedy: `choose another name under ${path}`,
  } as const;
  const found = await Promise.all([
    account.role(at.role).then((role) => claimProblem(account, claim, role !== undefined, claimant, state)),
    ...tables.map(async (table, index): Promise<Problem[]> =>
      made.includes(table) || (await account.hasTable(table))
        ? []
        : [
            {
              whose: "input",
              path: `${place}.tables[${index}]`,
              message: `there is no DynamoDB table "${table}" in ${account.account}, ${account.region}, where tablesIn says: create it, or correct the name`,
            },
          ],
    ),
  ]);
  return found.flat();
}
