/** Accounts and Region of an environment that is deployed: updating the stack elsewhere would change other people's things. */
import type { Environment } from "../../access/environment";
import { tableReaders } from "../../access/table-reader";
import type { StackState } from "../engine/state";
import { RunnerError } from "../failure";
import type { Problem } from "./problem";

/**
 * The problems of a configured environment whose accounts or Region are not those of the deployed one. The engine would
 * not make its resources anew there: it would call the new accounts about names that it knows from the old ones.
 */
export function movedProblems(environment: Environment, state: StackState | undefined): Problem[] {
  const deployed = state?.outputs.environment as Partial<Environment> | undefined;
  if (deployed === undefined) return strayProblems(environment, state);
  const moved = (path: string, before: string | undefined, now: string | undefined, remedy: string) =>
    before === undefined || now === undefined || before === now
      ? []
      : [
          {
            whose: "input" as const,
            path,
            message: `environment "${environment.name}" is deployed with ${path} ${before} and configured with ${now}, and what is deployed cannot move: put ${before} back in Pulumi.${environment.name}.yaml, or ${remedy}`,
          },
        ];
  return [
    ...moved("region", deployed.region, environment.region, "write a new environment"),
    ...moved("hub.account", deployed.hub?.account, environment.hub.account, "write a new environment"),
    ...Object.entries(deployed.producers ?? {}).flatMap(([name, { account }]) =>
      moved(
        `producers.${name}.account`,
        account,
        environment.producers[name]?.account,
        "write the new account as another producer",
      ),
    ),
    ...Object.entries(deployed.producers ?? {}).flatMap(([name, { tableReaders: readers = {} }]) =>
      Object.entries(readers).flatMap(([reader, { account }]) =>
        moved(
          `producers.${name}.tableReaders.${reader}.account`,
          account,
          environment.producers[name]?.tableReaders[reader]?.account,
          "write the new account as another reader",
        ),
      ),
    ),
  ];
}

/** A first update that failed has left resources and no outputs, so that only the resources say where it went. */
function strayProblems(environment: Environment, state: StackState | undefined): Problem[] {
  const configured = new Set([
    environment.hub.account,
    ...Object.values(environment.producers).flatMap(({ account, connectors }) => [
      account,
      ...Object.values(connectors).flatMap(({ tablesIn }) => tablesIn?.account ?? []),
    ]),
    ...tableReaders(environment).map(({ account }) => account),
  ]);
  const accounts = new Set(state?.resources.flatMap(({ account }) => account ?? []));
  return [...accounts]
    .filter((account) => !configured.has(account))
    .map((account) => ({
      whose: "input",
      path: "",
      message: `environment "${environment.name}" has resources in account ${account}, which Pulumi.${environment.name}.yaml no longer names: put it back`,
    }));
}

/** @throws RunnerError (`preflight.failed`) when the environment is deployed elsewhere. */
export function refuseMoved(environment: Environment, state: StackState | undefined): void {
  const problems = movedProblems(environment, state);
  if (problems.length > 0)
    throw new RunnerError(
      "preflight.failed",
      "input",
      `environment ${environment.name} cannot be updated, nothing was changed:\n${problems.map(({ message }) => `  ${message}`).join("\n")}`,
      { faults: problems.map(({ path, message }) => ({ path, message })) },
    );
}
