import { resourceRule } from "../frame/rule";
import { accountIn } from "../reading/document";
import { types } from "../reading/types";

export const lambdaGrant = resourceRule({
  name: "lambda-grant",
  summary:
    "A function is invoked by everybody of one organization at most, and by services only for a named account",
  severity: "critical",
  requirements: ["R10", "R11", "R29", "L12"],
  references: [
    "checkov CKV_AWS_364",
    "checkov CKV_AWS_301",
    "compliance-policies aws.lambda.Permission.configureSourceArn",
    "prowler awslambda_function_not_publicly_accessible",
    "cdk-nag LambdaFunctionPublicAccessProhibited",
  ],
  remedy:
    "for a service set sourceAccount (or sourceArn with its account), for everybody set principalOrgId, or name an account or role",
  types: [types.lambdaPermission],
  *check({ inputs }) {
    const principal = inputs.text("principal") ?? "";
    if (principal === "*") {
      if (!/^o-[a-z0-9]{10,32}$/.test(inputs.text("principalOrgId") ?? ""))
        yield "the permission lets everybody in the world invoke the function";
    } else if (/\.amazonaws\.com(\.cn)?$/.test(principal)) {
      // Where the account is named, the ARN may be unknown in preview.
      if (
        inputs.text("sourceAccount") === undefined &&
        accountIn(inputs.text("sourceArn") ?? "") === undefined
      )
        yield `the permission lets ${principal} invoke the function for anybody`;
    }
    if (inputs.text("functionUrlAuthType") === "NONE")
      yield "the permission opens the function's URL without authorization";
  },
});
