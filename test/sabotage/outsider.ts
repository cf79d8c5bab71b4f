import type { Tried } from "./careless";
import type { Chain } from "./scenario";

/** Somebody who is kept out. */
export interface Outsider {
  /** What must be refused as long as nothing is taken away. It rejects with the refusal. */
  readonly attempt: (chain: Chain, tried: Tried) => Promise<unknown>;
  /** True when nothing works any more after the attempt: such rows come last. */
  readonly last?: true;
}

/** A Region in which nothing of ours is. */
export const ELSEWHERE = "eu-west-1";
