/** The roles by which producers register catalogs in the spoke: free or ours, and as Athena and the stack look for them (R19). */
import { SHARE_POLICY, sharesOf } from "../../access/share";
import { spokeStackName } from "../../access/names";
import type { AccountView } from "../cloud/cloud";
import { knows } from "../engine/state";
import { claimProblem } from "./ownership";
import type { PreflightInput } from "./preflight";
import type { Problem } from "./problem";

export function shareProblems(
  spoke: AccountView,
  { request, environment, side, spokeState }: PreflightInput,
): Promise<Problem[]>[] {
  return sharesOf(request, environment).flatMap(({ producer, roles }) =>
    roles.map(async (name): Promise<Problem[]> => {
      const index = request.connectors.findIndex(
        (connector) =>
          "from" in connector &&
          connector.registeredBy === "producer" &&
          environment.producers[connector.from]?.account === producer,
      );
      const path = `connectors[${index}].registeredBy`;
      const found = await spoke.role(name);
      if (!knows(spokeState, "role", name, spoke.account))
        return claimProblem(
          spoke,
          {
            kind: "role",
            noun: "role",
            name,
            path,
            remedy: "remove it, or write `registeredBy: consumer`",
          },
          found !== undefined,
          request,
          spokeState,
        );
      const stack = spokeStackName(request.environment, request.spoke, side);
      const lacks = (what: string): Problem => ({
        whose: "input",
        path,
        message: `account ${producer} does not have the permissions to assume role ${name} in account ${spoke.account}: ${what}; put it right with \`pulumi refresh --stack ${stack}\`, then the same command again (R19)`,
      });
      // A run that was interrupted may have made the role alone: this one makes its policy.
      const isMade = spokeState?.resources.some(
        ({ noun, id, account }) =>
          noun === "role policy" && id === `${name}:${SHARE_POLICY}` && account === spoke.account,
      );
      if (found === undefined) return [lacks("there is no role of that name any more, spelled just so")];
      return isMade !== true || (await spoke.rolePolicies(name)).has(SHARE_POLICY)
        ? []
        : [lacks(`its policy ${SHARE_POLICY} is not attached`)];
    }),
  );
}
