/** What producers grant, as the environment's own stack makes it: who may invoke their connectors and read what these spilled (R10-R12, C8, C24). */
import { bucketArn, principalArn, type RoleOrUser } from "../arn";
import { connectorArn, type Connector, producerConnector, producerRole, spillBucketName } from "../names";
import { invokeBound, spillBound } from "./bound";
import { bucketThing, privateBucket } from "./bucket";
import {
  type Cast,
  idOf,
  misnamed,
  namedPatterns,
  readerParty,
  readersOf,
  rowName,
  similarNames,
} from "./cast";
import { connectorRole, connectorRoleThing } from "./connector-role";
import { keyAbroad, keyAtHome, type SpillKey, spillKeyOf } from "./key";
import { tablesRole, tablesRoleThings } from "./tables-role";
import {
  administrator,
  anybody,
  type Bound,
  type Check,
  type Expectation,
  type Party,
  requests,
  rowWriter,
  service,
  type Thing,
} from "./expectation";

export function functionThing(connector: Connector, madeBy: Thing["madeBy"], words: string): Thing {
  return { kind: "function", arn: connectorArn(connector), account: connector.account, words, madeBy };
}

/** A producer with what it has. */
export interface ProducersThings {
  readonly producer: string;
  readonly spill: Thing;
  readonly connectors: readonly { readonly connector: Connector; readonly thing: Thing }[];
  readonly key: SpillKey | undefined;
}

/** A producer without connectors spills nothing, and has none of these. */
export function producersThings({ environment }: Cast): ProducersThings[] {
  const connecting = Object.entries(environment.producers).filter(
    ([, { connectors }]) => Object.keys(connectors).length > 0,
  );
  return connecting.map(([producer, { account, connectors }]) => {
    const made = Object.keys(connectors).map((name) => producerConnector(environment, producer, name));
    return {
      producer,
      spill: bucketThing(
        environment.region,
        spillBucketName(environment, producer),
        account,
        `the spill bucket of ${producer}`,
        "environment",
      ),
      connectors: made.map((connector) => ({
        connector,
        thing: functionThing(connector, "environment", `the connector ${connector.name} of ${producer}`),
      })),
      key: spillKeyOf(made, `the key of ${producer}'s spill bucket`, "environment"),
    };
  });
}

/** What is asked of a producer's spill bucket, by whomever. */
export function spillRequests(region: string, { spill, connectors }: ProducersThings) {
  const ask = (actions: readonly string[], resources: readonly string[], bound: Partial<Bound> = {}) =>
    requests(region, actions, resources, {
      resourceAccount: spill.account,
      policies: { at: spill.arn },
      bound,
    });
  const prefixes = connectors.map(({ connector }) => connector.spill.prefix);
  const bucket = spill.arn.slice(spill.arn.lastIndexOf(":") + 1);
  const below = (prefix: string) => bucketArn(region, bucket, prefix);
  return {
    ask,
    prefixes,
    bucket,
    read: (bound: Partial<Bound> = {}): Check[] => [
      ...ask(["s3:ListBucket"], [spill.arn], bound),
      ...prefixes.flatMap((prefix) =>
        ask(["s3:GetObject"], [below(`${prefix}block`)], { ...bound, resources: [below(`${prefix}*`)] }),
      ),
    ],
    write: (): Check[] =>
      ask(
        ["s3:PutObject", "s3:DeleteObject"],
        prefixes.map((prefix) => below(`${prefix}block`)),
      ),
  };
}

/** What producers have that carries policies. */
export function thingsOfProducers(cast: Cast): Thing[] {
  return producersThings(cast).flatMap(({ spill, connectors, key }) => [
    spill,
    ...(key === undefined ? [] : [key.thing]),
    ...connectors.flatMap(({ connector, thing }) => [
      thing,
      connectorRoleThing(connector, "environment"),
      ...tablesRoleThings(connector, "environment"),
    ]),
  ]);
}

/** The rows of all producers of the environment. */
export function producers(cast: Cast): Expectation[] {
  return producersThings(cast).flatMap((things) => [
    ...spilling(cast, things),
    ...(things.key === undefined ? [] : keyRows(cast, things.producer, things.key)),
    ...things.connectors.flatMap(({ connector, thing }) => {
      const { producer } = things;
      const spec = cast.environment.producers[producer]?.connectors[connector.name];
      if (spec === undefined) throw new Error(`producer ${producer} has no connector ${connector.name}`);
      const role = connectorRoleThing(connector, "environment");
      const owner = `producer/${producer}`;
      return [
        ...invocation(cast, producer, connector.name, thing),
        ...connectorRole(cast, connector, spec, role, owner, things.key),
        ...tablesRole(cast, connector, spec.tables, "environment", owner),
      ];
    }),
  ]);
}

function keyRows(cast: Cast, producer: string, key: SpillKey): Expectation[] {
  const byGrants = cast.environment.keyAccess === "grants";
  return [
    ...keyAtHome(
      cast,
      key,
      `producer/${producer}`,
      producerRole(cast.environment, producer, "deployer"),
      byGrants,
    ),
    ...keyAbroad(cast, producer, key, outsiders(cast, producer, key.thing.account)),
  ];
}

