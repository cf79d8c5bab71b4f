import { jsonInput, text } from "../call";
import type { Handlers } from "../context";
import { AwsError } from "../errors";
import { invalidPrincipal } from "../named-principals";

export const glue: Handlers = {
  async PutResourcePolicy(context) {
    const policy = text(jsonInput(context.call), "PolicyInJson") ?? "";
    const invalid = await invalidPrincipal(policy, context.cloud.identities);
    if (invalid !== undefined) {
      throw new AwsError(
        "InvalidInputException",
        `Invalid principal in policy: "${invalid.kind}":"${invalid.value}"`,
      );
    }
    return context.forward();
  },
};
