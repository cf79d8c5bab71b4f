/** Whether who deploys may grant by Lake Formation, which asks for an administrator of the account's data lake (C18). */
import { roleArn } from "../../access/arn";
import type { AccountView } from "../cloud/cloud";
import type { Problem } from "./problem";

/**
 * @param role name of the role that deploys there.
 * @param template what `spokes bootstrap` is called with for the account.
 */
export async function lakeAdministratorProblems(
  account: AccountView,
  role: string,
  template: string,
  path: string,
): Promise<Problem[]> {
  const arn = roleArn(account.region, account.account, role);
  if ((await account.lakeAdministrators()).includes(arn)) return [];
  return [
    {
      whose: "input",
      path,
      message: `Lake Formation lets administrators of the data lake of ${account.account} grant only, and ${arn} is none: deploy the template of \`spokes bootstrap ${template}\` again, which makes it one, or add it under "Data lake administrators"`,
    },
  ];
}
