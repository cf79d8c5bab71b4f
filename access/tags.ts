/** Tags by which everything this project made is found again, and told from what is somebody else's. */
import type { Environment } from "./environment";
import type { SpokeRequest } from "./request";

/** Tag key whose value is the environment's name. */
export const ENVIRONMENT_TAG = "athena-spokes:environment";
/** Tag key whose value is the spoke's name; only on what a spoke stack made. */
export const SPOKE_TAG = "athena-spokes:spoke";

export function tagsOf(environment: Environment, request?: SpokeRequest): Record<string, string> {
  return {
    ...environment.tags,
    ...request?.tags,
    [ENVIRONMENT_TAG]: environment.name,
    ...(request === undefined ? {} : { [SPOKE_TAG]: request.spoke }),
  };
}
