import { types } from "../../../policy/reading/types";
import { costTags } from "../../../policy/rules/cost-tags";
import { dataSource, dataSourceWith, spill } from "../stacks";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

/** As AWS's provider shows what can have tags. */
function tagged(tags?: object | string, account = "none"): readonly Written[] {
  const props = { bucket: "b", ...(tags === undefined ? {} : { tags }) };
  return [{ type: types.bucket, name: "it", account, props, outputs: { ...props, tagsAll: {} } }];
}

ruleSpec({
  rule: costTags,
  passes: {
    "tags of its own (R75)": tagged({ team: "sales" }),
    "tags of its provider": tagged(undefined, "133333333333"),
    "a data source": [dataSource],
    "what can have no tags": spill,
    "the tags that are configured": {
      stack: tagged({ "cost-center": "7" }, "133333333333"),
      configured: { tags: ["cost-center", "team"] },
    },
  },
  fails: {
    "no tags": [tagged(), ["it: the resource has no tags"]],
    "a data source that its provider does not tag": [
      [{ ...dataSourceWith({ Tags: undefined }), account: "none" }],
      ["sales: the resource has no tags"],
    ],
    "other tags than are configured": [
      tagged({ team: "sales" }),
      ["it: the resource has no tag cost-center"],
      { tags: ["cost-center", "team"] },
    ],
    "unknown tags": [tagged(UNKNOWN), [unknown("it", "tags")]],
  },
});
