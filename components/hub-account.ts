import { Policy } from "@pulumi/aws/iam/policy";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment";
import * as pulumi from "@pulumi/pulumi";
import { policyArn } from "../access/arn";
import { policyText } from "../access/document";
import { type Environment, sharedRoleAScopes } from "../access/environment";
import { ASSUME_CONSUMER_ROLE_POLICY, hubBoundary, sharedRoleAName } from "../access/names";
import { roleAPermissions, roleATrust } from "../access/role-a";
import { boundedBy } from "./boundary";
import { onceMade } from "./once-made";

export interface HubAccountArgs {
  readonly environment: Environment;
}

/**
 * The hub: the account that runs Amazon Quick, with the Role A that spokes share, from which Quick goes on into them (R36,
 * R50-R53). Under `roleA: dedicated` each spoke's stack makes its own.
 *
 * @example
 * new HubAccount("hub", { environment }, { provider: hub });
 */
export class HubAccount extends pulumi.ComponentResource {
  /** ARN of the Role A that spokes share, known when its permissions are attached; undefined where each has its own. */
  public readonly roleAArn: pulumi.Output<string> | undefined;

  public constructor(name: string, args: HubAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:HubAccount", name, {}, opts);
    const { environment } = args;
    if (sharedRoleAScopes(environment).length > 0) this.roleAArn = this.createRoleA(name, environment);
    this.registerOutputs({ roleAArn: this.roleAArn });
  }

  private createRoleA(name: string, environment: Environment): pulumi.Output<string> {
    // An environment that moves away from it must be able to let it go.
    const child = environment.roleA === "dedicated" ? { parent: this, protect: false } : { parent: this };
    const roleA = new Role(
      `${name}-role-a`,
      {
        name: sharedRoleAName(environment),
        description: "Quick Athena Cross Account - RunAsRole",
        assumeRolePolicy: policyText(roleATrust(environment)),
        ...boundedBy(hubBoundary(environment)),
      },
      child,
    );
    const permissions = [...roleAPermissions(environment)].map(
      ([policyName, document]): pulumi.CustomResource => {
        // Documents come and go with the scope, and shards with the number of spokes, so that they cannot be protected.
        const options = { ...child, protect: false };
        if (policyName === ASSUME_CONSUMER_ROLE_POLICY)
          return new RolePolicy(
            `${name}-role-a-policy`,
            { name: policyName, role: roleA.name, policy: policyText(document) },
            options,
          );
        const shard = policyName.slice(policyName.lastIndexOf("-") + 1);
        const policy = new Policy(
          `${name}-role-a-policy-${shard}`,
          { name: policyName, description: "Role B's that Role A may assume", policy: policyText(document) },
          options,
        );
        return new RolePolicyAttachment(
          `${name}-role-a-attachment-${shard}`,
          // By name, so that a preview knows what is attached before the policy exists.
          { role: roleA.name, policyArn: policyArn(environment.region, environment.hub.account, policyName) },
          { ...options, dependsOn: [policy] },
        );
      },
    );
    return onceMade(roleA.arn, permissions);
  }
}
