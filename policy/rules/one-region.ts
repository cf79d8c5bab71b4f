import { CannotJudge } from "../frame/properties";
import type { Stack, StackResource } from "../frame/resource";
import { stackRule } from "../frame/rule";
import { regionOf } from "../reading/account";
import { spillsOf } from "../reading/buckets";
import { regionIn } from "../reading/document";
import { knownOrSource } from "../reading/references";
import { types } from "../reading/types";

/** Parameters of a LAMBDA catalog that name functions. */
const FUNCTIONS = ["function", "metadata-function", "record-function"];

interface Part {
  readonly resource: StackResource;
  readonly catalog: boolean;
}

export const oneRegion = stackRule<Part>({
  name: "one-region",
  summary: "Connector, spill bucket and the Athena that queries are in one Region: federation crosses none",
  severity: "medium",
  requirements: ["R9", "C17", "L30"],
  references: [],
  remedy: "make the connector and its spill bucket in the Region of the workgroup and the catalog",
  subjects: (stack) => [
    ...stack.of(types.dataCatalog).map((resource) => ({ resource, catalog: true })),
    ...stack.of(types.lambdaFunction).map((resource) => ({ resource, catalog: false })),
  ],
  *check({ resource, catalog }, _, stack) {
    const region = regionOf(resource);
    if (catalog) {
      if (resource.inputs.text("type") !== "LAMBDA") return;
      if (region === undefined) throw new CannotJudge("neither the catalog nor its provider names a Region");
      for (const name of FUNCTIONS) {
        const other = regionOfFunction(resource, `parameters.${name}`, stack);
        if (other !== undefined && other !== region)
          yield `the catalog is in ${region}, its connector in ${other}`;
      }
      return;
    }
    for (const { bucket } of spillsOf(stack).filter((spill) => spill.resource === resource)) {
      const other = bucket === undefined ? region : regionOf(bucket.resource);
      if (other !== region)
        yield `the connector is in ${region ?? "no Region"}, its spill bucket ${bucket?.resource.name ?? ""} in ${other ?? "no Region"}`;
    }
  },
});

/** The Region of a function that a property names, or that it comes from while its ARN is unknown. */
function regionOfFunction(catalog: StackResource, property: string, stack: Stack): string | undefined {
  const named = knownOrSource(catalog, property, stack);
  if (named === undefined) return undefined;
  return typeof named === "string" ? regionIn(named) : regionOf(named);
}
