/**
 * The access matrix: who must be able to do what for a spoke, and who must not.
 *
 * It is written from the requirements, beside the code that writes the policies and without it, so that one can be held
 * to the other. Pure: from a request and its environment alone.
 */
import type { Environment } from "./environment";
import { bucketThing, privateBucket } from "./matrix/bucket";
import { castOf } from "./matrix/cast";
import { chains } from "./matrix/chains";
import { connectorRole } from "./matrix/connector-role";
import type { Expectation, Matrix, Thing } from "./matrix/expectation";
import { functionThing, producers } from "./matrix/producer";
import { quickToRoleA, roleAIdentity, roleAThing } from "./matrix/role-a";
import { existingBuckets, glueCatalogThing, roleBIdentity } from "./matrix/role-b";
import { roleAToRoleB, roleBThing } from "./matrix/role-b-trust";
import { sharing } from "./matrix/sharing";
import {
  catalogsOf,
  dataSourceIdOf,
  ownSpillBucketName,
  resultsBucketName,
  sampleDataBucketName,
} from "./names";
import type { SpokeRequest } from "./request";

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

/** The matrix of a spoke with all that it rests on in the hub and the producers. */
export function matrixOf(request: SpokeRequest, environment: Environment): Matrix {
  const cast = castOf(environment, request);
  const shared = producers(cast, request);
  const own = ownThings(request, environment);
  const quick = sharing(cast, request);
  const rows: Expectation[] = [
    ...quickToRoleA(cast, dataSourceIdOf(request)),
    ...roleAIdentity(cast),
    ...roleAToRoleB(cast, request),
    ...roleBIdentity(cast, request),
    ...own.rows,
    ...shared.rows,
    ...quick.rows,
  ];
  return {
    things: [
      roleAThing(cast),
      roleBThing(request, cast),
      glueCatalogThing(request),
      ...existingBuckets(request),
      ...own.things,
      ...shared.things,
      quick.thing,
    ],
    rows: [...rows, ...chains(rows)],
    organizationOf: cast.organizationOf,
  };
}

/** The matrix of what an environment's own stack makes, whatever spokes there are. */
export function environmentMatrix(environment: Environment): Matrix {
  const cast = castOf(environment);
  const shared = producers(cast, undefined);
  return {
    things: [roleAThing(cast), ...shared.things],
    rows: [...quickToRoleA(cast, "proof"), ...roleAIdentity(cast), ...shared.rows],
    organizationOf: cast.organizationOf,
  };
}

/** The buckets and connectors that the spoke's stack makes in the spoke's account. */
function ownThings(
  request: SpokeRequest,
  environment: Environment,
): { things: Thing[]; rows: Expectation[] } {
  const cast = castOf(environment, request);
  const { region, account } = request;
  const things: Thing[] = [];
  const rows: Expectation[] = [];
  const deployed = catalogsOf(request, environment).flatMap(({ connector, requested }) =>
    "deploy" in requested ? [{ connector, tables: requested.deploy.tables }] : [],
  );
  const buckets: [string, string, string, string[]][] = [
    ...(request.workgroup.outputLocation === undefined
      ? [
          ["results", resultsBucketName(request), "the results bucket", ["R93"]] as [
            string,
            string,
            string,
            string[],
          ],
        ]
      : []),
    ...(request.sampleData
      ? [
          ["sample-data", sampleDataBucketName(request), "the bucket of sample data", ["C6"]] as [
            string,
            string,
            string,
            string[],
          ],
        ]
      : []),
    ...(deployed.length > 0
      ? [
          ["spill", ownSpillBucketName(request), "the spoke's own spill bucket", ["R8", "R12"]] as [
            string,
            string,
            string,
            string[],
          ],
        ]
      : []),
  ];
  for (const [id, name, words, proves] of buckets) {
    const thing = bucketThing(region, name, account, words, "spoke");
    things.push(thing);
    rows.push(...privateBucket(cast, thing, name, `bucket/${id}`, proves, true));
  }
  for (const { connector, tables } of deployed) {
    const role = connectorRole(cast, connector, tables, "own", "spoke");
    things.push(role.thing, functionThing(connector, "spoke", `the spoke's own connector ${connector.name}`));
    rows.push(...role.rows);
  }
  return { things, rows };
}
