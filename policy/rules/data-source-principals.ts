import { limits } from "../../access/limits";
import { resourceRule } from "../frame/rule";
import { QuickShare, quickShareTypes } from "../reading/quick-share";

export const dataSourcePrincipals = resourceRule({
  name: "data-source-principals",
  summary: "A data source or dataset is shared with no more users and groups than Quick takes",
  severity: "medium",
  requirements: ["L24"],
  references: [],
  remedy: "share with groups",
  types: quickShareTypes,
  *check(resource) {
    const share = QuickShare.of(resource);
    const count = share?.principals.length ?? 0;
    if (share !== undefined && count > limits.dataSourcePrincipals)
      yield `the ${share.words} is shared with ${count} users and groups, Quick takes ${limits.dataSourcePrincipals}`;
  },
});