/** Those whom a producer never heard of, or who have no business with it; none is in its account or in one that may. */
function outsiders(cast: Cast, producer: string, owner: string): Party[] {
  const entitled = new Set([owner, ...readersOf(cast.environment, producer).map(({ account }) => account)]);
  const parties: [string, Party][] = [
    [cast.hub, cast.hubAdministrator],
    [cast.hub, cast.unboundRoleA],
    [cast.neighbour, cast.neighbourAdministrator],
    [cast.neighbour, cast.neighbourRoleB],
    [cast.neighbour, cast.neighbourAnalyst],
    [cast.neighbour, cast.neighbourAnalystUser],
    [cast.stranger, cast.strangerAdministrator],
    [cast.stranger, cast.strangerRoleB],
    [cast.stranger, cast.otherHub],
  ];
  return parties.filter(([account]) => !entitled.has(account)).map(([, party]) => party);
}

function invocation(cast: Cast, producer: string, name: string, thing: Thing): Expectation[] {
  const { environment, region, stranger } = cast;
  const { may, mayNot, mightDo, nothingElse } = rowWriter(`producer/${producer}/${name}`, ["R11", "C24"]);
  const invoke = (bound: Partial<Bound> = {}) =>
    requests(region, ["lambda:InvokeFunction"], [thing.arn], {
      resourceAccount: thing.account,
      policies: { at: thing.arn },
      bound,
    });
  const isOfOrganization = ({ caller }: Party) =>
    environment.producerGrants === "organization" &&
    (caller.type === "role" || caller.type === "user") &&
    !caller.arn.includes(`::${stranger}:`);
  return [
    ...[
      ...outsiders(cast, producer, thing.account),
      anybody,
      service("athena.amazonaws.com"),
      service("s3.amazonaws.com"),
    ].map((party) =>
      isOfOrganization(party)
        ? may(
            `invoke/${idOf(party)}`,
            party,
            `invoke ${thing.words}: the whole organization may`,
            invoke(invokeBound(environment, { account: "" })),
          )
        : mayNot(`invoke/${idOf(party)}`, party, `invoke ${thing.words}`, invoke()),
    ),
    // Which of a producer's connectors a spoke attaches, and whether it is onboarded by now, only its own stack knows.
    ...readersOf(environment, producer).map((reader) =>
      mightDo(
        `invoke/spoke/${reader.spoke}/${rowName(reader.principal)}`,
        readerParty(region, reader),
        `invoke ${thing.words}`,
        invoke(invokeBound(environment, reader)),
      ),
    ),
    nothingElse(thing),
  ];
}

function spilling(cast: Cast, things: ProducersThings): Expectation[] {
  const { environment, region, neighbour } = cast;
  const { producer, spill } = things;
  const prefix = `producer/${producer}/spill`;
  const { may, mayNot } = rowWriter(prefix, ["R12", "C24"]);
  const { read, write, bucket } = spillRequests(region, things);
  const byOrganization = environment.producerGrants === "organization";
  const what = `read what connectors of ${producer} spilled`;
  const namedAsReaders = [cast.neighbourRoleB, cast.neighbourAnalyst, cast.neighbourAnalystUser];
  const withName = (known: RoleOrUser) =>
    administrator(`the ${known} of an uninvolved account`, principalArn(region, neighbour, known));
  return [
    ...outsiders(cast, producer, spill.account)
      .filter((party) => !byOrganization || !namedAsReaders.includes(party))
      .map((party) => mayNot(`read/${idOf(party)}`, party, what, [...read(), ...write()])),
    mayNot(`read/${idOf(anybody)}`, anybody, what, [...read(), ...write()]),
    ...(byOrganization
      ? [
          ...namedPatterns(environment).flatMap((pattern) => {
            const party = withName(pattern.replace("*", "any") as RoleOrUser);
            return [
              may(
                `read/named/${rowName(pattern)}`,
                party,
                `${what}: every one of the organization with such a name may`,
                read(spillBound(environment, producer, neighbour)),
              ),
              mayNot(`write/named/${rowName(pattern)}`, party, "write into spill, or delete it", write()),
            ];
          }),
          ...similarNames(environment).map((name) =>
            mayNot(`read/similar/${rowName(name)}`, withName(name), what, read()),
          ),
        ]
      : []),
    ...readersOf(environment, producer)
      .filter(({ account }) => account !== spill.account)
      .map((reader) =>
        may(
          `read/spoke/${reader.spoke}/${rowName(reader.principal)}`,
          readerParty(region, reader),
          what,
          read(spillBound(environment, producer, reader.account)),
        ),
      ),
    ...misnamed(cast, producer, spill.account).map(({ reader, account, party }) =>
      mayNot(`read/misnamed/${account}/${rowName(reader.principal)}`, party, what, read()),
    ),
    ...privateBucket(cast, spill, bucket, prefix, ["R8", "R12"]),
  ];
}
