/**
 * Trials by commands where nobody asks for permissions. Commands take long, and there each has to work all the same: so
 * one thing is taken away of every statement at once, and then, in the next round, another one.
 */
import { type CommandName, type Lifecycle, COMMANDS_IN_ORDER, isCommand, stageBefore } from "./lifecycle";
import type { Row } from "./rows";
import type { Titled } from "./scenario";
import { type Outcome, errorOf, failed, noDifference, summary } from "./trial";

/** The rows of commands in rounds: no round has two of one statement, and each row is in one. */
export function roundsOf<Document>(rows: readonly Row<Document>[]): Row<Document>[][] {
  const tried = new Map<string, number>();
  const rounds: Row<Document>[][] = [];
  for (const row of rows) {
    const statement = row.id.slice(0, -row.change.what.length);
    const round = tried.get(statement) ?? 0;
    tried.set(statement, round + 1);
    (rounds[round] ??= []).push(row);
  }
  return rounds;
}

/** Tries a round: every command that its rows are about, one after the other. */
export async function tryRound(
  rows: readonly Row<Titled>[],
  lifecycle: Lifecycle,
  settled: (row: Row<Titled>, outcome: Outcome) => void,
): Promise<void> {
  const documents = [...new Set(rows.map(({ document }) => document))];
  try {
    for (const document of documents)
      await document.put({
        ...document.document,
        Statement: document.document.Statement.flatMap((statement) => {
          const row = rows.find((each) => each.document === document && each.change.sid === statement.Sid);
          if (row === undefined) return [statement];
          return row.change.document.Statement.filter(({ Sid }) => Sid === statement.Sid);
        }),
      });
    for (const command of COMMANDS_IN_ORDER) {
      const about = rows.filter(({ expected }) => commandOf(expected) === command);
      if (about.length === 0) continue;
      const error = await errorOf(lifecycle.reach(stageBefore(command)).then(() => lifecycle.run(command)));
      for (const row of about)
        settled(
          row,
          error === undefined
            ? noDifference(`${command} works without it`)
            : failed(`${command} does not work: ${summary(error)}`),
        );
    }
  } finally {
    for (const document of documents) await document.put(document.document);
  }
}

function commandOf(expected: Row<unknown>["expected"]): CommandName | undefined {
  return expected.kind === "stops" && isCommand(expected.work) ? expected.work : undefined;
}
