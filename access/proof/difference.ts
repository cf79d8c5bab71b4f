/** What changes from one set of policies to another, in words. Complete: whatever differs in a document is told. */
import { matches, patternOf } from "../evaluate/glob";
import type { Thing } from "../matrix";
import type { FoundDocument, FoundPolicies, FoundThing } from "./found";
import {
  conditionsOf,
  isRecord,
  listOf,
  principalsOf,
  rawStatements,
  type RawStatement,
  readable,
} from "./statements";

/** One change of what a thing allows or is allowed. */
export interface AccessChange {
  /** ARN of the thing whose policies change. */
  readonly at: string;
  /** `wording`: the text changes and what it says does not. `unknown`: a document that cannot be read. */
  readonly kind: "gains" | "loses" | "wording" | "unknown";
  readonly words: string;
}

/**
 * Tells the changes, thing by thing.
 *
 * @param things what the ARNs are, in words; others are called by their ARN.
 */
export function differences(
  before: FoundPolicies,
  after: FoundPolicies,
  things: readonly Thing[],
): AccessChange[] {
  const words = new Map(things.map((thing) => [thing.arn, thing.words]));
  const arns = new Set([...before.things.keys(), ...after.things.keys()]);
  return [...arns].flatMap((arn) =>
    changesAt(arn, words.get(arn) ?? arn, before.things.get(arn) ?? {}, after.things.get(arn) ?? {}),
  );
}

type Slot = "trust" | "identity" | "boundary" | "resource";
const slots: readonly Slot[] = ["trust", "identity", "boundary", "resource"];

function changesAt(at: string, words: string, before: FoundThing, after: FoundThing): AccessChange[] {
  const documents = (thing: FoundThing, slot: Slot): readonly FoundDocument[] => {
    const found = thing[slot];
    return found === undefined
      ? []
      : Array.isArray(found)
        ? (found as readonly FoundDocument[])
        : [found as FoundDocument];
  };
  const told = slots.flatMap((slot): AccessChange[] => {
    const [old, now] = [documents(before, slot), documents(after, slot)];
    const unknown = unreadable(now);
    if (textOf(old) === textOf(now)) return [];
    if (slot === "boundary" && old.length !== now.length)
      // What it admits was neither written now nor is it given to anybody.
      return [
        {
          at,
          kind: now.length > 0 ? "loses" : "gains",
          words: `${words} ${now.length > 0 ? `is now bounded by ${namesOf(now)}` : `is no longer bounded by ${namesOf(old)}`}`,
        },
        ...unknown.map((text) => ({ at, kind: "unknown" as const, words: `${words}: ${text}` })),
      ];
    const [was, is] = [atomsOf(old), atomsOf(now)];
    const missingIn = (here: ReadonlyMap<string, Atom>, there: ReadonlyMap<string, Atom>) =>
      [...here]
        .filter(
          ([key, atom]) => !there.has(key) && ![...there.values()].some((wider) => isWithin(atom, wider)),
        )
        .map(([, atom]) => atom);
    const [gained, lost] = [missingIn(is, was), missingIn(was, is)];
    const changes: AccessChange[] = [
      ...grouped(gained).map((group) => ({
        at,
        kind: effectOf(group),
        words: sentence(words, slot, group, true),
      })),
      ...grouped(lost).map((group) => ({
        at,
        kind: opposite(effectOf(group)),
        words: sentence(words, slot, group, false),
      })),
      ...unknown.map((text) => ({ at, kind: "unknown" as const, words: `${words}: ${text}` })),
    ];
    return changes.length > 0
      ? changes
      : [
          {
            at,
            kind: "wording",
            words: `${words}: the text of ${namesOf(now.length > 0 ? now : old)} changes, and nothing that it allows or denies`,
          },
        ];
  });
  return [
    ...told,
    ...sharingChanges(at, words, before, after),
    ...grantChanges(at, words, before, after),
    ...unknownThings(at, words, before, after),
  ];
}

function unreadable(documents: readonly FoundDocument[]): string[] {
  return documents.flatMap((each) => {
    if ("unknown" in each) return [`${each.name} cannot be read: ${each.unknown}`];
    return rawStatements(each.document).length === 0 ? [`${each.name} holds no statement`] : [];
  });
}

