/**
 * What the proof of access costs: of one spoke, and of an environment with 500.
 *
 *     npm run bench -- proof
 *
 * One spoke is proved as `spokes preview --proof` does it: its own rows and its environment's. For many, the environment
 * is proved once, then each spoke. Seconds are the processor's: a machine that others use too would show more.
 */
import { type Environment, readEnvironment } from "../access/environment";
import { environmentMatrix, type Matrix, matrixOf, spokeMatrix } from "../access/matrix";
import { combined, type FoundPolicies, prove } from "../access/proof";
import { readRequest, registrationOf, type SpokeRequest } from "../access/request";
import { environmentDocuments, spokeDocuments } from "../test/documents";
import { report } from "./promise";
import { spreadOf } from "./spread";

const SPOKES = 500;
const ROUNDS = 9;

const written = {
  region: "us-east-1",
  organization: "o-athenaspokes",
  // Of the scopes the one with the most rows that a producer's policies still have room for.
  roleA: "list",
  producerGrants: "organization",
  hub: { account: "111111111111", quick: { owners: ["group/bi-admins"], authors: ["group/bi-authors"] } },
  producers: {
    music: {
      account: "122222222222",
      connectors: { acct1dynamodb: { tables: ["Music"], customerManagedKey: true } },
    },
  },
};

function requestOf(spoke: string, index: number): SpokeRequest {
  const request = {
    spoke,
    environment: "bench",
    account: String(133333330000 + index),
    region: "us-east-1",
    sampleData: true,
    analyst: true,
    connectors: [{ from: "music" }],
  };
  return readRequest(request, `${spoke}.yaml`);
}

function environmentOf(requests: readonly SpokeRequest[]): Environment {
  const empty = readEnvironment("bench", written);
  const spokes = Object.fromEntries(
    requests.map((request) => [request.spoke, registrationOf(request, empty)]),
  );
  return readEnvironment("bench", { ...written, spokes });
}

/** @throws Error when the proof does not hold, so that its time would say nothing */
function proved(matrix: Matrix, found: FoundPolicies): void {
  const { holds, rows, unplaced } = prove(matrix, found);
  if (holds) return;
  const [wrong] = rows.filter(({ outcome }) => outcome !== "holds");
  throw new Error(`the proof does not hold: ${wrong?.id ?? unplaced[0]?.what ?? ""}`);
}

function seconds(run: () => void): number {
  const begun = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1e6;
}

function one(): number {
  const request = requestOf("sales", 0);
  const environment = environmentOf([request]);
  return seconds(() => {
    const found = combined(environmentDocuments(environment), spokeDocuments(request, environment));
    proved(matrixOf(request, environment), found);
  });
}

function many(): number {
  const requests = Array.from({ length: SPOKES }, (_, index) => requestOf(`s${index + 1}`, index + 1));
  const environment = environmentOf(requests);
  return seconds(() => {
    const shared = environmentDocuments(environment);
    proved(environmentMatrix(environment), shared);
    for (const request of requests)
      proved(spokeMatrix(request, environment), combined(shared, spokeDocuments(request, environment)));
  });
}

report([
  {
    name: "proof of one spoke, the first of them in a new process",
    unit: "s",
    digits: 2,
    spread: spreadOf(Array.from({ length: ROUNDS }, one)),
    promise: { of: "most", is: "below", limit: 1 },
  },
  {
    name: `proof of an environment with ${SPOKES} spokes`,
    unit: "s",
    digits: 1,
    spread: spreadOf([many()]),
    promise: { of: "most", is: "below", limit: 60 },
  },
]);
