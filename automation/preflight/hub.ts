/** The hub: Quick's edition, the people a data source is shared with, and the names of it and its datasets (R38, C29, L23). */
import { dataSetsOf } from "../../access/data-set";
import { identityRegion } from "../../access/environment";
import { levelsOf, placeIn } from "../../access/level";
import { dataSourceIdOf, roleAName } from "../../access/names";
import type { AccountView, DataSourceView } from "../cloud/cloud";
import { isInterrupted, knows, type StackState } from "../engine/state";
import { type Claimant, claimProblem, isOwn } from "./ownership";
import type { Findings, PreflightInput } from "./preflight";
import type { Problem } from "./problem";

/** Default of `dataSourceWarning`; the quota itself is not published (L23). */
const DATA_SOURCE_WARNING = 200;

/** What of the spoke is in the hub already. */
export interface InHub {
  /** Id -> data source. */
  readonly dataSources: Map<string, DataSourceView>;
  /** Ids of datasets that an interrupted attempt has left. */
  readonly leftoverDataSets: string[];
}

/** @param found is filled with what is there. */
export async function hubProblems(hub: AccountView, input: PreflightInput, found: InHub): Promise<Findings> {
  const threshold = input.dataSourceWarning ?? DATA_SOURCE_WARNING;
  const levels = levelsOf(input.request).map((level) => ({ ...input, request: level }));
  const [edition, principals, names, sets, role, count] = await Promise.all([
    subscription(hub),
    people(hub, input),
    Promise.all(levels.map((level) => dataSource(hub, level, found))),
    Promise.all(levels.map((level) => dataSets(hub, level, found))),
    ownRoleA(hub, input),
    hub.countDataSources(threshold),
  ]);
  return {
    problems: [...edition, ...principals, ...names.flat(), ...sets.flat(), ...role],
    advisories:
      count >= threshold
        ? [
            `the hub ${hub.account} has ${count} or more Quick data sources: look at its quota in Service Quotas`,
          ]
        : [],
  };
}

/** The name of the spoke's own Role A, where it has one (C12). */
async function ownRoleA(
  hub: AccountView,
  { request, environment, spokeState }: PreflightInput,
): Promise<Problem[]> {
  if (environment.roleA !== "dedicated") return [];
  const name = roleAName(environment, request);
  return claimProblem(
    hub,
    { kind: "role", noun: "role", name, path: "spoke", remedy: "remove it, or choose another spoke name" },
    (await hub.role(name)) !== undefined,
    request,
    spokeState,
  );
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
  for (const { classification, dataSource } of levelsOf(request))
    dataSource.authors.forEach((author, index) =>
      written.set(author, {
        whose: "input",
        path: placeIn(classification, `dataSource.authors[${index}]`),
      }),
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
  found: InHub,
): Promise<Problem[]> {
  const name = dataSourceIdOf(request);
  const existing = await hub.dataSource(name);
  if (existing !== undefined) found.dataSources.set(name, existing);
  // Quick keeps a data source that it refused, and the engine knows nothing of it then: the next attempt removes it.
  if (existing !== undefined && (await isLeftover(hub, existing, name, request, spokeState))) return [];
  return claimProblem(
    hub,
    {
      kind: "data source",
      noun: "Quick data source",
      name,
      path: placeIn(request.classification, "dataSource.id"),
      remedy: "choose another id under dataSource.id",
    },
    existing !== undefined,
    request,
    spokeState,
  );
}

/** Whether a dataset is what an interrupted attempt of this very spoke has left. */
export async function isLeftoverDataSet(
  hub: AccountView,
  id: string,
  spoke: Claimant,
  state: StackState | undefined,
): Promise<boolean> {
  return (
    isInterrupted(state, "Quick dataset", id, hub.account) &&
    !knows(state, "Quick dataset", id, hub.account) &&
    isOwn(await hub.tags("dataset", id), spoke)
  );
}

/** A dataset that was made in Quick's newer editor is not described to anybody; its permissions are. */
async function dataSets(
  hub: AccountView,
  { request, environment, spokeState }: PreflightInput,
  found: InHub,
): Promise<Problem[]> {
  const problems = await Promise.all(
    dataSetsOf(request, environment).map(async ({ key, id: name }): Promise<Problem[]> => {
      const exists = (await hub.dataSetPermissions(name)) !== undefined;
      if (exists && (await isLeftoverDataSet(hub, name, request, spokeState))) {
        // The next attempt removes it.
        found.leftoverDataSets.push(name);
        return [];
      }
      return claimProblem(
        hub,
        {
          kind: "dataset",
          noun: "Quick dataset",
          name,
          path: placeIn(request.classification, `datasets.${key}`),
          remedy: "give the dataset another name under datasets",
        },
        exists,
        request,
        spokeState,
      );
    }),
  );
  return problems.flat();
}
