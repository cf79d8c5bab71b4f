/** Who tries which rows: each lane in accounts of its own, so that lanes can run beside each other. */
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
type By = "commands of the environment" | "onboarding and offboarding" | "verification" | "chain";

/** Scenarios with many rows are divided: the accounts of each lane, by what its rows are tried by. */
const DIVIDED: Readonly<Record<string, Readonly<Record<By, readonly string[]>>>> = {
  alpha: {
    "onboarding and offboarding": ["01", "04"],
    "commands of the environment": ["05", "06"],
    verification: ["07"],
    chain: ["08"],
  },
};

/** Rows for which it pays to bring up another environment. */
const ENOUGH = 15;

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
    const { name } = scenario;
    const laneOf = (accounts: string, pick: <T>(rows: readonly T[]) => readonly T[], kind?: By): Lane => {
      const lane = { ...scenario, accounts };
      const rows = rowsIn(lane).filter((row) => wanted.has(formOf(row, name)) && isOf(row.expected, kind));
      return { scenario: lane, ids: new Set(pick(rows).map(({ id }) => id)) };
    };
    const divided = Object.entries(DIVIDED[name] ?? {}) as [By, readonly string[]][];
    const lanes =
      divided.length === 0
        ? [laneOf(scenario.accounts, (rows) => rows)]
        : divided.flatMap(([kind, accounts]) =>
            accounts.map((each, index) => laneOf(each, (rows) => share(rows, index, accounts.length), kind)),
          );
    return lanes.filter(({ ids }) => ids.size > 0);
  });
}

/** The rows of one of several lanes: rows of the same document stay beside each other. */
function share<T>(rows: readonly T[], index: number, lanes: number): readonly T[] {
  const size = Math.ceil(rows.length / Math.min(lanes, Math.ceil(rows.length / ENOUGH)));
  return rows.slice(index * size, (index + 1) * size);
}

/** The rows of a scenario, as it is planned. */
export function rowsIn(scenario: Scenario) {
  return rowsOf(planOf(scenario).documents, scenario.name);
}

function isOf(expected: Expected, kind: By | undefined): boolean {
  return kind === undefined || by(expected) === kind;
}

function by(expected: Expected): By {
  if (expected.kind !== "stops" || !isCommand(expected.work)) return "chain";
  const stages = [stageBefore(expected.work), stageAfter(expected.work)];
  if (stages.every((stage) => stage === "spoke")) return "verification";
  return stages.includes("spoke") ? "onboarding and offboarding" : "commands of the environment";
}
