import { types } from "../../../policy/reading/types";
import { workgroupEnforced } from "../../../policy/rules/workgroup-enforced";
import { workgroup, workgroupWith } from "../stacks";
import { ruleSpec, UNKNOWN, unknown } from "../world";

const found = ["workgroup: the workgroup does not enforce its configuration"];

ruleSpec({
  rule: workgroupEnforced,
  passes: {
    "a workgroup of ours (R71)": [workgroup],
    "the provider's default": workgroupWith({ enforceWorkgroupConfiguration: undefined }),
  },
  fails: {
    "a workgroup that is not": [workgroupWith({ enforceWorkgroupConfiguration: false }), found],
    "a workgroup without a configuration": [
      [{ type: types.workgroup, name: "workgroup", props: { name: "x" } }],
      found,
    ],
    "one of which it is unknown": [
      workgroupWith({ enforceWorkgroupConfiguration: UNKNOWN }),
      [unknown("workgroup", "configuration.enforceWorkgroupConfiguration")],
    ],
  },
});
