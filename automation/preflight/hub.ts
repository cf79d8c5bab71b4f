/** The hub: Quick's edition, the people a data source is shared with, and the data source's own name (R38, C29, L23). */
import { identityRegion } from "../../access/environment";
import { dataSourceIdOf } from "../../access/names";
import type { AccountView, DataSourceView } from "../cloud/cloud";
import { isInterrupted, knows, type StackState } from "../engine/state";
import { type Claimant, claimProblem, isOwn } from "./ownership";
import type { Findings, PreflightInput } from "./preflight";
import type { Problem } from "./problem";

/** Default of `dataSourceWarning`; the quota itself is not published (L23). */
const DATA_SOURCE_WARNING = 200;

export async function hubProblems(
  hub: AccountView,
  input: PreflightInput,
  found: (dataSource: DataSourceView) => void,
): Promise<Findings> {
  const threshold = input.dataSourceWarning ?? DATA_SOURCE_WARNING;
  const [edition, principals, name, count] = await Promise.all([
    subscription(hub),
    people(hub, input),
    dataSource(hub, input, found),
    hub.countDataSources(threshold),
  ]);
  return {
    problems: [...edition, ...principals, ...name],
    advisories:
      count >= threshold
        ? [
            `the hub ${hub.account} has ${count} or more Quick data sources: look at its quota in Service Quotas`,
          ]
        : [],
  };
}

async function subscription(hub: AccountView): Promise<Problem[]> {
  const found = await hub.subscription();
  if (found === undefined)
    return [
      {
        whose: "platform",
        path: "",
        message: `the hub ${hub.account} has no Amazon Quick subscription in ${hub.region}: sign up for the Enterprise edition (R38)`,
      },
    ];
  if (!found.edition.startsWith("ENTERPRISE"))
    return [
      {
        whose: "platform",
        path: "",
        message: `Amazon Quick of the hub ${hub.account} is the ${found.edition} edition: role chaining needs Enterprise (R38)`,
      },
    ];
  if (found.status !== "ACCOUNT_CREATED")
    return [
      {
        whose: "platform",
        path: "",
        message: `the Amazon Quick subscription of the hub ${hub.account} is ${found.status}: it has to be active (R38)`,
      },
    ];
  return [];
}

async function people(hub: AccountView, { request, environment }: PreflightInput): Promise<Problem[]> {
  const { quick } = environment.hub;
  const region = identityRegion(environment);
  const written = new Map<string, Pick<Problem, "whose" | "path">>();
  request.dataSource.authors.forEach((author, index) =>
    written.set(author, { whose: "input", path: `dataSource.authors[${index}]` }),
  );
  for (const principal of [...quick.owners, ...quick.authors])
    written.set(principal, { whose: "platform", path: "" });
  const checked = await Promise.all(
    [...written].map(async ([principal, place]): Promise<Problem[]> =>
      (await hub.hasQuickPrincipal(principal, quick.namespace, region))
        ? []
        : [
            {
              ...place,
              message: `there is no Quick ${principal} in namespace "${quick.namespace}" of ${hub.account}, identity Region ${region}: ${place.whose === "input" ? "correct the name, or have it created" : `correct hub.quick in Pulumi.${environment.name}.yaml (owners, authors, namespace, identityRegion)`}`,
            },
          ],
    ),
  );
  return checked.flat();
}

/** Whether a data source is what an attempt of this very spoke has left, which Quick refused to create, or which was
 * interrupted before anybody could build on it. */
export async function isLeftover(
  hub: AccountView,
  found: DataSourceView,
  id: string,
  spoke: Claimant,
  state: StackState | undefined,
): Promise<boolean> {
  return (
    (found.status === "CREATION_FAILED" || isInterrupted(state, "Quick data source", id, hub.account)) &&
    !knows(state, "Quick data source", id, hub.account) &&
    isOwn(await hub.tags("data source", id), spoke)
  );
}

async function dataSource(
  hub: AccountView,
  { request, spokeState }: PreflightInput,
  found: (dataSource: DataSourceView) => void,
): Promise<Problem[]> {
  const name = dataSourceIdOf(request);
  const existing = await hub.dataSource(name);
  if (existing !== undefined) found(existing);
  // Quick keeps a data source that it refused, and the engine knows nothing of it then: the next attempt removes it.
  if (existing !== undefined && (await isLeftover(hub, existing, name, request, spokeState))) return [];
  return claimProblem(
    hub,
    {
      kind: "data source",
      noun: "Quick data source",
      name,
      path: "dataSource.id",
      remedy: "choose another id under dataSource.id",
    },
    existing !== undefined,
    request,
    spokeState,
  );
}
