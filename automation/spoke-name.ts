/** Which spoke is meant: `dev-sales`, or `sales` with its environment; `dev-sales--hub` is one side of it. */
import { faultsOf, InputError } from "../access/faults";
import { readDeployedEnvironment, type Environment } from "../access/environment";
import { spokeStackName } from "../access/names";
import { readRequest, type SpokeRequest } from "../access/request";
import { type Side, splitSide } from "../access/side";
import { environmentName, spokeName } from "../access/written";
import type { Context } from "./context";
import type { StackState } from "./engine/state";
import { RunnerError } from "./failure";
import { configuredStacks } from "./files/project";
import { environmentsOf } from "./files/environment-file";
import { SPOKE_KEY } from "../stacks/configuration";
import { readStackFile } from "./files/stack-file";

export interface SpokeName {
  readonly environment: string;
  readonly spoke: string;
  /** Undefined when the stack holds both. */
  readonly side?: Side | undefined;
  readonly stack: string;
}

/**
 * Finds out which spoke is meant.
 *
 * @param written `dev-sales` or `sales`, for one side of it `dev-sales--hub` or `sales--hub`.
 * @param environment needed for `sales` when the project has several environments.
 * @param side where the name does not say it. Default: both.
 */
export async function spokeNamed(
  project: string,
  written: string,
  environment?: string,
  side?: Side,
): Promise<SpokeName> {
  if (environment !== undefined) return named(environment, withoutPrefix(written, `${environment}-`), side);
  const environments = await environmentsOf(project);
  const prefix = environments.find((name) => written.startsWith(`${name}-`));
  if (prefix !== undefined) return named(prefix, withoutPrefix(written, `${prefix}-`), side);
  const [only, ...others] = environments;
  if (only !== undefined && others.length === 0) return named(only, written, side);
  throw new RunnerError(
    "spoke.unknown",
    "input",
    `in which environment is spoke "${written}": name it with -e (${environments.length === 0 ? "none is configured here" : `configured: ${environments.join(", ")}`})`,
  );
}

/** @throws InputError when one of the names can be none, or two sides are named. */
function named(environment: string, written: string, given?: Side): SpokeName {
  const { spoke, side = given } = splitSide(written);
  const read = [environmentName.safeParse(environment), spokeName.safeParse(spoke)] as const;
  const faults = read.flatMap((parsed, index) =>
    parsed.error === undefined ? [] : faultsOf(parsed.error, index === 0 ? "environment" : "spoke"),
  );
  if (given !== undefined && side !== given)
    faults.push({
      path: "side",
      message: `"${written}" is the ${side ?? ""}'s side: leave --side ${given} out`,
    });
  if (faults.length > 0) throw new InputError("the command line", faults);
  return {
    environment,
    spoke,
    ...(side === undefined ? {} : { side }),
    stack: spokeStackName(environment, spoke, side),
  };
}

function withoutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

/** The spoke that a request is of, or one side of it. */
export function spokeOfRequest({ environment, spoke }: SpokeRequest, side?: Side): SpokeName {
  return named(environment, spoke, side);
}

/** The error for a spoke that is not there, naming those that are. */
export async function unknownSpoke(
  project: string,
  { environment, spoke, stack }: SpokeName,
): Promise<RunnerError> {
  const known = (await configuredStacks(project)).filter((name) => name.startsWith(`${environment}-`));
  return new RunnerError(
    "spoke.unknown",
    "input",
    `there is no spoke "${spoke}" in environment "${environment}" (no stack ${stack}; ${known.length === 0 ? "none is onboarded here" : `configured: ${known.join(", ")}`}): correct the name, or run \`spokes onboard\``,
  );
}

/**
 * A spoke and its environment, as they were deployed.
 *
 * @throws RunnerError (`spoke.unknown`, `environment.missing`)
 */
export async function deployedSpoke(
  context: Pick<Context, "engine" | "project">,
  name: SpokeName,
): Promise<{ request: SpokeRequest; environment: Environment }> {
  const [state, environmentState] = await Promise.all([
    context.engine.state(name.stack),
    context.engine.state(name.environment),
  ]);
  const request = state === undefined ? undefined : await requestOf(context, name.stack, state);
  if (request === undefined) throw await unknownSpoke(context.project, name);
  return { request, environment: deployedEnvironment(name.environment, environmentState) };
}

/** The environment as it was last deployed. */
export function deployedEnvironment(name: string, state: StackState | undefined): Environment {
  const environment = readDeployedEnvironment(name, state?.outputs.environment);
  if (environment === undefined)
    throw new RunnerError(
      "environment.missing",
      "input",
      `environment "${name}" is not deployed: run \`spokes environment up ${name}\``,
    );
  return environment;
}

/** The request of a stack: as deployed, else (after a first run that failed) as configured. Undefined when neither is there. */
export async function requestOf(
  context: Pick<Context, "project">,
  stack: string,
  state: StackState | undefined,
): Promise<SpokeRequest | undefined> {
  const deployed = state?.outputs.spoke;
  if (deployed !== undefined) return readRequest(deployed, `the deployed spoke ${stack}`);
  const file = await readStackFile(context.project, stack);
  const written = file.value(SPOKE_KEY);
  return written === undefined ? undefined : readRequest(written, file.path);
}
