import { policyDocument } from "../../access/document";
import { PolicyError, decide, denialMessage } from "../../access/evaluate";
import type { AccessRequest, Caller, ContextKeys, Policies } from "../../access/evaluate";
import { organizationOf } from "../world";
import type { DecisionRecord } from "./decision-record";
import type { Role } from "./identities";

/**
 * `undefined` when the caller may assume the role, else why not, in AWS's words. To assume it with tags is an action of
 * its own, that both sides must allow as well.
 */
export function whyNotAssume(
  caller: Caller,
  own: Pick<Policies, "identity" | "boundary" | "session">,
  role: Role,
  context: ContextKeys,
  decisions: DecisionRecord,
): string | undefined {
  const actions = context["aws:TagKeys"] === undefined ? ["AssumeRole"] : ["AssumeRole", "TagSession"];
  for (const action of actions) {
    const request: AccessRequest = {
      caller,
      action: `sts:${action}`,
      resource: role.arn,
      context: { ...resourceTags(role), ...context },
      organizationOf,
    };
    const decision = decisions.decide(request, {
      ...own,
      resource: { name: `trust policy of ${role.arn}`, document: role.trust },
    });
    if (decision.decision !== "allowed") return denialMessage(request, decision);
  }
  return undefined;
}

/**
 * True when a key's policy would keep its author from changing it again, whatever the author's own policies say: KMS
 * refuses such a policy ("PutKeyPolicy", KMS API reference: BypassPolicyLockoutSafetyCheck).
 */
export function locksOut(caller: Caller, keyArn: string, document: string): boolean {
  const everything = policyDocument({ Effect: "Allow", Action: "*", Resource: "*" });
  try {
    const { decision } = decide(
      { caller, action: "kms:PutKeyPolicy", resource: keyArn, organizationOf },
      {
        identity: [{ name: "everything", document: everything }],
        resource: { name: "key policy", document },
      },
    );
    return decision !== "allowed";
  } catch (error) {
    // A policy that cannot be read allows nothing.
    if (error instanceof PolicyError) return true;
    throw error;
  }
}

function resourceTags({ tags }: Role): ContextKeys {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}
