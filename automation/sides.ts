/** The side of a spoke that somebody else applies (R46). */
import { spokeStackName } from "../access/names";
import { otherSide, type Side, SIDES } from "../access/side";
import type { Context } from "./context";
import type { StackSummary } from "./engine/engine";
import type { SpokeName } from "./spoke-name";

type Named = Pick<SpokeName, "environment" | "spoke" | "side">;

/** Stacks beside which this one cannot be: a spoke is in one, or in one for each side, since two would claim the same names. */
export function rivalsOf({ environment, spoke, side }: Named, stacks: readonly StackSummary[]): string[] {
  const rivals = (side === undefined ? SIDES : [undefined]).map((each) =>
    spokeStackName(environment, spoke, each),
  );
  return stacks.map(({ name }) => name).filter((name) => rivals.includes(name));
}

/** What a rival says of the spoke. */
export function rivalText({ spoke, side }: Named, rival: string): string {
  return `"${spoke}" is onboarded ${side === undefined ? "by its sides" : "as a whole"}, in stack ${rival}`;
}

/** The other side, while its stack is not there as far as this backend knows. */
export async function awaitedSide(
  { engine }: Pick<Context, "engine">,
  { environment, spoke, side }: Named,
): Promise<Side | undefined> {
  if (side === undefined) return undefined;
  const other = otherSide(side);
  const state = await engine.state(spokeStackName(environment, spoke, other));
  return state?.outputs.spoke === undefined ? other : undefined;
}

/** What is not there before the other side is, and who brings it. */
export function awaitedText(awaited: Side): string {
  return awaited === "spoke"
    ? "the spoke's side is not onboarded, as far as this backend knows: until its owner has run `spokes onboard --side spoke`, AWS refuses the data source, and statements that name its roles"
    : "the hub's side is not onboarded, as far as this backend knows: until the platform team has run `spokes onboard --side hub`, neither Quick nor a connector knows this spoke";
}
