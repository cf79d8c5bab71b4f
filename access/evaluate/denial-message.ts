import type { Decision, PolicyType } from "./decision";
import { RequestError } from "./faults";
import type { AccessRequest, Caller } from "./request";

/** How AWS calls each type of policy: with an explicit deny in ..., and because no ... allows. */
const words: Readonly<Record<PolicyType, readonly [explicit: string, implicit: string]>> = {
  "identity-based policy": ["an identity-based policy", "identity-based policy"],
  "permissions boundary": ["a permissions boundary", "permissions boundary"],
  "session policy": ["a session policy", "session policy"],
  "resource-based policy": ["a resource-based policy", "resource-based policy"],
  "role trust policy": ["the role trust policy", "role trust policy"],
  "key policy": ["a resource-based policy", "resource-based policy"],
  grant: ["a resource-based policy", "resource-based policy"],
  "service control policy": ["a service control policy", "service control policy"],
  "resource control policy": ["a resource control policy", "resource control policy"],
  "root user": ["a resource-based policy", "policy of the root user"],
};

/**
 * AWS's text for a denied request: `User: <arn> is not authorized to perform: <action> on resource: <arn> because no
 * identity-based policy allows the <action> action`, or `... with an explicit deny in a <policy type>`. Like AWS it names
 * one type of policy, the first. Source: "Troubleshooting access denied error messages", IAM user guide.
 *
 * @throws RequestError when the decision is `allowed`.
 */
export function denialMessage(request: AccessRequest, decision: Decision): string {
  const [first] = decision.because;
  if (decision.decision === "allowed" || first === undefined) {
    throw new RequestError(
      `"${request.action}" on "${request.resource}" was allowed: there is no denial to word`,
    );
  }
  const [explicit, implicit] = words[first.type];
  const cause =
    decision.decision === "explicit-deny"
      ? `with an explicit deny in ${explicit}`
      : `because no ${implicit} allows the ${request.action} action`;
  return `User: ${nameOf(request.caller)} is not authorized to perform: ${request.action} on resource: ${request.resource} ${cause}`;
}

function nameOf(caller: Caller): string {
  switch (caller.type) {
    case "user":
      return caller.arn;
    case "role":
      return caller.session === undefined ? caller.arn : sessionArn(caller.arn, caller.session);
    case "root":
      return `arn:aws:iam::${caller.account}:root`;
    case "service":
      return caller.name;
    case "anonymous":
      return "anonymous";
  }
}

/** The session's ARN leaves the role's path out. */
function sessionArn(roleArn: string, session: string): string {
  const name = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  return `${roleArn.replace(":iam:", ":sts:").replace(/:role\/.*$/, ":assumed-role")}/${name}/${session}`;
}
