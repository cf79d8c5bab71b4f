/** Policies as they were found somewhere: in a plan, in a stack's state, in an account. */
import type { PolicyDocument } from "../document";
import type { KeyGrant } from "../evaluate";
import type { QuickPermission } from "../quick";

/** A document, or why nothing can be said of it. */
export type FoundDocument =
  | { readonly name: string; readonly document: PolicyDocument | string }
  | { readonly name: string; readonly unknown: string };

/** All policies of one thing: a role, a bucket, a function, a key, a Glue catalog, a data source or dataset, a table's grants. */
export interface FoundThing {
  /** Who may assume the role. */
  readonly trust?: FoundDocument;
  /** What the role may do, inline and attached. */
  readonly identity?: readonly FoundDocument[];
  readonly boundary?: FoundDocument;
  /** The resource's own policy; where it is made statement by statement (functions), each is a document. */
  readonly resource?: readonly FoundDocument[];
  /** Grants on a key. */
  readonly grants?: readonly KeyGrant[];
  /** Whom Quick shares a data source or dataset with, or Lake Formation grants what. */
  readonly sharing?: readonly QuickPermission[];
  /** Why nothing can be said of the thing at all. */
  readonly unknown?: string;
}

/** Something that may hold policies and cannot be placed: nobody knows whom it lets do what. */
export interface Unplaced {
  /** What and where, in words: `aws:iam/userPolicy:UserPolicy "x"`. */
  readonly what: string;
  readonly reason: string;
}

export interface FoundPolicies {
  /** ARN -> what was found there. A thing that is not in it was not found. */
  readonly things: ReadonlyMap<string, FoundThing>;
  readonly unplaced: readonly Unplaced[];
}

/** Puts what several stacks say of the same things together; `later` adds to what `earlier` says. */
export function combined(...parts: readonly FoundPolicies[]): FoundPolicies {
  const things = new Map<string, FoundThing>();
  for (const part of parts)
    for (const [arn, thing] of part.things) {
      const known = things.get(arn);
      things.set(arn, known === undefined ? thing : merged(known, thing));
    }
  return { things, unplaced: parts.flatMap(({ unplaced }) => unplaced) };
}

function merged(one: FoundThing, other: FoundThing): FoundThing {
  const lists = <Key extends "identity" | "resource" | "grants" | "sharing">(key: Key) =>
    one[key] === undefined && other[key] === undefined
      ? {}
      : { [key]: [...(one[key] ?? []), ...(other[key] ?? [])] };
  return {
    ...one,
    ...other,
    ...lists("identity"),
    ...lists("resource"),
    ...lists("grants"),
    ...lists("sharing"),
  };
}
