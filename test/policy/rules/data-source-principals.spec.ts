import { types } from "../../../policy/reading/types";
import { dataSourcePrincipals } from "../../../policy/rules/data-source-principals";
import { HUB } from "../../worlds";
import { dataSource, dataSourceWith } from "../stacks";
import { ruleSpec, UNKNOWN, unknown } from "../world";

function shared(count: number) {
  const Permissions = Array.from({ length: count }, (_, index) => ({
    Principal: `arn:aws:quicksight:us-east-1:${HUB}:group/default/g${index}`,
    Actions: [],
  }));
  return [dataSourceWith({ Permissions })];
}

ruleSpec({
  rule: dataSourcePrincipals,
  passes: { "a data source of ours": [dataSource], "64 groups (L24)": shared(64) },
  fails: {
    "65 groups": [shared(65), ["sales: the data source is shared with 65 users and groups, Quick takes 64"]],
    "65 groups on a dataset (R66)": [
      [
        {
          type: types.nativeDataSet,
          name: "orders",
          account: HUB,
          props: {
            permissions: Array.from({ length: 65 }, (_, index) => ({
              principal: `group-${index}`,
              actions: [],
            })),
          },
        },
      ],
      ["orders: the dataset is shared with 65 users and groups, Quick takes 64"],
    ],
    "an unknown list": [
      [dataSourceWith({ Permissions: UNKNOWN })],
      [unknown("sales", "properties.Permissions")],
    ],
  },
});
