import type { Caller, NamedPolicy, Policies } from "../../access/evaluate";
import type { PolicyDocument } from "../../access/document";
import type { Moto } from "./moto";
import { asCaller } from "./principal";
import type { Principal } from "./principal";

/** A document, or the text of one that is not JSON (the evaluator says what is wrong with it). */
type Document = PolicyDocument | string;

interface Identity {
  readonly arn: string;
  readonly id: string;
  readonly inline: Readonly<Record<string, Document>>;
  /** ARN -> document; null when the policy is gone. */
  readonly attached: Readonly<Record<string, Document | null>>;
  readonly boundary: Readonly<Record<string, Document | null>> | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Role extends Identity {
  readonly trust: Document;
  /** Seconds. */
  readonly maxSessionDuration: number;
}

export interface User extends Identity {
  readonly groups: readonly string[];
}

/** Users, roles and groups of an account by name, with every policy that bears on them. */
export interface AccountIdentities {
  readonly users: Readonly<Record<string, User>>;
  readonly roles: Readonly<Record<string, Role>>;
  readonly groups: Readonly<Record<string, Identity>>;
}

/** What IAM knows of the accounts: read from moto in one piece and kept until something changes it. */
export class Identities {
  private readonly known = new Map<string, Promise<AccountIdentities>>();

  constructor(private readonly moto: Moto) {}

  /** The identities of an account; none for one that was never touched. */
  of(account: string): Promise<AccountIdentities> {
    let found = this.known.get(account);
    if (found === undefined) {
      found = this.moto.own<AccountIdentities>("GET", `iam/${account}`);
      this.known.set(account, found);
      found.catch(() => this.known.delete(account));
    }
    return found;
  }

  /** To be called when something of the account's IAM has changed, or may have. */
  forget(account: string): void {
    this.known.delete(account);
  }

  /** The role with exactly this ARN (its path included); undefined when there is none. */
  async role(arn: string): Promise<Role | undefined> {
    const { account, name } = parts(arn, "role");
    const role = (await this.of(account)).roles[name];
    return role?.arn === arn ? role : undefined;
  }

  /** The user with exactly this ARN; undefined when there is none. */
  async user(arn: string): Promise<User | undefined> {
    const { account, name } = parts(arn, "user");
    const user = (await this.of(account)).users[name];
    return user?.arn === arn ? user : undefined;
  }

  /** The principal as the evaluator names it, with the tags of the user or role below those of the session. */
  async callerOf(principal: Principal): Promise<Caller> {
    const account = await this.of(principal.account);
    const tags =
      (principal.type === "user" ? account.users[principal.name] : account.roles[principal.name])?.tags ?? {};
    return asCaller(principal, tags);
  }

  /** What the principal's own side says: identity policies, boundary, session policies. */
  async policiesOf(principal: Principal): Promise<Pick<Policies, "identity" | "boundary" | "session">> {
    const account = await this.of(principal.account);
    const identity =
      principal.type === "user" ? account.users[principal.name] : account.roles[principal.name];
    const groups = principal.type === "user" ? (account.users[principal.name]?.groups ?? []) : [];
    const members = groups.flatMap((name) => account.groups[name] ?? []);
    const boundary = Object.entries(identity?.boundary ?? {})[0];
    return {
      identity: [...(identity === undefined ? [] : [identity]), ...members].flatMap(documents),
      ...(boundary === undefined
        ? {}
        : { boundary: { name: boundary[0], document: boundary[1] ?? NOTHING } }),
      ...(principal.type === "role" && principal.sessionPolicies.length > 0
        ? { session: principal.sessionPolicies.map((document) => ({ name: "session policy", document })) }
        : {}),
    };
  }

  /** The identity policies and boundary of a role, for a service that is about to act as it. */
  policiesOfRole(role: Role): Pick<Policies, "identity" | "boundary"> {
    const boundary = Object.entries(role.boundary ?? {})[0];
    return {
      identity: documents(role),
      ...(boundary === undefined
        ? {}
        : { boundary: { name: boundary[0], document: boundary[1] ?? NOTHING } }),
    };
  }
}

// A boundary whose policy was deleted allows nothing.
const NOTHING: PolicyDocument = { Version: "2012-10-17", Statement: [] };

function documents(identity: Identity): NamedPolicy[] {
  return [
    ...Object.entries(identity.inline).map(([name, document]) => ({ name, document })),
    ...Object.entries(identity.attached).flatMap(([name, document]) =>
      document === null ? [] : [{ name, document }],
    ),
  ];
}

function parts(arn: string, kind: string): { account: string; name: string } {
  const found = new RegExp(`^arn:[^:]+:iam::(\\d{12}):${kind}/(?:.*/)?([^/]+)$`).exec(arn);
  return { account: found?.[1] ?? "000000000000", name: found?.[2] ?? "" };
}
