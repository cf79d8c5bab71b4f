import { types } from "../../../policy/reading/types";
import { lambdaSecrets } from "../../../policy/rules/lambda-secrets";
import { spill } from "../stacks";
import { ruleSpec, UNKNOWN, unknown, type Written } from "../world";

function withVariables(variables: object): readonly Written[] {
  return [{ type: types.lambdaFunction, name: "function", props: { environment: { variables } } }];
}

ruleSpec({
  rule: lambdaSecrets,
  passes: {
    "a connector": spill,
    "a function without variables": [{ type: types.lambdaFunction, name: "function", props: {} }],
    "where a secret is kept (R92)": withVariables({
      DB_SECRET: "arn:aws:secretsmanager:us-east-1:133333333333:secret:db-x",
      PASSWORD: "${db}",
      TOKEN: "",
    }),
    "a name that is configured": {
      stack: withVariables({ TOKEN_TTL: "60" }),
      configured: { allowed: ["TOKEN_TTL"] },
    },
  },
  fails: {
    "the name of a secret": [
      withVariables({ DB_PASSWORD: "hunter2" }),
      ["function: the environment variable DB_PASSWORD has the name of a secret"],
    ],
    "an access key of AWS (R80)": [
      withVariables({ plain: "AKIAIOSFODNN7EXAMPLE" }),
      ["function: the environment variable plain holds what has the form of a secret"],
    ],
    "a private key": [
      withVariables({ plain: "-----BEGIN RSA PRIVATE KEY-----\n..." }),
      ["function: the environment variable plain holds what has the form of a secret"],
    ],
    "an unknown variable": [
      withVariables({ plain: UNKNOWN }),
      [unknown("function", "environment.variables.plain")],
    ],
  },
});
