import { types } from "../../../policy/reading/types";
import { lambdaGrant } from "../../../policy/rules/lambda-grant";
import { ORGANIZATION, SPOKE } from "../../worlds";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

function permitting(props: object): readonly Written[] {
  return [
    {
      type: types.lambdaPermission,
      name: "permission",
      props: { function: "acct1dynamodb", action: "lambda:InvokeFunction", ...props },
    },
  ];
}

const service = ["permission: the permission lets s3.amazonaws.com invoke the function for anybody"];
const everybody = ["permission: the permission lets everybody in the world invoke the function"];

ruleSpec({
  rule: lambdaGrant,
  passes: {
    "an account (R11)": permitting({ principal: SPOKE }),
    "a role (R29)": permitting({ principal: `arn:aws:iam::${SPOKE}:role/qs-athena-consumer-role` }),
    "an organization": permitting({ principal: "*", principalOrgId: "o-aaaaaaaaaa" }),
    "the sandbox's organization": permitting({ principal: "*", principalOrgId: ORGANIZATION }),
    "a service for one account": permitting({ principal: "s3.amazonaws.com", sourceAccount: SPOKE }),
    "a service for a source of one account": permitting({
      principal: "events.amazonaws.com",
      sourceArn: `arn:aws:events:us-east-1:${SPOKE}:rule/x`,
    }),
    "a service for one account, from what is not made yet": permitting({
      principal: "s3.amazonaws.com",
      sourceAccount: SPOKE,
      sourceArn: UNKNOWN,
    }),
  },
  fails: {
    everybody: [permitting({ principal: "*" }), everybody],
    "everybody of no organization": [permitting({ principal: "*", principalOrgId: "*" }), everybody],
    "everybody from one account": [permitting({ principal: "*", sourceAccount: SPOKE }), everybody],
    "a service": [permitting({ principal: "s3.amazonaws.com" }), service],
    "a service for a source that names no account": [
      permitting({ principal: "s3.amazonaws.com", sourceArn: "arn:aws:s3:::bucket" }),
      service,
    ],
    "a URL without authorization": [
      permitting({ principal: "*", principalOrgId: ORGANIZATION, functionUrlAuthType: "NONE" }),
      ["permission: the permission opens the function's URL without authorization"],
    ],
    "a service from what is not made yet": [
      permitting({ principal: "s3.amazonaws.com", sourceArn: UNKNOWN }),
      [unknown("permission", "sourceArn")],
    ],
    "an unknown principal": [permitting({ principal: UNKNOWN }), [unknown("permission", "principal")]],
    "an unknown organization": [
      permitting({ principal: "*", principalOrgId: UNKNOWN }),
      [unknown("permission", "principalOrgId")],
    ],
  },
});
