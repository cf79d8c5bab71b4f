import { expect } from "chai";
import fc from "fast-check";
import type { PolicyDocument, Statement } from "../../../access/document";
import { type Decision, type NamedPolicy, type Policies, decide } from "../../../access/evaluate";
import { type Case, randomCase } from "./random-case";

const runs = { numRuns: 1_500 };
const cases = fc.nat(2 ** 31 - 1).map(randomCase);

/** Every way to change one document of the policies by the function given; undefined leaves the document alone. */
function variants(
  { policies }: Case,
  change: (d: PolicyDocument, kind: string) => readonly PolicyDocument[],
): Policies[] {
  const of = (policy: NamedPolicy, kind: string): NamedPolicy[] =>
    typeof policy.document === "string"
      ? []
      : change(policy.document, kind).map((document) => ({ ...policy, document }));
  const inList = (list: readonly NamedPolicy[], kind: string): NamedPolicy[][] =>
    list.flatMap((policy, i) => of(policy, kind).map((changed) => list.with(i, changed)));
  const { identity, boundary, session, resource, serviceControl, resourceControl } = policies;
  return [
    ...inList(identity ?? [], "identity").map((list) => ({ ...policies, identity: list })),
    ...(boundary === undefined
      ? []
      : of(boundary, "boundary").map((one) => ({ ...policies, boundary: one }))),
    ...inList(session ?? [], "session").map((list) => ({ ...policies, session: list })),
    ...(resource === undefined
      ? []
      : of(resource, "resource").map((one) => ({ ...policies, resource: one }))),
    ...(serviceControl ?? []).flatMap((level, i) =>
      inList(level, "scp").map((list) => ({
        ...policies,
        serviceControl: (serviceControl ?? []).with(i, list),
      })),
    ),
    ...inList(resourceControl ?? [], "rcp").map((list) => ({ ...policies, resourceControl: list })),
  ];
}

const allowed = ({ request }: Case, policies: Policies): boolean =>
  decide(request, policies).decision === "allowed";

/** Each document with one statement less, where that statement has the effect. */
function without(effect: Statement["Effect"]) {
  return (document: PolicyDocument): PolicyDocument[] =>
    document.Statement.flatMap((statement, i) =>
      statement.Effect === effect ? [{ ...document, Statement: document.Statement.toSpliced(i, 1) }] : [],
    );
}

function adding(effect: Statement["Effect"]) {
  return (document: PolicyDocument, kind: string): PolicyDocument[] => {
    if (kind === "rcp" && effect === "Allow") return [];
    const principal = kind === "resource" || kind === "rcp" ? { Principal: "*" as const } : {};
    const trust =
      kind === "resource" &&
      document.Statement.every((s) => s.Resource === undefined && s.NotResource === undefined);
    const actions = kind === "rcp" ? ["s3:*", "sts:*", "kms:*", "glue:*", "lambda:*"] : "*";
    const added: Statement = {
      Effect: effect,
      ...principal,
      Action: actions,
      ...(trust ? {} : { Resource: "*" }),
    };
    return [{ ...document, Statement: [...document.Statement, added] }];
  };
}

/** The kinds whose Deny binds every caller of a random case; of the control policies it depends. */
function bindsEverybody(policies: Policies, original: Policies): boolean {
  return (
    policies.serviceControl === original.serviceControl &&
    policies.resourceControl === original.resourceControl
  );
}

describe("decide: properties", () => {
  it("a Deny that covers everything always wins", () => {
    fc.assert(
      fc.property(cases, (one) => {
        for (const policies of variants(one, adding("Deny"))) {
          if (!bindsEverybody(policies, one.policies)) continue;
          expect(decide(one.request, policies).decision).to.equal("explicit-deny");
        }
      }),
      runs,
    );
  });

  it("adding an Allow never takes access away", () => {
    fc.assert(
      fc.property(cases, (one) => {
        fc.pre(allowed(one, one.policies));
        for (const policies of variants(one, adding("Allow"))) expect(allowed(one, policies)).to.equal(true);
      }),
      runs,
    );
  });

  it("removing an Allow never gives access", () => {
    fc.assert(
      fc.property(cases, (one) => {
        fc.pre(!allowed(one, one.policies));
        for (const policies of variants(one, without("Allow")))
          expect(allowed(one, policies)).to.equal(false);
      }),
      runs,
    );
  });

  it("removing a Deny never takes access away", () => {
    fc.assert(
      fc.property(cases, (one) => {
        fc.pre(allowed(one, one.policies));
        for (const policies of variants(one, without("Deny"))) expect(allowed(one, policies)).to.equal(true);
      }),
      runs,
    );
  });

  it("a boundary, a session policy or service control policies never give access", () => {
    fc.assert(
      fc.property(cases, (one) => {
        fc.pre(allowed(one, one.policies));
        const { identity, resource } = one.policies;
        const bare = { ...(identity && { identity }), ...(resource && { resource }) };
        expect(allowed(one, bare)).to.equal(true);
      }),
      runs,
    );
  });

  it("across accounts nothing is allowed without the resource's own policy", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { caller, resourceAccount } = one.request;
        const account =
          caller.type === "user" || caller.type === "role" ? caller.arn.split(":")[4] : undefined;
        fc.pre(account !== resourceAccount && caller.type !== "root");
        const rest = Object.fromEntries(Object.entries(one.policies).filter(([kind]) => kind !== "resource"));
        expect(allowed(one, rest)).to.equal(false);
      }),
      runs,
    );
  });

  it("a decision does not depend on the order of statements", () => {
    const reversed = ({ name, document }: NamedPolicy): NamedPolicy =>
      typeof document === "string"
        ? { name, document }
        : { name, document: { ...document, Statement: document.Statement.toReversed() } };
    fc.assert(
      fc.property(cases, (one) => {
        const { identity, boundary, session, resource, serviceControl, resourceControl } = one.policies;
        const turned: Policies = {
          ...(identity && { identity: identity.map(reversed).toReversed() }),
          ...(boundary && { boundary: reversed(boundary) }),
          ...(session && { session: session.map(reversed) }),
          ...(resource && { resource: reversed(resource) }),
          ...(serviceControl && { serviceControl: serviceControl.map((level) => level.map(reversed)) }),
          ...(resourceControl && { resourceControl: resourceControl.map(reversed) }),
        };
        const types = ({ because }: Decision): string[] => because.map((r) => r.type).sort();
        const [decided, again] = [decide(one.request, one.policies), decide(one.request, turned)];
        expect([again.decision, types(again)]).to.deep.equal([decided.decision, types(decided)]);
      }),
      runs,
    );
  });

  it("a document's text decides as the document does, however often it is asked", () => {
    const asText = ({ name, document }: NamedPolicy): NamedPolicy => ({
      name,
      document: JSON.stringify(document),
    });
    fc.assert(
      fc.property(cases, (one) => {
        const { identity, resource } = one.policies;
        const texts = {
          ...one.policies,
          ...(identity && { identity: identity.map(asText) }),
          ...(resource && { resource: asText(resource) }),
        };
        const decided = decide(one.request, one.policies);
        expect(decide(one.request, texts)).to.deep.equal(decided);
        expect(decide(one.request, texts)).to.deep.equal(decided);
      }),
      runs,
    );
  });
});
