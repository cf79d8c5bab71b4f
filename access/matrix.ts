/**
 * The access matrix: who must be able to do what for a spoke, and who must not.
 *
 * It is written from the requirements, beside the code that writes the policies and without it, so that one can be held
 * to the other. Pure: from a request and its environment alone.
 */
import { hubAlarms, spokeAlarms } from "./alarms";
import { type Environment, sharedRoleAScopes } from "./environment";
import { levelsOf } from "./level";
import { alarmTopic, topicThing } from "./matrix/alarms";
import { analyst } from "./matrix/analyst";
import { bucketThing, privateBucket } from "./matrix/bucket";
import { type Cast, castOf } from "./matrix/cast";
import { chains } from "./matrix/chains";
import { connectorRole, connectorRoleThing } from "./matrix/connector-role";
import type { Expectation, Matrix, Thing } from "./matrix/expectation";
import { functionThing, producers, thingsOfProducers } from "./matrix/producer";
import { keyAtHome, spillKeyOf } from "./matrix/key";
import { lakeOfSpoke, lakeRows, lakeThings } from "./matrix/lake-formation";
import { products, productThings } from "./matrix/products";
import { glueCatalogThing } from "./matrix/querying-glue";
import { existingBuckets } from "./matrix/querying-s3";
import { quickToRoleA, quickToRoleAFor, roleAIdentity, roleAThing } from "./matrix/role-a";
import { roleBIdentity } from "./matrix/role-b";
import { roleAToRoleB, roleBThing } from "./matrix/role-b-trust";
import { shares } from "./matrix/share";
import { sharing } from "./matrix/sharing";
import { tableReading } from "./matrix/table-reader";
import { tablesRole, tablesRoleThings } from "./matrix/tables-role";
import { thirdPartyReaders } from "./matrix/third-party-reader";
import { spokeAtProducers } from "./matrix/spoke-at-producer";
import {
  catalogsOf,
  dataSourceIdOf,
  ownSpillBucketName,
  makesResultsBucket,
  resultsBucketName,
  roleBArn,
  sampleDataBucketName,
  spokeRole,
} from "./names";
import { registrationOf, type SpokeRequest } from "./request";

export type {
  Bound,
  ChainRow,
  Check,
  Expectation,
  Matrix,
  NothingElseRow,
  Party,
  RequestRow,
  SharingRow,
  Thing,
} from "./matrix/expectation";

/** The matrix of what an environment's own stack makes, for the spokes on its list. */
export function environmentMatrix(environment: Environment): Matrix {
  const cast = castOf(environment);
  const reading = tableReading(cast);
  const shared = sharedRoleA(environment);
  return {
    things: [
      ...shared.things,
      ...thingsOfProducers(cast),
      ...publishedThings(cast),
      ...reading.things,
      ...hubTopic(cast).things,
    ],
    rows: [
      ...shared.rows,
      ...producers(cast),
      ...products(cast),
      ...lakeRows(cast),
      ...reading.rows,
      ...hubTopic(cast).rows,
    ],
    organizationOf: cast.organizationOf,
  };
}

/**
 * The Role A that spokes share; none where each has its own, which is of the spoke's matrix. An environment that moves from
 * one scope to another has what both make.
 */
function sharedRoleA(environment: Environment): { things: Thing[]; rows: Expectation[] } {
  const scopes = sharedRoleAScopes(environment);
  if (scopes.length === 0) return { things: [], rows: [] };
  const cast = castOf({
    ...environment,
    roleA: scopes.includes("pattern") ? "pattern" : "list",
    formerRoleA: scopes.length > 1 ? "list" : undefined,
  });
  const rows = [...quickToRoleA(cast), ...roleAIdentity(cast)];
  return environment.roleA === "dedicated"
    ? {
        things: [{ ...roleAThing(cast), words: "the Role A that spokes have shared" }],
        rows: rows.map((row) => ({ ...row, id: `former/${row.id}` })),
      }
    : { things: [roleAThing(cast)], rows };
}

