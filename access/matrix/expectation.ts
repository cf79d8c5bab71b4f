/** What an expectation is made of, and the few words in which the others are written. */
import { rootArn } from "../arn";
import { actionsOf, takesResource } from "../evaluate/service-table";
import type { Caller, ContextKeys } from "../evaluate";

/**
 * Whose policies speak for the caller: those found at its own role, those of an administrator that its account is
 * presumed to make it (the worst case of an outsider), the same under the boundary that was found, or none (services,
 * everybody on the internet).
 */
export type CallersPolicies = "found" | "administrator" | { readonly under: string } | "none";

/** Somebody who makes requests. */
export interface Party {
  readonly words: string;
  readonly caller: Caller;
  readonly policies: CallersPolicies;
}

/**
 * Whose policies speak for the resource: those found at the thing with this ARN, those of a thing that is presumed
 * to let in whom the caller's account lets call, or none (the service has no such policies).
 */
export type ResourcesPolicies = { readonly at: string } | "open" | "none";

/** How far statements may reach that allow a check: `nothing-else` rows hold what was found to it. */
export interface Bound {
  /** ARN patterns. */
  readonly resources: readonly string[];
  /** What the resource's own policy calls it, where that is something else. */
  readonly ownResources?: readonly string[];
  /** What an identity's statement has to be bounded by: lower-case context key -> value patterns. */
  readonly identity: Readonly<Record<string, readonly string[]>>;
  /** The entries of `Principal` in the resource's own policy. */
  readonly principals: readonly string[];
  /** What a statement of the resource's own policy has to be bounded by, unless it names the very caller. */
  readonly resource: Readonly<Record<string, readonly string[]>>;
}

/** One request to the evaluator. */
export interface Check {
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: string;
  readonly context: ContextKeys;
  readonly policies: ResourcesPolicies;
  readonly bound: Bound;
}

interface Row {
  /** Stable: the same words for the same idea, whatever the configuration. */
  readonly id: string;
  readonly says: string;
  /** Requirements and decisions. */
  readonly proves: readonly string[];
}

/**
 * Requests with the answer they must get: all are allowed, or none is. A call on several resources is several checks.
 *
 * `permitted`: what another stack may or may not grant. It is not judged, and no surprise where it is found.
 */
export interface RequestRow extends Row {
  readonly kind: "request";
  readonly expected: "allowed" | "denied" | "permitted";
  readonly by: Party;
  readonly checks: readonly Check[];
}

/** The Allow statements found at a thing reach no further than the allowed requests' bounds. */
export interface NothingElseRow extends Row {
  readonly kind: "nothing else";
  /** The thing's ARN. */
  readonly at: string;
}

/** Request rows in a row: a chain is open when every hop is allowed, and closed when one is not. */
export interface ChainRow extends Row {
  readonly kind: "chain";
  readonly expected: "allowed" | "denied";
  readonly hops: readonly RequestRow[];
}

/** Whom Quick shares a data source or dataset with, or Lake Formation grants a table to, and nobody else. */
export interface SharingRow extends Row {
  readonly kind: "sharing";
  /** The thing's ARN. */
  readonly at: string;
  /** Principal -> actions. */
  readonly wanted: ReadonlyMap<string, readonly string[]>;
  /** Others than these are not judged. */
  readonly onlyWanted?: true;
}

export type Expectation = RequestRow | NothingElseRow | ChainRow | SharingRow;

/** Something that carries policies, which the matrix speaks about. */
export interface Thing {
  readonly kind:
    | "role"
    | "user"
    | "boundary"
    | "bucket"
    | "function"
    | "key"
    | "glue catalog"
    | "topic"
    | "data source"
    | "dataset"
    | "lake grants";
  readonly arn: string;
  readonly account: string;
  readonly words: string;
  /** Who makes it. What was there before may have any policies, and none that are known need deny. */
  readonly madeBy: "environment" | "spoke" | "others";
}

