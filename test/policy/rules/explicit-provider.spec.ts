import { types } from "../../../policy/reading/types";
import { explicitProvider } from "../../../policy/rules/explicit-provider";
import { dataSource, roleA, spill } from "../stacks";
import { ruleSpec } from "../world";

ruleSpec({
  rule: explicitProvider,
  passes: {
    "resources of ours": [roleA, dataSource, ...spill],
    components: [{ type: "athena-spokes:index:HubAccount", name: "hub", account: "default", props: {} }],
  },
  fails: {
    "a resource of @pulumi/aws": [
      [{ type: types.bucket, name: "it", account: "default", props: {} }],
      ["it: the resource is made by the default provider"],
    ],
    "a resource of @pulumi/aws-native": [
      [{ ...dataSource, account: "default" }],
      ["sales: the resource is made by the default provider"],
    ],
  },
});
