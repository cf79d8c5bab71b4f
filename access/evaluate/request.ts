/** Tag key -> value. */
export type Tags = Readonly<Record<string, string>>;

/** Context key -> value or values, as the service puts them into the request. Keys are case-insensitive. */
export type ContextKeys = Readonly<Record<string, string | readonly string[]>>;

/** Who makes a request. */
export type Caller =
  | {
      readonly type: "user";
      /** `arn:aws:iam::<account>:user/<path/><name>` */
      readonly arn: string;
      /** The unique id (AIDA...); without it the key `aws:userid` is absent. */
      readonly id?: string;
      readonly tags?: Tags;
    }
  | {
      readonly type: "role";
      /** The role's ARN with its path, not the session's: `arn:aws:iam::<account>:role/<path/><name>`. */
      readonly arn: string;
      /** The session's name; without it the caller is a session that no policy names. */
      readonly session?: string;
      /** The role's unique id (AROA...); without it, or without a session name, the key `aws:userid` is absent. */
      readonly id?: string;
      /** The role's tags, overlaid with the session's. */
      readonly tags?: Tags;
    }
  | { readonly type: "root"; /** 12 digits. */ readonly account: string }
  | { readonly type: "service"; /** For instance `quicksight.amazonaws.com`. */ readonly name: string }
  | { readonly type: "anonymous" };

/** One action on one resource. */
export interface AccessRequest {
  readonly caller: Caller;
  /** `<service>:<Action>`, for instance `sts:AssumeRole`; must be an action that the service has. */
  readonly action: string;
  /** The resource's ARN, or `*` for an action that takes no resource. */
  readonly resource: string;
  /**
   * The 12-digit account that owns the resource. Default: the account in the ARN, or the caller's for `*`. Needed where
   * neither says it: S3 ARNs have no account.
   */
  readonly resourceAccount?: string;
  /**
   * What the service says of the request (`sts:ExternalId`, `aws:SourceArn`, `aws:SecureTransport`, ...). Keys that
   * follow from the caller and the resource (`aws:PrincipalArn`, `aws:ResourceAccount`, ...) are filled in by the evaluator and are
   * refused here. A key that is not given is absent, also one that AWS always sends.
   */
  readonly context?: ContextKeys;
  /** Account -> its organization's id (`o-...`), undefined for an account in none. Default: no account is in one. */
  readonly organizationOf?: (account: string) => string | undefined;
}
