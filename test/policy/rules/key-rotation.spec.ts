import { types } from "../../../policy/reading/types";
import { keyRotation } from "../../../policy/rules/key-rotation";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

function key(props: object): readonly Written[] {
  return [{ type: types.key, name: "key", props: { ...props } }];
}

ruleSpec({
  rule: keyRotation,
  passes: {
    "a key that is rotated": key({ enableKeyRotation: true }),
    "a key of a kind that is never rotated": key({ customerMasterKeySpec: "RSA_4096" }),
  },
  fails: {
    "a key that is not": [key({}), ["key: the key is not rotated"]],
    "a key that shall not be": [key({ enableKeyRotation: false }), ["key: the key is not rotated"]],
    "a key of which it is unknown": [
      key({ enableKeyRotation: UNKNOWN }),
      [unknown("key", "enableKeyRotation")],
    ],
  },
});
