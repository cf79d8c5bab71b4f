import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

export const noAccessKeys = resourceRule({
  name: "no-access-keys",
  summary: "No long-lived access keys are made",
  severity: "high",
  requirements: ["R77", "R80", "C13"],
  references: [
    "checkov CKV_AWS_273",
    "prowler iam_user_no_setup_initial_access_key",
    "AWSGuard iamAccessKeysRotated",
  ],
  remedy:
    "let people and programs assume a role; where a partner can only use keys, acknowledge this one with a last day",
  types: [types.accessKey],
  *check({ inputs }) {
    yield `an access key of user ${inputs.has("user") ? (inputs.text("user") ?? "") : "nobody"} would stand in the stack's state`;
  },
});
