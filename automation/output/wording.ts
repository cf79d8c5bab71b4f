/** Messages as lines of text. */
import { countsOf, type Change, type Operation, type Plan } from "../engine/plan";
import type { RunnerError } from "../failure";
import type { Message } from "../message";
import type { AccessChange } from "../../access/proof";
import { countsOfFindings, findingText } from "../policy";
import type { ShownRow } from "../proof/shown";
import type { Rung } from "../verify/rung";
import type { Table } from "./output";

/** Account id -> what it is here. */
export type AccountNames = Readonly<Record<string, string>>;

const SIGNS: Readonly<Record<Operation, string>> = {
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
  same: " ",
};
const DONE: Readonly<Record<Operation, string>> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  same: "unchanged",
};
const FAILED: Readonly<Record<Operation, string>> = {
  create: "creating",
  update: "updating",
  replace: "replacing",
  delete: "deleting",
  same: "reading",
};

/** `1 row`, `2 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `hub 110000000001`; the bare id for an account that has no name here. */
export function accountText(account: string | undefined, names: AccountNames): string {
  if (account === undefined) return "no account";
  const name = names[account];
  return name === undefined ? account : `${name} ${account}`;
}

/** What would change, by account: a line for each resource. */
export function planLines({ stack, changes }: Plan, names: AccountNames): string[] {
  const accounts = [...new Set(changes.map(({ account }) => account))];
  return [
    `${stack}: ${countsOf({ stack, changes })}`,
    ...accounts.flatMap((account) => [
      `  ${accountText(account, names)}`,
      ...changes.filter((change) => change.account === account).map((change) => `    ${planLine(change)}`),
    ]),
  ];
}

function planLine({ operation, noun, name, properties, kept }: Change): string {
  const what = `${kept ? " " : SIGNS[operation]} ${noun} ${name}`;
  if (kept) return `${what} (kept)`;
  return properties.length === 0 || operation === "create" || operation === "delete"
    ? what
    : `${what} (${properties.join(", ")})`;
}

/** A resource that is done or has failed. */
export function resourceLine(change: Change, result: "finished" | "failed", names: AccountNames): string {
  const { operation, noun, name, account } = change;
  const where = account === undefined ? "" : ` in ${accountText(account, names)}`;
  if (result === "failed") return `${FAILED[operation]} ${noun} ${name} failed${where}`;
  return change.kept ? `kept ${noun} ${name}${where}` : `${DONE[operation]} ${noun} ${name}${where}`;
}

const MARKS: Readonly<Record<Rung["status"], string>> = { passed: "✔", failed: "✖", "not executed": "-" };

const FINDING_MARKS = { mandatory: "✖", advisory: "!" } as const;

export function rungLine({ title, status, detail }: Rung): string {
  return `${MARKS[status]} ${title}: ${detail}`;
}

const ACCESS_SIGNS: Readonly<Record<AccessChange["kind"], string>> = {
  gains: "+",
  loses: "-",
  wording: "~",
  unknown: "?",
};

/** A row of the access matrix with what came of it, and what decided where it was asked for. */
export function rowLines({ id, says, proves, outcome, why, explained = [] }: ShownRow): string[] {
  const mark = outcome === "holds" ? MARKS.passed : outcome === "fails" ? MARKS.failed : "?";
  return [
    `${mark} ${id} (${proves.join(", ")}): ${says}${outcome === "not proved" ? " (not proved)" : ""}`,
    ...[...why, ...explained].map((line) => `    ${line}`),
  ];
}

/** The lines of a message for people; none for what only machines want. */
export function messageLines(message: Message, names: AccountNames): string[] {
  switch (message.code) {
    case "accounts":
    case "resource.started":
    case "step.started":
    case "step.finished":
    case "step.failed":
    // A table shows it.
    case "leftovers":
      return [];
    case "resource.finished":
      return [resourceLine(message.change, "finished", names)];
    case "resource.failed":
      return [resourceLine(message.change, "failed", names)];
    case "diagnostic": {
      const what = message.resource === undefined ? message.text : `${message.resource}: ${message.text}`;
      return [message.severity === "info" ? what : `${message.severity}: ${what}`];
    }
    case "plan":
      return planLines(message.plan, names);
    case "policy":
      return [
        `${message.stack}, policy pack: ${countsOfFindings(message.findings)}`,
        ...message.findings.map((finding) => `  ${FINDING_MARKS[finding.level]} ${findingText(finding)}`),
      ];
    case "waiting":
    case "note":
      return [message.text];
    case "advisory":
      return [`note well: ${message.text}`];
    case "rung":
      return [rungLine(message.rung)];
    case "hop": {
      const { number, hop, holds } = message;
      return [`hop ${number}${holds ? "" : " does not hold"}: ${hop.from} -> ${hop.action} -> ${hop.to}`];
    }
    case "access.change":
      return [`${ACCESS_SIGNS[message.change.kind]} ${message.of}: ${message.change.words}`];
    case "access.row":
      return rowLines(message.row);
    case "access.unplaced":
      return [`? ${message.unplaced.what}: ${message.unplaced.reason} (not proved)`];
  }
}

/** What of a message people see as a table. */
export function messageTable(message: Message, names: AccountNames): Table | undefined {
  if (message.code !== "leftovers") return undefined;
  const { left, staying, unseen } = message.leftovers;
  const rows = [
    ...left.map(({ account, noun, name, doubt }) => [
      account,
      `${noun} ${name}`,
      doubt === undefined ? "left" : `left, ${doubt}`,
    ]),
    ...staying.map(({ account, noun, name, why }) => [account, `${noun} ${name}`, `on purpose: ${why}`]),
    ...unseen.map(({ account, what, reason }) => [account, what, `not looked at: ${reason}`]),
  ].map(([account, ...cells]) => [accountText(account, names), ...cells]);
  return rows.length === 0 ? undefined : { columns: ["account", "what", "why it is there"], rows };
}

export function failureText(error: RunnerError): string {
  return `${error.whose === "declined" ? "" : "error: "}${error.message}\n`;
}
