import { buffered, withBody } from "../answer";
import { jsonInput, text } from "../call";
import type { Handler, Handlers } from "../context";
import { locksOut } from "../decisions";
import { AwsError } from "../errors";
import { awsPrincipalExists, invalidPrincipal } from "../named-principals";

const forwarded: Handler = (context) => context.forward();

function checkedPolicy(then: Handler): Handler {
  return async (context) => {
    const { cloud, call, principal, owner } = context;
    const input = jsonInput(call);
    const policy = text(input, "Policy");
    if (policy !== undefined && (await invalidPrincipal(policy, cloud.identities)) !== undefined) {
      throw new AwsError(
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
      );
    }
    if (
      policy !== undefined &&
      cloud.authorization.enforced &&
      input["BypassPolicyLockoutSafetyCheck"] !== true &&
      locksOut(
        await cloud.identities.callerOf(principal),
        `arn:aws:kms:${call.region}:${owner}:key/it`,
        policy,
      )
    ) {
      throw new AwsError(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
      );
    }
    return then(context);
  };
}

/** The only name that a key policy can have, and so the default; moto wants it said. */
const withPolicyName: Handler = (context) =>
  context.forward({ body: JSON.stringify({ PolicyName: "default", ...jsonInput(context.call) }) });

/** moto takes a key's id only, and answers with it; AWS takes an ARN as well, and answers with that. */
function withKeyArn(members: (input: Record<string, unknown>) => object): Handler {
  return async (context) => {
    const { call, owner } = context;
    const input = jsonInput(call);
    const KeyId = (text(input, "KeyId") ?? "").replace(/^arn:[^/]*:key\//, "");
    const { text: body, answer } = await buffered(
      await context.forward({ body: JSON.stringify({ ...input, KeyId }) }),
    );
    if (answer.status >= 300) return answer;
    const arn = `arn:aws:kms:${call.region}:${owner}:key/${KeyId}`;
    return withBody(
      answer,
      JSON.stringify({ ...(JSON.parse(body) as object), ...members(input), KeyId: arn }),
    );
  };
}

/** Days that KMS waits where a request does not say (ScheduleKeyDeletion). */
const DEFAULT_WINDOW = 30;

const scheduledDeletion = withKeyArn(({ PendingWindowInDays = DEFAULT_WINDOW }) => ({
  KeyState: "PendingDeletion",
  PendingWindowInDays,
}));

export const kms: Handlers = {
  CreateKey: checkedPolicy(forwarded),
  PutKeyPolicy: checkedPolicy(withPolicyName),
  GetKeyPolicy: withPolicyName,
  CancelKeyDeletion: withKeyArn(() => ({})),

  ScheduleKeyDeletion(context) {
    const { PendingWindowInDays: days } = jsonInput(context.call);
    if (days !== undefined && !(typeof days === "number" && days >= 7 && days <= 30))
      throw new AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30");
    return scheduledDeletion(context);
  },

  async CreateGrant(context) {
    const input = jsonInput(context.call);
    for (const name of ["GranteePrincipal", "RetiringPrincipal"]) {
      const principal = text(input, name);
      if (principal !== undefined && !(await awsPrincipalExists(principal, context.cloud.identities))) {
        throw new AwsError("InvalidArnException", `ARN does not refer to a valid principal: ${principal}`);
      }
    }
    return context.forward();
  },
};