/**
 * The matrix of a spoke: of what its stack makes, and of what the hub and the producers let it do. What these let others
 * do, says the environment's matrix: of many spokes it need be proved once.
 *
 * @param environment whether or not the spoke is on its list.
 */
export function spokeMatrix(request: SpokeRequest, environment: Environment): Matrix {
  const cast = castOf(withSpoke(request, environment), request.spoke);
  const levels = levelMatrices(cast, request);
  return {
    things: distinct(levels.flatMap(({ things }) => things)),
    rows: levels.flatMap(({ level, rows }) => rows.map((row) => atLevel(row, level))),
    organizationOf: cast.organizationOf,
  };
}

/** The whole matrix of a spoke: its own and its environment's, with the chains from hop to hop. */
export function matrixOf(request: SpokeRequest, environment: Environment): Matrix {
  const shared = environmentMatrix(withSpoke(request, environment));
  const cast = castOf(withSpoke(request, environment), request.spoke);
  const levels = levelMatrices(cast, request);
  return {
    things: distinct(levels.flatMap(({ things }) => things)),
    rows: [
      ...shared.rows,
      ...levels.flatMap(({ level, rows }) =>
        [...rows, ...chains([...shared.rows, ...rows])].map((row) => atLevel(row, level)),
      ),
    ],
    organizationOf: cast.organizationOf,
  };
}

/** The matrix of each level of a spoke by itself (R72). */
function levelMatrices(
  cast: Cast,
  request: SpokeRequest,
): (Pick<Matrix, "things" | "rows"> & { readonly level: SpokeRequest })[] {
  const { environment } = cast;
  return levelsOf(request).map((level) => {
    const own = ownThings(cast, level);
    const people = analyst(cast, level);
    const quick = sharing(cast, level);
    const shared = shares(cast, level);
    const readers = thirdPartyReaders(cast, level);
    const lake = lakeOfSpoke(cast, level, [
      ...(level.quick ? [roleBArn(level, environment)] : []),
      ...people.things.map(({ arn }) => arn),
    ]);
    const isGeneral = level.classification === undefined;
    // The levels of a spoke have one topic together.
    const alarms = isGeneral ? spokeTopic(cast, request) : { things: [], rows: [] };
    const rows = [
      ...(level.quick
        ? [
            quickToRoleAFor(cast, dataSourceIdOf(level)),
            ...(environment.roleA === "dedicated" && isGeneral ? roleAIdentity(cast) : []),
            ...roleAToRoleB(cast, level),
            ...roleBIdentity(cast, level),
          ]
        : []),
      ...people.rows,
      ...own.rows,
      ...spokeAtProducers(cast, level),
      ...shared.rows,
      ...readers.rows,
      ...alarms.rows,
      ...lake.rows,
      ...(level.quick ? quick.rows : []),
    ];
    const made: Thing[] = [
      ...sharedRoleA(environment).things,
      roleAThing(cast),
      ...thingsOfProducers(cast),
      ...publishedThings(cast),
      ...tableReading(cast).things,
      ...hubTopic(cast).things,
      ...[
        ...(level.quick ? [roleBThing(level, cast), ...quick.things] : []),
        ...people.things,
        ...own.things,
        ...shared.things,
        ...readers.things,
        ...alarms.things,
        ...lake.things,
      ].map((thing) => thingAtLevel(thing, level)),
    ];
    // A spoke that publishes products has a catalog and buckets whose policies the environment's stack writes.
    const existing = [glueCatalogThing(level), ...existingBuckets(level), ...readers.existing].filter(
      ({ arn }) => !made.some((thing) => thing.arn === arn),
    );
    return { level, things: [...made, ...existing], rows };
  });
}

/** The hub's topic of alarms, where the environment asks for them (R73). */
function hubTopic(cast: Cast): Pick<Matrix, "things" | "rows"> {
  const alarms = hubAlarms(cast.environment);
  if (alarms === undefined) return { things: [], rows: [] };
  const thing = topicThing(alarms, cast.hub, "the hub's topic of alarms", "environment");
  return { things: [thing], rows: alarmTopic(cast, alarms, thing, "alarms/hub") };
}

