/**
 * The shape of an AWS policy document, and how this project writes one.
 *
 * Documents are built from plain strings only, so that the whole text is known in `pulumi preview`.
 * Every document says `2012-10-17` (decision C14).
 */

/** Who a statement is about: everybody, accounts, users and roles, or AWS services. */
export type Principal =
  "*" | { readonly AWS?: string | readonly string[]; readonly Service?: string | readonly string[] };

/** Operator -> condition key -> value or values, as in a policy document. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One statement of a policy document. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Principal;
  readonly NotPrincipal?: Principal;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Condition;
}

/** A policy document: of an identity, a resource, a trust, a boundary or a session. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** Makes a document of the statements given; `undefined` entries (statements that a choice left out) are dropped. */
export function policyDocument(...statements: readonly (Statement | undefined)[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements.filter((s) => s !== undefined) };
}

/** The document as the text that AWS stores: without white space, which IAM does not count anyway. */
export function policyText(document: PolicyDocument): string {
  return JSON.stringify(document);
}
