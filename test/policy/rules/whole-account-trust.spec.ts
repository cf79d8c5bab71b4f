import { roleBTrust } from "../../../access/role-b";
import { wholeAccountTrust } from "../../../policy/rules/whole-account-trust";
import { environmentWith, HUB, requestWith, SPOKE } from "../../worlds";
import { roleA, roleB } from "../stacks";
import { changed, document, ruleSpec, UNKNOWN, unknown } from "../world";

const [trust] = roleBTrust(requestWith(), environmentWith()).Statement;
const externalIdOnly = { StringEquals: trust?.Condition?.["StringEquals"] };

function trusting(changes: object) {
  return [changed(roleB, { assumeRolePolicy: document({ ...trust, ...changes }) })];
}

ruleSpec({
  rule: wholeAccountTrust,
  passes: {
    "Role A and Role B": [roleA, roleB],
    "the role's own account": trusting({ Principal: { AWS: SPOKE }, Condition: {} }),
    "roles of another account that are named alike": trusting({
      Condition: { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${HUB}:role/quick/run-as-*` } },
    }),
    "one role of another account": trusting({
      Principal: { AWS: `arn:aws:iam::${HUB}:role/x` },
      Condition: {},
    }),
  },
  fails: {
    "an external id alone, as seed 002 prints it (C3)": [
      trusting({ Condition: externalIdOnly }),
      [
        `role-b: statement RoleAAssumesRoleB of the trust lets every role and user of account ${HUB} assume the role that may call sts:AssumeRole`,
      ],
    ],
    "an account by its id": [
      trusting({ Sid: "", Principal: { AWS: HUB }, Condition: {} }),
      [
        `role-b: statement 1 of the trust lets every role and user of account ${HUB} assume the role that may call sts:AssumeRole`,
      ],
    ],
    "any principal's ARN": [
      trusting({ Condition: { ArnLike: { "aws:PrincipalArn": "*" } } }),
      [
        `role-b: statement RoleAAssumesRoleB of the trust lets every role and user of account ${HUB} assume the role that may call sts:AssumeRole`,
      ],
    ],
    "any role's ARN of the account": [
      trusting({ Condition: { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${HUB}:role/*` } } }),
      [
        `role-b: statement RoleAAssumesRoleB of the trust lets every role and user of account ${HUB} assume the role that may call sts:AssumeRole`,
      ],
    ],
    "an unknown trust": [
      [changed(roleB, { assumeRolePolicy: UNKNOWN })],
      [unknown("role-b", "assumeRolePolicy")],
    ],
  },
});
