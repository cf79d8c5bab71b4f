/** Holds policies that were found to the matrix. */
import { rootArn } from "../arn";
import { type PolicyDocument, policyDocument } from "../document";
import {
  type AccessRequest,
  type Decision,
  decide,
  type NamedPolicy,
  type Policies,
  PolicyError,
} from "../evaluate";
import type { Check, Expectation, Matrix, RequestRow, SharingRow } from "../matrix";
import type { FoundDocument, FoundPolicies, FoundThing, Unplaced } from "./found";
import { surprisesAt, type Surprise } from "./nothing-else";
import { isRecord } from "./statements";

export type Outcome = "holds" | "fails" | "not proved";

/** One request of a row with the evaluator's answer, or why there is none. */
export interface ProvenCheck {
  readonly check: Check;
  readonly decision?: Decision;
  readonly unknown?: string;
}

export interface ProvenRow {
  readonly id: string;
  readonly expectation: Expectation;
  readonly outcome: Outcome;
  /** Why it does not hold; empty when it does. */
  readonly why: readonly string[];
  readonly checks: readonly ProvenCheck[];
}

export interface Proof {
  readonly rows: readonly ProvenRow[];
  /** What may hold policies and the matrix knows nothing of. */
  readonly unplaced: readonly Unplaced[];
  /** Whether every row holds and nothing is left unplaced. */
  readonly holds: boolean;
}

/**
 * Evaluates every row.
 *
 * A thing that was found and that the matrix does not speak of is unplaced: nobody said what it may do.
 */
export function prove(matrix: Matrix, found: FoundPolicies): Proof {
  const judge = new Judge(matrix, found);
  const rows = matrix.rows
    .filter((row) => row.kind !== "request" || row.expected !== "permitted")
    .map((row) => judge.row(row));
  const known = new Set(matrix.things.map(({ arn }) => arn));
  const unplaced = [
    ...found.unplaced,
    ...[...found.things.keys()]
      .filter((arn) => !known.has(arn))
      .map((arn) => ({ what: arn, reason: "the matrix does not say who may use it, or what it may do" })),
  ];
  return { rows, unplaced, holds: unplaced.length === 0 && rows.every(({ outcome }) => outcome === "holds") };
}

/** A document that cannot be judged. */
class Unknown extends Error {}

class Judge {
  readonly #matrix: Matrix;
  readonly #found: FoundPolicies;
  readonly #existing: ReadonlySet<string>;
  readonly #identities = new Map<FoundThing, NamedPolicy[]>();
  readonly #resources = new Map<FoundThing, NamedPolicy | undefined>();
  readonly #judged = new Map<RequestRow, ProvenRow>();
  readonly #everything = new Map<string, NamedPolicy>();

  constructor(matrix: Matrix, found: FoundPolicies) {
    this.#matrix = matrix;
    this.#found = found;
    this.#existing = new Set(matrix.things.filter(({ madeBy }) => madeBy === "others").map(({ arn }) => arn));
  }

