/** Who may do what with something in Quick: data sources and data sets are shared in the same way. */
import { QUICK } from "../../world";
import { list, requiredText } from "../call";
import type { Cloud } from "../context";
import { AwsError } from "../errors";
import type { Permission } from "../state";
import { INVALID, type Input, type Place } from "./place";

/** Principals that one thing may be shared with. */
const MOST_PERMISSIONS = 64;

/** Quick grants these sets of actions on a kind of thing, and refuses others. */
export type ActionSets = readonly (readonly string[])[];

/** A request's list of permissions that grants: known sets of actions, to who is there. @throws AwsError */
export async function validPermissions(
  input: Input,
  name: string,
  sets: ActionSets,
  place: Place,
  cloud: Cloud,
): Promise<Permission[]> {
  const permissions = permissionList(input, name);
  if (permissions.length > MOST_PERMISSIONS) {
    throw new AwsError(INVALID, `${name} may name ${MOST_PERMISSIONS} principals, not ${permissions.length}`);
  }
  for (const { Principal, Actions } of permissions) {
    const sorted = [...Actions].sort().join(", ");
    if (!sets.some((set) => [...set].sort().join(", ") === sorted)) {
      throw new AwsError(
        INVALID,
        `ResourcePermission list contains unsupported permission sets [${sorted}] for this resource. ` +
          `Valid sets : ${sets.map((set) => `[${set.join(", ")}]`).join(" or ")}`,
      );
    }
    if (!(await quickPrincipalExists(Principal, place.account, cloud))) {
      throw new AwsError(INVALID, `Invalid principals given: [${Principal}]`);
    }
  }
  return permissions;
}

/**
 * Permissions after a request's RevokePermissions and GrantPermissions.
 *
 * @param before the permissions once the request's principals were looked up: others may have changed them meanwhile
 * @param what it is that is shared
 * @throws AwsError
 */
export async function changedPermissions(
  input: Input,
  sets: ActionSets,
  place: Place,
  cloud: Cloud,
  what: string,
  before: () => readonly Permission[],
): Promise<Permission[]> {
  const grants = await validPermissions(input, "GrantPermissions", sets, place, cloud);
  const permissions = granted(revoked(before(), permissionList(input, "RevokePermissions")), grants);
  if (permissions.length > MOST_PERMISSIONS) {
    const message = `a ${what} can be shared with ${MOST_PERMISSIONS} principals, this would be ${permissions.length}`;
    throw new AwsError(INVALID, message);
  }
  return permissions;
}

export function granted(before: readonly Permission[], grants: readonly Permission[]): Permission[] {
  const after = new Map(before.map(({ Principal, Actions }) => [Principal, new Set(Actions)]));
  for (const { Principal, Actions } of grants) {
    after.set(Principal, new Set([...(after.get(Principal) ?? []), ...Actions]));
  }
  return [...after].map(([Principal, actions]) => ({ Principal, Actions: [...actions].sort() }));
}

function revoked(before: readonly Permission[], revokes: readonly Permission[]): Permission[] {
  return before.flatMap(({ Principal, Actions }) => {
    const gone = revokes
      .filter((revoke) => revoke.Principal === Principal)
      .flatMap((revoke) => revoke.Actions);
    const left = Actions.filter((action) => !gone.includes(action));
    return left.length === 0 ? [] : [{ Principal, Actions: left }];
  });
}

function permissionList(input: Input, name: string): Permission[] {
  return (list(input, name) ?? []).map((item) => {
    const entry = (item ?? {}) as Record<string, unknown>;
    const actions = (list(entry, "Actions") ?? []).map(String);
    if (actions.length === 0) throw new AwsError(INVALID, `${name} must have a Principal and Actions each`);
    return { Principal: requiredText(entry, "Principal", INVALID), Actions: actions };
  });
}

/** Users and groups live in the identity Region, whatever Region the thing is in. */
async function quickPrincipalExists(principal: string, account: string, { moto }: Cloud): Promise<boolean> {
  const [, region, owner, kind, namespace, name] =
    /^arn:aws:quicksight:([a-z0-9-]+):(\d{12}):(user|group)\/([\w.-]+)\/(.+)$/.exec(principal) ?? [];
  if (region !== QUICK.identityRegion || owner !== account || namespace !== QUICK.namespace) return false;
  const path = `/accounts/${account}/namespaces/${namespace}/${String(kind)}s/${encodeURIComponent(name ?? "")}`;
  try {
    await moto.rest("quicksight", account, region, "GET", path);
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.status < 500) return false;
    throw error;
  }
}
