import { resourceRule } from "../frame/rule";
import { DataSource, dataSourceTypes } from "../reading/data-source";
import { statementsIn, typesHolding } from "../reading/policy-documents";
import { types } from "../reading/types";

export const primaryWorkgroup = resourceRule({
  name: "primary-workgroup",
  summary: "Queries of Quick run in a workgroup of their own, where cost and output are theirs",
  severity: "low",
  level: "advisory",
  requirements: ["R41", "R71", "R84", "C5"],
  references: [],
  remedy: "designate a workgroup with enforced, encrypted results and a cutoff",
  types: [...dataSourceTypes, types.workgroup, ...typesHolding("identity")],
  *check(resource) {
    const source = DataSource.of(resource);
    if (source?.isAthena === true && source.workgroup === "primary")
      yield "the data source queries in the workgroup primary";
    if (resource.type === types.workgroup && resource.inputs.text("name") === "primary")
      yield "the workgroup primary is everybody's default";
    for (const { label, allows, resources } of statementsIn(resource, "identity"))
      if (allows && resources.some((arn) => arn.endsWith(":workgroup/primary")))
        yield `${label} allows queries in the workgroup primary`;
  },
});
