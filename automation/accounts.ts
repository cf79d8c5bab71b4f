/** The accounts of one spoke's chain, entered. */
import type { Environment } from "../access/environment";
import { levelsOf } from "../access/level";
import {
  attachedProducers,
  type Connector,
  type Duty,
  hubRole,
  ownConnector,
  producerRole,
  readerRole,
  spokeRole,
  tablesDeployer,
} from "../access/names";
import type { DeployedConnector, SpokeRequest } from "../access/request";
import type { Side } from "../access/side";
import { type TableReader, tableReaders } from "../access/table-reader";
import {
  type AccountView,
  type Caller,
  type Cloud,
  EndpointUnreachable,
  type Entry,
  EntryRefused,
} from "./cloud/cloud";
import { messageOf, RunnerError } from "./failure";

/** The spoke, its hub, and the producers it attaches; of one side, only the accounts of that side. */
export interface ChainAccounts {
  /** Undefined on the hub's side. */
  readonly spoke: AccountView | undefined;
  /** Undefined on the spoke's side, and when Quick does not query the spoke. */
  readonly hub: AccountView | undefined;
  /** By the producer's name; none on the spoke's side. */
  readonly producers: ReadonlyMap<string, AccountView>;
  /** Accounts of tables that the spoke's own connectors read, by `tablesKey`. */
  readonly tables: ReadonlyMap<string, AccountView>;
}

/** Accounts of which some may have been refused. */
export interface Entered {
  readonly caller: Caller;
  readonly spoke: AccountView | EntryRefused | undefined;
  readonly hub: AccountView | EntryRefused | undefined;
  readonly producers: ReadonlyMap<string, AccountView | EntryRefused>;
  readonly tables: ReadonlyMap<string, AccountView | EntryRefused>;
}

/** How the hub is entered: for the environment's own stack, or for a spoke's. */
export function hubEntry(environment: Environment, duty: Duty): Entry {
  return { account: environment.hub.account, role: hubRole(environment, duty), region: environment.region };
}

/** An account of the other side, which whoever applies this one need not reach. */
export class OnOtherSide extends Error {}

/** The spoke's account. @throws OnOtherSide */
export function spokeIn({ spoke }: Pick<ChainAccounts, "spoke">): AccountView {
  if (spoke === undefined) throw new OnOtherSide("the spoke's account is on the spoke's side");
  return spoke;
}

/** The hub of a spoke that Quick queries. @throws OnOtherSide */
export function hubIn({ hub }: Pick<ChainAccounts, "hub">): AccountView {
  if (hub === undefined) throw new OnOtherSide("the hub is on the hub's side");
  return hub;
}

/** A producer that the spoke attaches. @throws OnOtherSide */
export function producerIn({ producers }: Pick<ChainAccounts, "producers">, name: string): AccountView {
  const producer = producers.get(name);
  if (producer === undefined) throw new OnOtherSide(`producer ${name} is on the hub's side`);
  return producer;
}

/** All accounts that were entered; what is in an account that is several of them, is seen with the last one's role. */
export function viewsOf({ spoke, hub, producers, tables }: ChainAccounts): AccountView[] {
  return [hub, ...producers.values(), ...tables.values(), spoke].filter((view) => view !== undefined);
}

/** How a producer is entered: for the environment's own stack, or for a spoke's. */
export function producerEntry(environment: Environment, producer: string, duty: Duty): Entry {
  const spec = environment.producers[producer];
  if (spec === undefined) throw new Error(`environment ${environment.name} has no producer ${producer}`);
  return {
    account: spec.account,
    role: producerRole(environment, producer, duty),
    region: environment.region,
  };
}

/** How the account of a function that reads a producer's table is entered. */
export function readerEntry(
  environment: Environment,
  { producer, name, account, region }: TableReader,
): Entry {
  return { account, role: readerRole(environment, producer, name), region };
}

/** What tells accounts of tables apart, as a stack enters them. */
export function tablesKey(
  environment: string,
  place: { readonly account: string; readonly assumeRole?: string | undefined },
): string {
  return `${place.account}/${tablesDeployer(environment, place)}`;
}

/** How the accounts are entered that have tables which connectors of other accounts read, each once (C11). */
export function tablesEntries(
  environment: string,
  region: string,
  connectors: readonly {
    readonly tablesIn?: { readonly account: string; readonly assumeRole?: string | undefined } | undefined;
  }[],
): ReadonlyMap<string, Entry> {
  return new Map(
    connectors.flatMap(({ tablesIn }) =>
      tablesIn === undefined
        ? []
        : [
            [
              tablesKey(environment, tablesIn),
              { account: tablesIn.account, role: tablesDeployer(environment, tablesIn), region },
            ],
          ],
    ),
  );
}

