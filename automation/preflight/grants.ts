/** The products of a request: granted to the spoke, and deployed so (R47). */
import type { Environment } from "../../access/environment";
import { ungranted } from "../../access/mesh/consumed";
import { dayOf } from "../../access/mesh/grant";
import type { PreflightInput } from "./preflight";
import type { Problem } from "./problem";

/** The problems with products that the spoke may not query yet; the platform team grants. */
export function grantProblems({
  request,
  environment,
  environmentState,
}: Pick<PreflightInput, "request" | "environment" | "environmentState">): Problem[] {
  const today = dayOf(new Date());
  const { name } = environment;
  const missing = ungranted(request, environment, today);
  const deployed = environmentState?.outputs.environment as Partial<Environment> | undefined;
  const { products = {}, grants = [] } = deployed ?? {};
  const waiting = request.products.flatMap(({ product }, index) =>
    missing.some((other) => other.product === product) ||
    (product in products &&
      ungranted(request, { ...environment, grants }, today).every((other) => other.product !== product))
      ? []
      : [{ path: `products[${index}]`, product }],
  );
  return [
    ...missing.map(({ path, message }): Problem => ({
      whose: "platform",
      path,
      message: `${message}: its grant belongs into Pulumi.${name}.yaml, then \`spokes environment up ${name}\``,
    })),
    ...waiting.map(({ path, product }): Problem => ({
      whose: "platform",
      path,
      message: `"${product}" is granted in Pulumi.${name}.yaml, but not deployed: run \`spokes environment up ${name}\``,
    })),
  ];
}
