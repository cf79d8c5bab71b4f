import { roleNames } from "../../../policy/rules/role-names";
import { roleA, roleAPolicy, roleB, roleBPolicy } from "../stacks";
import { changed, ruleSpec, UNKNOWN, unknown } from "../world";

ruleSpec({
  rule: roleNames,
  passes: {
    "the names of the article (R51, R43)": [roleA, roleAPolicy, roleB, roleBPolicy],
    "a suffix (C28)": [
      changed(roleA, { name: "qs-athena-cross-account-role-a-prod" }),
      changed(roleB, { name: "qs-athena-consumer-role-prod-secret" }),
    ],
    "roles that are neither": [changed(roleB, { name: "x", assumeRolePolicy: undefined })],
    "a convention that is configured": {
      stack: [changed(roleA, { name: "quick-a" }), changed(roleB, { name: "quick-b" })],
      configured: { roleA: "quick-a", roleB: "quick-b" },
    },
  },
  fails: {
    "another Role A": [
      [changed(roleA, { name: "quick" })],
      ['role-a: Role A is named "quick", not qs-athena-cross-account-role-a'],
    ],
    "another Role B": [
      [changed(roleB, { name: "qs-athena-consumer-rolex" })],
      ['role-b: Role B is named "qs-athena-consumer-rolex", not qs-athena-consumer-role'],
    ],
    "an unknown name": [[changed(roleB, { name: UNKNOWN })], [unknown("role-b", "name")]],
  },
});
