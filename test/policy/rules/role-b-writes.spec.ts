import { types } from "../../../policy/reading/types";
import { roleBWrites } from "../../../policy/rules/role-b-writes";
import { SPOKE } from "../../worlds";
import { roleA, roleAPolicy, roleB, roleBPolicy, workgroup, workgroupWith } from "../stacks";
import { changed, document, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

const results = `arn:aws:s3:::dev-sales-athena-results-${SPOKE}/results/*`;

function may(action: string, resource: string | readonly string[]) {
  return [
    roleB,
    workgroup,
    changed(roleBPolicy, { policy: document({ Effect: "Allow", Action: action, Resource: resource }) }),
  ];
}

const told: Written = {
  type: types.stack,
  name: "athena-spokes-dev-sales",
  account: "none",
  props: {},
  outputs: { outputLocation: `s3://dev-sales-athena-results-${SPOKE}/results/` },
};

ruleSpec({
  rule: roleBWrites,
  passes: {
    "Role B beside its workgroup": [roleB, roleBPolicy, workgroup],
    "Role B with a workgroup of elsewhere, whose place the stack tells": [roleB, roleBPolicy, told],
    "a place that is configured": {
      stack: [roleB, roleBPolicy],
      configured: { results: [`s3://dev-sales-athena-results-${SPOKE}/results/`] },
    },
    "a bucket's own ARN, which means no object": may("s3:PutObject", "arn:aws:s3:::data"),
    reading: may("s3:GetObject", "arn:aws:s3:::data/*"),
    "Role A": [roleA, roleAPolicy],
  },
  fails: {
    "results in a place that nobody names": [
      [roleB, roleBPolicy],
      [
        `role-b: statement ResultsObjects allows s3:PutObject on ${results}, which is no place for query results`,
      ],
    ],
    "writing source data (C6)": [
      may("s3:PutObject", [results, "arn:aws:s3:::data/*"]),
      ["role-b: statement 1 allows s3:PutObject on arn:aws:s3:::data/*, which is no place for query results"],
    ],
    "writing beside the results": [
      may("s3:PutObject", results.replace("/results/", "/")),
      [
        `role-b: statement 1 allows s3:PutObject on arn:aws:s3:::dev-sales-athena-results-${SPOKE}/*, which is no place for query results`,
      ],
    ],
    "writing into buckets by a pattern": [
      may("s3:PutObject", "arn:aws:s3:::aws-athena-query-results-*"),
      [
        "role-b: statement 1 allows s3:PutObject on arn:aws:s3:::aws-athena-query-results-*, which is no place for query results",
      ],
    ],
    "deleting source data": [
      may("s3:Delete*", "arn:aws:s3:::data/*"),
      ["role-b: statement 1 allows s3:Delete* on arn:aws:s3:::data/*, which is no place for query results"],
    ],
    "changing tables": [may("glue:*", "*"), ["role-b: statement 1 lets Role B change data: glue:*"]],
    "changing items": [
      may("dynamodb:PutItem", `arn:aws:dynamodb:us-east-1:${SPOKE}:table/Music`),
      ["role-b: statement 1 lets Role B change data: dynamodb:PutItem"],
    ],
    "a workgroup whose place is unknown": [
      [roleB, roleBPolicy, ...workgroupWith({ resultConfiguration: { outputLocation: UNKNOWN } })],
      [unknown("role-b", "configuration.resultConfiguration.outputLocation")],
    ],
  },
});
