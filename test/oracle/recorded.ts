/** Compares decisions that the sandbox's gateway made, as it recorded them, with the oracle's. */
import type { PolicyDocument } from "../../access/document";
import type { NamedPolicy, Policies } from "../../access/evaluate";
import type { RecordedDecision } from "../../sandbox/gateway/decision-record";
import { organizationOf } from "../../sandbox/world";
import { accountOf, type Case } from "../access/evaluate/random-case";
import { oracleDecides } from "./oracle";
import { settledBy } from "./settled";

/** How the decisions compare. */
export interface Comparison {
  /** How many the oracle decides alike. */
  readonly agreed: number;
  /** Kind of a known difference -> how many decisions it explains. */
  readonly known: Readonly<Record<string, number>>;
  /** The others, a line each. */
  readonly unknown: readonly string[];
}

/** @throws Error when the oracle finds a case unsound */
export async function compareRecorded(decisions: readonly RecordedDecision[]): Promise<Comparison> {
  let agreed = 0;
  const known: Record<string, number> = {};
  const unknown: string[] = [];
  for (const recorded of decisions) {
    const one = caseOf(recorded);
    const ours = recorded.decision.decision;
    const theirs = await oracleDecides(one);
    if (theirs === ours) {
      agreed++;
      continue;
    }
    const settled = (await settledBy(one, ours))?.join(" + ");
    if (settled !== undefined) known[settled] = (known[settled] ?? 0) + 1;
    else {
      const { caller, action, resource } = one.request;
      const because = recorded.decision.because.map(({ type }) => type).join(", ");
      unknown.push(
        `${JSON.stringify(caller)} ${action} on ${resource}: ours ${ours} (${because}), the oracle's ${theirs}`,
      );
    }
  }
  return { agreed, known, unknown };
}

/** The decision as a case: with the owner written out, documents parsed, and the world's organizations. */
function caseOf({ request, policies }: RecordedDecision): Case {
  const stated = request.resourceAccount ?? request.resource.split(":")[4];
  const owner = stated !== undefined && /^\d{12}$/.test(stated) ? stated : accountOf(request.caller);
  return {
    request: {
      ...request,
      ...(owner === undefined ? {} : { resourceAccount: owner }),
      organizationOf,
    },
    policies: parsed(policies),
  };
}

function parsed({ identity, boundary, session, resource, grants }: Policies): Policies {
  return {
    ...(identity && { identity: identity.map(asObject) }),
    ...(boundary && { boundary: asObject(boundary) }),
    ...(session && { session: session.map(asObject) }),
    ...(resource && { resource: asObject(resource) }),
    ...(grants && { grants }),
  };
}

function asObject({ name, document }: NamedPolicy): NamedPolicy {
  return {
    name,
    document: typeof document === "string" ? (JSON.parse(document) as PolicyDocument) : document,
  };
}
