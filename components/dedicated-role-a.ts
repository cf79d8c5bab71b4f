import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import * as pulumi from "@pulumi/pulumi";
import { policyText } from "../access/document";
import type { Environment } from "../access/environment";
import { ASSUME_CONSUMER_ROLE_POLICY, hubBoundary, roleAName } from "../access/names";
import type { SpokeRequest } from "../access/request";
import { dedicatedRoleAPermissions, dedicatedRoleATrust } from "../access/role-a";
import { boundedBy } from "./boundary";

export interface DedicatedRoleAArgs {
  readonly request: SpokeRequest;
  readonly environment: Environment;
}

/**
 * A spoke's own Role A in the hub (C12): Quick assumes it for the spoke's data sources, and it leads to the spoke's Role
 * B's and nowhere else (R50-R52).
 *
 * @example
 * new DedicatedRoleA("sales", { request, environment }, { provider: hub });
 */
export class DedicatedRoleA extends pulumi.ComponentResource {
  public constructor(name: string, args: DedicatedRoleAArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:DedicatedRoleA", name, {}, opts);
    const { request, environment } = args;
    const child = { parent: this };
    const role = new Role(
      `${name}-role-a`,
      {
        name: roleAName(environment, request),
        description: `Quick Athena Cross Account - RunAsRole of spoke ${request.spoke}`,
        assumeRolePolicy: policyText(dedicatedRoleATrust(request, environment)),
        ...boundedBy(hubBoundary(environment)),
      },
      child,
    );
    new RolePolicy(
      `${name}-role-a-policy`,
      {
        name: ASSUME_CONSUMER_ROLE_POLICY,
        role: role.name,
        policy: policyText(dedicatedRoleAPermissions(request, environment)),
      },
      child,
    );
    this.registerOutputs();
  }
}
