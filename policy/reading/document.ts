/** Policy documents as rules ask about them: who, what, on which resources, under which conditions. */
import { FaultList } from "../../access/evaluate/faults";
import { matcher, overlap, patternOf } from "../../access/evaluate/glob";
import { type PrincipalEntry, readPrincipals } from "../../access/evaluate/principal";
import { CannotJudge, type Properties } from "../frame/properties";

/** One test of a condition: an operator, a key and its values. */
export interface Test {
  /** Without a prefix for sets and without `IfExists`, in lower case: `stringlike`. */
  readonly operator: string;
  /** Lower case. */
  readonly key: string;
  readonly values: readonly string[];
  /** Whether the test also holds where the request has no such key. */
  readonly holdsWithoutKey: boolean;
}

export interface DocumentStatement {
  /** `statement ReadSpill`, or its number. */
  readonly label: string;
  readonly allows: boolean;
  /** Empty for policies that name none. */
  readonly principals: readonly PrincipalEntry[];
  /** Principals are those who are left out. */
  readonly notPrincipal: boolean;
  /** As written; with `notAction` those that are left out. */
  readonly actions: readonly string[];
  readonly notAction: boolean;
  /** As written; with `notResource` those that are left out; empty for trust policies. */
  readonly resources: readonly string[];
  readonly notResource: boolean;
  readonly tests: readonly Test[];
}

/**
 * The statements of the document at a property, which may be JSON text or an object; none when the property is absent.
 *
 * @throws CannotJudge when it is unknown or no policy document.
 */
export function statementsAt(properties: Properties, path: string): readonly DocumentStatement[] {
  return statementsOf(documentAt(properties, path), path);
}

/** The document at a property as JSON text; undefined when the property is absent. */
export function documentTextAt(properties: Properties, path: string): string | undefined {
  const value = properties.get(path);
  if (value === undefined || typeof value === "string") return value;
  return JSON.stringify(value);
}

