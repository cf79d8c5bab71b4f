import { resourceRule } from "../frame/rule";
import { types } from "../reading/types";

/** Names under which secrets stand; the values may also be where a secret is kept. */
const NAMES = /pass(word|wd|phrase)?$|secret|token|api_?key|access_?key|private_?key|credential/i;
/** What a value says that only tells where the secret is. */
const ELSEWHERE = /^(arn:|\$\{|\{\{resolve:|$)/;
/** Secrets that are known by their form: AWS's keys, PEM, tokens of GitHub and Slack, JWTs. */
const FORMS =
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abpr]-[\w-]{10,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./;

const VARIABLES = "environment.variables";

export const lambdaSecrets = resourceRule<{ allowed: readonly string[] }>({
  name: "lambda-secrets",
  summary: "No secret stands in a function's environment, where everybody who may read the function reads it",
  severity: "high",
  requirements: ["R80", "R92", "C13"],
  references: ["checkov CKV_AWS_45", "prowler awslambda_function_no_secrets_in_variables"],
  remedy: "keep the secret in Secrets Manager and give the function its ARN",
  parameters: {
    allowed: {
      type: "array",
      items: { type: "string" },
      description: "Names of variables that look like a secret's and are none",
      default: [],
    },
  },
  types: [types.lambdaFunction],
  *check({ inputs }, { allowed }) {
    for (const name of inputs.part(VARIABLES)?.keys ?? []) {
      if (allowed.includes(name)) continue;
      const value = inputs.text(`${VARIABLES}.${name}`) ?? "";
      // The value itself is told to nobody.
      if (FORMS.test(value)) yield `the environment variable ${name} holds what has the form of a secret`;
      else if (NAMES.test(name) && !ELSEWHERE.test(value))
        yield `the environment variable ${name} has the name of a secret`;
    }
  },
});
