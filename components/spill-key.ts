import { Alias } from "@pulumi/aws/kms/alias";
import { Key } from "@pulumi/aws/kms/key";
import * as pulumi from "@pulumi/pulumi";
import { policyText } from "../access/document";
import type { SpillKey as SpillKeyArgs } from "../access/key";
import { onceMade } from "./once-made";

/** Days in which a key that was destroyed can be had back: the most that KMS gives, since what it encrypted goes with it. */
export const KEY_DELETION_DAYS = 30;

/**
 * The customer managed key that encrypts what connectors spill, by its alias (R13, C25). It is rotated each year, and
 * destroying it only schedules its deletion.
 *
 * @example
 * new SpillKey("music-spill-key", spillKey(environment, "music"), { provider: producer });
 */
export class SpillKey extends pulumi.ComponentResource {
  /** The key's ARN, known when the alias exists. */
  public readonly arn: pulumi.Output<string>;

  public constructor(name: string, args: SpillKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:SpillKey", name, {}, opts);
    const child = { parent: this };
    const key = new Key(
      name,
      {
        description: `Encrypts what Athena connectors spill into ${args.bucket}`,
        policy: policyText(args.policy),
        enableKeyRotation: true,
        deletionWindowInDays: KEY_DELETION_DAYS,
      },
      child,
    );
    const alias = new Alias(`${name}-alias`, { name: args.alias, targetKeyId: key.keyId }, child);
    this.arn = onceMade(key.arn, [alias]);
    this.registerOutputs({ arn: this.arn });
  }
}
