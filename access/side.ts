/**
 * The two parts of a spoke, where people apply them who may each reach their own accounts only (R46): `spoke` is what is in
 * the spoke's account and in those of its tables, `hub` what is in the hub and in producers. Neither needs what the other
 * made, since every document is written from names.
 */
import type { Environment } from "./environment";
import type { Fault } from "./faults";
import { isSpillKeyGranted } from "./key";
import { attachedProducers } from "./names";
import { isNamedByEnvironment, type SpokeRequest } from "./request";
import { isManaged } from "./share";

export const SIDES = ["spoke", "hub"] as const;
export type Side = (typeof SIDES)[number];

/** The other one. */
export function otherSide(side: Side): Side {
  return side === "spoke" ? "hub" : "spoke";
}

/** A spoke's name and its side, if it says one: `sales--hub`. No spoke's name has two dashes in a row. */
export function splitSide(name: string): { readonly spoke: string; readonly side: Side | undefined } {
  const side = SIDES.find((each) => name.endsWith(`--${each}`));
  return { spoke: side === undefined ? name : name.slice(0, -`--${side}`.length), side };
}

/** Whether there is anything to do in the hub or in producers for this spoke. */
export function hasHubSide(request: SpokeRequest, environment: Environment): boolean {
  return (
    request.quick ||
    isNamedByEnvironment(request, environment) ||
    attachedProducers(request).some((producer) => isSpillKeyGranted(environment, producer))
  );
}

/** The faults of a request of which only one side is applied. */
export function faultsOnSide(request: SpokeRequest, environment: Environment, side: Side): Fault[] {
  return [
    ...request.connectors.flatMap((connector, index): Fault[] =>
      "from" in connector && connector.registeredBy === "producer" && isManaged(connector)
        ? [
            {
              path: `connectors[${index}].registeredBy`,
              message:
                "the producer registers its catalog by a role that the spoke makes, so that neither side can do it without the other: write `registeredBy: consumer` or `sharePermissions: create-only`, or leave the side out",
            },
          ]
        : [],
    ),
    ...(side === "hub" && !hasHubSide(request, environment)
      ? [
          {
            path: "quick",
            message:
              "the hub's side has nothing to do for a spoke that Quick does not query and that hub and producers need not name: the spoke's side is all of it",
          },
        ]
      : []),
  ];
}
