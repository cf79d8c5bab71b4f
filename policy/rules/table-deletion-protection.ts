import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

export const tableDeletionProtection = resourceRule({
  name: "table-deletion-protection",
  summary: "DynamoDB tables cannot be deleted by mistake",
  severity: "medium",
  requirements: ["R24", "R97"],
  references: ["prowler dynamodb_table_deletion_protection_enabled"],
  remedy: "set deletionProtectionEnabled: true",
  types: [types.dynamoTable],
  *check({ inputs }) {
    if (!inputs.flag("deletionProtectionEnabled")) yield "the table can be deleted at once";
  },
});
