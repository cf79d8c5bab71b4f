import { resourceRule } from "../frame/rule";
import { accountOf } from "../reading/account";
import {
  accountIn,
  accountOfPrincipal,
  covers,
  demanded,
  demands,
  type DocumentStatement,
  ORGANIZATION_KEYS,
  principalText,
} from "../reading/document";
import { statementsIn } from "../reading/policy-documents";
import { types } from "../reading/types";

export const confusedDeputy = resourceRule<{ services: readonly string[] }>({
  name: "confused-deputy",
  summary: "A role that a service or another account may assume says for whom they act",
  severity: "high",
  requirements: ["R50", "R54", "R68", "R74", "C11"],
  references: [
    "Access Analyzer Restrict-access-to-service-principal",
    "prowler iam_role_cross_service_confused_deputy_prevention",
  ],
  remedy:
    "add a condition: for a service aws:SourceAccount with your account (and aws:SourceArn), for another account sts:ExternalId, aws:PrincipalArn or aws:PrincipalOrgID",
  parameters: {
    services: {
      type: "array",
      items: { type: "string" },
      description: "Services that only ever act for the account that the role is in",
      default: [
        "ec2.amazonaws.com",
        "ecs-tasks.amazonaws.com",
        "edgelambda.amazonaws.com",
        "lambda.amazonaws.com",
      ],
    },
  },
  types: [types.role],
  *check(resource, { services }) {
    const account = accountOf(resource);
    for (const statement of statementsIn(resource, "trust")) {
      if (!statement.allows || !covers(statement, "sts:AssumeRole*")) continue;
      for (const entry of statement.principals) {
        if (entry.form === "service") {
          if (!services.includes(entry.name) && !namesSource(statement))
            yield `${statement.label} of the trust lets ${entry.name} assume the role for anybody`;
        } else if (entry.form !== "everyone" && accountOfPrincipal(entry) !== account) {
          if (!demands(statement, "sts:ExternalId", "aws:PrincipalArn", ...ORGANIZATION_KEYS))
            yield `${statement.label} of the trust lets ${principalText(entry)} assume the role without saying for whom`;
        }
      }
    }
  },
});

/** Whether the statement says for which account or organization a service has to act. */
function namesSource(statement: DocumentStatement): boolean {
  const literal = (value: string) => !/[*?]/.test(value);
  return (
    demanded(statement, "aws:SourceAccount", "aws:SourceOrgID").some(({ values }) => values.every(literal)) ||
    demanded(statement, "aws:SourceOrgPaths").some(({ values }) =>
      values.every((value) => /^o-[a-z0-9]+\//.test(value)),
    ) ||
    // `*` of StringLike spans colons: arn:aws:s:*:OURS:x also means arn:aws:s:r:THEIRS:y:OURS:x.
    demanded(statement, "aws:SourceArn").some(({ operator, values }) =>
      values.every(
        (value) =>
          accountIn(value) !== undefined &&
          (operator.startsWith("arn") || literal(value.split(":").slice(0, 5).join(":"))),
      ),
    )
  );
}
