import { decide, denialMessage } from "../../access/evaluate";
import type { AccessRequest, Caller, ContextKeys, Policies } from "../../access/evaluate";
import { organizationOf } from "../world";
import type { Role } from "./identities";

/** `undefined` when the caller may assume the role, else why not, in AWS's words. */
export function whyNotAssume(
  caller: Caller,
  own: Pick<Policies, "identity" | "boundary" | "session">,
  role: Role,
  context: ContextKeys,
): string | undefined {
  const request: AccessRequest = {
    caller,
    action: "sts:AssumeRole",
    resource: role.arn,
    context,
    organizationOf,
  };
  const decision = decide(request, {
    ...own,
    resource: { name: `trust policy of ${role.arn}`, document: role.trust },
  });
  return decision.decision === "allowed" ? undefined : denialMessage(request, decision);
}
