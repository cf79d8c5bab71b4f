import * as pulumi from "@pulumi/pulumi";
import { createConsumer, type SpokeAccountArgs } from "./spoke-account";

/**
 * A consumer that Quick does not query: the account's own people do, as its analyst, a role or a user that may invoke the
 * connectors, read what they spill, decrypt it, and use Athena in the spoke's workgroup (R28-R31, R33). What `SpokeAccount`
 * makes, without Role B.
 *
 * @example
 * new ConsumerAccount("people", { request, environment }, { provider: spoke });
 */
export class ConsumerAccount extends pulumi.ComponentResource {
  public constructor(name: string, args: SpokeAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:ConsumerAccount", name, {}, opts);
    createConsumer(name, args, { parent: this });
    this.registerOutputs();
  }
}