/** What a request writes of a connector that it deploys, and the connector. */
export type Deployed = DeployedConnector["deploy"] & { readonly connector: Connector };

/** The connectors that a request deploys, at any level. */
export function deployedBy(request: SpokeRequest): Deployed[] {
  return levelsOf(request).flatMap((level) =>
    level.connectors.flatMap((requested) =>
      "deploy" in requested ? [{ ...requested.deploy, connector: ownConnector(level, requested) }] : [],
    ),
  );
}

/** How a spoke is entered. */
export function spokeEntry(request: SpokeRequest): Entry {
  return { account: request.account, role: spokeRole(request), region: request.region };
}

/**
 * Enters all accounts of the chain, or of one side of it, at the same time.
 *
 * @throws RunnerError (`endpoint.unreachable`, `credentials.unusable`) when nothing can be asked at all.
 */
export async function enterAll(
  cloud: Cloud,
  request: SpokeRequest,
  environment: Environment,
  side?: Side,
): Promise<Entered> {
  const tried = (entry: Entry) =>
    cloud.enter(entry).catch((thrown: unknown) => {
      if (thrown instanceof EntryRefused) return thrown;
      throw thrown;
    });
  try {
    const places = side === "hub" ? [] : tablesEntries(environment.name, request.region, deployedBy(request));
    const attached = side === "spoke" ? [] : attachedProducers(request);
    const [caller, spoke, hub, producers, tables] = await Promise.all([
      cloud.caller(request.region),
      side === "hub" ? undefined : tried(spokeEntry(request)),
      request.quick && side !== "spoke" ? tried(hubEntry(environment, "onboarder")) : undefined,
      Promise.all(
        attached.map(async (name): Promise<[string, AccountView | EntryRefused]> => [
          name,
          await tried(producerEntry(environment, name, "onboarder")),
        ]),
      ),
      Promise.all(
        [...places].map(async ([key, entry]): Promise<[string, AccountView | EntryRefused]> => [
          key,
          await tried(entry),
        ]),
      ),
    ]);
    return { caller, spoke, hub, producers: new Map(producers), tables: new Map(tables) };
  } catch (thrown) {
    throw asAccessError(thrown);
  }
}

/** What a failed first call means for the person who ran the command. */
export function asAccessError(thrown: unknown): unknown {
  if (thrown instanceof RunnerError) return thrown;
  if (thrown instanceof EndpointUnreachable)
    return new RunnerError(
      "endpoint.unreachable",
      "input",
      `${thrown.message}: check that address and the network, or start what should answer there`,
      { cause: thrown },
    );
  if (thrown instanceof EntryRefused)
    return new RunnerError(
      "credentials.unusable",
      "input",
      `${thrown.message}: use credentials that may assume it, or name the right role under assumeRole`,
      { cause: thrown },
    );
  return new RunnerError(
    "credentials.unusable",
    "input",
    `the AWS credentials cannot be used (${messageOf(thrown)}): set them as for the AWS CLI, for example with AWS_PROFILE`,
    { cause: thrown },
  );
}

/**
 * Enters all accounts of the chain, or of one side of it.
 *
 * @throws RunnerError (`credentials.unusable`) when one of them is refused.
 */
export async function enterChain(
  cloud: Cloud,
  request: SpokeRequest,
  environment: Environment,
  side?: Side,
): Promise<ChainAccounts> {
  const { spoke, hub, producers, tables } = await enterAll(cloud, request, environment, side);
  const open = (view: AccountView | EntryRefused): AccountView => {
    if (view instanceof EntryRefused) throw asAccessError(view);
    return view;
  };
  return {
    spoke: spoke && open(spoke),
    hub: hub && open(hub),
    producers: new Map([...producers].map(([name, view]) => [name, open(view)])),
    tables: new Map([...tables].map(([key, view]) => [key, open(view)])),
  };
}

/** Which account is which, for people: twelve digits -> `hub`, `producer music`, `spoke sales`. */
export function accountNames(environment: Environment, request?: SpokeRequest): Record<string, string> {
  const names: Record<string, string> = {};
  const name = (account: string, word: string) => {
    names[account] = names[account] === undefined ? word : `${names[account]}, ${word}`;
  };
  name(environment.hub.account, "hub");
  for (const [producer, { account }] of Object.entries(environment.producers))
    name(account, `producer ${producer}`);
  for (const reader of tableReaders(environment)) name(reader.account, `table reader ${reader.name}`);
  for (const [spoke, { account }] of Object.entries(environment.spokes))
    if (spoke !== request?.spoke) name(account, `spoke ${spoke}`);
  if (request !== undefined) name(request.account, `spoke ${request.spoke}`);
  return names;
}
