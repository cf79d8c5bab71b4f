/** A producer: its connectors are there, and the spoke's own statements are free or ours. */
import { spokeInvokeGrants } from "../../access/connector";
import { levelsOf, placeIn } from "../../access/level";
import { catalogsOf } from "../../access/names";
import type { AccountView } from "../cloud/cloud";
import { knows } from "../engine/state";
import type { Findings, PreflightInput } from "./preflight";
import type { Problem } from "./problem";

export async function producerProblems(
  producer: AccountView,
  name: string,
  { request, environment, spokeState }: PreflightInput,
): Promise<Findings> {
  const attached = levelsOf(request).flatMap((level) =>
    catalogsOf(level, environment).map((catalog, index) => ({
      ...catalog,
      path: placeIn(level.classification, `connectors[${index}]`),
    })),
  );
  const checks = attached.map(async ({ requested, connector, path }): Promise<Problem[]> => {
    if (!("from" in requested) || requested.from !== name) return [];
    if (!(await producer.hasFunction(connector.name)))
      return [
        {
          whose: "platform",
          path,
          message: `producer "${name}" (${producer.account}) has no function "${connector.name}": run \`spokes environment up ${environment.name}\``,
        },
      ];
    const grants = spokeInvokeGrants(request, environment, connector).filter(
      ({ statementId }) => !knows(spokeState, "Lambda permission", statementId, producer.account),
    );
    if (grants.length === 0) return [];
    const taken = new Set((await producer.functionStatements(connector.name)).map(({ Sid }) => Sid));
    return grants
      .filter(({ statementId }) => taken.has(statementId))
      .map(({ statementId }) => ({
        whose: "platform",
        path,
        message: `the policy of function "${connector.name}" (${producer.account}) has a statement "${statementId}" that this spoke's stack did not make: remove it`,
      }));
  });
  return { problems: (await Promise.all(checks)).flat() };
}
