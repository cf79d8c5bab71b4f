import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { OptIn } from "@pulumi/aws/lakeformation/optIn";
import { Permissions } from "@pulumi/aws/lakeformation/permissions";
import { Resource as Location } from "@pulumi/aws/lakeformation/resource";
import * as pulumi from "@pulumi/pulumi";
import { policyText } from "../access/document";
import type { Environment } from "../access/environment";
import {
  LAKE_READ,
  lakeGrants,
  lakeLocations,
  lakeRoleArn,
  lakeRoleName,
  lakeRolePermissions,
  lakeRoleTrust,
  type LakeTarget,
  locationArn,
  targetName,
} from "../access/mesh/lake-formation";
import { producerBoundary } from "../access/names";
import { boundedBy } from "./boundary";

export interface LakeFormationSharesArgs {
  readonly environment: Environment;
  /** The producer's name in the environment. */
  readonly producer: string;
}

/**
 * What a producer shares by Lake Formation: its locations, registered with a role that reads them, and what accounts were
 * granted and, in hybrid mode, opted in to. Lake Formation shares it by RAM (R47, C18, L18).
 *
 * Who deploys it is a data lake administrator of the account.
 *
 * @example
 * new LakeFormationShares("music-lake", { environment, producer: "music" }, { provider: producer });
 */
export class LakeFormationShares extends pulumi.ComponentResource {
  public constructor(name: string, args: LakeFormationSharesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:LakeFormationShares", name, {}, opts);
    const { environment, producer } = args;
    const child = { parent: this };
    // They go with the last product or grant, so that they cannot be protected.
    const open = { ...child, protect: false };
    const role = new Role(
      `${name}-role`,
      {
        name: lakeRoleName(environment, producer),
        description: `Lake Formation reads the locations of ${producer} with it`,
        assumeRolePolicy: policyText(lakeRoleTrust(environment, producer)),
        ...boundedBy(producerBoundary(environment, producer)),
      },
      open,
    );
    const policy = new RolePolicy(
      `${name}-role-policy`,
      {
        name: "ReadLocations",
        role: role.name,
        policy: policyText(lakeRolePermissions(environment, producer)),
      },
      open,
    );
    const locations = lakeLocations(environment, producer).map((location) => {
      const { bucket, prefix, hybrid } = location;
      return new Location(
        `${name}-${bucket}/${prefix}`,
        {
          arn: locationArn(environment.region, location),
          // By name, so that a preview knows who reads there.
          roleArn: lakeRoleArn(environment, producer),
          hybridAccessEnabled: hybrid,
        },
        // A location is registered once.
        { ...open, deleteBeforeReplace: true, dependsOn: [policy] },
      );
    });
    const { permissions, optIns } = lakeGrants(environment, producer);
    const after = { ...open, dependsOn: locations };
    for (const { account, target } of permissions)
      lakePermissions(
        `${name}-${account}-${targetName(target)}`,
        account,
        target,
        LAKE_READ,
        LAKE_READ,
        after,
      );
    for (const { account, target } of optIns)
      lakeOptIn(`${name}-${account}-${targetName(target)}-opt-in`, account, target, after);
    this.registerOutputs();
  }
}

/** Grants a principal permissions. With a new one made first, the revocation of the old would take the same away again. */
export function lakePermissions(
  name: string,
  principal: string,
  target: LakeTarget,
  permissions: readonly string[],
  grantable: readonly string[],
  opts: pulumi.CustomResourceOptions,
): Permissions {
  return new Permissions(
    name,
    {
      principal,
      ...target,
      permissions: [...permissions],
      ...(grantable.length === 0 ? {} : { permissionsWithGrantOptions: [...grantable] }),
    },
    { ...opts, deleteBeforeReplace: true },
  );
}

/** Holds a principal to Lake Formation's permissions, where a location is in hybrid mode. */
export function lakeOptIn(
  name: string,
  principal: string,
  target: LakeTarget,
  opts: pulumi.CustomResourceOptions,
): OptIn {
  return new OptIn(
    name,
    { principals: [{ dataLakePrincipalIdentifier: principal }], resourceDatas: [target] },
    { ...opts, deleteBeforeReplace: true },
  );
}
