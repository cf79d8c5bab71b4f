/** The name of a connector's function, whichever way the function is made. */
import { applicationStackName } from "../../access/application";
import type { ConnectorSpec } from "../../access/environment";
import type { AccountView } from "../cloud/cloud";
import { knows, type StackState } from "../engine/state";
import { type Claim, type Claimant, claimProblem } from "./ownership";
import type { Problem } from "./problem";

const FUNCTION = "Lambda function";
const APPLICATION = "serverless application";

/**
 * The problem with a connector's function: its name is somebody else's, or what has it was made in the other way, or is a
 * stack that CloudFormation cannot update any more.
 */
export async function functionProblem(
  account: AccountView,
  { name, path, remedy }: Pick<Claim, "name" | "path" | "remedy">,
  { application }: Pick<ConnectorSpec, "application">,
  claimant: Claimant,
  state: StackState | undefined,
): Promise<Problem[]> {
  const [noun, other] = application === undefined ? [FUNCTION, APPLICATION] : [APPLICATION, FUNCTION];
  const refused = (message: string): Problem[] => [{ whose: "input", path, message }];
  if (knows(state, other, name, account.account) && !knows(state, noun, name, account.account))
    return refused(
      `${other} "${name}" of ${account.account} cannot become a ${noun}, since its name is taken until it is deleted: take the connector out, update, and put it in again, or ${remedy}`,
    );
  const stack = application === undefined ? undefined : await account.applicationStack(name);
  if (stack !== undefined && /^(ROLLBACK_COMPLETE|.*_FAILED)$/.test(stack.status))
    return refused(
      `stack ${applicationStackName(name)} of ${account.account} is ${stack.status}, which CloudFormation does not update: delete it (\`aws cloudformation delete-stack --stack-name ${applicationStackName(name)}\`), then have it forgotten by \`pulumi refresh\``,
    );
  return claimProblem(
    account,
    { kind: "function", noun, name, path, remedy },
    await account.hasFunction(name),
    claimant,
    state,
  );
}
