import { resourceRule } from "../frame/rule";
import { DataSource, dataSourceTypes } from "../reading/data-source";

export const dataSourceOwner = resourceRule({
  name: "data-source-owner",
  summary: "A data source has an owner, who can change, share and delete it",
  severity: "medium",
  requirements: ["R62", "R63", "C16"],
  references: [],
  remedy:
    "give a group quicksight:UpdateDataSource, DeleteDataSource and UpdateDataSourcePermissions besides the author's actions",
  types: dataSourceTypes,
  *check(resource) {
    const source = DataSource.of(resource);
    if (source === undefined) return;
    const owned = source.principals.some(({ actions }) =>
      ["quicksight:UpdateDataSourcePermissions", "quicksight:DeleteDataSource"].every((action) =>
        actions.includes(action),
      ),
    );
    if (!owned) yield "the data source has no owner";
  },
});
