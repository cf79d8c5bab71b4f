/** A producer: its connectors are there, and the spoke's own statements are free or ours. */
import { spokeInvokeGrants } from "../../access/connector";
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
  const grants = spokeInvokeGrants(request, environment).filter(
    ({ statementId }) => !knows(spokeState, "Lambda permission", statementId, producer.account),
  );
  const checks = catalogsOf(request, environment).map(
    async ({ requested, connector }, index): Promise<Problem[]> => {
      if (!("from" in requested) || requested.from !== name) return [];
      const path = `connectors[${index}]`;
      if (!(await producer.hasFunction(connector.name)))
        return [
          {
            whose: "platform",
            path,
            message: `producer "${name}" (${producer.account}) has no function "${connector.name}": run \`spokes environment up ${environment.name}\``,
          },
        ];
      if (grants.length === 0) return [];
      const taken = new Set((await producer.functionStatements(connector.name)).map(({ Sid }) => Sid));
      return grants
        .filter(({ statementId }) => taken.has(statementId))
        .map(({ statementId }) => ({
          whose: "platform",
          path,
          message: `the policy of function "${connector.name}" (${producer.account}) has a statement "${statementId}" that this spoke's stack did not make: remove it`,
        }));
    },
  );
  return { problems: (await Promise.all(checks)).flat() };
}
