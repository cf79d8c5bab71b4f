import { ORGANIZATION, organizationOf } from "../../../world";
import { actionOf, each, textOf } from "../need";
import type { Asked, Rule, Table } from "../need";

const { id, managementAccount, rootId } = ORGANIZATION;

/** What the organization has belongs to its management account; the handler itself refuses everybody else. */
const onOrganization =
  (resourceOf: (asked: Asked) => string): Rule =>
  (asked) =>
    asked.account === managementAccount
      ? [
          {
            action: actionOf(asked),
            resource: `arn:aws:organizations::${managementAccount}:${resourceOf(asked)}`,
          },
        ]
      : [];

const account =
  (parameter: string) =>
  (asked: Asked): string => {
    const named = textOf(asked.input, parameter);
    return organizationOf(named) === undefined ? `account/${id}/*` : `account/${id}/${named}`;
  };

const root = (): string => `root/${id}/${rootId}`;

/** Organizations. Listings of the whole organization take no resource and stand in no table. */
export const organizations: Table = {
  DescribeAccount: onOrganization(account("AccountId")),
  ListParents: onOrganization(account("ChildId")),
  ...each("ListAccountsForParent ListChildren ListOrganizationalUnitsForParent", onOrganization(root)),
};
