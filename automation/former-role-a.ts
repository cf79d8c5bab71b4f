/** Spokes that still need what an environment's former scope of Role A has made. */
import { roleArn } from "../access/arn";
import { type Environment, sharedRoleAScopes } from "../access/environment";
import { sharedRoleAName } from "../access/names";
import type { Context } from "./context";
import { knows, type StackState } from "./engine/state";
import { RunnerError } from "./failure";

/**
 * Refuses to let the Role A go that spokes share, while data sources of some are still run as it.
 *
 * @throws RunnerError (`environment.in-use`) naming the spokes.
 */
export async function refuseUsedRoleA(
  { engine }: Pick<Context, "engine">,
  environment: Environment,
  state: StackState | undefined,
): Promise<void> {
  const { name, region, hub } = environment;
  const shared = sharedRoleAName(environment);
  if (sharedRoleAScopes(environment).length > 0 || !knows(state, "role", shared, hub.account)) return;
  const stacks = (await engine.stacks()).filter((stack) => stack.name.startsWith(`${name}-`));
  const users: string[] = [];
  for (const stack of stacks)
    if ((await engine.state(stack.name))?.outputs.roleAArn === roleArn(region, hub.account, shared))
      users.push(stack.name);
  if (users.length === 0) return;
  const scope = (state?.outputs.environment as Partial<Environment> | undefined)?.roleA ?? "pattern";
  throw new RunnerError(
    "environment.in-use",
    "input",
    `environment ${name} would lose Role A ${shared}, as which Quick still goes into ${users.join(", ")}: write \`formerRoleA: ${scope === "dedicated" ? "pattern" : scope}\` in Pulumi.${name}.yaml, update the environment, onboard ${users.length === 1 ? "it" : "them"} again, and then take that line away`,
  );
}
