import { jsonAnswer } from "../answer";
import type { Answer } from "../answer";
import { jsonInput, requiredText } from "../call";
import type { Context, Handler, Handlers } from "../context";
import { AwsError, notImplemented } from "../errors";
import { structure, textOf } from "../authorization/need";
import {
  IAM_ALLOWED_PRINCIPALS,
  NO_LAKE,
  isShare,
  lakeResource,
  sameResource,
  writtenResource,
} from "../lake-formation/permissions";
import type { LakeFormation, LakeGrant, LakeResource } from "../lake-formation/permissions";
import { isExternal, letsRamShare } from "../lake-formation/shares";
import { page } from "../page";
import { principalArn } from "../principal";

/** Lake Formation: settings, locations, permissions, who opted in. It holds for what Athena reads. */
export const lakeFormation: Handlers = {
  PutDataLakeSettings: changing(({ input, lake }) => ({
    lake: { ...lake, settings: structure(input, "DataLakeSettings") },
  })),
  GetDataLakeSettings: (context) => jsonAnswer({ DataLakeSettings: lakeOf(context).settings }),

  RegisterResource: changing(({ input, lake }) => {
    const arn = required(input, "ResourceArn");
    if (lake.locations.some((location) => location.arn === arn))
      throw new AwsError("AlreadyExistsException", "Resource is already registered");
    return { lake: { ...lake, locations: [...lake.locations, locationOf(input, arn)] } };
  }),
  UpdateResource: changing(({ input, lake }) => {
    const arn = required(input, "ResourceArn");
    registered(lake, arn);
    const others = lake.locations.filter((location) => location.arn !== arn);
    return { lake: { ...lake, locations: [...others, locationOf(input, arn)] } };
  }),
  DeregisterResource: changing(({ input, lake }) => {
    const arn = required(input, "ResourceArn");
    registered(lake, arn);
    return { lake: { ...lake, locations: lake.locations.filter((location) => location.arn !== arn) } };
  }),
  DescribeResource: (context) => {
    const found = registered(lakeOf(context), required(jsonInput(context.call), "ResourceArn"));
    return jsonAnswer({ ResourceInfo: resourceInfo(found) });
  },
  ListResources: (context) => paged(context, "ResourceInfoList", lakeOf(context).locations.map(resourceInfo)),

  GrantPermissions: changing(({ input, lake, context }) => {
    const wanted = grantIn(input, context);
    if (wanted.principal === IAM_ALLOWED_PRINCIPALS)
      return {
        lake: { ...lake, closed: lake.closed.filter((other) => !sameResource(other, wanted.resource)) },
      };
    const before = lake.grants.find((grant) => isSame(grant, wanted));
    const union = (one: readonly string[], other: readonly string[] = []) =>
      [...new Set([...other, ...one])].sort();
    const grant: LakeGrant = {
      ...wanted,
      permissions: union([...wanted.permissions, ...wanted.grantable], before?.permissions),
      grantable: union(wanted.grantable, before?.grantable),
    };
    return { lake: { ...lake, grants: [...lake.grants.filter((other) => other !== before), grant] } };
  }, mayGrant),
  RevokePermissions: changing(({ input, lake, context }) => {
    // An administrator may take back what was given on here, whether the owner still gives it or not.
    mustBeAdministrator(lake, context);
    const wanted = grantIn(input, context);
    if (wanted.principal === IAM_ALLOWED_PRINCIPALS)
      return { lake: { ...lake, closed: [...lake.closed, wanted.resource] } };
    const before = lake.grants.find((grant) => isSame(grant, wanted));
    if (
      before === undefined ||
      wanted.permissions.some((permission) => !before.permissions.includes(permission))
    )
      throw new AwsError(
        "InvalidInputException",
        "No permissions revoked. Grantee does not have the permissions.",
      );
    const rest: LakeGrant = {
      ...before,
      permissions: before.permissions.filter((permission) => !wanted.permissions.includes(permission)),
      grantable: before.grantable.filter(
        (permission) => !wanted.grantable.includes(permission) && !wanted.permissions.includes(permission),
      ),
    };
    const others = lake.grants.filter((other) => other !== before);
    return { lake: { ...lake, grants: rest.permissions.length === 0 ? others : [...others, rest] } };
  }),
  ListPermissions: (context) => {
    const found = lakeOf(context).grants.filter(isAskedFor(context));
    return paged(
      context,
      "PrincipalResourcePermissions",
      found.map((grant) => ({
        Principal: { DataLakePrincipalIdentifier: grant.principal },
        Resource: writtenResource(grant.resource),
        Permissions: grant.permissions,
        PermissionsWithGrantOption: grant.grantable,
      })),
    );
  },

  CreateLakeFormationOptIn: changing(({ input, lake, context }) => {
    mustBeAdministrator(lake, context);
    const optIn = optInOf(input, context);
    if (lake.optIns.some((other) => isSame(other, optIn)))
      throw new AwsError("InvalidInputException", "The principal has opted in already.");
    return { lake: { ...lake, optIns: [...lake.optIns, optIn] } };
  }),
  DeleteLakeFormationOptIn: changing(({ input, lake, context }) => {
    mustBeAdministrator(lake, context);
    const optIn = optInOf(input, context);
    const rest = lake.optIns.filter((other) => !isSame(other, optIn));
    if (rest.length === lake.optIns.length)
      throw new AwsError("EntityNotFoundException", "The principal has not opted in.");
    return { lake: { ...lake, optIns: rest } };
  }),
  ListLakeFormationOptIns: (context) => {
    const found = lakeOf(context).optIns.filter(isAskedFor(context));
    return paged(
      context,
      "LakeFormationOptInsInfoList",
      found.map((optIn) => ({
        Principal: { DataLakePrincipalIdentifier: optIn.principal },
        Resource: writtenResource(optIn.resource),
      })),
    );
  },

  // moto's idea of these would be beside what is kept here.
  BatchGrantPermissions: refused("BatchGrantPermissions"),
  BatchRevokePermissions: refused("BatchRevokePermissions"),
  GetEffectivePermissionsForPath: refused("GetEffectivePermissionsForPath"),
};

