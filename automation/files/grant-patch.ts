/** The grants that a request lacks, to be handed to whoever approves them. */
import type { Environment } from "../../access/environment";
import { grantFor } from "../../access/mesh/grant";
import type { SpokeRequest } from "../../access/request";
import { ENVIRONMENT_KEY } from "../../stacks/configuration";
import { stackFile } from "./project";

/** The change to the environment's file; undefined when every product is granted. Who approves it has to write the name. */
export function grantPatch(
  project: string,
  request: SpokeRequest,
  environment: Environment,
): string | undefined {
  const missing = request.products.filter(
    ({ product }) => grantFor(environment, product, request) === undefined,
  );
  if (missing.length === 0) return undefined;
  return [
    `# add to ${stackFile(project, environment.name)}`,
    "config:",
    `  ${ENVIRONMENT_KEY}:`,
    "    grants:",
    ...missing.flatMap(({ product }) => [
      `      - product: ${product}`,
      `        consumer: ${request.spoke}`,
      `        account: "${request.account}"`,
      '        approvedBy: "" # who approves writes the name here; with `until: "2027-03-31"` the grant ends',
    ]),
    "",
  ].join("\n");
}
