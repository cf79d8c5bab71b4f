import { actionOf, each, textOf } from "../need";
import type { Rule, Table } from "../need";

const onShare: Rule = (asked) => {
  const { call, input } = asked;
  // A deletion has no body: what it deletes is in the query.
  const named = call.operation === "DeleteResourceShare" ? call.query.get("resourceShareArn") : undefined;
  return [{ action: actionOf(asked), resource: named ?? textOf(input, "resourceShareArn") }];
};

const onInvitation: Rule = (asked) => [
  { action: actionOf(asked), resource: textOf(asked.input, "resourceShareInvitationArn") },
];

/** Resource Access Manager: shares and invitations. */
export const ram: Table = {
  ...each(
    "UpdateResourceShare DeleteResourceShare AssociateResourceShare DisassociateResourceShare " +
      "ListResourceSharePermissions TagResource UntagResource",
    onShare,
  ),
  ...each("AcceptResourceShareInvitation RejectResourceShareInvitation", onInvitation),
};
