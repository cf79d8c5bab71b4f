import { roleBTrust } from "../../../access/role-b";
import { policyText } from "../../../access/document";
import { exactExternalId } from "../../../policy/rules/exact-external-id";
import { environmentWith, HUB, requestWith } from "../../worlds";
import { roleA, roleAPolicy, roleB, roleBPolicy } from "../stacks";
import { changed, document, ruleSpec, UNKNOWN, unknown } from "../world";

const anyRegion = `arn:aws:quicksight:*:${HUB}:datasource/*`;
const oneHub = `arn:aws:quicksight:us-east-1:${HUB}:datasource/*`;
const anyLake = (region: string) => `arn:aws:lakeformation:${region}:${HUB}:*`;
const anyDataSource = [
  changed(roleB, {
    assumeRolePolicy: policyText(
      roleBTrust(requestWith(), environmentWith({ externalId: "any-data-source" })),
    ),
  }),
];

function roleBWith(condition: object) {
  return [
    changed(roleB, {
      assumeRolePolicy: document({
        Effect: "Allow",
        Principal: { AWS: HUB },
        Action: "sts:AssumeRole",
        Condition: condition,
      }),
    }),
  ];
}

function roleAWith(operator: string, source: string) {
  return [
    changed(roleA, {
      assumeRolePolicy: document({
        Effect: "Allow",
        Principal: { Service: "quicksight.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { [operator]: { "aws:SourceArn": source } },
      }),
    }),
  ];
}

function roleAMay(externalId: string) {
  return [
    changed(roleAPolicy, {
      policy: document({
        Sid: "Assume",
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Resource: "*",
        Condition: { StringLike: { "sts:ExternalId": externalId } },
      }),
    }),
  ];
}

ruleSpec({
  rule: exactExternalId,
  passes: {
    "Role A and Role B": [roleA, roleAPolicy, roleB, roleBPolicy],
    "any data source of one hub, where that is configured (C21)": {
      stack: anyDataSource,
      configured: { anyDataSource: true },
    },
    "one source exactly": roleAWith("ArnEquals", oneHub.replace("*", "x")),
    "Lake Formation of one account and Region": roleAWith("ArnLike", anyLake("us-east-1")),
  },
  fails: {
    "any data source of one hub": [
      anyDataSource,
      [`role-b: statement RoleAAssumesRoleB of the trust takes the external id "${oneHub}"`],
    ],
    "a Region that is a wildcard, as seed 002 prints it (C4)": [
      roleBWith({ StringLike: { "sts:ExternalId": anyRegion } }),
      [`role-b: statement 1 of the trust takes the external id "${anyRegion}"`],
    ],
    "a Region that is a wildcard, even where any data source is configured": [
      roleBWith({ StringLike: { "sts:ExternalId": anyRegion } }),
      [`role-b: statement 1 of the trust takes the external id "${anyRegion}"`],
      { anyDataSource: true },
    ],
    "Role B without an external id (R68)": [
      roleBWith({ ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${HUB}:role/x` } }),
      ["role-b: statement 1 of the trust of Role B asks for no external id"],
    ],
    "a source ARN with a wildcard for its Region (C17)": [
      roleAWith("StringLike", anyRegion),
      [`role-a: statement 1 of the trust takes the source "${anyRegion}"`],
    ],
    "Lake Formation of any Region": [
      roleAWith("ArnLike", anyLake("*")),
      [`role-a: statement 1 of the trust takes the source "${anyLake("*")}"`],
    ],
    "Role A sending any external id": [
      roleAMay(anyRegion),
      [`role-a-policy: statement Assume sends the external id "${anyRegion}"`],
    ],
    "an unknown permission": [
      [changed(roleAPolicy, { policy: UNKNOWN })],
      [unknown("role-a-policy", "policy")],
    ],
  },
});