function refused(operation: string): Handler {
  return () => {
    throw notImplemented("lakeformation", operation);
  };
}

interface Change {
  readonly input: Readonly<Record<string, unknown>>;
  readonly lake: LakeFormation;
  readonly context: Context;
}

/**
 * An operation that changes Lake Formation of the caller's account and Region, and answers nothing.
 *
 * @param change what it makes of what is there; at once, so that no other change is lost.
 * @param allow refuses it beforehand.
 */
function changing(
  change: (change: Change) => { lake: LakeFormation },
  allow?: (change: Change) => Promise<void>,
): Handler {
  return async (context): Promise<Answer> => {
    const input = jsonInput(context.call);
    await allow?.({ input, lake: lakeOf(context), context });
    const { lake } = change({ input, lake: lakeOf(context), context });
    context.cloud.state.lakeFormation[placeOf(context)] = lake;
    return jsonAnswer({});
  };
}

function placeOf({ principal, call }: Context): string {
  return `${principal.account}/${call.region}`;
}

function lakeOf(context: Context): LakeFormation {
  return context.cloud.state.lakeFormation[placeOf(context)] ?? NO_LAKE;
}

function required(input: Readonly<Record<string, unknown>>, name: string): string {
  return requiredText(input, name, "InvalidInputException");
}

function locationOf(
  input: Readonly<Record<string, unknown>>,
  arn: string,
): LakeFormation["locations"][number] {
  const roleArn = textOf(input, "RoleArn");
  if (roleArn === "")
    throw new AwsError("NotImplemented", "the sandbox has no service-linked role: name a RoleArn", 501);
  return { arn, roleArn, hybrid: input["HybridAccessEnabled"] === true };
}

function registered({ locations }: LakeFormation, arn: string): LakeFormation["locations"][number] {
  const found = locations.find((location) => location.arn === arn);
  if (found === undefined) throw new AwsError("EntityNotFoundException", `Resource ${arn} is not registered`);
  return found;
}

function resourceInfo({ arn, roleArn, hybrid }: LakeFormation["locations"][number]): object {
  return { ResourceArn: arn, RoleArn: roleArn, HybridAccessEnabled: hybrid };
}

