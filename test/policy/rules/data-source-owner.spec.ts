import { types } from "../../../policy/reading/types";
import { dataSourceOwner } from "../../../policy/rules/data-source-owner";
import { HUB } from "../../worlds";
import { dataSource, dataSourceWith } from "../stacks";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

const group = `arn:aws:quicksight:us-east-1:${HUB}:group/default/bi-admins`;
const author = ["quicksight:DescribeDataSource", "quicksight:PassDataSource"];
const owner = [...author, "quicksight:UpdateDataSourcePermissions", "quicksight:DeleteDataSource"];
const ownerOfSet = ["quicksight:UpdateDataSetPermissions", "quicksight:DeleteDataSet"];
const found = ["sales: the data source has no owner"];

function typed(type: string, actions: readonly string[]): Written {
  return {
    type,
    name: "sales",
    account: HUB,
    props: { type: "ATHENA", permissions: [{ principal: group, actions }] },
  };
}

ruleSpec({
  rule: dataSourceOwner,
  passes: {
    "a data source of ours (R62)": [dataSource],
    "a data source of @pulumi/aws": [typed(types.dataSource, owner)],
    "a data source of @pulumi/aws-native": [typed(types.nativeDataSource, owner)],
    "datasets (R66)": [typed(types.dataSet, ownerOfSet), typed(types.nativeDataSet, ownerOfSet)],
    "other things of Cloud Control": [{ ...dataSource, props: { type: "AWS::S3::Bucket", properties: {} } }],
  },
  fails: {
    "nobody, as seed 002 has it in Python (C16)": [[dataSourceWith({ Permissions: undefined })], found],
    "authors only": [[dataSourceWith({ Permissions: [{ Principal: group, Actions: author }] })], found],
    "authors only, typed": [[typed(types.dataSource, author)], found],
    "a dataset with the actions of a data source (R66)": [
      [typed(types.nativeDataSet, owner)],
      ["sales: the dataset has no owner"],
    ],
    "unknown actions": [
      [dataSourceWith({ Permissions: [{ Principal: group, Actions: UNKNOWN }] })],
      [unknown("sales", "properties.Permissions[0].Actions")],
    ],
    "an unknown list": [
      [dataSourceWith({ Permissions: UNKNOWN })],
      [unknown("sales", "properties.Permissions")],
    ],
  },
});
