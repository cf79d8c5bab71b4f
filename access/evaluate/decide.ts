import { type SoundRequest, soundRequest } from "./context";
import type { Decision, PolicyType, Reason } from "./decision";
import { type ReadStatement, statementsOf } from "./document-reader";
import { PolicyError, RequestError } from "./faults";
import type { DocumentKind, KeyGrant, NamedPolicy, Policies } from "./policies";
import { type PrincipalEntry, type Reach, reachOf, readAwsPrincipal, sparedBy } from "./principal";
import type { AccessRequest, Caller } from "./request";
import { underResourceControl } from "./service-table";

/**
 * Decides one request against the policies that apply to it.
 *
 * Sources: "Policy evaluation logic" and "Cross-account policy evaluation logic", IAM user guide; "Key policies" and
 * "Grants", KMS developer guide; "Service control policies" and "Resource control policies", Organizations user guide.
 *
 * @throws PolicyError when a policy cannot be read, RequestError when the request does not make sense.
 */
export function decide(request: AccessRequest, policies: Policies): Decision {
  const sound = soundRequest(request);
  checkBelonging(request, policies);
  const found = applying(sound, request.caller, policies);

  if (needsNoPermission(sound, request.caller)) return { decision: "allowed", because: [] };
  if (found.denies.length > 0) return { decision: "explicit-deny", because: found.denies };
  if (!found.serviceControl)
    return { decision: "implicit-deny", because: [{ type: "service control policy" }] };
  return sound.who.account === sound.resourceAccount
    ? withinAccount(sound, found)
    : acrossAccounts(sound, found, request.caller);
}

/** Policies that the caller or the resource cannot have are an error of the code that asks. */
function checkBelonging({ caller, action }: AccessRequest, policies: Policies): void {
  const has = (name: keyof Policies): boolean => policies[name] !== undefined;
  const own = (["identity", "boundary", "session"] as const).find(has);
  if (own !== undefined && caller.type !== "user" && caller.type !== "role") {
    throw new RequestError(`a caller of the type "${caller.type}" has no ${own} policies: leave them out`);
  }
  if (caller.type === "user" && has("session")) {
    throw new RequestError("a user's own keys carry no session policies: leave them out");
  }
  if (has("resource") && /^iam:/i.test(action)) {
    throw new RequestError(
      `"${action}" is not decided by a resource's policy, a role's trust neither: leave it out`,
    );
  }
  if (has("grants") && !/^kms:/i.test(action)) {
    throw new RequestError(`"${action}" is not decided by KMS grants: leave them out`);
  }
}

/** GetCallerIdentity and GetSessionToken cannot be denied: their pages in the STS API reference. */
function needsNoPermission({ actionName }: SoundRequest, caller: Caller): boolean {
  const signed = caller.type !== "anonymous" && caller.type !== "service";
  return signed && (actionName === "sts:getcalleridentity" || actionName === "sts:getsessiontoken");
}

/** What of the policies applies to the request. */
interface Applying {
  readonly denies: readonly Reason[];
  /** The Allow statements of each kind; undefined for a kind that does not limit the request. */
  readonly identity: readonly Reason[];
  readonly boundary: readonly Reason[] | undefined;
  readonly session: readonly Reason[] | undefined;
  readonly resource: readonly { readonly reach: Reach; readonly reason: Reason }[];
  /** Whether every level of the service control policies allows. */
  readonly serviceControl: boolean;
}

