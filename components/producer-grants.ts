import { Grant } from "@pulumi/aws/kms/grant";
import { Permission } from "@pulumi/aws/lambda/permission";
import * as pulumi from "@pulumi/pulumi";
import { isAnalysts, spokeInvokeGrants } from "../access/connector";
import type { Environment } from "../access/environment";
import { spillKeyGrants } from "../access/key";
import { type Connector, connectorArn } from "../access/names";
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
    const grants = spokeInvokeGrants(args.request, args.environment);
    for (const connector of args.connectors)
      for (const grant of grants)
        new Permission(
          isAnalysts(grant) ? `${name}-${connector.name}-analyst` : `${name}-${connector.name}`,
          {
            statementId: grant.statementId,
            action: "lambda:InvokeFunction",
            function: connectorArn(connector),
            principal: grant.principal,
          },
          { parent: this },
        );
    if (args.key !== undefined)
      for (const grant of spillKeyGrants(args.request, args.environment, args.key.producer))
        new Grant(
          grant.name.endsWith("-analyst") ? `${name}-spill-key-analyst` : `${name}-spill-key`,
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
