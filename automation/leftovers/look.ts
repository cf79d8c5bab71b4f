/** Looking whether one thing is still there, and what is to be said of it. */
import type { AccountView } from "../cloud/cloud";

/** Something that is left although nothing should be. */
export interface Left {
  readonly account: string;
  /** `role`, `statement`. */
  readonly noun: string;
  readonly name: string;
  /** Why it may be somebody else's, for all that its name says; undefined when it is surely ours. */
  readonly doubt?: string | undefined;
  /** What takes it away. */
  readonly remedy: string;
}

/** Something that is still there on purpose. */
export interface Staying {
  readonly account: string;
  readonly noun: string;
  readonly name: string;
  readonly why: string;
}

/** Something that could not be looked at. */
export interface Unseen {
  readonly account: string;
  readonly what: string;
  /** AWS's words. */
  readonly reason: string;
}

/** One look into an account. */
export interface Look {
  readonly account: string;
  /** What is looked for: `role dev-sales-analyst`. */
  readonly what: string;
  readonly find: () => Promise<readonly (Left | Staying)[]>;
}

/** Whose things are looked for, as their tags say: a spoke's, or without `spoke` the environment's. */
export interface Owner {
  readonly environment: string;
  readonly spoke?: string;
}

/** Looks for things in one account. */
export interface Place {
  readonly view: AccountView;
  readonly owner: Owner;
}

/** Each thing looked for once: of two looks for the same, what either finds. */
export function together(looks: readonly Look[]): Look[] {
  const byThing = new Map<string, Look>();
  for (const look of looks) {
    const thing = `${look.account} ${look.what}`;
    const other = byThing.get(thing);
    byThing.set(thing, other === undefined ? look : { ...look, find: () => foundByBoth(other, look) });
  }
  return [...byThing.values()];
}

async function foundByBoth(one: Look, other: Look): Promise<readonly (Left | Staying)[]> {
  const found = [...(await one.find()), ...(await other.find())];
  return [...new Map(found.map((each) => [`${each.noun} ${each.name}`, each])).values()];
}

export function isLeft(found: Left | Staying): found is Left {
  return "remedy" in found;
}