function paged(context: Context, member: string, items: readonly object[]): Answer {
  const found = page(items, jsonInput(context.call), 1000);
  return jsonAnswer({
    [member]: found.items,
    ...(found.nextToken === undefined ? {} : { NextToken: found.nextToken }),
  });
}

/** Lists are narrowed to a principal, a resource, or both. */
function isAskedFor({ call, principal: caller }: Context) {
  const input = jsonInput(call);
  const principal = textOf(structure(input, "Principal"), "DataLakePrincipalIdentifier");
  const resource =
    input["Resource"] === undefined ? undefined : lakeResource(structure(input, "Resource"), caller.account);
  return (entry: { readonly principal: string; readonly resource: LakeResource }): boolean =>
    (principal === "" || entry.principal === principal) &&
    (resource === undefined || sameResource(entry.resource, resource));
}

function principalIn(input: Readonly<Record<string, unknown>>): string {
  const principal = textOf(structure(input, "Principal"), "DataLakePrincipalIdentifier");
  if (principal === "") throw new AwsError("InvalidInputException", "Principal is required");
  return principal;
}

function grantIn(input: Readonly<Record<string, unknown>>, { principal }: Context): LakeGrant {
  const texts = (name: string) => [input[name] ?? []].flat().map(String);
  return {
    principal: principalIn(input),
    resource: lakeResource(structure(input, "Resource"), principal.account),
    permissions: texts("Permissions"),
    grantable: texts("PermissionsWithGrantOption"),
  };
}

function optInOf(
  input: Readonly<Record<string, unknown>>,
  { principal }: Context,
): LakeFormation["optIns"][number] {
  return {
    principal: principalIn(input),
    resource: lakeResource(structure(input, "Resource"), principal.account),
  };
}

function isSame(
  one: { readonly principal: string; readonly resource: LakeResource },
  other: { readonly principal: string; readonly resource: LakeResource },
): boolean {
  return one.principal === other.principal && sameResource(one.resource, other.resource);
}

/** Administrators grant everything of their account, and what others granted to it with the option to grant it on. */
async function mayGrant({ input, lake, context }: Change): Promise<void> {
  mustBeAdministrator(lake, context);
  const grant = grantIn(input, context);
  const { cloud, call, principal } = context;
  const { catalogId } = grant.resource;
  if (catalogId !== principal.account) {
    const owner = cloud.state.lakeFormation[`${catalogId}/${call.region}`] ?? NO_LAKE;
    const isGiven = (permission: string) =>
      owner.grants.some(
        (other) =>
          isShare(other.principal, principal.account) &&
          sameResource(other.resource, grant.resource) &&
          other.grantable.includes(permission),
      );
    if (!grant.permissions.every(isGiven)) throw insufficient(grant);
    return;
  }
  if (!isExternal(grant, principal.account)) return;
  const policy = (await cloud.authorization.resources.catalog(principal.account, call.region))?.policy;
  if (policy !== null && policy !== undefined && !letsRamShare(policy))
    throw new AwsError(
      "AccessDeniedException",
      "the resource policy of the Data Catalog does not let ram.amazonaws.com share: allow it glue:ShareResource, and put the policy with EnableHybrid TRUE",
    );
}

function mustBeAdministrator({ settings }: LakeFormation, { cloud, principal }: Context): void {
  if (!cloud.authorization.enforced) return;
  const administrators = [settings["DataLakeAdmins"] ?? []]
    .flat()
    .map((entry) => textOf(entry as Record<string, unknown>, "DataLakePrincipalIdentifier"));
  if (administrators.includes(principal.arn)) return;
  throw new AwsError(
    "AccessDeniedException",
    `Insufficient Lake Formation permission(s): ${principalArn(principal)} is no data lake administrator`,
  );
}

function insufficient({ permissions, resource }: LakeGrant): AwsError {
  return new AwsError(
    "AccessDeniedException",
    `Insufficient Lake Formation permission(s): Required ${permissions.join(", ")} with grant option on ${JSON.stringify(writtenResource(resource))}`,
  );
}
