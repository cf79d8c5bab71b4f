import { Grant } from "@pulumi/aws/kms/grant";
import { Permission } from "@pulumi/aws/lambda/permission";
import * as pulumi from "@pulumi/pulumi";
import { spokeInvokeGrants } from "../access/connector";
import type { Environment } from "../access/environment";
import { spillKeyGrants } from "../access/key";
import { type Connector, connectorArn, spokeStackName } from "../access/names";
import type { SpokeRequest } from "../access/request";

export interface ProducerGrantsArgs {
  readonly request: SpokeRequest;
  readonly environment: Environment;
  /** The producer's connectors that the spoke attaches. */
  readonly connectors: readonly Connector[];
  /** The producer's name in the environment, and the ARN of its key, when the spoke gets a grant on it. */
  readonly key?: { readonly producer: string; readonly arn: string };
}

/**
 * What one producer grants one spoke by itself: the spoke's statements in the policy of each connector it attaches (R11,
 * R29), unless `producerGrants: organization` makes them needless, and under `keyAccess: grants` its grants on the key
 * (R13).
 *
 * @example
 * new ProducerGrants("sales-music", { request, environment, connectors }, { provider: producer, dependsOn: [spoke] });
 */
export class ProducerGrants extends pulumi.ComponentResource {
  public constructor(name: string, args: ProducerGrantsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:ProducerGrants", name, {}, opts);
    for (const connector of args.connectors)
      for (const grant of spokeInvokeGrants(args.request, args.environment, connector))
        new Permission(
          `${name}-${connector.name}${grant.grantee === undefined ? "" : `-${grant.grantee}`}`,
          {
            statementId: grant.statementId,
            action: "lambda:InvokeFunction",
            function: connectorArn(connector),
            principal: grant.principal,
          },
          { parent: this },
        );
    const stack = spokeStackName(args.request.environment, args.request.spoke);
    if (args.key !== undefined)
      for (const grant of spillKeyGrants(args.request, args.environment, args.key.producer))
        new Grant(
          `${name}-spill-key${grant.name.slice(stack.length)}`,
          {
            name: grant.name,
            keyId: args.key.arn,
            granteePrincipal: grant.granteePrincipal,
            operations: [...grant.operations],
            constraints: [{ encryptionContextSubset: grant.encryptionContextSubset }],
          },
          { parent: this },
        );
    this.registerOutputs();
  }
}
