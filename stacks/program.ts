/** The one Pulumi program: an environment or a spoke, as the stack's configuration says. */
import * as pulumi from "@pulumi/pulumi";
import { readEnvironment } from "../access/environment";
import { InputError } from "../access/faults";
import { dayOf, expiredText, withoutExpired } from "../access/mesh/grant";
import { spokeStackName } from "../access/names";
import { readRequest } from "../access/request";
import { type Side, SIDES } from "../access/side";
import { type Waiting, whenAssumable } from "../components/assumable";
import { ENVIRONMENT_KEY, PROJECT, SPOKE_KEY } from "./configuration";
import { type EnvironmentOutputs, environmentStack } from "./environment";
import { type SpokeOutputs, spokeStack } from "./spoke";

/**
 * Runs the stack that is selected.
 *
 * @param waiting how long is waited for a role that was just made.
 * @returns the stack's outputs.
 * @throws InputError listing every fault of the configuration.
 */
export async function program(
  waiting: Omit<Waiting, "tell"> = {},
): Promise<EnvironmentOutputs | SpokeOutputs> {
  const stack = pulumi.getStack();
  const config = new pulumi.Config(PROJECT);
  const source = `Pulumi.${stack}.yaml`;
  const spoke = config.getObject(keyOf(SPOKE_KEY));
  if (spoke !== undefined) {
    const request = readRequest(spoke, source);
    const nameOf = (side?: Side) => spokeStackName(request.environment, request.spoke, side);
    const side = SIDES.find((each) => stack === nameOf(each));
    if (side === undefined && stack !== nameOf())
      throw new InputError(source, [
        {
          path: "spoke",
          message: `this request belongs to stack "${nameOf()}", or with one side of it to ${SIDES.map((each) => `"${nameOf(each)}"`).join(" or ")}: rename the stack or the spoke`,
        },
      ]);
    return spokeStack(request, {
      side,
      whenAssumable: (assumption) =>
        whenAssumable(assumption, { ...waiting, tell: (text) => void pulumi.log.info(text) }),
    });
  }
  const environment = config.getObject(keyOf(ENVIRONMENT_KEY));
  if (environment === undefined)
    throw new InputError(source, [
      {
        path: ENVIRONMENT_KEY,
        message: `the stack has no configuration: write the environment below this key, or a spoke's request below ${SPOKE_KEY}`,
      },
    ]);
  const standing = withoutExpired(readEnvironment(stack, environment, source), dayOf(new Date()));
  for (const grant of standing.expired) await pulumi.log.warn(expiredText(grant));
  return environmentStack(standing.environment);
}

/** A configuration key without the project's name, as Pulumi's Config takes it. */
function keyOf(key: string): string {
  return key.slice(`${PROJECT}:`.length);
}
