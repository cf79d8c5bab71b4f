import { limits } from "../../access/limits";
import { resourceRule } from "../frame/rule";
import { DataSource, dataSourceTypes } from "../reading/data-source";

export const dataSourcePrincipals = resourceRule({
  name: "data-source-principals",
  summary: "A data source is shared with no more users and groups than Quick takes",
  severity: "medium",
  requirements: ["L24"],
  references: [],
  remedy: "share with groups",
  types: dataSourceTypes,
  *check(resource) {
    const count = DataSource.of(resource)?.principals.length ?? 0;
    if (count > limits.dataSourcePrincipals)
      yield `the data source is shared with ${count} users and groups, Quick takes ${limits.dataSourcePrincipals}`;
  },
});
