import { arnComponents, isAccountId } from "./arn";
import { isObject } from "./condition";
import type { FaultList } from "./faults";

/** One entry of a `Principal` element. */
export type PrincipalEntry =
  | { readonly form: "everyone" }
  | { readonly form: "account"; readonly account: string }
  | { readonly form: "user" | "role" | "session" | "id" | "service"; readonly name: string }
  /** Federated identities: none of the callers modelled here is one. */
  | { readonly form: "federated" };

/** Who a request comes from, in the forms that a `Principal` element can name. */
export interface Identity {
  readonly account?: string;
  readonly root: boolean;
  /** ARN of the user or role, and of the role's session. */
  readonly user?: string;
  readonly role?: string;
  readonly session?: string;
  readonly id?: string;
  readonly service?: string;
}

/**
 * What an Allow for a principal means in the principal's own account: `account` leaves it to the account's identity
 * policies; `role` suffices within the permissions boundary and session policies; `caller` is limited by neither. Source: "Policy
 * evaluation logic", resource-based policies and implicit denies, IAM user guide.
 */
export type Reach = "account" | "role" | "caller";

/** How far the widest of the entries that name the identity reaches; undefined when none does. */
export function reachOf(entries: readonly PrincipalEntry[], who: Identity): Reach | undefined {
  let widest: Reach | undefined;
  for (const entry of entries) {
    const reach = reachOfEntry(entry, who);
    if (reach === "caller") return reach;
    if (reach === "role" || widest === undefined) widest = reach ?? widest;
  }
  return widest;
}

function reachOfEntry(entry: PrincipalEntry, who: Identity): Reach | undefined {
  switch (entry.form) {
    case "everyone":
      return "caller";
    case "account":
      return entry.account === who.account ? (who.root ? "caller" : "account") : undefined;
    case "user":
    case "session":
    case "service":
      return entry.name === who[entry.form] ? "caller" : undefined;
    case "role":
      return entry.name === who.role ? "role" : undefined;
    case "id":
      return entry.name === who.id ? (who.role === undefined ? "caller" : "role") : undefined;
    case "federated":
      return undefined;
  }
}

/**
 * Whether a Deny with `NotPrincipal` spares the identity: only when the list names it and everything above it (session,
 * role and account; user and account), because AWS may check each. Source: "AWS JSON policy elements: NotPrincipal", IAM user guide.
 */
export function sparedBy(entries: readonly PrincipalEntry[], who: Identity): boolean {
  if (entries.some((e) => e.form === "everyone")) return true;
  const named = (form: PrincipalEntry["form"], name: string | undefined): boolean =>
    name === undefined || entries.some((e) => e.form === form && "name" in e && e.name === name);
  if (who.service !== undefined) return named("service", who.service);
  if (who.account === undefined) return false;
  if (!entries.some((e) => e.form === "account" && e.account === who.account)) return false;
  return named("user", who.user) && named("role", who.role) && named("session", who.session);
}

/** Reads a `Principal` or `NotPrincipal` element. */
export function readPrincipals(principal: unknown, at: string, faults: FaultList): PrincipalEntry[] {
  if (principal === "*") return [{ form: "everyone" }];
  if (!isObject(principal) || Object.keys(principal).length === 0) {
    faults.add(
      at,
      `${JSON.stringify(principal)} is not a principal: use "*" or {"AWS": ...} or {"Service": ...}`,
    );
    return [];
  }
  return Object.entries(principal).flatMap(([kind, names]) => {
    const place = `${at}.${kind}`;
    const list: readonly unknown[] = Array.isArray(names) ? names : [names];
    if (list.length === 0) faults.add(place, "the list is empty: name a principal");
    return list.flatMap((name) => {
      const entry = typeof name === "string" ? readEntry(kind, name) : undefined;
      if (typeof entry === "object") return [entry];
      faults.add(place, entry ?? `${JSON.stringify(name)} is not a principal: use a text`);
      return [];
    });
  });
}

function readEntry(kind: string, name: string): PrincipalEntry | string {
  switch (kind) {
    case "AWS":
      return readAwsPrincipal(name);
    case "Service":
      return /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/.test(name)
        ? { form: "service", name }
        : `"${name}" is not a service principal: use one such as lambda.amazonaws.com`;
    case "Federated":
      return name.includes("*")
        ? `"${name}": a federated principal takes no wildcard`
        : { form: "federated" };
    default:
      return `principals of the kind "${kind}" are not known here: use AWS, Service or Federated`;
  }
}

/** Reads the ARN, account id or unique id of an AWS principal; a text says what is wrong with it. */
export function readAwsPrincipal(name: string): PrincipalEntry | string {
  if (name === "*") return { form: "everyone" };
  if (/[*?]/.test(name)) {
    return `"${name}": a principal takes no wildcard: name the account and narrow it by ArnLike aws:PrincipalArn`;
  }
  if (isAccountId(name)) return { form: "account", account: name };
  if (/^A(IDA|ROA)[A-Z0-9]{16,124}$/.test(name)) return { form: "id", name };
  const [arn, partition, service, region, account, resource] = arnComponents(name) ?? [];
  if (arn === "arn" && partition !== "" && region === "" && account !== undefined && isAccountId(account)) {
    const [type, ...path] = resource?.split("/") ?? [];
    const named = path.length > 0 && path.every((part) => /^[\w+=,.@-]+$/.test(part));
    if (service === "iam" && resource === "root") return { form: "account", account };
    if (service === "iam" && named && (type === "user" || type === "role")) return { form: type, name };
    if (service === "sts" && named && type === "assumed-role" && path.length === 2)
      return { form: "session", name };
    if (service === "sts" && named && type === "federated-user" && path.length === 1)
      return { form: "federated" };
  }
  return `"${name}" is not a principal: use "*", an account id, or the ARN of an account's root, a user, a role or a role session`;
}
