/**
 * Compares the access evaluator with the oracle on random requests and policies.
 *
 *   npm run fuzz:access -- [--cases 20000] [--seed 1] [--bugs]
 *
 * Prints what decided how often, the known differences by kind, and every other difference; exit code 1 when there is
 * one, or when the cases are too poor to prove anything. With --bugs it plants the bugs of bugs.ts in a copy of the evaluator, one
 * at a time, and fails unless each is caught.
 */
import { parseArgs } from "node:util";
import type { Statement } from "../../access/document";
import { type Decision, decide } from "../../access/evaluate";
import { type Case, operatorsTried, randomCase } from "../access/evaluate/random-case";
import { plantedEvaluators } from "./bugs";
import { changed, knownDifferences } from "./differences";
import { oracleDecides } from "./oracle";
import { settledBy } from "./settled";

type Answer = Decision["decision"];

const { values: options } = parseArgs({
  options: {
    cases: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    bugs: { type: "boolean", default: false },
  },
});

/** Least share of the cases that must be allowed, and that each operator and policy type must decide. */
const leastAllowed = 0.25;
const leastDeciding = 0.01;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function seeds(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, n) => Math.imul(seed, 0x9e3779b1) + Math.imul(n, 0x85ebca6b));
}

/** The case with every test of the operator (whatever its set prefix and IfExists) taken out; undefined without any. */
function without({ request, policies }: Case, operator: string): Case | undefined {
  const stripped = changed(policies, (statement): Statement => {
    const { Condition: condition = {}, ...rest } = statement;
    const all = Object.entries(condition);
    const kept = all.filter(([name]) => name.replace(/^For\w+:|IfExists$/g, "") !== operator);
    if (kept.length === all.length) return statement;
    return kept.length === 0 ? rest : { ...rest, Condition: Object.fromEntries(kept) };
  });
  return JSON.stringify(stripped) === JSON.stringify(policies) ? undefined : { request, policies: stripped };
}

class Tally {
  private readonly counts = new Map<string, number>();

  add(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  sorted(): [string, number][] {
    return [...this.counts].sort(([, a], [, b]) => b - a);
  }
}

const policyTypes = [
  "identity-based policy",
  "permissions boundary",
  "session policy",
  "resource-based policy",
  "role trust policy",
  "key policy",
  "service control policy",
  "resource control policy",
  "root user",
] as const;

async function compare(count: number, seed: number): Promise<boolean> {
  const answers = new Tally();
  const types = new Tally();
  const operators = new Tally();
  const known = new Tally();
  const unknown: string[] = [];
  for (const number of seeds(count, seed)) {
    const one = randomCase(number);
    const { decision, because } = decide(one.request, one.policies);
    answers.add(decision);
    for (const type of new Set(because.map((reason) => reason.type))) types.add(type);
    for (const operator of operatorsTried) {
      const stripped = without(one, operator);
      if (stripped && decide(stripped.request, stripped.policies).decision !== decision)
        operators.add(operator);
    }
    const theirs = await oracleDecides(one);
    if (theirs === decision) continue;
    const settled = await settledBy(one, decision);
    if (settled === undefined)
      unknown.push(
        `case ${number}: ours ${decision} (${because.map((r) => r.type).join(", ")}), the oracle's ${theirs}`,
      );
    else known.add(settled.join(" + "));
  }

  print(`${count} cases, seed ${seed}`);
  for (const [answer, n] of answers.sorted()) print(`  ${answer}: ${share(n, count)}`);
  print("policy types deciding");
  for (const type of policyTypes) print(`  ${type}: ${share(types.of(type), count)}`);
  print("operators deciding");
  for (const operator of operatorsTried) print(`  ${operator}: ${share(operators.of(operator), count)}`);
  print("known differences");
  for (const [kind, n] of known.sorted()) print(`  ${n} x ${kind}`);
  for (const { name, source } of knownDifferences) print(`    ${name}: ${source}`);
  print(`other differences: ${unknown.length}`);
  for (const line of unknown.slice(0, 20)) print(`  ${line}`);

  const poor = [
    ...(answers.of("allowed") < leastAllowed * count
      ? [`only ${share(answers.of("allowed"), count)} allowed`]
      : []),
    ...policyTypes
      .filter((type) => types.of(type) < leastDeciding * count)
      .map((type) => `${type} decides too little`),
    ...operatorsTried
      .filter((name) => operators.of(name) < leastDeciding * count)
      .map((name) => `${name} decides too little`),
  ];
  for (const line of poor) print(`too poor: ${line}`);
  return unknown.length === 0 && poor.length === 0;
}

function share(n: number, of: number): string {
  return `${((100 * n) / of).toFixed(1)} %`;
}

/** A bug is caught when the evaluator with it differs from the oracle where the sound one agrees with the oracle. */
async function catchBugs(count: number, seed: number): Promise<boolean> {
  const settled: { readonly one: Case; readonly answer: Answer }[] = [];
  for (const number of seeds(count, seed)) {
    const one = randomCase(number);
    const answer = await oracleDecides(one);
    if (answer === decide(one.request, one.policies).decision) settled.push({ one, answer });
  }
  let caught = 0;
  const bugs = await plantedEvaluators();
  for (const { name, decide: planted } of bugs) {
    const first = settled.findIndex(
      ({ one, answer }) => planted(one.request, one.policies).decision !== answer,
    );
    if (first >= 0) caught++;
    print(`${first >= 0 ? `caught at case ${first + 1}` : "NOT CAUGHT"}: ${name}`);
  }
  print(`caught/planted: ${caught}/${bugs.length}`);
  return caught === bugs.length;
}

async function main(): Promise<void> {
  const [count, seed] = [Number(options.cases), Number(options.seed)];
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
    throw new Error(
      `--cases ${options.cases} --seed ${options.seed}: both must be whole numbers, cases at least 1`,
    );
  }
  const sound = await (options.bugs ? catchBugs(count, seed) : compare(count, seed));
  process.exitCode = sound ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
