/**
 * The levels of a spoke: what the request itself asks for, its general level, and one for each classification of data.
 * Each is reached by a data source and a Role B of its own, queries in a workgroup of its own and writes its results to a
 * place of its own, so that no level leads to another's data (R72).
 */
import type { SpokeRequest } from "./request";

/**
 * The request as each level has it, the general one first: whatever is asked of a level (its Role B, its data source, its
 * workgroup) is asked with the level in place of the request.
 */
export function levelsOf(request: SpokeRequest): SpokeRequest[] {
  return [
    { ...request, classifications: {} },
    ...Object.entries(request.classifications).map(([classification, level]): SpokeRequest => {
      const named = level.roleB.name ?? (request.roleB.name && `${request.roleB.name}-${classification}`);
      return {
        ...request,
        ...level,
        classification,
        classifications: {},
        roleB: named === undefined ? {} : { name: named },
        // These are of the general level: products are granted to its Role B, sample data is nothing to classify, and
        // people and third parties see nothing that is classified.
        products: [],
        readers: {},
        sampleData: false,
        analyst: false,
      };
    }),
  ];
}

/** The levels that Quick queries: all, or none where the request says `quick: false`. */
export function queriedLevels(request: SpokeRequest): SpokeRequest[] {
  return request.quick ? levelsOf(request) : [];
}

/** Where a level's key stands in the request: `data` of classification `pii` is `classifications.pii.data`. */
export function placeIn(classification: string | undefined, path: string): string {
  return classification === undefined ? path : `classifications.${classification}.${path}`;
}

/** The level of a classification; without one the general level. Undefined when the request does not have it. */
export function levelOf(request: SpokeRequest, classification: string | undefined): SpokeRequest | undefined {
  return levelsOf(request).find((level) => level.classification === classification);
}
