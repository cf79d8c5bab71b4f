import { resourceRule } from "../frame/rule";
import { covers } from "../reading/document";
import { statementsIn, typesHolding } from "../reading/policy-documents";

export const passRole = resourceRule({
  name: "pass-role",
  summary: "Whoever may pass roles on (iam:PassRole) may pass on named ones only",
  severity: "high",
  requirements: ["R53", "R74"],
  references: [
    "Access Analyzer PASS_ROLE_WITH_STAR_IN_RESOURCE",
    "checkov CKV_AWS_110",
    "prowler iam_policy_allows_privilege_escalation",
  ],
  remedy: "name Role A's ARN as the resource",
  types: typesHolding("identity"),
  *check(resource) {
    for (const statement of statementsIn(resource, "identity")) {
      if (!statement.allows || !covers(statement, "iam:PassRole")) continue;
      if (statement.notResource)
        yield `${statement.label} allows iam:PassRole on everything but ${statement.resources.join(", ")}`;
      else
        for (const arn of statement.resources)
          if (/^\*+$|^arn:[^:]*:(iam|\*):[^:]*:[^:]*:(\*+|role\/\*+)$|^arn:\*+$/.test(arn))
            yield `${statement.label} allows iam:PassRole on ${arn}`;
    }
  },
});