  row(expectation: Expectation): ProvenRow {
    switch (expectation.kind) {
      case "request":
        return this.#requests(expectation);
      case "chain": {
        const hops = expectation.hops.map((hop) => this.#requests(hop));
        const unknown = hops.filter(({ outcome }) => outcome === "not proved");
        const closed = hops.filter(({ checks }) =>
          checks.some(({ decision }) => decision !== undefined && decision.decision !== "allowed"),
        );
        const checks = hops.flatMap((hop) => hop.checks);
        // A chain is closed when one hop is, whatever is unknown of the others.
        if (expectation.expected === "denied" && closed.length > 0)
          return result(expectation, "holds", [], checks);
        if (unknown.length > 0)
          return result(
            expectation,
            "not proved",
            unknown.flatMap(({ why }) => why),
            checks,
          );
        if (expectation.expected === "denied")
          return result(expectation, "fails", ["every hop is open"], checks);
        return closed.length === 0
          ? result(expectation, "holds", [], checks)
          : result(expectation, "fails", [`closed at ${closed.map(({ id }) => id).join(", ")}`], checks);
      }
      case "nothing else": {
        const thing = this.#found.things.get(expectation.at);
        if (thing === undefined || thing.unknown !== undefined)
          return result(expectation, "not proved", [
            thing?.unknown ?? `nothing was found of ${expectation.at}`,
          ]);
        return judged(expectation, surprisesAt(this.#matrix, expectation.at, thing));
      }
      case "sharing":
        return this.#sharing(expectation);
    }
  }

  #sharing(expectation: SharingRow): ProvenRow {
    const thing = this.#found.things.get(expectation.at);
    if (thing?.sharing === undefined)
      return result(expectation, "not proved", [thing?.unknown ?? `nothing was found of ${expectation.at}`]);
    const found = new Map<string, Set<string>>();
    for (const { principal, actions } of thing.sharing)
      found.set(principal, new Set([...(found.get(principal) ?? []), ...actions]));
    const judged = expectation.onlyWanted === true ? [] : [...found.keys()];
    const why = [...new Set([...expectation.wanted.keys(), ...judged])].flatMap((principal) => {
      const wanted = expectation.wanted.get(principal) ?? [];
      const has = found.get(principal) ?? new Set();
      const lacking = wanted.filter((action) => !has.has(action));
      const more = [...has].filter((action) => !wanted.includes(action));
      return [
        ...(lacking.length === 0 ? [] : [`${principal} lacks ${lacking.join(", ")}`]),
        ...(more.length === 0 ? [] : [`${principal} has ${more.join(", ")}`]),
      ];
    });
    return result(expectation, why.length === 0 ? "holds" : "fails", why);
  }

  #requests(expectation: RequestRow): ProvenRow {
    const known = this.#judged.get(expectation);
    if (known !== undefined) return known;
    const checks = expectation.checks.map((check): ProvenCheck => {
      try {
        return { check, decision: this.#decide(expectation, check) };
      } catch (thrown) {
        if (thrown instanceof Unknown) return { check, unknown: thrown.message };
        if (thrown instanceof PolicyError) return { check, unknown: thrown.message };
        throw thrown;
      }
    });
    const wrong = checks.filter(
      ({ decision }) =>
        decision !== undefined && (decision.decision === "allowed") !== (expectation.expected === "allowed"),
    );
    const unknown = checks.flatMap((check) => check.unknown ?? []);
    const judgement =
      wrong.length > 0
        ? result(
            expectation,
            "fails",
            wrong.map(
              ({ check, decision }) =>
                `${check.action} on ${check.resource} is ${decision?.decision === "allowed" ? "allowed" : "denied"}`,
            ),
            checks,
          )
        : unknown.length > 0
          ? result(expectation, "not proved", [...new Set(unknown)], checks)
          : result(expectation, "holds", [], checks);
    this.#judged.set(expectation, judgement);
    return judgement;
  }

  #decide({ by }: RequestRow, check: Check): Decision {
    const { caller } = by;
    const request: AccessRequest = {
      caller,
      action: check.action,
      resource: check.resource,
      resourceAccount: check.resourceAccount,
      context: check.context,
      organizationOf: this.#matrix.organizationOf,
    };
    const policies: Policies = {
      ...(by.policies === "found" && (caller.type === "role" || caller.type === "user")
        ? this.#ofCaller(caller.arn)
        : {}),
      ...(by.policies === "administrator" ? { identity: [ADMINISTRATOR] } : {}),
      ...(typeof by.policies === "object" ? this.#under(by.policies.under) : {}),
      ...this.#ofResource(request, check),
    };
    return decide(request, policies);
  }

  #ofCaller(arn: string): Policies {
    const thing = this.#thing(arn);
    let identity = this.#identities.get(thing);
    if (identity === undefined) {
      identity = (thing.identity ?? []).map(named);
      this.#identities.set(thing, identity);
    }
    return { identity, ...(thing.boundary === undefined ? {} : { boundary: named(thing.boundary) }) };
  }

  /** What an administrator may under a boundary. */
  #under(arn: string): Policies {
    const [boundary] = this.#thing(arn).identity ?? [];
    if (boundary === undefined) throw new Unknown(`no document of ${arn} was found`);
    return { identity: [ADMINISTRATOR], boundary: named(boundary) };
  }

