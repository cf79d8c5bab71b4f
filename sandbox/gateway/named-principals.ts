import { accountExists } from "../world";
import type { Identities } from "./identities";

/** A principal of a policy that AWS would not take: `kind` is the element, `value` what it says. */
export interface InvalidPrincipal {
  readonly kind: string;
  readonly value: string;
}

/**
 * Looks up everybody whom a policy names: AWS refuses a policy with a user, role or account that does not exist, with a
 * wildcard inside an ARN, or with a service that is none.
 *
 * @param document the policy's JSON text; one that is no JSON names nobody (moto refuses it)
 * @returns the first principal that is not valid
 */
export async function invalidPrincipal(
  document: string,
  identities: Identities,
): Promise<InvalidPrincipal | undefined> {
  for (const { kind, value } of namedIn(document)) {
    if (!(await isValid(kind, value, identities))) return { kind, value };
  }
  return undefined;
}

function namedIn(document: string): InvalidPrincipal[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    return [];
  }
  const statements = asList((parsed as { Statement?: unknown } | null)?.Statement);
  return statements.flatMap((statement) => {
    const { Principal, NotPrincipal } = (statement ?? {}) as { Principal?: unknown; NotPrincipal?: unknown };
    return [Principal, NotPrincipal].flatMap((principal) => {
      if (typeof principal === "string") return [{ kind: "AWS", value: principal }];
      if (typeof principal !== "object" || principal === null) return [];
      return Object.entries(principal).flatMap(([kind, values]) =>
        asList(values).map((value) => ({ kind, value: String(value) })),
      );
    });
  });
}

async function isValid(kind: string, value: string, identities: Identities): Promise<boolean> {
  switch (kind) {
    case "AWS":
      return value === "*" || awsPrincipalExists(value, identities);
    case "Service":
      return /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/.test(value);
    case "Federated":
      return /^(arn:aws[a-z-]*:iam::\d{12}:(saml|oidc)-provider\/.+|[a-z0-9-]+(\.[a-z0-9-]+)+)$/.test(value);
    case "CanonicalUser":
      return /^[0-9a-f]{64}$/.test(value);
    default:
      return false;
  }
}

/** True for an account (id or root ARN), user, role or role session that exists. */
export async function awsPrincipalExists(value: string, identities: Identities): Promise<boolean> {
  if (/^\d{12}$/.test(value)) return accountExists(value);
  const [, service, account = "", resource = ""] = /^arn:aws:(iam|sts)::(\d{12}):([^*?]+)$/.exec(value) ?? [];
  if (!accountExists(account)) return false;
  if (service === "iam" && resource === "root") return true;
  if (service === "iam" && resource.startsWith("role/")) return (await identities.role(value)) !== undefined;
  if (service === "iam" && resource.startsWith("user/")) return (await identities.user(value)) !== undefined;
  const session = /^assumed-role\/([^/]+)\/[^/]+$/.exec(resource);
  return (
    service === "sts" &&
    session !== null &&
    (await identities.of(account)).roles[session[1] ?? ""] !== undefined
  );
}

function asList(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}
