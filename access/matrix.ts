/**
 * The access matrix: who must be able to do what for a spoke, and who must not.
 *
 * It is written from the requirements, beside the code that writes the policies and without it, so that one can be held
 * to the other. Pure: from a request and its environment alone.
 */
import type { Environment } from "./environment";
import { analyst } from "./matrix/analyst";
import { bucketThing, privateBucket } from "./matrix/bucket";
import { type Cast, castOf } from "./matrix/cast";
import { chains } from "./matrix/chains";
import { connectorRole, connectorRoleThing } from "./matrix/connector-role";
import type { Expectation, Matrix, Thing } from "./matrix/expectation";
import { functionThing, producers, thingsOfProducers } from "./matrix/producer";
import { keyAtHome, spillKeyOf } from "./matrix/key";
import { products, productThings } from "./matrix/products";
import { glueCatalogThing } from "./matrix/querying-glue";
import { existingBuckets } from "./matrix/querying-s3";
import { quickToRoleA, quickToRoleAFor, roleAIdentity, roleAThing } from "./matrix/role-a";
import { roleBIdentity } from "./matrix/role-b";
import { roleAToRoleB, roleBThing } from "./matrix/role-b-trust";
import { shares } from "./matrix/share";
import { sharing } from "./matrix/sharing";
import { tableReading } from "./matrix/table-reader";
import { spokeAtProducers } from "./matrix/spoke-at-producer";
import {
  catalogsOf,
  dataSourceIdOf,
  ownSpillBucketName,
  resultsBucketName,
  sampleDataBucketName,
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
  return {
    things: [roleAThing(cast), ...thingsOfProducers(cast), ...productThings(cast), ...reading.things],
    rows: [
      ...quickToRoleA(cast),
      ...roleAIdentity(cast),
      ...producers(cast),
      ...products(cast),
      ...reading.rows,
    ],
    organizationOf: cast.organizationOf,
  };
}

/**
 * The matrix of a spoke: of what its stack makes, and of what the hub and the producers let it do. What these let others
 * do, says the environment's matrix: of many spokes it need be proved once.
 *
 * @param environment whether or not the spoke is on its list.
 */
export function spokeMatrix(request: SpokeRequest, environment: Environment): Matrix {
  const cast = castOf(withSpoke(request, environment));
  const own = ownThings(cast, request);
  const people = analyst(cast, request);
  const quick = sharing(cast, request);
  const shared = shares(cast, request);
  const rows = [
    ...(request.quick
      ? [
          quickToRoleAFor(cast, dataSourceIdOf(request)),
          ...roleAToRoleB(cast, request),
          ...roleBIdentity(cast, request),
        ]
      : []),
    ...people.rows,
    ...own.rows,
    ...spokeAtProducers(cast, request),
    ...shared.rows,
    ...(request.quick ? quick.rows : []),
  ];
  const made: Thing[] = [
    roleAThing(cast),
    ...thingsOfProducers(cast),
    ...productThings(cast),
    ...tableReading(cast).things,
    ...(request.quick ? [roleBThing(request, cast)] : []),
    ...people.things,
    ...own.things,
    ...shared.things,
    ...(request.quick ? [quick.thing] : []),
  ];
  // A spoke that publishes products has a catalog and buckets whose policies the environment's stack writes.
  const existing = [glueCatalogThing(request), ...existingBuckets(request)].filter(
    ({ arn }) => !made.some((thing) => thing.arn === arn),
  );
  return {
    things: [...made, ...existing],
    rows,
    organizationOf: cast.organizationOf,
  };
}

/** The whole matrix of a spoke: its own and its environment's, with the chains from hop to hop. */
export function matrixOf(request: SpokeRequest, environment: Environment): Matrix {
  const shared = environmentMatrix(withSpoke(request, environment));
  const own = spokeMatrix(request, environment);
  const rows = [...shared.rows, ...own.rows];
  return {
    things: own.things,
    rows: [...rows, ...chains(rows)],
    organizationOf: own.organizationOf,
  };
}

function withSpoke(request: SpokeRequest, environment: Environment): Environment {
  const spokes = { ...environment.spokes, [request.spoke]: registrationOf(request, environment) };
  return { ...environment, spokes };
}

/** The buckets and connectors that the spoke's stack makes in the spoke's account. */
function ownThings(cast: Cast, request: SpokeRequest): { things: Thing[]; rows: Expectation[] } {
  const { region, account } = request;
  const deployed = catalogsOf(request, cast.environment).flatMap(({ connector, requested }) =>
    "deploy" in requested ? [{ connector, tables: requested.deploy.tables }] : [],
  );
  const buckets = [
    {
      id: "results",
      name: request.workgroup.outputLocation === undefined ? resultsBucketName(request) : undefined,
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
  const keys = key === undefined ? [] : [{ thing: key.thing, rows: keyAtHome(cast, key, "own", false) }];
  const roles = deployed.map(({ connector, tables }) => {
    const thing = connectorRoleThing(connector, "spoke");
    return { thing, rows: connectorRole(cast, connector, tables, thing, "own", key) };
  });
  const functions = deployed.map(({ connector }) =>
    functionThing(connector, "spoke", `the spoke's own connector ${connector.name}`),
  );
  return {
    things: [...[...buckets, ...keys, ...roles].map(({ thing }) => thing), ...functions],
    rows: [...buckets, ...keys, ...roles].flatMap(({ rows }) => rows),
  };
}
