import type { PolicyDocument } from "../document";
import { arnComponents } from "./arn";
import { type Test, isObject, readCondition } from "./condition";
import type { Context } from "./context";
import { type Fault, FaultList, PolicyError } from "./faults";
import { hasMarks, matcher, matches, patternOf } from "./glob";
import type { DocumentKind, NamedPolicy } from "./policies";
import { type PrincipalEntry, readPrincipals } from "./principal";
import { actionsOf, mayTakeResource } from "./service-table";
import { template } from "./variables";

/** A statement, prepared for decisions. */
export interface ReadStatement {
  readonly effect: "Allow" | "Deny";
  /** Index in the document, from 0. */
  readonly index: number;
  readonly sid?: string;
  /** Takes `service:action` in lower case. */
  readonly coversAction: (action: string) => boolean;
  readonly coversResource: (resource: string, context: Context) => boolean;
  readonly principals?: { readonly entries: readonly PrincipalEntry[]; readonly not: boolean };
  readonly tests: readonly Test[];
}

interface ReadDocument {
  readonly statements: readonly ReadStatement[];
  readonly faults: readonly Fault[];
}

/** Every fault of a document (or of its JSON text) as one of the kind given; none when it is sound. Never throws. */
export function validateDocument(document: PolicyDocument | string, kind: DocumentKind): readonly Fault[] {
  return read(document, kind).faults;
}

/**
 * A policy's statements, prepared once for each document (by identity, or by its text).
 *
 * @throws PolicyError with every unreadable place of the document.
 */
export function statementsOf(policy: NamedPolicy, kind: DocumentKind): readonly ReadStatement[] {
  const { statements, faults } = cached(policy.document, kind);
  const unreadable = faults.filter((fault) => fault.severity === "unreadable");
  if (unreadable.length > 0) throw new PolicyError(policy.name, unreadable);
  return statements;
}

const byIdentity = new WeakMap<PolicyDocument, Map<DocumentKind, ReadDocument>>();
const byText = new Map<string, Map<DocumentKind, ReadDocument>>();
const mostTexts = 5_000;

function cached(document: PolicyDocument | string, kind: DocumentKind): ReadDocument {
  let kinds = typeof document === "string" ? byText.get(document) : byIdentity.get(document);
  if (kinds === undefined) {
    kinds = new Map();
    if (typeof document === "string") {
      if (byText.size >= mostTexts) byText.clear();
      byText.set(document, kinds);
    } else {
      byIdentity.set(document, kinds);
    }
  }
  let done = kinds.get(kind);
  if (done === undefined) {
    done = read(document, kind);
    kinds.set(kind, done);
  }
  return done;
}

