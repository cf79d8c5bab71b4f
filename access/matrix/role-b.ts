/** The last hop: what Role B may do in the spoke (R56-R60). */
import { roleBArn, roleBName } from "../names";
import type { SpokeRequest } from "../request";
import type { Cast } from "./cast";
import { type Expectation, role } from "./expectation";
import { EVERYTHING, querying } from "./querying";
import { roleBThing } from "./role-b-trust";

export function roleBIdentity(cast: Cast, request: SpokeRequest): Expectation[] {
  return querying(cast, request, {
    party: role("Role B", roleBArn(request, cast.environment)),
    id: "role-b",
    principal: `role/${roleBName(request, cast.environment)}`,
    thing: roleBThing(request, cast),
    does: EVERYTHING,
  });
}
