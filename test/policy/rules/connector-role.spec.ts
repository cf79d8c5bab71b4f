import { types } from "../../../policy/reading/types";
import { connectorRole } from "../../../policy/rules/connector-role";
import { PRODUCER } from "../../worlds";
import { spill } from "../stacks";
import { document, ruleSpec, UNKNOWN, unknown, type Written } from "../world";

const ARN = "arn:aws:iam::133333333333:role/CrossAccountDynamoDBRole";

function connector(arn: string): Written {
  return {
    type: types.lambdaFunction,
    name: "connector",
    account: PRODUCER,
    props: { name: "acct1dynamodb", environment: { variables: { cross_account_role_arn: arn } } },
  };
}

function role(condition: object): Written {
  return {
    type: types.role,
    name: "role",
    props: {
      name: "CrossAccountDynamoDBRole",
      assumeRolePolicy: document({
        Effect: "Allow",
        Principal: { AWS: PRODUCER },
        Action: "sts:AssumeRole",
        Condition: condition,
      }),
    },
  };
}

const byArn = { ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${PRODUCER}:role/x` } };

ruleSpec({
  rule: connectorRole,
  passes: {
    "a connector that assumes nothing": spill,
    "a role guarded by the caller's ARN (C11)": [connector(ARN), role(byArn)],
    "a role of elsewhere": [connector(ARN)],
    "a role of that name in another account": [
      connector(ARN),
      { ...role({ StringEquals: { "sts:ExternalId": "x1" } }), account: PRODUCER },
    ],
  },
  fails: {
    "a role that asks for an external id": [
      [connector(ARN), role({ ...byArn, StringEquals: { "sts:ExternalId": "x1" } })],
      [
        `connector: the function assumes ${ARN}, whose trust (statement 1) asks for an external id, so that it is always refused`,
      ],
    ],
    "an unknown role": [
      [connector(UNKNOWN), role(byArn)],
      [unknown("connector", "environment.variables.cross_account_role_arn")],
    ],
  },
});
