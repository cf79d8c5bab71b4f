import { Policy } from "@pulumi/aws/iam/policy";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment";
import * as pulumi from "@pulumi/pulumi";
import { policyArn } from "../access/arn";
import { policyText } from "../access/document";
import type { Environment } from "../access/environment";
import { hubBoundary, roleAName } from "../access/names";
import { roleAPermissions, roleATrust } from "../access/role-a";
import { boundedBy } from "./boundary";
import { onceMade } from "./once-made";

export interface HubAccountArgs {
  readonly environment: Environment;
}

/**
 * The hub: the account that runs Amazon Quick, with Role A, from which Quick goes on into the spokes (R36, R50-R53).
 *
 * @example
 * new HubAccount("hub", { environment }, { provider: hub });
 */
export class HubAccount extends pulumi.ComponentResource {
  /** Role A's ARN, known when its permissions are attached. */
  public readonly roleAArn: pulumi.Output<string>;

  public constructor(name: string, args: HubAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:HubAccount", name, {}, opts);
    const { environment } = args;
    const child = { parent: this };
    const roleA = new Role(
      `${name}-role-a`,
      {
        name: roleAName(environment),
        description: "Quick Athena Cross Account - RunAsRole",
        assumeRolePolicy: policyText(roleATrust(environment)),
        ...boundedBy(hubBoundary(environment)),
      },
      child,
    );
    const permissions = [...roleAPermissions(environment)].map(
      ([policyName, document]): pulumi.CustomResource => {
        if (environment.roleA === "pattern")
          return new RolePolicy(
            `${name}-role-a-policy`,
            { name: policyName, role: roleA.name, policy: policyText(document) },
            child,
          );
        // Shards come and go with the number of spokes, so that they cannot be protected.
        const shardOptions = { ...child, protect: false };
        const shard = policyName.slice(policyName.lastIndexOf("-") + 1);
        const policy = new Policy(
          `${name}-role-a-policy-${shard}`,
          { name: policyName, description: "Role B's that Role A may assume", policy: policyText(document) },
          shardOptions,
        );
        return new RolePolicyAttachment(
          `${name}-role-a-attachment-${shard}`,
          // By name, so that a preview knows what is attached before the policy exists.
          { role: roleA.name, policyArn: policyArn(environment.region, environment.hub.account, policyName) },
          { ...shardOptions, dependsOn: [policy] },
        );
      },
    );
    this.roleAArn = onceMade(roleA.arn, permissions);
    this.registerOutputs({ roleAArn: this.roleAArn });
  }
}
