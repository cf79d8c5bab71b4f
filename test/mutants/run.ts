/**
 * Whether the access matrix would notice: every statement and every condition of every document that access/ builds, for
 * several configurations, is deleted, widened or spoilt otherwise, one at a time, and the proof has to fail.
 *
 *     npm run mutants [-- --list] [--only <part of a configuration's name>]
 *
 * What no row catches has to be known as equivalent, with a reason, and decide alike on 10,000 generated requests.
 */
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { castOf } from "../../access/matrix/cast";
import { type Matrix, matrixOf } from "../../access/matrix";
import { bootstrapMatrix } from "../../access/matrix/bootstrap";
import { combined, type FoundPolicies } from "../../access/proof";
import {
  type BootstrapConfiguration,
  bootstrapConfigurations,
  trusted,
} from "../access/bootstrap-configurations";
import { type Configuration, configurations } from "../access/configurations";
import { bootstrapDocuments, environmentDocuments, spokeDocuments } from "../documents";
import { bootstrapEquivalents, type Equivalent, equivalents } from "./equivalents";
import { firstDifference } from "./generated";
import { hunter } from "./hunt";
import { type Mutant, mutantsOf } from "./mutants";

/** Requests on which an equivalent has to decide as the original does. */
const GENERATED = 10_000;
/** Share of all mutants that rows have to catch. */
const WANTED = 0.97;

/** Documents with the matrix that has to notice what is done to them. */
interface Suite {
  readonly name: string;
  readonly matrix: Matrix;
  readonly documents: FoundPolicies;
  /** Accounts from which generated requests come. */
  readonly accounts: readonly string[];
  /** Why a mutant decides alike; undefined when that is not known. */
  readonly reason: (mutant: Mutant) => string | undefined;
}

const reasonIn = (known: readonly Equivalent[]) => (mutant: Mutant) =>
  known.find(({ covers }) => covers(mutant))?.reason;

function chain(configuration: Configuration): Suite {
  const { name, request, environment } = configuration;
  const { neighbour, stranger, hub } = castOf(environment);
  return {
    name,
    matrix: matrixOf(request, environment),
    documents: combined(environmentDocuments(environment), spokeDocuments(request, environment)),
    accounts: [request.account, hub, neighbour, stranger],
    reason: (mutant) => equivalents.find(({ covers }) => covers(mutant, configuration))?.reason,
  };
}

function bootstrap({ name, environment, spoke }: BootstrapConfiguration): Suite {
  const { neighbour, stranger, hub } = castOf(environment);
  return {
    name: `bootstrap: ${name}`,
    matrix: bootstrapMatrix(environment, spoke, trusted),
    documents: bootstrapDocuments(environment, spoke, trusted),
    accounts: [spoke.account, hub, neighbour, stranger],
    reason: reasonIn(bootstrapEquivalents),
  };
}

interface Tally {
  readonly configuration: string;
  mutants: number;
  /** By a request's answer, a data source's sharing. */
  byRequests: number;
  /** By what statements say beyond what is allowed, and by nothing else. */
  byReach: number;
  equivalent: number;
}

function main(): void {
  const { values } = parseArgs({
    options: { list: { type: "boolean", default: false }, only: { type: "string", default: "" } },
  });
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const begun = Date.now();
  const missed: string[] = [];
  const reasons = new Map<string, number>();
  // The same document occurs in many configurations; how it decides is looked at once.
  const looked = new Map<string, string | undefined>();
  // Made one by one: only one matrix is held at a time.
  const isWanted = ({ name }: { readonly name: string }) => name.includes(values.only);
  const suites = [
    ...configurations.filter(isWanted).map((configuration) => () => chain(configuration)),
    ...bootstrapConfigurations.filter(isWanted).map((configuration) => () => bootstrap(configuration)),
  ];
  if (suites.length === 0) throw new Error(`no configuration has "${values.only}" in its name`);
  const tallies = suites.map((made) => {
    const suite = made();
    const tally: Tally = { configuration: suite.name, mutants: 0, byRequests: 0, byReach: 0, equivalent: 0 };
    const { catching } = hunter(suite.matrix);
    for (const mutant of mutantsOf(suite.documents)) {
      tally.mutants++;
      const { requests, nothingElse } = catching(mutant);
      const name = `${suite.name}: ${mutant.document}: ${mutant.change}`;
      if (values.list) say(`${name}: ${[...requests, ...nothingElse][0] ?? "-"}`);
      if (requests.length > 0) tally.byRequests++;
      else if (nothingElse.length > 0) tally.byReach++;
      else {
        const fault = equivalenceFault(suite, mutant, reasons, looked);
        if (fault === undefined) tally.equivalent++;
        else missed.push(`${name}: ${fault}`);
      }
    }
    return tally;
  });
  say(table(tallies));
  for (const [reason, count] of reasons) say(`${count} equivalent: ${reason}`);
  for (const each of missed) say(`MISSED ${each}`);
  const sum = (key: "mutants" | "byRequests" | "byReach") =>
    tallies.reduce((total, tally) => total + tally[key], 0);
  const caught = sum("byRequests") + sum("byReach");
  const share = caught / sum("mutants");
  say(
    `${(share * 100).toFixed(2)} % caught: ${caught} of all ${sum("mutants")} mutants, in ${Math.round((Date.now() - begun) / 1000)} s; wanted are ${WANTED * 100} %, and a reason for each of the rest`,
  );
  if (share < WANTED || missed.length > 0) process.exitCode = 1;
}

/** Why the mutant is no known equivalent; undefined when it is one. */
function equivalenceFault(
  { documents, accounts, matrix, reason }: Suite,
  mutant: Mutant,
  reasons: Map<string, number>,
  looked: Map<string, string | undefined>,
): string | undefined {
  const known = reason(mutant);
  if (known === undefined) return "no row catches it, and it is not known as equivalent";
  const key = JSON.stringify([mutant.arn, mutant.change, documents.things.get(mutant.arn)]);
  if (!looked.has(key)) {
    const difference = firstDifference(
      documents,
      mutant,
      { accounts, organizationOf: matrix.organizationOf },
      GENERATED,
    );
    looked.set(key, difference && `said to be equivalent, but differs on ${JSON.stringify(difference)}`);
  }
  const fault = looked.get(key);
  if (fault === undefined) reasons.set(known, (reasons.get(known) ?? 0) + 1);
  return fault;
}

function table(tallies: readonly Tally[]): string {
  const shown = new Table({
    head: ["configuration", "mutants", "caught by a request", "caught by reach alone", "equivalent"],
    style: { head: [], border: [] },
  });
  for (const { configuration, mutants, byRequests, byReach, equivalent } of tallies)
    shown.push([configuration, mutants, byRequests, byReach, equivalent]);
  return shown.toString();
}

main();
