/** The environment in `Pulumi.<environment>.yaml`: read by every operation, and its list of spokes kept by onboarding. */
import { Document, isMap } from "yaml";
import { type Environment, readEnvironment, type RegisteredSpoke } from "../../access/environment";
import { faultsOf, InputError } from "../../access/faults";
import { environmentName } from "../../access/written";
import { RunnerError } from "../failure";
import { configuredStacks, stackFile } from "./project";
import { ENVIRONMENT_KEY } from "../../stacks/configuration";
import { readStackFile, type StackFile } from "./stack-file";
import { canonical, parseYaml, withLines, writeWhole, yamlText } from "./yaml-file";

/** An environment with the file it was read from. */
export interface WrittenEnvironment {
  readonly environment: Environment;
  readonly file: StackFile;
}

/**
 * Reads an environment.
 *
 * @throws RunnerError (`environment.missing`) when it is not configured here; InputError listing every fault of it.
 */
export async function readEnvironmentFile(project: string, name: string): Promise<WrittenEnvironment> {
  const named = environmentName.safeParse(name);
  if (named.error !== undefined)
    throw new InputError("the command line", faultsOf(named.error, "environment"));
  const file = await readStackFile(project, name);
  const written = file.value(ENVIRONMENT_KEY);
  if (written === undefined) {
    const known = await environmentsOf(project);
    throw new RunnerError(
      "environment.missing",
      "input",
      `there is no environment "${name}": ${file.path} ${file.before === undefined ? "does not exist" : `has no ${ENVIRONMENT_KEY}`} (${known.length === 0 ? "no environment is configured here" : `configured: ${known.join(", ")}`}); write it, see examples/, then run \`spokes environment up ${name}\``,
    );
  }
  try {
    return { environment: readEnvironment(name, written, file.path), file };
  } catch (thrown) {
    if (thrown instanceof InputError && file.text !== undefined)
      throw new InputError(file.path, withLines(thrown.faults, file.text, ["config", ENVIRONMENT_KEY]));
    throw thrown;
  }
}

/** The names of the environments configured in the project. */
export async function environmentsOf(project: string): Promise<string[]> {
  // An environment's name has no dash, a spoke's stack always has one.
  return (await configuredStacks(project)).filter((stack) => !stack.includes("-"));
}

/** Whether the environment lists the spoke just so. */
export function isRegistered(environment: Environment, spoke: string, wanted: RegisteredSpoke): boolean {
  return canonical(environment.spokes[spoke]) === canonical(wanted);
}

/**
 * Adds, changes or (with `undefined`) removes a spoke in the environment's list. Comments and order stay. The caller holds
 * the environment's lock, so that the file read here is the newest.
 *
 * @returns whether the file changed.
 */
export async function writeRegistration(
  project: string,
  environment: string,
  spoke: string,
  wanted: RegisteredSpoke | undefined,
): Promise<boolean> {
  const file = await readStackFile(project, environment);
  const text = registrationText(file, spoke, wanted);
  if (text === file.before) return false;
  await writeWhole(file.path, text);
  return true;
}

/** The text of the environment's file with the spoke added, changed or removed. */
export function registrationText(
  file: StackFile,
  spoke: string,
  wanted: RegisteredSpoke | undefined,
): string {
  if (file.before === undefined) throw new Error(`there is no ${file.path}`);
  // A document of its own: the one of the file is read by others.
  const { document } = parseYaml(file.before, file.path);
  const list = ["config", ENVIRONMENT_KEY, "spokes"];
  const before = canonical(document.toJS());
  if (wanted === undefined) {
    if (document.hasIn([...list, spoke])) document.deleteIn([...list, spoke]);
    const rest = document.getIn(list, true);
    if (isMap(rest) && rest.items.length === 0) document.deleteIn(list);
  } else {
    const spokes = document.getIn(list, true);
    // `spokes: {}` would make all entries flow on one line.
    if (isMap(spokes) && spokes.items.length === 0) spokes.flow = false;
    if (!isMap(spokes)) document.setIn(list, document.createNode({}));
    const entry = new Document({ ...wanted, producers: [...wanted.producers] }).contents;
    document.setIn([...list, spoke], entry);
  }
  return canonical(document.toJS()) === before ? file.before : yamlText(document);
}

/** The change to the environment's file, to be handed to the platform team. */
export function registrationPatch(
  project: string,
  environment: string,
  spoke: string,
  wanted: RegisteredSpoke,
): string {
  const entry = new Document({
    config: { [ENVIRONMENT_KEY]: { spokes: { [spoke]: { ...wanted, producers: [...wanted.producers] } } } },
  });
  return `# add to ${stackFile(project, environment)}\n${yamlText(entry)}`;
}
