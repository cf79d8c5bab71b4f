import { types } from "../../../policy/reading/types";
import { tableDeletionProtection } from "../../../policy/rules/table-deletion-protection";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

function table(deletionProtectionEnabled?: boolean | string): readonly Written[] {
  return [{ type: types.dynamoTable, name: "table", props: { name: "Music", deletionProtectionEnabled } }];
}

const found = ["table: the table can be deleted at once"];

ruleSpec({
  rule: tableDeletionProtection,
  passes: { "a table that has it": table(true) },
  fails: {
    "a table that has not": [table(), found],
    "a table where it is off": [table(false), found],
    "a table of which it is unknown": [table(UNKNOWN), [unknown("table", "deletionProtectionEnabled")]],
  },
});