/** The complete list of who must and who must not. */
export interface Matrix {
  readonly things: readonly Thing[];
  readonly rows: readonly Expectation[];
  /** Account -> its organization. */
  readonly organizationOf: (account: string) => string | undefined;
}

/** Writes the rows of one part of the matrix: all begin with `prefix`. */
export function rowWriter(prefix: string, proves: readonly string[]) {
  const row =
    (expected: RequestRow["expected"]) =>
    (
      id: string,
      by: Party,
      does: string,
      checks: readonly Check[] | Check,
      more: readonly string[] = [],
    ): RequestRow => ({
      kind: "request",
      id: `${prefix}/${id}`,
      says: `${by.words} ${expected === "denied" ? "may not" : "may"} ${does}`,
      proves: [...proves, ...more],
      expected,
      by,
      checks: Array.isArray(checks) ? (checks as readonly Check[]) : [checks as Check],
    });
  return {
    may: row("allowed"),
    mayNot: row("denied"),
    /** What another stack decides. */
    mightDo: row("permitted"),
    nothingElse: (thing: Thing): NothingElseRow => ({
      kind: "nothing else",
      id: `${prefix}/nothing-else`,
      says: `${thing.words} allows nothing else`,
      proves,
      at: thing.arn,
    }),
  };
}

/** What is said of requests beside action and resource. */
export interface Circumstances {
  readonly resourceAccount: string;
  readonly policies?: ResourcesPolicies;
  readonly context?: ContextKeys;
  readonly bound?: Partial<Bound>;
}

/**
 * The requests that the actions make on the resources, over TLS and to the Region: each action on each resource that it
 * takes, or on `*`.
 *
 * @throws Error when an action would ask for nothing.
 */
export function requests(
  region: string,
  actions: readonly string[],
  resources: readonly string[],
  { resourceAccount, policies = "none", context = {}, bound = {} }: Circumstances,
): Check[] {
  const given = { "aws:SecureTransport": "true", "aws:RequestedRegion": region, ...context };
  const { identity = {}, principals = [], resource = {} } = bound;
  return actions.flatMap((action) => {
    const [service = "", name = ""] = action.toLowerCase().split(":");
    const known = actionsOf(service)?.get(name);
    if (known === undefined) throw new Error(`unknown action ${action}`);
    const taken =
      known.resources.length === 0 ? ["*"] : resources.filter((each) => takesResource(known, each));
    if (taken.length === 0) throw new Error(`${action} takes none of ${resources.join(", ")}`);
    return taken.map((each) => ({
      action,
      resource: each,
      resourceAccount,
      policies,
      context: given,
      bound: {
        resources: each === "*" ? taken : (bound.resources ?? [each]),
        identity,
        principals,
        resource,
        ...(bound.ownResources === undefined ? {} : { ownResources: bound.ownResources }),
      },
    }));
  });
}

/** A role or user whose own policies were found. */
export function role(words: string, arn: string): Party {
  return { words, caller: callerAt(arn), policies: "found" };
}

/** A role or user that its own account lets do everything. */
export function administrator(words: string, arn: string): Party {
  return { words, caller: callerAt(arn), policies: "administrator" };
}

function callerAt(arn: string): Caller {
  return arn.includes(":user/") ? { type: "user", arn } : { type: "role", arn, session: "proof" };
}

/** The root user of an account. */
export function rootUser(words: string, account: string): Party {
  return { words, caller: { type: "root", account }, policies: "none" };
}

export function service(name: string): Party {
  return { words: `the service ${name}`, caller: { type: "service", name }, policies: "none" };
}

export const anybody: Party = {
  words: "somebody without credentials",
  caller: { type: "anonymous" },
  policies: "none",
};

/** In place of a value: that the key has none, as the operator Null asks for. */
export const ABSENT = "(absent)";

/** The forms in which a `Principal` names an account. */
export function accountPrincipals(region: string, account: string): string[] {
  return [rootArn(region, account), account];
}
