/** The accounts of an environment, entered as its own stack enters them. */
import { type Environment, readDeployedEnvironment } from "../access/environment";
import { tableReaders } from "../access/table-reader";
import { asAccessError, hubEntry, producerEntry, readerEntry, tablesEntries } from "./accounts";
import type { AccountView, Entry } from "./cloud/cloud";
import type { Context } from "./context";
import type { StackState } from "./engine/state";
import { canonical } from "./files/yaml-file";
import type { EnvironmentAccounts } from "./preflight/environment";

/** An environment, as its file or what is deployed says, with its accounts. */
export interface EnteredEnvironment {
  readonly environment: Environment;
  readonly accounts: EnvironmentAccounts;
}

/**
 * @param known accounts that were entered as a newer file says: where they are the same, the roles of that file hold.
 * @throws RunnerError when one of them is refused
 */
export async function enterEnvironment(
  cloud: Context["cloud"],
  environment: Environment,
  known?: EnvironmentAccounts,
): Promise<EnvironmentAccounts> {
  const enter = async (entry: Entry, view: AccountView | undefined) =>
    view?.account === entry.account ? view : cloud.enter(entry);
  const knownReaders = new Map(
    [...(known?.readers ?? [])].map(([{ producer, name }, view]) => [`${producer}/${name}`, view]),
  );
  try {
    const entries = tablesEntries(
      environment.name,
      environment.region,
      Object.values(environment.producers).flatMap(({ connectors }) => Object.values(connectors)),
    );
    const [hub, producers, readers, tables] = await Promise.all([
      enter(hubEntry(environment, "deployer"), known?.hub),
      Promise.all(
        Object.keys(environment.producers).map(
          async (name) =>
            [
              name,
              await enter(producerEntry(environment, name, "deployer"), known?.producers.get(name)),
            ] as const,
        ),
      ),
      Promise.all(
        tableReaders(environment).map(
          async (reader) =>
            [
              reader,
              await enter(
                readerEntry(environment, reader),
                knownReaders.get(`${reader.producer}/${reader.name}`),
              ),
            ] as const,
        ),
      ),
      Promise.all(
        [...entries].map(async ([key, entry]) => [key, await enter(entry, known?.tables.get(key))] as const),
      ),
    ]);
    return { hub, producers: new Map(producers), readers: new Map(readers), tables: new Map(tables) };
  } catch (thrown) {
    throw asAccessError(thrown);
  }
}

/**
 * The environment as it is deployed, where the file says something else: what the file no longer names is still there, and is
 * looked at before it goes.
 *
 * @param accounts of the file.
 * @throws RunnerError when one of its other accounts is refused
 */
export async function enterDeployed(
  cloud: Context["cloud"],
  { environment, accounts }: EnteredEnvironment,
  state: StackState | undefined,
): Promise<EnteredEnvironment | undefined> {
  const deployed = readDeployedEnvironment(environment.name, state?.outputs.environment);
  return deployed === undefined || canonical(deployed) === canonical(environment)
    ? undefined
    : { environment: deployed, accounts: await enterEnvironment(cloud, deployed, accounts) };
}
