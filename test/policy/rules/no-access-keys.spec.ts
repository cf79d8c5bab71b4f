import { types } from "../../../policy/reading/types";
import { noAccessKeys } from "../../../policy/rules/no-access-keys";
import { ruleSpec, UNKNOWN, unknown } from "../world";

ruleSpec({
  rule: noAccessKeys,
  passes: {
    "a user without keys (C13)": [
      { type: "aws:iam/user:User", name: "connecty", props: { name: "connecty" } },
    ],
  },
  fails: {
    "a key": [
      [{ type: types.accessKey, name: "key", props: { user: "connecty" } }],
      ["key: an access key of user connecty would stand in the stack's state"],
    ],
    "a key of an unknown user": [
      [{ type: types.accessKey, name: "key", props: { user: UNKNOWN } }],
      [unknown("key", "user")],
    ],
  },
});
