import { type Fault, validateDocument } from "../../access/evaluate";
import { actionsOf } from "../../access/evaluate/service-table";
import { resourceRule } from "../frame/rule";
import { documentTextAt } from "../reading/document";
import { documentPlaces, typesHolding } from "../reading/policy-documents";

export const effectivePolicies = resourceRule({
  name: "effective-policies",
  summary:
    "Policies mean what they say: actions, operators, keys and principals exist, and actions take the resources named",
  severity: "medium",
  requirements: ["R56", "R82", "C7", "C14", "C20"],
  references: [
    "parliament UNKNOWN_ACTION",
    "parliament UNKNOWN_OPERATOR",
    "parliament UNKNOWN_CONDITION_FOR_ACTION",
    "parliament RESOURCE_MISMATCH",
    "parliament UNKNOWN_PRINCIPAL",
  ],
  remedy:
    "correct the place; what grants nothing is missing when somebody needs it, and a Deny that never matches denies nothing",
  types: typesHolding("trust", "identity", "resource", "key"),
  *check(resource) {
    for (const { path, kind } of documentPlaces(resource, "trust", "identity", "resource", "key")) {
      const text = documentTextAt(resource.inputs, path);
      if (text === undefined || text === "") continue;
      for (const fault of validateDocument(text, kind))
        if (!isElsewhere(fault)) yield `${path}, ${fault.at}: ${fault.message}`;
    }
  },
});

/** Services of which the evaluator's table has only what this project uses. */
const PARTLY_KNOWN = new Set(["ec2"]);

/** Whether a fault is about actions or keys of a service that is not known here, so that nobody can say it is one. */
function isElsewhere({ at, message }: Fault): boolean {
  const [, service] =
    /^(?:unknown action )?"([\w-]+):[\w*?]+"/.exec(message) ??
    /\.Condition\.[^.]+\.([\w-]+):[^.]*$/.exec(at) ??
    [];
  if (service === undefined || service === "aws") return false;
  return PARTLY_KNOWN.has(service.toLowerCase()) || actionsOf(service.toLowerCase()) === undefined;
}
