import { decide, denialMessage } from "../../access/evaluate";
import type { PolicyDocument } from "../../access/document";
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

/** `undefined` when the caller may invoke the function, else why not, in AWS's words. */
export function whyNotInvoke(
  caller: Caller,
  own: Pick<Policies, "identity" | "boundary" | "session">,
  fn: {
    /** With the qualifier that the call names. */
    readonly arn: string;
    readonly region: string;
    /** The function's own policy; absent when it has none. */
    readonly policy?: PolicyDocument;
  },
): string | undefined {
  const request: AccessRequest = {
    caller,
    action: "lambda:InvokeFunction",
    resource: fn.arn,
    context: { "aws:RequestedRegion": fn.region, "aws:SecureTransport": "true" },
    organizationOf,
  };
  const decision = decide(request, {
    ...own,
    ...(fn.policy === undefined ? {} : { resource: { name: `policy of ${fn.arn}`, document: fn.policy } }),
  });
  return decision.decision === "allowed" ? undefined : denialMessage(request, decision);
}
