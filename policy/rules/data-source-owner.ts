import { resourceRule } from "../frame/rule";
import { QuickShare, quickShareTypes } from "../reading/quick-share";

export const dataSourceOwner = resourceRule({
  name: "data-source-owner",
  summary: "A data source or dataset has an owner, who can change, share and delete it",
  severity: "medium",
  requirements: ["R62", "R63", "R66", "C16"],
  references: [],
  remedy:
    "give a group the actions that update, delete and share it (quicksight:UpdateDataSource, DeleteDataSource, UpdateDataSourcePermissions) besides the author's",
  types: quickShareTypes,
  *check(resource) {
    const share = QuickShare.of(resource);
    if (share === undefined) return;
    const { words, noun, principals } = share;
    const owned = principals.some(({ actions }) =>
      [`quicksight:Update${noun}Permissions`, `quicksight:Delete${noun}`].every((action) =>
        actions.includes(action),
      ),
    );
    if (!owned) yield `the ${words} has no owner`;
  },
});
