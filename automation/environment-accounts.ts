/** The accounts of an environment, entered as its own stack enters them. */
import { type Environment, readDeployedEnvironment } from "../access/environment";
import { tableReaders } from "../access/table-reader";
import { asAccessError, hubEntry, producerEntry, readerEntry, tablesEntries } from "./accounts";
import type { AccountView } from "./cloud/cloud";
import type { Context } from "./context";
import type { StackState } from "./engine/state";
import type { EnvironmentAccounts } from "./preflight/environment";

/** @throws RunnerError when one of them is refused */
export async function enterEnvironment(
  cloud: Context["cloud"],
  environment: Environment,
): Promise<EnvironmentAccounts> {
  try {
    const entries = tablesEntries(
      environment.name,
      environment.region,
      Object.values(environment.producers).flatMap(({ connectors }) => Object.values(connectors)),
    );
    const [hub, producers, readers, tables] = await Promise.all([
      cloud.enter(hubEntry(environment, "deployer")),
      Promise.all(
        Object.keys(environment.producers).map(async (name): Promise<[string, AccountView]> => [
          name,
          await cloud.enter(producerEntry(environment, name, "deployer")),
        ]),
      ),
      Promise.all(
        tableReaders(environment).map(
          async (reader) => [reader, await cloud.enter(readerEntry(environment, reader))] as const,
        ),
      ),
      Promise.all(
        [...entries].map(async ([key, entry]): Promise<[string, AccountView]> => [
          key,
          await cloud.enter(entry),
        ]),
      ),
    ]);
    return { hub, producers: new Map(producers), readers: new Map(readers), tables: new Map(tables) };
  } catch (thrown) {
    throw asAccessError(thrown);
  }
}

/** Producers that are deployed and that the file no longer names: what they hold is looked at before it goes. */
export async function enterLeft(
  cloud: Context["cloud"],
  environment: Environment,
  state: StackState | undefined,
): Promise<AccountView[]> {
  const deployed = readDeployedEnvironment(environment.name, state?.outputs.environment);
  const left = Object.keys(deployed?.producers ?? {}).filter(
    (producer) => !Object.hasOwn(environment.producers, producer),
  );
  if (deployed === undefined || left.length === 0) return [];
  try {
    return await Promise.all(
      left.map((producer) => cloud.enter(producerEntry(deployed, producer, "deployer"))),
    );
  } catch (thrown) {
    throw asAccessError(thrown);
  }
}
