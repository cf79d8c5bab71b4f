/** The side of a spoke that somebody else applies (R46). */
import type { Environment } from "../access/environment";
import { roleAArn, spokeStackName } from "../access/names";
import type { SpokeRequest } from "../access/request";
import { hasHubSide, otherSide, type Side, SIDES } from "../access/side";
import type { Context } from "./context";
import type { StackSummary } from "./engine/engine";
import { canonical } from "./files/yaml-file";
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

/** The other side while it is not as this one is: what goes through both cannot hold yet. */
export interface Awaited {
  readonly side: Side;
  /** The request that it was onboarded with; undefined when it was not, as far as this backend knows. */
  readonly request: SpokeRequest | undefined;
}

/**
 * The other side, unless it is onboarded with the same request and for the same Role A, or has nothing to do.
 *
 * @param side of the request; undefined: both, so that there is no other.
 */
export async function awaitedSide(
  { engine }: Pick<Context, "engine">,
  request: SpokeRequest,
  environment: Environment,
  side: Side | undefined,
): Promise<Awaited | undefined> {
  if (side === undefined) return undefined;
  const other = otherSide(side);
  if (other === "hub" && !hasHubSide(request, environment)) return undefined;
  const state = await engine.state(spokeStackName(environment.name, request.spoke, other));
  const { spoke, roleAArn: roleA } = state?.outputs ?? {};
  const isSame =
    canonical(spoke) === canonical(request) && (!request.quick || roleA === roleAArn(environment, request));
  return isSame ? undefined : { side: other, request: spoke as SpokeRequest | undefined };
}

const TURNS: Readonly<Record<Side, string>> = {
  spoke:
    "until its owner has run `spokes onboard --side spoke` with this one, AWS refuses what leads to its roles: data sources, and statements that name them",
  hub: "until the platform team has run `spokes onboard --side hub` with this one, neither Quick nor a connector knows what is new",
};

/** What is not there before the other side is, and who brings it. */
export function awaitedText({ side, request }: Awaited): string {
  const state =
    request === undefined
      ? "is not onboarded, as far as this backend knows"
      : "is onboarded with another request, or for another Role A";
  return `the ${side}'s side ${state}: ${TURNS[side]}`;
}
