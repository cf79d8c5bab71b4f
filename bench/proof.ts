/**
 * What the proof of access costs: of one spoke, and of an environment with 500.
 *
 *     npm run bench proof [-- --json] [--spokes N]
 *
 * One spoke is proved as `spokes preview --proof` does it: its own rows and its environment's. For many, the environment
 * is proved once, then each spoke.
 */
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { readEnvironment } from "../access/environment";
import { environmentMatrix, type Matrix, matrixOf, spokeMatrix } from "../access/matrix";
import { combined, type FoundPolicies, prove } from "../access/proof";
import { readRequest, registrationOf } from "../access/request";
import { environmentDocuments, spokeDocuments } from "../test/documents";

/** What is promised, in seconds. */
const PROMISED = { one: 1, many: 60 };

interface Figures {
  readonly spokes: number;
  /** Seconds; the first proof of a process, with nothing read or compiled before. */
  readonly one: number;
  readonly many: number;
  /** Requests that the evaluator answered. */
  readonly requests: number;
}

function main(): void {
  const { values } = parseArgs({
    options: { json: { type: "boolean", default: false }, spokes: { type: "string", default: "500" } },
  });
  const spokes = Number(values.spokes);
  if (!Number.isInteger(spokes) || spokes < 1 || spokes > 900)
    throw new Error(`--spokes ${values.spokes} is not a number of spokes from 1 to 900`);
  const written = {
    region: "us-east-1",
    organization: "o-athenaspokes",
    // Of the scopes the one with the most rows that a producer's policies still have room for.
    roleA: "list",
    producerGrants: "organization",
    hub: { account: "111111111111", quick: { owners: ["group/bi-admins"], authors: ["group/bi-authors"] } },
    producers: { music: { account: "122222222222", connectors: { acct1dynamodb: { tables: ["Music"] } } } },
  };
  const requests = Array.from({ length: spokes }, (_, index) =>
    readRequest(
      {
        spoke: `s${index + 1}`,
        environment: "bench",
        account: String(133333330000 + index + 1),
        region: "us-east-1",
        sampleData: true,
        analyst: true,
        connectors: [{ from: "music" }],
      },
      `s${index + 1}.yaml`,
    ),
  );
  const empty = readEnvironment("bench", written);
  const environment = readEnvironment("bench", {
    ...written,
    spokes: Object.fromEntries(requests.map((request) => [request.spoke, registrationOf(request, empty)])),
  });
  const [first] = requests;
  if (first === undefined) throw new Error("there is no spoke");

  let answered = 0;
  const proved = (matrix: () => Matrix, found: FoundPolicies) => {
    const proof = prove(matrix(), found);
    if (!proof.holds) throw new Error("the proof does not hold, so that its time says nothing");
    answered += proof.rows.reduce((total, { checks }) => total + checks.length, 0);
  };
  const alone = { ...empty, spokes: { [first.spoke]: registrationOf(first, empty) } };
  const one = seconds(() => {
    proved(() => matrixOf(first, alone), combined(environmentDocuments(alone), spokeDocuments(first, alone)));
  });
  answered = 0;
  const many = seconds(() => {
    const shared = environmentDocuments(environment);
    proved(() => environmentMatrix(environment), shared);
    for (const request of requests)
      proved(() => spokeMatrix(request, environment), combined(shared, spokeDocuments(request, environment)));
  });
  const figures: Figures = { spokes, one, many, requests: answered };
  process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : `${tableOf(figures)}\n`);
  if (one > PROMISED.one || (spokes <= 500 && many > PROMISED.many)) process.exitCode = 1;
}

function seconds(run: () => void): number {
  const begun = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - begun) / 1e9;
}

function tableOf({ spokes, one, many, requests }: Figures): string {
  const table = new Table({ head: ["proof of", "time", "promised"], style: { head: [], border: [] } });
  table.push(
    ["one spoke", `${one.toFixed(2)} s`, `below ${PROMISED.one} s`],
    [`${spokes} spokes, ${requests} requests`, `${many.toFixed(1)} s`, `500 below ${PROMISED.many} s`],
  );
  return table.toString();
}

main();
