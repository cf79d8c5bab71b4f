/**
 * The world of a sandbox: one organization, the accounts, and who may enter.
 *
 * Account ids say what an account is: the first digit the organization (1 is ours, 0 does not exist), the second the
 * role (1 hub, 2 producer, 3 spoke).
 */

/** The organization that every account beginning with 1 belongs to. */
export const ORGANIZATION = {
  id: "o-athenaspokes",
  rootId: "r-spks",
  managementAccount: "100000000000",
} as const;

/** The role that AWS Organizations makes in every account; the management account may assume it. */
export const ADMINISTRATOR_ROLE = "OrganizationAccountAccessRole";

/** The user of the management account whose keys a sandbox hands out. They open nothing but sandboxes. */
export const ADMINISTRATOR = {
  user: "administrator",
  accessKeyId: "AKIASPOKESSANDBOX000",
  secretAccessKey: "sandbox/management/account/secret/key000",
} as const;

/** Amazon Quick in the accounts that have it. */
export const QUICK = {
  edition: "ENTERPRISE",
  identityRegion: "us-east-1",
  namespace: "default",
  groups: ["bi-admins", "bi-authors"],
  users: [{ name: "admin", role: "ADMIN", email: "admin@example.com" }],
} as const;

/** True for 12 digits that do not begin with 0: an account id beginning with 0 stands for one that does not exist. */
export function accountExists(account: string): boolean {
  return /^[1-9]\d{11}$/.test(account);
}

/** The id of the account's organization; undefined for a stranger. */
export function organizationOf(account: string): string | undefined {
  return accountExists(account) && account.startsWith("1") ? ORGANIZATION.id : undefined;
}

/** True when the account has a subscription to Amazon Quick. */
export function hasQuick(account: string): boolean {
  return accountExists(account) && account.startsWith("11");
}
