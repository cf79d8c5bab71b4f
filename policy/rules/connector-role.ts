import type { StackResource } from "../frame/resource";
import { stackRule } from "../frame/rule";
import { accountOf } from "../reading/account";
import { accountIn, covers, demanded } from "../reading/document";
import { statementsIn } from "../reading/policy-documents";
import { types } from "../reading/types";

const ROLE = "environment.variables.cross_account_role_arn";

export const connectorRole = stackRule<{ resource: StackResource }>({
  name: "connector-role",
  summary: "A role that a connector assumes asks for no external id: AWS's connectors send none",
  severity: "medium",
  requirements: ["C10", "C11", "R98"],
  references: [],
  remedy: "guard the role by aws:PrincipalArn or aws:PrincipalOrgID instead of sts:ExternalId",
  subjects: (stack) => stack.of(types.lambdaFunction).map((resource) => ({ resource })),
  *check({ resource }, _, stack) {
    const arn = resource.inputs.text(ROLE);
    if (arn === undefined) return;
    const role = stack
      .of(types.role)
      .find(
        (each) => accountOf(each) === accountIn(arn) && arn.endsWith(`/${each.inputs.text("name") ?? ""}`),
      );
    if (role === undefined) return;
    for (const statement of statementsIn(role, "trust"))
      if (
        statement.allows &&
        covers(statement, "sts:AssumeRole") &&
        demanded(statement, "sts:ExternalId").length > 0
      )
        yield `the function assumes ${arn}, whose trust (${statement.label}) asks for an external id, so that it is always refused`;
  },
});
