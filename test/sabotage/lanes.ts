/** Who tries which rows: each lane in accounts of its own, so that lanes can run beside each other. */
import { dataSourceIdOf } from "../../access/names";
import { isCommand, stageAfter, stageBefore } from "./lifecycle";
import { type Expected, formOf, rowsOf } from "./rows";
import { type Scenario, SCENARIOS, planOf } from "./scenario";

/** Rows of a scenario that are tried in one environment. */
export interface Lane {
  readonly scenario: Scenario;
  /** Of its rows, `id`s. */
  readonly ids: ReadonlySet<string>;
}

/** What a row is tried by. */
type By = "commands of the environment" | "commands of the spoke" | "chain";

/** Scenarios with many rows are divided; the longest come first. */
const DIVIDED: Readonly<
  Record<string, readonly { readonly accounts: string; readonly by: readonly By[] }[]>
> = {
  alpha: [
    { accounts: "01", by: ["commands of the spoke"] },
    { accounts: "04", by: ["commands of the environment"] },
    { accounts: "05", by: ["chain"] },
  ],
};

/** The lanes for the rows whose name has one of the texts. A row that a scenario before has in the same form is left out. */
export function lanesOf(only: readonly string[]): Lane[] {
  const texts = only.map((text) => text.toLowerCase());
  const forms = new Set<string>();
  return SCENARIOS.flatMap((scenario) => {
    const wanted = new Set<string>();
    for (const row of rowsIn(scenario)) {
      const form = formOf(row, scenario.name);
      if (forms.has(form) || !texts.some((text) => row.name.toLowerCase().includes(text))) continue;
      forms.add(form);
      wanted.add(form);
    }
    const { name, accounts } = scenario;
    const parts = DIVIDED[name] ?? [{ accounts, by: undefined }];
    return parts.flatMap((part) => {
      const lane = { ...scenario, accounts: part.accounts };
      const rows = rowsIn(lane).filter(
        (row) => wanted.has(formOf(row, name)) && (part.by?.includes(by(row.expected)) ?? true),
      );
      return rows.length === 0 ? [] : [{ scenario: lane, ids: new Set(rows.map(({ id }) => id)) }];
    });
  });
}

/** The rows of a scenario, as it is planned. */
export function rowsIn(scenario: Scenario) {
  const { documents, request } = planOf(scenario);
  return rowsOf(documents, dataSourceIdOf(request));
}

function by(expected: Expected): By {
  if (expected.kind !== "stops" || !isCommand(expected.work)) return "chain";
  const ofSpoke = [stageBefore(expected.work), stageAfter(expected.work)].includes("spoke");
  return ofSpoke ? "commands of the spoke" : "commands of the environment";
}
