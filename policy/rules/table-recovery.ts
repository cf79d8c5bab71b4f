import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

export const tableRecovery = resourceRule({
  name: "table-recovery",
  summary: "DynamoDB tables can be put back to any moment of the last days",
  severity: "medium",
  requirements: ["R24", "R97"],
  references: ["checkov CKV_AWS_28", "prowler dynamodb_tables_pitr_enabled", "cdk-nag AwsSolutions-DDB3"],
  remedy: "set pointInTimeRecovery: { enabled: true }",
  types: [types.dynamoTable],
  *check({ inputs }) {
    if (!inputs.flag("pointInTimeRecovery.enabled")) yield "the table has no point-in-time recovery";
  },
});
