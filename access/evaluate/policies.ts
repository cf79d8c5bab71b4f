import type { PolicyDocument } from "../document";

/** What a document is attached to; it decides which elements the document must and may have. */
export type DocumentKind =
  "identity" | "boundary" | "session" | "resource" | "trust" | "key" | "service-control" | "resource-control";

/** A document with the name that reasons and errors call it by. */
export interface NamedPolicy {
  /** For instance `AthenaGlueS3Access`, or the ARN of a managed policy. */
  readonly name: string;
  /** The document, or its JSON text as AWS returns it (not URL-encoded). */
  readonly document: PolicyDocument | string;
}

/** A KMS grant on the key that the request names. */
export interface KeyGrant {
  readonly id?: string;
  /** ARN of a user, role or role session, or of an account's root; or the name of an AWS service. */
  readonly grantee: string;
  /** KMS's names, for instance `Decrypt`, `GenerateDataKey`. */
  readonly operations: readonly string[];
  /** Compared with the request's `kms:EncryptionContext:<key>` keys. */
  readonly constraints?: {
    readonly encryptionContextSubset?: Readonly<Record<string, string>>;
    readonly encryptionContextEquals?: Readonly<Record<string, string>>;
  };
}

/** Every policy that applies to one request. What is absent does not apply (an empty list applies and allows nothing). */
export interface Policies {
  /** Inline and managed policies of the user or role, and those of the user's groups. */
  readonly identity?: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  /** The policies passed to AssumeRole. Several are a union: one of them must allow. */
  readonly session?: readonly NamedPolicy[];
  /** The resource's own policy: for `sts:` actions the role's trust policy, for `kms:` actions the key policy. */
  readonly resource?: NamedPolicy;
  /** KMS grants on the key. */
  readonly grants?: readonly KeyGrant[];
  /**
   * Service control policies of the caller's account, one list a level (root, each organizational unit, account): every
   * level must allow. Leave it out for accounts without an organization and for management accounts. Not applied to
   * AWS services and service-linked roles.
   */
  readonly serviceControl?: readonly (readonly NamedPolicy[])[];
  /** Resource control policies over the resource's account, of all levels. Leave it out for management accounts. */
  readonly resourceControl?: readonly NamedPolicy[];
}