  #ofResource({ caller, action, resource }: AccessRequest, { policies }: Check): Policies {
    if (policies === "none") return {};
    if (policies === "open") return { resource: this.#openTo(caller, action, resource) };
    if (this.#existing.has(policies.at) && !this.#found.things.has(policies.at)) return {};
    const thing = this.#thing(policies.at);
    if (action.startsWith("sts:"))
      return {
        resource: named(
          thing.trust ?? { name: policies.at, unknown: `no trust policy of ${policies.at} was found` },
        ),
      };
    let policy = this.#resources.get(thing);
    if (policy === undefined) {
      policy = joined(thing.resource ?? []);
      this.#resources.set(thing, policy);
    }
    return {
      ...(policy === undefined ? {} : { resource: policy }),
      ...(thing.grants === undefined ? {} : { grants: thing.grants }),
    };
  }

  #thing(arn: string): FoundThing {
    const thing = this.#found.things.get(arn);
    if (thing === undefined) throw new Unknown(`nothing was found of ${arn}`);
    if (thing.unknown !== undefined) throw new Unknown(thing.unknown);
    return thing;
  }

  /** A policy that lets in whom the caller's account lets call. */
  #openTo(caller: AccessRequest["caller"], action: string, resource: string): NamedPolicy {
    const account = caller.type === "role" || caller.type === "user" ? (caller.arn.split(":")[4] ?? "") : "";
    const region = resource.startsWith("arn:aws-cn:")
      ? "cn-"
      : resource.startsWith("arn:aws-us-gov:")
        ? "us-gov-"
        : "";
    const key = `${account} ${action} ${resource}`;
    let policy = this.#everything.get(key);
    if (policy === undefined) {
      policy = {
        name: "presumed",
        document: policyDocument({
          Effect: "Allow",
          Principal: { AWS: rootArn(region, account) },
          Action: action,
          ...(action.startsWith("sts:") ? {} : { Resource: resource }),
        }),
      };
      this.#everything.set(key, policy);
    }
    return policy;
  }
}

const ADMINISTRATOR: NamedPolicy = {
  name: "AdministratorAccess",
  document: policyDocument({ Effect: "Allow", Action: "*", Resource: "*" }),
};

function named(found: FoundDocument): NamedPolicy {
  if ("unknown" in found) throw new Unknown(`${found.name}: ${found.unknown}`);
  return found;
}

/** One policy of several, with the statements of all. */
function joined(documents: readonly FoundDocument[]): NamedPolicy | undefined {
  const all = documents.map(named);
  const [only] = all;
  if (all.length <= 1) return only;
  const parsed = all.map(({ name, document }): unknown => {
    try {
      return typeof document === "string" ? JSON.parse(document) : document;
    } catch {
      throw new Unknown(`${name}: the text is not JSON`);
    }
  });
  const statements = parsed.flatMap(
    (document) => (isRecord(document) ? document.Statement : undefined) as PolicyDocument["Statement"],
  );
  return {
    name: all.map(({ name }) => name).join(" + "),
    document: { Version: "2012-10-17", Statement: statements },
  };
}

function judged(expectation: Expectation, surprises: readonly Surprise[]): ProvenRow {
  const unknown = surprises.filter(({ unknown: isUnknown }) => isUnknown);
  const why = surprises.map(({ words }) => words);
  if (surprises.length === 0) return result(expectation, "holds", []);
  return result(expectation, unknown.length === surprises.length ? "not proved" : "fails", why);
}

function result(
  expectation: Expectation,
  outcome: Outcome,
  why: readonly string[],
  checks: readonly ProvenCheck[] = [],
): ProvenRow {
  return { id: expectation.id, expectation, outcome, why, checks };
}