function applying(request: SoundRequest, caller: Caller, policies: Policies): Applying {
  const denies: Reason[] = [];
  const allows = (given: readonly NamedPolicy[], kind: DocumentKind, type: PolicyType): Reason[] => {
    const reasons: Reason[] = [];
    for (const policy of given) {
      for (const statement of statementsOf(policy, kind)) {
        if (!applies(statement, request)) continue;
        (statement.effect === "Deny" ? denies : reasons).push(reasonOf(type, policy, statement));
      }
    }
    return reasons;
  };

  const linked = caller.type === "role" && caller.arn.includes(":role/aws-service-role/");
  // read in any case, so that a policy that cannot be read is never passed over
  for (const level of policies.serviceControl ?? [])
    for (const p of level) statementsOf(p, "service-control");
  for (const policy of policies.resourceControl ?? []) statementsOf(policy, "resource-control");

  const controlled = request.who.account !== undefined && !linked;
  const levels = controlled
    ? (policies.serviceControl ?? []).map((level) =>
        allows(level, "service-control", "service control policy"),
      )
    : [];
  if (!linked && underResourceControl(request.action.service)) {
    allows(policies.resourceControl ?? [], "resource-control", "resource control policy");
  }
  const identity = allows(policies.identity ?? [], "identity", "identity-based policy");
  const boundary = policies.boundary && allows([policies.boundary], "boundary", "permissions boundary");
  const session = policies.session && allows(policies.session, "session", "session policy");

  const resource: { reach: Reach; reason: Reason }[] = [];
  const { kind, type } = resourcePolicyOf(request);
  if (policies.resource !== undefined) {
    for (const statement of statementsOf(policies.resource, kind)) {
      const reach = reachOfStatement(statement, request);
      if (reach === undefined || !applies(statement, request)) continue;
      const reason = reasonOf(type, policies.resource, statement);
      if (statement.effect === "Deny") denies.push(reason);
      else resource.push({ reach, reason });
    }
  }
  for (const grant of policies.grants ?? []) {
    const reach = reachOfGrant(grant, request);
    if (reach !== undefined)
      resource.push({ reach, reason: { type: "grant", policy: grant.id ?? grant.grantee } });
  }
  return {
    denies,
    identity,
    boundary,
    session,
    resource,
    serviceControl: levels.every((level) => level.length > 0),
  };
}

function applies(statement: ReadStatement, { actionName, resource, context }: SoundRequest): boolean {
  return (
    statement.coversAction(actionName) &&
    statement.coversResource(resource, context) &&
    statement.tests.every((test) => test(context))
  );
}

function reasonOf(type: PolicyType, policy: NamedPolicy, { index, sid }: ReadStatement): Reason {
  return { type, policy: policy.name, statement: index, ...(sid === undefined ? {} : { sid }) };
}

function resourcePolicyOf({ action }: SoundRequest): { kind: DocumentKind; type: PolicyType } {
  if (action.service === "sts") return { kind: "trust", type: "role trust policy" };
  if (action.service === "kms") return { kind: "key", type: "key policy" };
  return { kind: "resource", type: "resource-based policy" };
}

function reachOfStatement({ principals }: ReadStatement, { who }: SoundRequest): Reach | undefined {
  if (principals === undefined) return undefined;
  if (!principals.not) return reachOf(principals.entries, who);
  return sparedBy(principals.entries, who) ? undefined : "caller";
}

/** Source: "Grants in AWS KMS" and "Using grant constraints", KMS developer guide. */
function reachOfGrant(grant: KeyGrant, request: SoundRequest): Reach | undefined {
  const reach = reachOf([readGrantee(grant)], request.who);
  const operation = grant.operations.some((name) => `kms:${name.toLowerCase()}` === request.actionName);
  if (reach === undefined || !operation) return undefined;
  const { encryptionContextSubset: subset, encryptionContextEquals: equals } = grant.constraints ?? {};
  const wanted = Object.entries({ ...subset, ...equals });
  const holds = wanted.every(
    ([key, value]) => request.context.get(`kms:encryptioncontext:${key.toLowerCase()}`) === value,
  );
  if (!holds) return undefined;
  if (equals === undefined) return reach;
  const given = [...request.context.keys()].filter((key) => key.startsWith("kms:encryptioncontext:"));
  return given.length === Object.keys(equals).length ? reach : undefined;
}