function unknownThings(at: string, words: string, before: FoundThing, after: FoundThing): AccessChange[] {
  return after.unknown === undefined || after.unknown === before.unknown
    ? []
    : [{ at, kind: "unknown", words: `${words}: ${after.unknown}` }];
}

const namesOf = (documents: readonly FoundDocument[]): string => documents.map(({ name }) => name).join(", ");

/** The documents as one text in which only the order of keys and of documents does not count. */
function textOf(documents: readonly FoundDocument[]): string {
  return documents
    .map((each) =>
      JSON.stringify(
        "unknown" in each ? [each.name, each.unknown] : [each.name, sorted(parsed(each.document))],
      ),
    )
    .sort()
    .join("\n");
}

function parsed(document: unknown): unknown {
  if (typeof document !== "string") return document;
  try {
    return JSON.parse(document);
  } catch {
    return document;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

/** One principal, one action, one resource, with the conditions of their statement. */
interface Atom {
  readonly effect: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** In words; empty for none. */
  readonly where: string;
  /** The same for comparison: keys of conditions differ not by case. */
  readonly whereKey: string;
  /** The document's version where it bears on what the text means. */
  readonly version: string;
}

/** Whether what the one statement says is said by the other as well. */
function isWithin(atom: Atom, wider: Atom): boolean {
  const fits = (text: string, pattern: string) => text === pattern || matches(patternOf(pattern), text);
  return (
    atom.effect === wider.effect &&
    (atom.principal === wider.principal || wider.principal === "*") &&
    fits(atom.action.toLowerCase(), wider.action.toLowerCase()) &&
    fits(atom.resource, wider.resource) &&
    atom.version === wider.version &&
    (atom.whereKey === wider.whereKey || wider.whereKey === "")
  );
}

function atomsOf(documents: readonly FoundDocument[]): Map<string, Atom> {
  const atoms = new Map<string, Atom>();
  for (const { document } of readable(documents)) {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    const whole = parsed(document);
    // In another version AWS reads ${...} otherwise.
    const version =
      text.includes("${") && isRecord(whole) && whole.Version !== "2012-10-17"
        ? ` (${String(whole.Version)})`
        : "";
    for (const statement of rawStatements(document))
      for (const atom of atomsIn(statement, version))
        atoms.set(
          JSON.stringify([
            atom.effect,
            atom.principal,
            atom.action.toLowerCase(),
            atom.resource,
            atom.whereKey,
            atom.version,
          ]),
          atom,
        );
  }
  return atoms;
}

const WHOLE = "";

function atomsIn(statement: RawStatement, version: string): Atom[] {
  const effect = String(statement.Effect);
  const but = (element: string) => (statement[element] === undefined ? "" : "everything but ");
  const named = (element: string, read: (value: unknown) => string[]) => {
    const [plain, not] = [statement[element], statement[`Not${element}`]];
    if (not !== undefined) return [`${but(`Not${element}`)}${read(not).join(", ")}`];
    return plain === undefined ? [WHOLE] : read(plain);
  };
  const principals = named("Principal", (value) => principalsOf(value).map(account));
  const actions = named("Action", listOf);
  const resources = named("Resource", listOf);
  const where = conditionWords(statement, "written") + version;
  const whereKey = conditionWords(statement, "key");
  return principals.flatMap((principal) =>
    actions.flatMap((action) =>
      resources.map((resource) => ({
        effect,
        principal,
        action,
        resource,
        where,
        whereKey,
        version,
      })),
    ),
  );
}

/** An account may be named by its id or by its root's ARN. */
function account(principal: string): string {
  return principal.replace(/^arn:[^:]*:iam::(\d{12}):root$/, "$1");
}

function conditionWords(statement: RawStatement, name: "key" | "written"): string {
  const conditions = conditionsOf(statement.Condition).map(
    ({ operator, values, ...key }) =>
      `${key[name]} ${VERBS[operator] ?? operator} ${[...values].sort().join(" or ")}`,
  );
  return conditions.length === 0 ? "" : ` where ${conditions.sort().join(" and ")}`;
}

const VERBS: Readonly<Record<string, string>> = {
  StringEquals: "is",
  ArnEquals: "is ARN",
  StringLike: "is like",
  ArnLike: "is like ARN",
  Bool: "is just",
};

/** Atoms that differ in one thing only, told together. */
interface Group {
  readonly effect: string;
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly where: string;
}

function grouped(atoms: readonly Atom[]): Group[] {
  let groups: Group[] = atoms.map(({ effect, principal, action, resource, where }) => ({
    effect,
    principals: [principal],
    actions: [action],
    resources: [resource],
    where,
  }));
  for (const key of ["actions", "resources", "principals"] as const) {
    const merged = new Map<string, Group>();
    for (const group of groups) {
      const others = JSON.stringify({ ...group, [key]: [] });
      const known = merged.get(others);
      merged.set(others, known === undefined ? group : { ...group, [key]: [...known[key], ...group[key]] });
    }
    groups = [...merged.values()];
  }
  return groups;
}

const isDeny = ({ effect }: Group): boolean => effect === "Deny";

/** Whether a new statement of the kind widens access. */
function effectOf(group: Group): "gains" | "loses" {
  return isDeny(group) ? "loses" : "gains";
}

function opposite(kind: "gains" | "loses"): "gains" | "loses" {
  return kind === "gains" ? "loses" : "gains";
}

function sentence(thing: string, slot: Slot, group: Group, isNew: boolean): string {
  const { principals, actions, resources, where } = group;
  const what = `${actions.join(", ")}${resources.every((each) => each === WHOLE) ? "" : ` on ${resources.join(", ")}`}${where}`;
  const who = principals.map((each) => (each === "*" ? "everybody" : each)).join(", ");
  const verb = isDeny(group) ? (isNew ? "newly denied" : "no longer denied") : isNew ? "gains" : "loses";
  switch (slot) {
    case "identity":
      return isDeny(group) ? `${thing} is ${verb} ${what}` : `${thing} ${verb} ${what}`;
    case "boundary":
      return `${thing}: its permissions boundary ${isDeny(group) ? (isNew ? "newly denies" : "no longer denies") : isNew ? "newly admits" : "no longer admits"} ${what}`;
    case "trust": {
      const isPlain = actions.length === 1 && actions[0] === "sts:AssumeRole";
      if (isDeny(group)) return `${thing}: ${who} is ${verb} ${what}`;
      return isPlain
        ? `${thing}: ${who} ${isNew ? "may newly become it" : "may no longer become it"}${where}`
        : `${thing}: ${who} ${verb} ${what}`;
    }
    case "resource":
      return isDeny(group) ? `${thing}: ${who} is ${verb} ${what}` : `${thing}: ${who} ${verb} ${what}`;
  }
}

function sharingChanges(at: string, words: string, before: FoundThing, after: FoundThing): AccessChange[] {
  const read = (thing: FoundThing) =>
    new Map((thing.sharing ?? []).map(({ principal, actions }) => [principal, new Set(actions)] as const));
  const [was, is] = [read(before), read(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((principal): AccessChange[] => {
    const [old, now] = [was.get(principal) ?? new Set<string>(), is.get(principal) ?? new Set<string>()];
    const gained = [...now].filter((action) => !old.has(action));
    const lost = [...old].filter((action) => !now.has(action));
    return [
      ...(gained.length === 0
        ? []
        : [{ at, kind: "gains" as const, words: `${words}: ${principal} gains ${gained.join(", ")}` }]),
      ...(lost.length === 0
        ? []
        : [{ at, kind: "loses" as const, words: `${words}: ${principal} loses ${lost.join(", ")}` }]),
    ];
  });
}

function grantChanges(at: string, words: string, before: FoundThing, after: FoundThing): AccessChange[] {
  const read = (thing: FoundThing) =>
    new Map(
      (thing.grants ?? []).map(({ grantee, operations, constraints }) => [
        JSON.stringify([grantee, [...operations].sort(), constraints ?? {}]),
        `${grantee} ${[...operations].join(", ")}${constraints === undefined ? "" : ` where ${JSON.stringify(constraints)}`}`,
      ]),
    );
  const [was, is] = [read(before), read(after)];
  return [
    ...[...is]
      .filter(([key]) => !was.has(key))
      .map(([, text]) => ({ at, kind: "gains" as const, words: `${words}: a grant gives ${text}` })),
    ...[...was]
      .filter(([key]) => !is.has(key))
      .map(([, text]) => ({
        at,
        kind: "loses" as const,
        words: `${words}: a grant no longer gives ${text}`,
      })),
  ];
}
