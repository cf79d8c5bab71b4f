/** Which properties of which resources hold policy documents, and of what kind. */
import type { DocumentKind } from "../../access/evaluate/policies";
import type { Resource } from "../frame/resource";
import { type DocumentStatement, statementsAt } from "./document";
import { types } from "./types";

/** A place in a resource where a policy document stands. */
export interface DocumentPlace {
  readonly path: string;
  readonly kind: DocumentKind;
}

const PLACES: Readonly<Record<string, readonly DocumentPlace[]>> = {
  [types.role]: [{ path: "assumeRolePolicy", kind: "trust" }],
  [types.rolePolicy]: [{ path: "policy", kind: "identity" }],
  [types.managedPolicy]: [{ path: "policy", kind: "identity" }],
  [types.userPolicy]: [{ path: "policy", kind: "identity" }],
  [types.groupPolicy]: [{ path: "policy", kind: "identity" }],
  [types.bucketPolicy]: [{ path: "policy", kind: "resource" }],
  [types.bucket]: [{ path: "policy", kind: "resource" }],
  [types.gluePolicy]: [{ path: "policy", kind: "resource" }],
  [types.secretPolicy]: [{ path: "policy", kind: "resource" }],
  [types.tablePolicy]: [{ path: "policy", kind: "resource" }],
  [types.key]: [{ path: "policy", kind: "key" }],
  [types.keyPolicy]: [{ path: "policy", kind: "key" }],
};

/** Types of the resources that hold documents of these kinds. */
export function typesHolding(...kinds: readonly DocumentKind[]): string[] {
  return Object.entries(PLACES)
    .filter(([type, places]) => places.some(({ kind }) => kinds.includes(kind)) || inlineIn(type, kinds))
    .map(([type]) => type);
}

/** A role's own list of policies is one more place of identity documents. */
function inlineIn(type: string, kinds: readonly DocumentKind[]): boolean {
  return type === types.role && kinds.includes("identity");
}

/** The places in a resource where documents of these kinds stand, given or not. */
export function documentPlaces(
  { type, inputs }: Pick<Resource, "type" | "inputs">,
  ...kinds: readonly DocumentKind[]
): readonly DocumentPlace[] {
  const places = (PLACES[type] ?? []).filter(({ kind }) => kinds.includes(kind));
  if (!inlineIn(type, kinds)) return places;
  const inline = inputs.each("inlinePolicies").map((_, index) => ({
    path: `inlinePolicies.${index}.policy`,
    kind: "identity" as const,
  }));
  return [...places, ...inline];
}

/** The statements of a resource's documents of these kinds. */
export function statementsIn(
  resource: Pick<Resource, "type" | "inputs">,
  ...kinds: readonly DocumentKind[]
): readonly DocumentStatement[] {
  return documentPlaces(resource, ...kinds).flatMap(({ path }) => statementsAt(resource.inputs, path));
}
