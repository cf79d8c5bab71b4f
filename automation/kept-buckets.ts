/** Buckets that a destroy would stumble over, since they hold objects that no stack made. */
import type { AccountView } from "./cloud/cloud";
import type { Plan } from "./engine/plan";
import type { KnownResource, StackState } from "./engine/state";

/** A bucket with objects of people, and all that the stack knows of it. */
export interface FullBucket {
  readonly account: string;
  readonly bucket: string;
  /** The bucket and its settings: encryption, policy and the like belong to it and stay with it. */
  readonly urns: readonly string[];
}

/**
 * The stack's buckets that hold objects which the stack did not make itself.
 *
 * @param accounts by account id.
 */
export async function fullBuckets(
  state: StackState,
  accounts: ReadonlyMap<string, AccountView>,
): Promise<FullBucket[]> {
  const found = await Promise.all(
    state.resources
      .filter(({ noun }) => noun === "bucket")
      .map(async ({ name, account = "" }): Promise<FullBucket[]> => {
        const view = accounts.get(account);
        if (view === undefined)
          throw new Error(`bucket ${name} is in account ${account}, which was not entered`);
        const parts = state.resources.filter(
          (resource) => resource.account === account && bucketOf(resource) === name,
        );
        const own = new Set(
          parts.flatMap(({ noun, inputs }) => (noun === "object" ? [String(inputs.key)] : [])),
        );
        if (!(await view.hasObjects(name, own))) return [];
        return [
          {
            account,
            bucket: name,
            urns: parts.filter(({ noun }) => noun !== "object").map(({ urn }) => urn),
          },
        ];
      }),
  );
  return found.flat();
}

function bucketOf({ inputs }: KnownResource): unknown {
  return inputs.bucket;
}

/** What a destroy does: everything goes, but what is kept. */
export function destroyPlan(state: StackState, kept: readonly FullBucket[]): Plan {
  const urns = new Set(kept.flatMap((bucket) => bucket.urns));
  return {
    stack: state.stack,
    changes: state.resources.map((resource) => ({
      operation: "delete",
      noun: resource.noun,
      name: resource.name,
      urn: resource.urn,
      type: resource.type,
      account: resource.account,
      properties: [],
      kept: urns.has(resource.urn),
    })),
  };
}
