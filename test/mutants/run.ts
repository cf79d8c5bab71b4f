/**
 * Whether the access matrix would notice: every statement and every condition of every document that access/ builds, for
 * several configurations, is deleted, widened or spoilt otherwise, one at a time, and the proof has to fail.
 *
 *     npm run mutants [-- --list]
 *
 * What no row catches has to be known as equivalent, with a reason, and decide alike on 10,000 generated requests.
 */
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { castOf } from "../../access/matrix/cast";
import { matrixOf } from "../../access/matrix";
import { combined } from "../../access/proof";
import { type Configuration, configurations } from "../access/configurations";
import { environmentDocuments, spokeDocuments } from "../documents";
import { equivalents } from "./equivalents";
import { firstDifference } from "./generated";
import { hunter } from "./hunt";
import { type Mutant, mutantsOf } from "./mutants";

/** Requests on which an equivalent has to decide as the original does. */
const GENERATED = 10_000;
/** Share of all mutants that rows have to catch. */
const WANTED = 0.97;

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
  const { values } = parseArgs({ options: { list: { type: "boolean", default: false } } });
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const begun = Date.now();
  const missed: string[] = [];
  const reasons = new Map<string, number>();
  // The same document occurs in many configurations; how it decides is looked at once.
  const looked = new Map<string, string | undefined>();
  const tallies = configurations.map((configuration) => {
    const tally: Tally = {
      configuration: configuration.name,
      mutants: 0,
      byRequests: 0,
      byReach: 0,
      equivalent: 0,
    };
    const { request, environment } = configuration;
    const original = combined(environmentDocuments(environment), spokeDocuments(request, environment));
    const { catching } = hunter(matrixOf(request, environment));
    for (const mutant of mutantsOf(original)) {
      tally.mutants++;
      const { requests, nothingElse } = catching(mutant);
      const name = `${configuration.name}: ${mutant.document}: ${mutant.change}`;
      if (values.list) say(`${name}: ${[...requests, ...nothingElse][0] ?? "-"}`);
      if (requests.length > 0) tally.byRequests++;
      else if (nothingElse.length > 0) tally.byReach++;
      else {
        const fault = equivalenceFault(configuration, original, mutant, reasons, looked);
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
  { environment, ...configuration }: Configuration,
  original: ReturnType<typeof combined>,
  mutant: Mutant,
  reasons: Map<string, number>,
  looked: Map<string, string | undefined>,
): string | undefined {
  const known = equivalents.find(({ covers }) => covers(mutant, { environment, ...configuration }));
  if (known === undefined) return "no row catches it, and it is not known as equivalent";
  const { neighbour, stranger, hub } = castOf(environment);
  const accounts = [configuration.request.account, hub, neighbour, stranger];
  const key = JSON.stringify([mutant.arn, mutant.change, original.things.get(mutant.arn)]);
  if (!looked.has(key)) {
    const difference = firstDifference(original, mutant, accounts, GENERATED);
    looked.set(key, difference && `said to be equivalent, but differs on ${JSON.stringify(difference)}`);
  }
  const fault = looked.get(key);
  if (fault === undefined) reasons.set(known.reason, (reasons.get(known.reason) ?? 0) + 1);
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
