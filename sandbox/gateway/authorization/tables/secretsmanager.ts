import { actionOf, each, made, textOf } from "../need";
import type { Asked, Rule, Table } from "../need";

/** A secret by name or ARN: its ARN ends in six characters that its name does not have. */
async function secretArn({ input, resources, account, region }: Asked): Promise<string> {
  const given = textOf(input, "SecretId") || textOf(input, "Name");
  if (given.startsWith("arn:")) return given;
  const found = await resources.secret(account, region, given);
  return found?.arn ?? `arn:aws:secretsmanager:${region}:${account}:secret:${given}`;
}

const onSecret: Rule = async (asked) => [{ action: actionOf(asked), resource: await secretArn(asked) }];

/** Secrets Manager. */
export const secretsManager: Table = {
  CreateSecret: made(onSecret, "secretsmanager:TagResource"),
  ...each(
    "DeleteSecret DescribeSecret GetSecretValue PutSecretValue UpdateSecret RestoreSecret ListSecretVersionIds " +
      "GetResourcePolicy PutResourcePolicy DeleteResourcePolicy ValidateResourcePolicy TagResource UntagResource",
    onSecret,
  ),
};
