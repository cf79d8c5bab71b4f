import { dataSourceGroups } from "../../../policy/rules/data-source-groups";
import { HUB } from "../../worlds";
import { dataSource, dataSourceWith } from "../stacks";
import { ruleSpec, UNKNOWN, unknown } from "../world";

function shared(...names: readonly string[]) {
  return [
    dataSourceWith({
      Permissions: names.map((name) => ({
        Principal: name === UNKNOWN ? UNKNOWN : `arn:aws:quicksight:us-east-1:${HUB}:${name}`,
        Actions: [],
      })),
    }),
  ];
}

ruleSpec({
  rule: dataSourceGroups,
  passes: {
    "groups (R65)": [dataSource],
    "users where there is no group": shared("user/default/ann", "user/default/bob"),
  },
  fails: {
    "users beside groups": [
      shared("group/default/bi", "user/default/ann", "user/default/bob"),
      ["sales: the data source is shared with user/default/ann, user/default/bob"],
    ],
    "an unknown user": [shared(UNKNOWN), [unknown("sales", "properties.Permissions[0].Principal")]],
  },
});
