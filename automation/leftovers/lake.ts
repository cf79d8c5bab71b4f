/** Grants of Lake Formation, which outlive the role or account that they are to. */
import { type LakeTarget, targetName } from "../../access/mesh/lake-formation";
import type { AccountView } from "../cloud/cloud";
import type { Look } from "./look";

/** Looks for what an account's Lake Formation grants a principal on something. */
export function lakeGrantTo(view: AccountView, principal: string, target: LakeTarget): Look {
  const { account } = view;
  const what = `on ${targetName(target)} to ${principal}`;
  return {
    account,
    what: `Lake Formation grant ${what}`,
    find: async () =>
      (await view.lakePermissions(target))
        .filter((permission) => permission.principal === principal)
        .map(({ actions }) => ({
          account,
          noun: "Lake Formation grant",
          name: `of ${actions.join(", ")} ${what}`,
          remedy: `aws lakeformation revoke-permissions, with what aws lakeformation list-permissions --principal DataLakePrincipalIdentifier=${principal} tells`,
        })),
  };
}
