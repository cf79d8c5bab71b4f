import { ADMINISTRATOR_ROLE, ORGANIZATION, accountExists, organizationOf } from "../../world";
import { jsonAnswer } from "../answer";
import type { Answer } from "../answer";
import { jsonInput, requiredText } from "../call";
import type { Context, Handlers } from "../context";
import { AwsError } from "../errors";
import { page } from "../page";
import { principalArn } from "../principal";
import { keptHere } from "./kept-here";

const { id, managementAccount, rootId } = ORGANIZATION;
const ARN = `arn:aws:organizations::${managementAccount}`;

const root = {
  Id: rootId,
  Arn: `${ARN}:root/${id}/${rootId}`,
  Name: "Root",
  PolicyTypes: [],
};

export const organizations: Handlers = keptHere("organizations", {
  DescribeOrganization: forMembers(() => ({
    Organization: {
      Id: id,
      Arn: `${ARN}:organization/${id}`,
      FeatureSet: "ALL",
      MasterAccountId: managementAccount,
      MasterAccountArn: `${ARN}:account/${id}/${managementAccount}`,
      MasterAccountEmail: email(managementAccount),
      AvailablePolicyTypes: [],
    },
  })),
  DescribeAccount: forManagement((context) => {
    const account = requiredText(jsonInput(context.call), "AccountId", "InvalidInputException");
    if (!accountExists(account) || organizationOf(account) === undefined) {
      const message = "You specified an account that doesn't exist.";
      throw new AwsError("AccountNotFoundException", message);
    }
    return { Account: described(context, account) };
  }),
  ListAccounts: forManagement((context) => {
    const input = jsonInput(context.call);
    const { items, nextToken } = page(members(context), input, 20);
    return { Accounts: items, ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
  }),
  ListAccountsForParent: forManagement((context) => {
    const input = jsonInput(context.call);
    const parent = requiredText(input, "ParentId", "InvalidInputException");
    if (parent !== rootId)
      throw new AwsError("ParentNotFoundException", `You specified a parent that doesn't exist: ${parent}`);
    const { items, nextToken } = page(members(context), input, 20);
    return { Accounts: items, ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
  }),
  ListRoots: forManagement(() => ({ Roots: [root] })),
  ListParents: forManagement(() => ({ Parents: [{ Id: rootId, Type: "ROOT" }] })),
  ListOrganizationalUnitsForParent: forManagement(() => ({ OrganizationalUnits: [] })),
  ListDelegatedAdministrators: forManagement(() => ({ DelegatedAdministrators: [] })),
  ListAWSServiceAccessForOrganization: forManagement(() => ({ EnabledServicePrincipals: [] })),
});

function forMembers(answer: (context: Context) => object): (context: Context) => Answer {
  return (context) => {
    if (organizationOf(context.principal.account) === undefined) {
      throw new AwsError(
        "AWSOrganizationsNotInUseException",
        "Your account is not a member of an organization.",
      );
    }
    return jsonAnswer(answer(context));
  };
}

function forManagement(answer: (context: Context) => object): (context: Context) => Answer {
  return forMembers((context) => {
    if (context.principal.account !== managementAccount) {
      const who = principalArn(context.principal);
      const message = `You don't have permissions to access this resource: ${who} is not of the management account.`;
      throw new AwsError("AccessDeniedException", message);
    }
    return answer(context);
  });
}

/** The accounts that somebody has entered; the others have never been made. */
function members(context: Context): object[] {
  return Object.keys(context.cloud.state.accounts)
    .filter((account) => organizationOf(account) !== undefined)
    .sort()
    .map((account) => described(context, account));
}

function described({ cloud }: Context, account: string): object {
  const joined = cloud.state.accounts[account];
  return {
    Id: account,
    Arn: `${ARN}:account/${id}/${account}`,
    Email: email(account),
    Name: account === managementAccount ? "management" : `account-${account}`,
    Status: "ACTIVE",
    State: "ACTIVE",
    JoinedMethod: account === managementAccount ? "INVITED" : "CREATED",
    ...(joined === undefined ? {} : { JoinedTimestamp: Date.parse(joined) / 1000 }),
  };
}

function email(account: string): string {
  return `${account === managementAccount ? "management" : ADMINISTRATOR_ROLE.toLowerCase()}+${account}@example.com`;
}
