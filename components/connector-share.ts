import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import * as pulumi from "@pulumi/pulumi";
import { policyText } from "../access/document";
import type { Environment } from "../access/environment";
import { spokeBoundary } from "../access/names";
import type { SpokeRequest } from "../access/request";
import { type Share, SHARE_POLICY, sharePermissions, shareRoleTrust } from "../access/share";
import { boundedBy } from "./boundary";
import { onceMade } from "./once-made";

export interface ConnectorShareArgs {
  readonly request: SpokeRequest;
  readonly environment: Environment;
  /** What one producer's account registers here. */
  readonly share: Share;
}

/**
 * The role in a spoke by which a producer registers catalogs there (R14-R16, R30, C1, C26). The catalogs themselves are made
 * by whoever assumes it.
 *
 * @example
 * new ConnectorShare("sales-122222222222", { request, environment, share }, { provider: spoke });
 */
export class ConnectorShare extends pulumi.ComponentResource {
  /** ARN of the role that the stack assumes as the producer, known when its policy is attached. */
  public readonly roleArn: pulumi.Output<string>;

  public constructor(name: string, args: ConnectorShareArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:ConnectorShare", name, {}, opts);
    const { request, environment, share } = args;
    const child = { parent: this };
    const make = (roleName: string): pulumi.Output<string> => {
      const role = new Role(
        `${name}-${roleName}`,
        {
          name: roleName,
          description: `Connectors that account ${share.producer} shares with spoke ${request.spoke}`,
          assumeRolePolicy: policyText(shareRoleTrust(share, environment)),
          ...boundedBy(spokeBoundary(request)),
        },
        child,
      );
      const policy = new RolePolicy(
        `${name}-${roleName}-policy`,
        { name: SHARE_POLICY, role: role.name, policy: policyText(sharePermissions(share, request)) },
        child,
      );
      return onceMade(role.arn, [policy]);
    };
    const [first, ...others] = share.roles;
    this.roleArn = make(first);
    others.forEach(make);
    this.registerOutputs({ roleArn: this.roleArn });
  }
}
