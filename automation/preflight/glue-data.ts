/** Glue data that a request or a product names: it is there. */
import type { GlueData } from "../../access/glue-data";
import type { AccountView } from "../cloud/cloud";
import type { Problem } from "./problem";

/** @param place where it is written. */
export async function glueDataProblems(
  account: AccountView,
  { database, tables }: GlueData,
  place: string,
): Promise<Problem[]> {
  if (!(await account.hasDatabase(database)))
    return [
      {
        whose: "input",
        path: `${place}.database`,
        message: `there is no Glue database "${database}" in ${account.account}, ${account.region}: create it, or correct the name`,
      },
    ];
  if (tables === undefined) return [];
  const known = await account.tables(database);
  return tables.flatMap((table, position) =>
    known.includes(table)
      ? []
      : [
          {
            whose: "input" as const,
            path: `${place}.tables[${position}]`,
            message: `there is no table "${table}" in Glue database "${database}" (${known.length === 0 ? "it is empty" : `known are ${known.join(", ")}`}): create it, or correct the name`,
          },
        ],
  );
}
