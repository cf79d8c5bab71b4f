/** Requests made up around a document, to see whether two versions of it ever decide differently. */
import fc from "fast-check";
import { actionsOf, conditionKey, takesResource } from "../../access/evaluate/service-table";
import {
  type AccessRequest,
  type ContextKeys,
  decide,
  type NamedPolicy,
  type Policies,
} from "../../access/evaluate";
import type { FoundPolicies, FoundThing } from "../../access/proof";
import { conditionsOf, listOf, rawStatements } from "../../access/proof/statements";
import type { Mutant } from "./mutants";

/** What requests are made up in: accounts from which they come, and their organizations. */
export interface Surroundings {
  readonly accounts: readonly string[];
  readonly organizationOf: (account: string) => string | undefined;
}

/** The first request that the mutant decides otherwise than the original; undefined when there is none among them. */
export function firstDifference(
  original: FoundPolicies,
  mutant: Mutant,
  { accounts, organizationOf }: Surroundings,
  count: number,
): AccessRequest | undefined {
  const before = original.things.get(mutant.arn);
  const after = mutant.found.things.get(mutant.arn);
  if (before === undefined || after === undefined) throw new Error(`nothing is known of ${mutant.arn}`);
  const requests = fc
    .sample(arbitraryRequest(mutant.arn, before, accounts), { numRuns: count, seed: 20_240_229 })
    .map((request): AccessRequest => ({ ...request, organizationOf }));
  return requests.find(
    (request) =>
      decide(request, policiesFor(request, before)).decision !==
      decide(request, policiesFor(request, after)).decision,
  );
}

const named = (each: NonNullable<FoundThing["identity"]>[number]): NamedPolicy => {
  if (!("document" in each)) throw new Error(`${each.name} cannot be read`);
  return each;
};

const ADMINISTRATOR: NamedPolicy = {
  name: "AdministratorAccess",
  document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
};

/** A role's requests go to things that let its account in; a bucket's come from administrators of their accounts. */
function policiesFor({ caller, action, resource }: AccessRequest, thing: FoundThing): Policies {
  const account = "arn" in caller ? (caller.arn.split(":")[4] ?? "") : "";
  if (thing.identity === undefined) return { identity: [ADMINISTRATOR], ...onlyOf(thing.resource) };
  if (action.startsWith("iam:")) return { identity: thing.identity.map(named) };
  const open: NamedPolicy = {
    name: "open",
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: account },
          Action: action,
          ...(action.startsWith("sts:") ? {} : { Resource: resource }),
        },
      ],
    },
  };
  return { identity: thing.identity.map(named), resource: open };
}

function onlyOf(documents: FoundThing["resource"]): Pick<Policies, "resource"> {
  const [only] = documents ?? [];
  return only === undefined ? {} : { resource: named(only) };
}

/** What a key may have, near the values that documents name for it. */
function valueOf(
  key: string,
  values: readonly string[],
  text: fc.Arbitrary<string>,
): fc.Arbitrary<string | string[]> {
  const known = conditionKey(key);
  if (known?.type === "Bool") return fc.constantFrom("true", "false");
  if (known?.type === "Date")
    return fc.constantFrom(...values, "2000-01-01T00:00:00Z", "2999-12-31T00:00:00Z");
  const one = fc.oneof(
    fc.constantFrom(...values.map((value) => value.replaceAll("*", "x"))),
    text,
    fc.constantFrom("us-east-1", "eu-west-1"),
  );
  return known?.many === true ? fc.array(one, { maxLength: 2 }) : one;
}

function arbitraryRequest(
  arn: string,
  thing: FoundThing,
  accounts: readonly string[],
): fc.Arbitrary<AccessRequest> {
  const statements = [...(thing.identity ?? []), ...(thing.resource ?? [])].flatMap((each) =>
    rawStatements(named(each).document),
  );
  const services = [
    ...new Set(
      statements.flatMap(({ Action }) => listOf(Action)).map((action) => action.split(":")[0] ?? ""),
    ),
  ];
  const mentioned = statements
    .flatMap(({ Action }) => listOf(Action))
    .filter((action) => !action.includes("*"));
  const known = services.flatMap((service) =>
    [...(actionsOf(service)?.keys() ?? [])].map((name) => `${service}:${name}`),
  );
  // A bucket's policy is asked about the bucket and its objects, and about nothing else.
  const isBucket = thing.identity === undefined;
  const resources = isBucket
    ? [arn, `${arn}/*`]
    : [...new Set(statements.flatMap(({ Resource }) => listOf(Resource)))].filter((each) => each !== "*");
  const conditions = statements.flatMap(({ Condition }) => conditionsOf(Condition));
  const contextOf = new Map<string, string[]>();
  for (const { key, values } of conditions)
    if (!key.startsWith("aws:principal") && !key.startsWith("aws:resource"))
      contextOf.set(key, [...(contextOf.get(key) ?? []), ...values]);
  const text = fc.constantFrom("", "x", "default", "any/object", "elsewhere/1", "orders/2024/part-0");
  const filled = fc
    .tuple(
      fc.constantFrom(...resources),
      text,
      isBucket ? fc.constant("") : fc.constantFrom("", "", "x"),
      fc.constantFrom(...accounts),
    )
    .map(([pattern, fill, tail, account]) => {
      const parts = pattern.split(":");
      // A wildcard in place of the account reaches over accounts only in what exists.
      const owned = [...parts.slice(0, 4), parts[4] === "*" ? account : parts[4], ...parts.slice(5)].join(
        ":",
      );
      return owned.replaceAll("*", fill) + tail;
    });
  const context = fc.record(
    Object.fromEntries([...contextOf].map(([key, values]) => [key, valueOf(key, values, text)])),
    { requiredKeys: [] },
  );
  // A boundary decides like the policy of a role that has no other.
  const caller = isBucket
    ? fc.constantFrom(...accounts).map((account) => `arn:aws:iam::${account}:role/Administrator`)
    : fc.constant(arn.replace(/:policy\/.*/, ":role/bounded"));
  return fc
    .record({
      caller,
      action: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...(mentioned.length > 0 ? mentioned : known)) },
        fc.constantFrom(...known),
      ),
      resource: filled,
      account: fc.constantFrom(...accounts),
      context,
    })
    .map(({ caller: role, action, resource, account, context: given }): AccessRequest | undefined => {
      const [service = "", name = ""] = action.toLowerCase().split(":");
      const taken = actionsOf(service)?.get(name);
      if (taken === undefined) return undefined;
      const request = {
        caller: { type: role.includes(":user/") ? "user" : "role", arn: role } as const,
        action,
        context: given as ContextKeys,
      };
      if (taken.resources.length === 0 && isBucket) return undefined;
      if (taken.resources.length === 0) return { ...request, resource: "*", resourceAccount: account };
      if (!takesResource(taken, resource)) return undefined;
      // Names of buckets are nobody else's while they are taken, and all of these are; what is AWS's own names no account.
      const stated = resource.split(":")[4] ?? "";
      const owner = /^\d{12}$/.test(stated) ? stated : (accounts[0] ?? account);
      return { ...request, resource, resourceAccount: owner };
    })
    .filter((request) => request !== undefined);
}
