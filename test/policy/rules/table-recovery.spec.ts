import { types } from "../../../policy/reading/types";
import { tableRecovery } from "../../../policy/rules/table-recovery";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

function table(pointInTimeRecovery?: object): readonly Written[] {
  return [{ type: types.dynamoTable, name: "table", props: { name: "Music", pointInTimeRecovery } }];
}

const found = ["table: the table has no point-in-time recovery"];

ruleSpec({
  rule: tableRecovery,
  passes: { "a table that has it": table({ enabled: true }) },
  fails: {
    "a table that has not": [table(), found],
    "a table where it is off": [table({ enabled: false }), found],
    "a table of which it is unknown": [
      table({ enabled: UNKNOWN }),
      [unknown("table", "pointInTimeRecovery.enabled")],
    ],
  },
});
