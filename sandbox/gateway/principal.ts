import type { Caller } from "../../access/evaluate";

/** Who an access key belongs to. */
export type Principal =
  | {
      readonly type: "user";
      readonly account: string;
      readonly name: string;
      readonly arn: string;
      readonly id: string;
    }
  | {
      readonly type: "role";
      readonly account: string;
      readonly name: string;
      /** The role's ARN, with its path. */
      readonly arn: string;
      readonly id: string;
      readonly session: string;
      /** The documents passed to AssumeRole: they limit what the session may do. */
      readonly sessionPolicies: readonly string[];
      /** Tags passed to AssumeRole. */
      readonly tags: Readonly<Record<string, string>>;
    };

/** The ARN that GetCallerIdentity and error messages show. */
export function principalArn(principal: Principal): string {
  return principal.type === "user"
    ? principal.arn
    : `arn:aws:sts::${principal.account}:assumed-role/${principal.name}/${principal.session}`;
}

/** `AIDA...`, or `AROA...:session`. */
export function userId(principal: Principal): string {
  return principal.type === "user" ? principal.id : `${principal.id}:${principal.session}`;
}

/** The principal as the evaluator names it. `tags` are those of the user or role itself. */
export function asCaller(principal: Principal, tags: Readonly<Record<string, string>> = {}): Caller {
  return principal.type === "user"
    ? { type: "user", arn: principal.arn, id: principal.id, tags }
    : {
        type: "role",
        arn: principal.arn,
        session: principal.session,
        id: principal.id,
        tags: { ...tags, ...principal.tags },
      };
}
