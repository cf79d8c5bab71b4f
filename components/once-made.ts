import * as pulumi from "@pulumi/pulumi";

/** The value, known only when the resources are made: for what others may use no earlier than that. */
export function onceMade<T>(
  value: pulumi.Output<T>,
  resources: readonly pulumi.CustomResource[],
): pulumi.Output<pulumi.Unwrap<T>> {
  return pulumi.all([value, pulumi.all(resources.map(({ id }) => id))]).apply(([unwrapped]) => unwrapped);
}
