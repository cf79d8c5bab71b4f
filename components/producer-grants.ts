import { Permission } from "@pulumi/aws/lambda/permission";
import * as pulumi from "@pulumi/pulumi";
import { spokeInvokeGrants } from "../access/connector";
import type { Environment } from "../access/environment";
import { type Connector, connectorArn } from "../access/names";
import type { SpokeRequest } from "../access/request";

export interface ProducerGrantsArgs {
  readonly request: SpokeRequest;
  readonly environment: Environment;
  /** The producer's connectors that the spoke attaches. */
  readonly connectors: readonly Connector[];
}

/**
 * What one producer grants one spoke by itself: the spoke's statements in the policy of each connector it attaches (R11,
 * R29). Nothing under `producerGrants: organization`.
 *
 * @example
 * new ProducerGrants("sales-music", { request, environment, connectors }, { provider: producer, dependsOn: [spoke] });
 */
export class ProducerGrants extends pulumi.ComponentResource {
  public constructor(name: string, args: ProducerGrantsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:ProducerGrants", name, {}, opts);
    const grants = spokeInvokeGrants(args.request, args.environment);
    for (const connector of args.connectors)
      for (const [index, grant] of grants.entries())
        new Permission(
          // The first is the account's or Role B's, the second the analyst's.
          index === 0 ? `${name}-${connector.name}` : `${name}-${connector.name}-analyst`,
          {
            statementId: grant.statementId,
            action: "lambda:InvokeFunction",
            function: connectorArn(connector),
            principal: grant.principal,
          },
          { parent: this },
        );
    this.registerOutputs();
  }
}