function documentAt(properties: Properties, path: string): unknown {
  const text = documentTextAt(properties, path);
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CannotJudge(`${path} is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

function statementsOf(document: unknown, path: string): readonly DocumentStatement[] {
  if (document === undefined) return [];
  if (!isObject(document) || document["Statement"] === undefined)
    throw new CannotJudge(`${path} is not a policy document with statements`);
  return listOf(document["Statement"]).map((statement, index) => {
    if (!isObject(statement)) throw new CannotJudge(`${path}: statement ${index + 1} is not an object`);
    return statementOf(statement, index, path);
  });
}

function statementOf(
  statement: Readonly<Record<string, unknown>>,
  index: number,
  path: string,
): DocumentStatement {
  const { Sid: sid, Effect: effect, Condition: condition } = statement;
  const label = typeof sid === "string" && sid !== "" ? `statement ${sid}` : `statement ${index + 1}`;
  const texts = (name: string): { list: readonly string[]; not: boolean } => {
    const [plain, not] = [statement[name], statement[`Not${name}`]];
    const list = listOf(plain ?? not ?? []);
    if (!list.every((entry): entry is string => typeof entry === "string"))
      throw new CannotJudge(`${path}: ${name} of ${label} is not a list of texts`);
    return { list, not: plain === undefined && not !== undefined };
  };
  const actions = texts("Action");
  const resources = texts("Resource");
  const principal = statement["Principal"] ?? statement["NotPrincipal"];
  const faults = new FaultList();
  const principals = principal === undefined ? [] : readPrincipals(principal, "Principal", faults);
  const [fault] = faults.faults;
  if (fault !== undefined) throw new CannotJudge(`${path}: ${fault.at} of ${label}: ${fault.message}`);
  return {
    label,
    allows: effect === "Allow",
    principals,
    notPrincipal: statement["Principal"] === undefined && statement["NotPrincipal"] !== undefined,
    actions: actions.list,
    notAction: actions.not,
    resources: resources.list,
    notResource: resources.not,
    tests: testsOf(condition, label, path),
  };
}

function testsOf(condition: unknown, label: string, path: string): Test[] {
  if (condition === undefined) return [];
  if (!isObject(condition)) throw new CannotJudge(`${path}: Condition of ${label} is not an object`);
  return Object.entries(condition).flatMap(([written, keys]) => {
    if (!isObject(keys)) throw new CannotJudge(`${path}: ${written} of ${label} is not an object`);
    const [, set, operator = "", ifExists] =
      /^(ForAllValues:|ForAnyValue:)?(\w+?)(IfExists)?$/i.exec(written) ?? [];
    return Object.entries(keys).map(([key, values]) => ({
      operator: operator.toLowerCase(),
      key: key.toLowerCase(),
      values: listOf(values).map(String),
      holdsWithoutKey: ifExists !== undefined || set?.toLowerCase() === "forallvalues:",
    }));
  });
}

/** Operators that ask a key for one of their values. */
const POSITIVE = ["stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"];

/** The values of the tests that ask this key to have one of them, also where it is absent; empty when there is none. */
export function demanded({ tests }: DocumentStatement, ...keys: readonly string[]): readonly Test[] {
  const wanted = keys.map((key) => key.toLowerCase());
  return tests.filter(
    ({ operator, key, holdsWithoutKey }) =>
      wanted.includes(key) && POSITIVE.includes(operator) && !holdsWithoutKey,
  );
}

/** What a value has to be to narrow its key, where text beside wildcards can still mean everybody. */
const NARROW: Readonly<Record<string, RegExp>> = {
  // Every organization's id begins with `o-`.
  "aws:principalorgid": /^o-[a-z0-9]+$/,
  "aws:resourceorgid": /^o-[a-z0-9]+$/,
  "aws:principalorgpaths": /^o-[a-z0-9]+\//,
  // `role/*` is everybody of an account, whatever stands before.
  "aws:principalarn": /:root$|\/[^/]*[^/*?][^/]*$/,
};

/**
 * Whether a test narrows its key to something: a value of wildcards alone narrows nothing, and neither does a list with
 * one such value.
 */
export function narrows({ key, values }: Test): boolean {
  const narrow = NARROW[key] ?? /[^*?]/;
  return values.length > 0 && values.every((value) => narrow.test(value));
}

/** Whether the statement demands a value of one of these keys that is no wildcard. */
export function demands(statement: DocumentStatement, ...keys: readonly string[]): boolean {
  return demanded(statement, ...keys).some(narrows);
}

/** Condition keys that bound everybody to an organization or a part of it. */
export const ORGANIZATION_KEYS = ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"];

/**
 * The accounts that conditions bound a statement's callers to, an entry for each test that does; empty when none does. Tests of
 * accounts with wildcards bound nobody. The caller has to pass each test.
 */
export function accountBounds(statement: DocumentStatement): readonly (readonly string[])[] {
  return demanded(statement, "aws:PrincipalAccount", "kms:CallerAccount", "aws:PrincipalArn").flatMap(
    ({ key, values }) => {
      const account = key === "aws:principalarn" ? /^arn:[a-z-]+:iam::(\d{12}):/ : /^(\d{12})$/;
      const accounts = values.map((value) => account.exec(value)?.[1]);
      return accounts.every((each) => each !== undefined) ? [accounts] : [];
    },
  );
}

/** Whether the statement covers an action, or a part of what a pattern of actions describes. */
export function covers({ actions, notAction }: DocumentStatement, action: string): boolean {
  const asked = patternOf(action.toLowerCase());
  const written = actions.map((text) => patternOf(text.toLowerCase()));
  // What is left out must cover all that is asked for; a pattern within another is told by matching its text.
  if (notAction) return !written.some((pattern) => matcher(pattern)(action.toLowerCase()));
  return written.some((pattern) => overlap(pattern, asked));
}

/** The actions as written that overlap one of the patterns; `NotAction` is shown as what it leaves open. */
export function coveredActions(statement: DocumentStatement, patterns: readonly string[]): readonly string[] {
  if (statement.notAction) return patterns.filter((pattern) => covers(statement, pattern));
  return statement.actions.filter((action) =>
    patterns.some((pattern) => overlap(patternOf(action.toLowerCase()), patternOf(pattern.toLowerCase()))),
  );
}

/** The account in an ARN, or an account id by itself; undefined when it names none. */
export function accountIn(text: string): string | undefined {
  if (/^\d{12}$/.test(text)) return text;
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(text)?.[1];
}

/** The Region in an ARN; undefined when it names none. */
export function regionIn(arn: string): string | undefined {
  const region = /^arn:[^:]*:[^:]*:([^:]*):/.exec(arn)?.[1];
  return region === "" ? undefined : region;
}

/** The account of a principal; undefined for services, everybody, and unique ids. */
export function accountOfPrincipal(entry: PrincipalEntry): string | undefined {
  if (entry.form === "account") return entry.account;
  return "name" in entry ? accountIn(entry.name) : undefined;
}

/** A principal as people know it. */
export function principalText(entry: PrincipalEntry): string {
  if (entry.form === "account") return `account ${entry.account}`;
  if (entry.form === "everyone") return "everybody";
  return "name" in entry ? entry.name : "a federated identity";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