/** The spoke's topic of alarms, where the environment asks for them (R73). */
function spokeTopic(cast: Cast, request: SpokeRequest): Pick<Matrix, "things" | "rows"> {
  const alarms = spokeAlarms(request, cast.environment);
  if (alarms === undefined) return { things: [], rows: [] };
  const thing = topicThing(alarms, request.account, "the spoke's topic of alarms", "spoke");
  return { things: [thing], rows: alarmTopic(cast, alarms, thing, "alarms/spoke") };
}

/** What products are shared by; a bucket that the environment writes the policy of is its own, whatever else reads there. */
function publishedThings(cast: Cast): Thing[] {
  const byPolicy = productThings(cast);
  return [...byPolicy, ...lakeThings(cast).filter(({ arn }) => byPolicy.every((thing) => thing.arn !== arn))];
}

/** The row of a classification, told from that of the general level. */
function atLevel(row: Expectation, { classification }: SpokeRequest): Expectation {
  return classification === undefined
    ? row
    : { ...row, id: `${row.id}@${classification}`, says: `${row.says} (${classification})` };
}

/** What is of a classification, told from what is the same of the general level. */
function thingAtLevel(thing: Thing, { classification }: SpokeRequest): Thing {
  return classification === undefined ? thing : { ...thing, words: `${thing.words} (${classification})` };
}

/** Levels have some things in common, such as Role A and the producers' functions. */
function distinct(things: readonly Thing[]): Thing[] {
  return [...new Map(things.map((thing) => [thing.arn, thing])).values()];
}

function withSpoke(request: SpokeRequest, environment: Environment): Environment {
  const spokes = { ...environment.spokes, [request.spoke]: registrationOf(request, environment) };
  return { ...environment, spokes };
}

/** The buckets and connectors that the spoke's stack makes in the spoke's account. */
function ownThings(cast: Cast, request: SpokeRequest): { things: Thing[]; rows: Expectation[] } {
  const { region, account } = request;
  const deployed = catalogsOf(request, cast.environment).flatMap(({ connector, requested }) =>
    "deploy" in requested ? [{ connector, spec: requested.deploy }] : [],
  );
  const buckets = [
    {
      id: "results",
      name: makesResultsBucket(request) ? resultsBucketName(request) : undefined,
      words: "the results bucket",
      proves: ["R93"],
    },
    {
      id: "sample-data",
      name: request.sampleData ? sampleDataBucketName(request) : undefined,
      words: "the bucket of sample data",
      proves: ["C6"],
    },
    {
      id: "spill",
      name: deployed.length > 0 ? ownSpillBucketName(request) : undefined,
      words: "the spoke's own spill bucket",
      proves: ["R8", "R12"],
    },
  ].flatMap(({ id, name, words, proves }) => {
    if (name === undefined) return [];
    const thing = bucketThing(region, name, account, words, "spoke");
    return [{ thing, rows: privateBucket(cast, thing, name, `bucket/${id}`, proves, true) }];
  });
  const key = spillKeyOf(
    deployed.map(({ connector }) => connector),
    "the key of the spoke's own spill bucket",
    "spoke",
  );
  const keys =
    key === undefined
      ? []
      : [{ thing: key.thing, rows: keyAtHome(cast, key, "own", spokeRole(request), false) }];
  const roles = deployed.map(({ connector, spec }) => {
    const thing = connectorRoleThing(connector, "spoke");
    return { thing, rows: connectorRole(cast, connector, spec, thing, "own", key) };
  });
  const elsewhere = deployed.map(({ connector, spec }) => ({
    things: tablesRoleThings(connector, "spoke"),
    rows: tablesRole(cast, connector, spec.tables, "spoke", "own"),
  }));
  const functions = deployed.map(({ connector }) =>
    functionThing(connector, "spoke", `the spoke's own connector ${connector.name}`),
  );
  return {
    things: [
      ...[...buckets, ...keys, ...roles].map(({ thing }) => thing),
      ...elsewhere.flatMap(({ things }) => things),
      ...functions,
    ],
    rows: [...buckets, ...keys, ...roles, ...elsewhere].flatMap(({ rows }) => rows),
  };
}
