import { resourceRule } from "../frame/rule";
import { demands } from "../reading/document";
import { statementsIn, typesHolding } from "../reading/policy-documents";

/** Services of one Region whose data or costs this project is about. */
const REGIONAL = ["athena", "dynamodb", "glue", "lambda"];

export const regionBound = resourceRule({
  name: "region-bound",
  summary: "Where an action takes no resource, the Region is demanded instead",
  severity: "medium",
  requirements: ["R82", "C7", "C17"],
  references: ["cloudsplaining ResourceExposure"],
  remedy: 'add StringEquals {"aws:RequestedRegion": "<the Region>"}',
  types: typesHolding("identity"),
  *check(resource) {
    for (const statement of statementsIn(resource, "identity")) {
      if (!statement.allows || statement.notAction || !statement.resources.includes("*")) continue;
      const regional = statement.actions.filter((action) =>
        REGIONAL.some((service) => action.toLowerCase().startsWith(`${service}:`)),
      );
      if (regional.length > 0 && !demands(statement, "aws:RequestedRegion"))
        yield `${statement.label} allows ${regional.join(", ")} in every Region`;
    }
  },
});
