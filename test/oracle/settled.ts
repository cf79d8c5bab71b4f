import type { Decision } from "../../access/evaluate";
import type { Case } from "../access/evaluate/random-case";
import { type KnownDifference, knownDifferences } from "./differences";
import { oracleDecides } from "./oracle";

/** Which known differences make the oracle agree with the answer; undefined when none do. */
export async function settledBy(
  one: Case,
  ours: Decision["decision"],
  known: readonly KnownDifference[] = knownDifferences,
): Promise<string[] | undefined> {
  const touching = known.filter((difference) => difference.restate(one) !== undefined);
  for (const chosen of subsets(touching)) {
    let restated = one;
    for (const difference of chosen) restated = difference.restate(restated) ?? restated;
    if ((await oracleDecides(restated)) === ours) return chosen.map((difference) => difference.name);
  }
  return undefined;
}

/** Every choice of at least one element, the smallest first. */
function subsets<T>(list: readonly T[]): T[][] {
  const all = list.reduce<T[][]>((sets, element) => [...sets, ...sets.map((set) => [...set, element])], [[]]);
  return all.filter((set) => set.length > 0).sort((a, b) => a.length - b.length);
}
