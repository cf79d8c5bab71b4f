import { policyText } from "../../../access/document";
import { roleBPermissions } from "../../../access/role-b";
import { types } from "../../../policy/reading/types";
import { roleBScope } from "../../../policy/rules/role-b-scope";
import { environmentWith, keyedProducers, requestWith, SPOKE } from "../../worlds";
import { roleA, roleAPolicy, roleB, roleBPolicy } from "../stacks";
import { changed, document, ruleSpec, UNKNOWN, unknown } from "../world";

function may(action: string, resource: string, changes: object = {}) {
  return [
    roleB,
    changed(roleBPolicy, {
      policy: document({ Effect: "Allow", Action: action, Resource: resource, ...changes }),
    }),
  ];
}

const rows = (
  [
    ["a bucket with a wildcard (C6)", "s3:GetObject", "arn:aws:s3:::aws-athena-query-results-*/*"],
    ["everything in S3", "s3:GetObject", "*"],
    ["every database", "glue:GetDatabase", `arn:aws:glue:us-east-1:${SPOKE}:database/*`],
    ["tables of every database", "glue:GetTable", `arn:aws:glue:us-east-1:${SPOKE}:table/*/*`],
    ["databases of every Region", "glue:GetDatabase", `arn:aws:glue:*:${SPOKE}:database/sales`],
    ["databases of every account", "glue:GetDatabase", "arn:aws:glue:us-east-1:*:database/sales"],
    ["every workgroup", "athena:StartQueryExecution", `arn:aws:athena:us-east-1:${SPOKE}:workgroup/*`],
    ["every catalog", "athena:GetDataCatalog", `arn:aws:athena:us-east-1:${SPOKE}:datacatalog/*`],
    ["every function", "lambda:InvokeFunction", `arn:aws:lambda:us-east-1:${SPOKE}:function:*`],
    ["every table", "dynamodb:GetItem", `arn:aws:dynamodb:us-east-1:${SPOKE}:table/*`],
    ["every key", "kms:Decrypt", `arn:aws:kms:us-east-1:${SPOKE}:key/*`],
  ] as const
).map(([title, action, resource]) => [
  title,
  [may(action, resource), [`role-b: statement 1 allows ${action} on ${resource}`]] as const,
]);

ruleSpec({
  rule: roleBScope,
  passes: {
    "Role B": [roleB, roleBPolicy],
    "Role B that reads every table of a database and decrypts (C23)": [
      roleB,
      changed(roleBPolicy, {
        policy: policyText(
          roleBPermissions(
            requestWith({ data: [{ database: "db", prefixes: ["s3://data/"] }] }),
            environmentWith({ producers: keyedProducers }),
          ),
        ),
      }),
    ],
    "Role A": [roleA, roleAPolicy],
    "indexes of a table": may("dynamodb:Query", `arn:aws:dynamodb:us-east-1:${SPOKE}:table/Music/index/*`),
    "objects of a bucket": may("s3:GetObject", "arn:aws:s3:::data/*"),
    "actions without a resource type (C7)": may("athena:ListDataCatalogs", "*"),
    "a service without data": may("cloudwatch:*", "*"),
    "a deny": may("s3:*", "*", { Effect: "Deny" }),
  },
  fails: {
    ...(Object.fromEntries(rows) as Record<string, (typeof rows)[number][1]>),
    "everything of everything": [
      may("*:*", "*"),
      ["role-b: statement 1 allows *:*", "role-b: statement 1 allows *:* on *"],
    ],
    "a managed policy of AWS": [
      [
        roleB,
        {
          type: types.rolePolicyAttachment,
          name: "attachment",
          account: SPOKE,
          props: {
            role: "qs-athena-consumer-role",
            policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
          },
        },
      ],
      [
        "role-b: Role B has the managed policy arn:aws:iam::aws:policy/AdministratorAccess, which this stack does not make",
      ],
    ],
    "actions by wildcard": [may("s3:Get*", "arn:aws:s3:::data/*"), ["role-b: statement 1 allows s3:Get*"]],
    "every action": [may("*", "arn:aws:s3:::data/*"), ["role-b: statement 1 allows *"]],
    "every action but some": [
      [
        roleB,
        changed(roleBPolicy, { policy: document({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }) }),
      ],
      ["role-b: statement 1 allows everything but iam:*"],
    ],
    "everything but a resource": [
      [
        roleB,
        changed(roleBPolicy, {
          policy: document({ Effect: "Allow", Action: "s3:GetObject", NotResource: "arn:aws:s3:::secret/*" }),
        }),
      ],
      ["role-b: statement 1 allows s3:GetObject on everything but arn:aws:s3:::secret/*"],
    ],
    "an unknown policy": [[roleB, changed(roleBPolicy, { policy: UNKNOWN })], [unknown("role-b", "policy")]],
  },
});