function read(given: PolicyDocument | string, kind: DocumentKind): ReadDocument {
  const faults = new FaultList();
  let document: unknown = given;
  if (typeof given === "string") {
    try {
      document = JSON.parse(given);
    } catch (error) {
      faults.add(
        "document",
        `the text is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      );
      return { statements: [], faults: faults.faults };
    }
  }
  if (!isObject(document)) {
    faults.add("document", "a policy document must be an object with Version and Statement");
    return { statements: [], faults: faults.faults };
  }
  for (const element of Object.keys(document)) {
    if (!["Version", "Id", "Statement"].includes(element))
      faults.add(element, `unknown element "${element}"`);
  }
  const { Version: version, Statement: statement } = document;
  if (version !== "2012-10-17" && version !== "2008-10-17") {
    faults.add("Version", `${JSON.stringify(version)} is not a version: use "2012-10-17"`);
  }
  const list: readonly unknown[] = Array.isArray(statement) ? statement : [statement];
  if (statement === undefined) faults.add("Statement", "the document has no statement: add one");
  else if (list.length === 0) faults.suspect("Statement", "the list is empty: the document says nothing"); // in 2008-10-17 AWS takes ${...} as plain text
  const expand = version === "2012-10-17";
  const sids = new Set<string>();
  const statements = (statement === undefined ? [] : list).map((entry, index) => {
    const at = `Statement[${index}]`;
    if (!isObject(entry)) {
      faults.add(at, "a statement must be an object");
      return undefined;
    }
    readSid(entry["Sid"], kind, `${at}.Sid`, sids, faults);
    return readStatement(entry, index, kind, at, expand, faults);
  });
  return { statements: statements.filter((s) => s !== undefined), faults: faults.faults };
}

function readSid(sid: unknown, kind: DocumentKind, at: string, sids: Set<string>, faults: FaultList): void {
  if (sid === undefined || sid === "") return;
  if (typeof sid !== "string") {
    faults.add(at, "a Sid must be a text");
  } else if (sids.has(sid)) {
    faults.add(at, `"${sid}" is the Sid of two statements: choose another`);
  } else if (kind !== "resource" && kind !== "key" && !/^[A-Za-z0-9]+$/.test(sid)) {
    faults.add(at, `"${sid}" is not a Sid: use letters and digits only`);
  } else {
    sids.add(sid);
  }
}

const elements = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];

function readStatement(
  entry: Readonly<Record<string, unknown>>,
  index: number,
  kind: DocumentKind,
  at: string,
  expand: boolean,
  faults: FaultList,
): ReadStatement | undefined {
  for (const element of Object.keys(entry)) {
    if (!elements.includes(element)) faults.add(`${at}.${element}`, `unknown element "${element}"`);
  }
  const effect = entry["Effect"];
  if (effect !== "Allow" && effect !== "Deny") {
    faults.add(`${at}.Effect`, `${JSON.stringify(effect)} is not an effect: use "Allow" or "Deny"`);
    return undefined;
  }
  const principal = readPrincipalElement(entry, effect, kind, at, faults);
  const action = readActionElement(entry, kind, at, faults);
  const resource = readResourceElement(entry, effect, kind, at, expand, faults);
  if (kind === "resource-control") checkResourceControl(entry, effect, at, faults);
  if (action !== undefined && resource !== undefined) checkResourceTypes(action, resource, faults);
  const tests = readCondition(entry["Condition"], `${at}.Condition`, expand, faults);
  if (action === undefined || resource === undefined) return undefined;
  const sid = entry["Sid"];
  return {
    effect,
    index,
    ...(typeof sid === "string" && sid !== "" ? { sid } : {}),
    coversAction: action.covers,
    coversResource: resource.covers,
    ...(principal === undefined ? {} : { principals: principal }),
    tests,
  };
}

/** Takes the one of `name` and `Not<name>` that the statement has; a fault when it is both or neither. */
function either(
  entry: Readonly<Record<string, unknown>>,
  name: string,
  at: string,
  faults: FaultList,
): { readonly value: unknown; readonly not: boolean; readonly place: string } | undefined {
  const [plain, not] = [entry[name], entry[`Not${name}`]];
  if ((plain === undefined) === (not === undefined)) {
    faults.add(at, `a statement needs either ${name} or Not${name}`);
    return undefined;
  }
  return plain === undefined
    ? { value: not, not: true, place: `${at}.Not${name}` }
    : { value: plain, not: false, place: `${at}.${name}` };
}

function readPrincipalElement(
  entry: Readonly<Record<string, unknown>>,
  effect: "Allow" | "Deny",
  kind: DocumentKind,
  at: string,
  faults: FaultList,
): ReadStatement["principals"] | undefined {
  if (kind === "identity" || kind === "boundary" || kind === "session" || kind === "service-control") {
    for (const element of ["Principal", "NotPrincipal"]) {
      if (entry[element] !== undefined) {
        faults.add(`${at}.${element}`, "a policy of this kind names no principal: leave the element out");
      }
    }
    return undefined;
  }
  const element = either(entry, "Principal", at, faults);
  if (element === undefined) return undefined;
  if (element.not && effect === "Allow") {
    faults.add(element.place, "NotPrincipal with Allow opens the resource to everybody else: use Principal");
  }
  if (element.not && (kind === "trust" || kind === "resource-control")) {
    faults.add(
      element.place,
      "a policy of this kind takes no NotPrincipal: use Principal with a condition on aws:PrincipalArn",
    );
  }
  return { entries: readPrincipals(element.value, element.place, faults), not: element.not };
}

interface ActionElement {
  readonly covers: (action: string) => boolean;
  /** The patterns, lower case, in the order of the element; none for NotAction. */
  readonly patterns: readonly string[];
}

function readActionElement(
  entry: Readonly<Record<string, unknown>>,
  kind: DocumentKind,
  at: string,
  faults: FaultList,
): ActionElement | undefined {
  const element = either(entry, "Action", at, faults);
  const texts = element && textList(element.value, element.place, faults);
  if (element === undefined || texts === undefined) return undefined;
  const patterns = texts.flatMap((text) => {
    if (text !== "*" && !/^[a-z0-9-]+:[a-z0-9*?]+$/i.test(text)) {
      faults.add(
        element.place,
        `"${text}" is not an action: use service:Action, in which * and ? may stand in the action`,
      );
      return [];
    }
    if (kind === "trust" && text !== "*" && !text.toLowerCase().startsWith("sts:")) {
      faults.add(element.place, `"${text}": a trust policy takes actions of sts only`);
    }
    checkActionName(text, element.place, faults);
    return [patternOf(text.toLowerCase())];
  });
  const covers = anyOf(patterns.map(matcher));
  return {
    covers: element.not ? (action) => !covers(action) : covers,
    patterns: element.not ? [] : patterns,
  };
}

function checkActionName(text: string, at: string, faults: FaultList): void {
  if (text === "*") return;
  const [service = "", name = ""] = text.toLowerCase().split(":");
  const known = actionsOf(service);
  if (known === undefined) {
    faults.suspect(at, `"${text}": the actions of the service "${service}" are not known here`);
  } else if (![...known.keys()].some(matcher(patternOf(name)))) {
    faults.suspect(at, `unknown action "${text}": check its spelling`);
  }
}

interface ResourceElement {
  readonly covers: (resource: string, context: Context) => boolean;
  /** The texts of a Resource element without variables; undefined when they cannot be told before a request. */
  readonly patterns: readonly string[] | undefined;
  readonly place: string;
}

function readResourceElement(
  entry: Readonly<Record<string, unknown>>,
  effect: "Allow" | "Deny",
  kind: DocumentKind,
  at: string,
  expand: boolean,
  faults: FaultList,
): ResourceElement | undefined {
  if (kind === "trust") {
    for (const name of ["Resource", "NotResource"]) {
      if (entry[name] !== undefined)
        faults.add(`${at}.${name}`, "a trust policy names no resource: leave the element out");
    }
    return { covers: () => true, patterns: undefined, place: at };
  }
  const element = either(entry, "Resource", at, faults);
  const texts = element && textList(element.value, element.place, faults);
  if (element === undefined || texts === undefined) return undefined;
  const templates = texts.flatMap((text) => {
    const made = template(text, true, expand);
    const fault = typeof made === "string" ? made : resourceFault(text);
    if (typeof made === "object" && fault === undefined) return [made];
    faults.add(element.place, fault ?? text);
    return [];
  });
  const constants = templates.flatMap((t) => (t.constant === undefined ? [] : [t.constant]));
  const covers = anyOf(constants.map(matcher));
  const open = templates.filter((t) => t.constant === undefined);
  const place = element.place;
  if (!element.not) {
    return {
      covers: (resource, context) =>
        covers(resource) ||
        open.some((t) => {
          const pattern = t.resolve(context);
          return pattern !== undefined && matches(pattern, resource);
        }),
      patterns: open.length === 0 ? constants : undefined,
      place,
    };
  }
  return {
    covers(resource, context) {
      if (covers(resource)) return false;
      for (const t of open) {
        const pattern = t.resolve(context);
        // what an unknown name excludes cannot be told: an Allow then excludes everything, a Deny nothing
        if (pattern === undefined ? effect === "Allow" : matches(pattern, resource)) return false;
      }
      return true;
    },
    patterns: undefined,
    place,
  };
}

/** What is wrong with an entry of a Resource element, if anything is. */
function resourceFault(text: string): string | undefined {
  if (text === "*") return undefined;
  // a variable's key holds a colon of its own
  const plain = text.replaceAll(/\$\{[^}]*\}/g, "*");
  const parts: readonly string[] = arnComponents(plain) ?? plain.split(":");
  const [arn, , service = "", , account = "", resource] = parts;
  // a final star may stand for the components that are left out
  if (arn !== "arn" || (resource === undefined && !text.endsWith("*"))) {
    return `"${text}" is not a resource: use "*" or an ARN, arn:partition:service:region:account:resource`;
  }
  if (resource !== undefined && /[*?]/.test(service))
    return `"${text}": the service of an ARN takes no wildcard`;
  if (!/^(\d{12}|aws|.*[*?].*|)$/.test(account))
    return `"${text}": "${account}" is not an account id of 12 digits`;
  return undefined;
}

function checkResourceControl(
  entry: Readonly<Record<string, unknown>>,
  effect: "Allow" | "Deny",
  at: string,
  faults: FaultList,
): void {
  const everything =
    entry["Action"] === "*" || (Array.isArray(entry["Action"]) && entry["Action"].includes("*"));
  // the one Allow is AWS's own RCPFullAWSAccess
  const managed =
    effect === "Allow" && everything && entry["Resource"] === "*" && entry["Condition"] === undefined;
  if (effect === "Allow" && !managed) faults.add(`${at}.Effect`, "a resource control policy only denies");
  if (effect === "Deny" && everything)
    faults.add(`${at}.Action`, 'a resource control policy takes no "*" as its action');
  if (entry["NotAction"] !== undefined)
    faults.add(`${at}.NotAction`, "a resource control policy takes no NotAction");
  if (entry["Principal"] !== undefined && entry["Principal"] !== "*") {
    faults.add(`${at}.Principal`, 'a resource control policy takes only "*" as its principal');
  }
}

/** An action that takes no resource is never covered by an ARN, and an ARN of another type covers it as little. */
function checkResourceTypes({ patterns }: ActionElement, resource: ResourceElement, faults: FaultList): void {
  const named = resource.patterns;
  if (named === undefined || named.includes(patternOf("*"))) return;
  for (const pattern of patterns) {
    const [service = "", name = ""] = pattern.split(":");
    const action = actionsOf(service)?.get(name);
    if (action?.resources.length === 0) {
      faults.suspect(resource.place, `${pattern} takes no resource: give it "*" in a statement of its own`);
    } else if (action !== undefined && !named.some((arn) => mayTakeResource(action, arn))) {
      faults.suspect(resource.place, `no resource of the list is of a type that ${pattern} takes`);
    }
  }
}

function anyOf(tests: readonly ((text: string) => boolean)[]): (text: string) => boolean {
  const [only] = tests;
  return tests.length === 1 && only !== undefined ? only : (text) => tests.some((test) => test(text));
}

function textList(value: unknown, at: string, faults: FaultList): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((v): v is string => typeof v === "string")) {
    faults.add(at, "the element needs a text or a list of texts");
    return undefined;
  }
  const marked = list.find(hasMarks);
  if (marked !== undefined)
    faults.add(at, `${JSON.stringify(marked)} holds a control character: take it out`);
  return list;
}