function readGrantee(grant: KeyGrant): PrincipalEntry {
  if (grant.grantee.endsWith(".amazonaws.com")) return { form: "service", name: grant.grantee };
  const entry = readAwsPrincipal(grant.grantee);
  if (typeof entry === "object" && entry.form !== "everyone") return entry;
  const message = typeof entry === "string" ? entry : `"${grant.grantee}": a grant names one grantee`;
  throw new PolicyError(grant.id ?? "grant", [{ at: "grantee", message, severity: "unreadable" }]);
}

/** Whether the resource's own policy must allow even within its account: role trust policies and key policies. */
function resourceMustAllow({ action, resource }: SoundRequest): boolean {
  return (
    (action.service === "sts" && resource !== "*") || (action.service === "kms" && resource.includes(":key/"))
  );
}

function withinAccount(request: SoundRequest, found: Applying): Decision {
  const { type } = resourcePolicyOf(request);
  const must = resourceMustAllow(request);
  if (must && found.resource.length === 0) return implicit(type);
  if (request.who.root) {
    // an account's root user can call everything but AssumeRole: "AssumeRole", STS API reference
    if (request.action.service === "sts" && must) return implicit("root user");
    return allowed([must ? found.resource.map((r) => r.reason) : [{ type: "root user" }]]);
  }
  const reaching = (reach: Reach): readonly Reason[] =>
    found.resource.filter((r) => r.reach === reach).map((r) => r.reason);

  const direct = reaching("caller");
  if (direct.length > 0) return allowed([direct]);
  const limits = [found.boundary, found.session];
  const toRole = reaching("role");
  if (toRole.length > 0 && limits.every(allows)) return allowed([toRole, ...limits]);
  if (found.identity.length > 0 && limits.every(allows)) {
    return allowed([found.identity, ...(must ? [reaching("account")] : []), ...limits]);
  }
  return implicit(...missing({ ...found, identity: toRole.length > 0 ? toRole : found.identity }));
}

function acrossAccounts(request: SoundRequest, found: Applying, caller: Caller): Decision {
  const { type } = resourcePolicyOf(request);
  const reasons = found.resource.map((r) => r.reason);
  const closed = reasons.length === 0 || (caller.type !== "service" && !opensAcrossAccounts(request));
  if (caller.type === "service" || caller.type === "anonymous")
    return closed ? implicit(type) : allowed([reasons]);
  if (request.who.root) {
    if (request.action.service === "sts" && resourceMustAllow(request)) return implicit("root user");
    return closed ? implicit(type) : allowed([[{ type: "root user" }], reasons]);
  }
  const lacking = [...missing(found), ...(closed ? [type] : [])];
  return lacking.length > 0
    ? implicit(...lacking)
    : allowed([found.identity, reasons, found.boundary, found.session]);
}

/** KMS actions that a key policy can open to another account: "Allowing users in other accounts to use a KMS key". */
const keyActionsAcrossAccounts =
  /^kms:(decrypt|derivesharedsecret|encrypt|generatedatakey.*|generatemac|getpublickey|reencrypt(from|to)|sign|verify|verifymac|creategrant|describekey|getkeyrotationstatus|listgrants|retiregrant|revokegrant)$/;

function opensAcrossAccounts({ action, actionName }: SoundRequest): boolean {
  return action.service !== "kms" || keyActionsAcrossAccounts.test(actionName);
}

function allows(limit: readonly Reason[] | undefined): boolean {
  return limit === undefined || limit.length > 0;
}

function missing(found: Pick<Applying, "identity" | "boundary" | "session">): PolicyType[] {
  return [
    ...(allows(found.identity) ? [] : ["identity-based policy" as const]),
    ...(allows(found.boundary) ? [] : ["permissions boundary" as const]),
    ...(allows(found.session) ? [] : ["session policy" as const]),
  ];
}

function implicit(...types: readonly PolicyType[]): Decision {
  return { decision: "implicit-deny", because: types.map((type) => ({ type })) };
}

function allowed(because: readonly (readonly Reason[] | undefined)[]): Decision {
  return { decision: "allowed", because: because.flatMap((reasons) => reasons ?? []) };
}
