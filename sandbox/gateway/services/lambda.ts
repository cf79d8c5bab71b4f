import { buffered, withBody } from "../answer";
import { jsonInput, requiredText, text } from "../call";
import type { Context, Handlers } from "../context";
import { AwsError, notImplemented } from "../errors";
import { parseFunctionName } from "../lambda/function-name";
import type { FunctionName } from "../lambda/function-name";
import { asAws, policyStatements } from "../lambda/function-policy";
import type { Statement } from "../lambda/function-policy";
import { invoke } from "../lambda/invoke";
import { awsPrincipalExists } from "../named-principals";

export const lambda: Handlers = {
  async AddPermission(context) {
    const input = jsonInput(context.call);
    const id = requiredText(input, "StatementId");
    await checkPrincipal(context, requiredText(input, "Principal"), text(input, "PrincipalOrgID"));
    const statements = await policyStatements(context.cloud.moto, functionNamed(context));
    if (statements.some(({ Sid }) => Sid === id)) {
      const message = `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`;
      throw new AwsError("ResourceConflictException", message, 409);
    }
    const { text: body, answer } = await buffered(await context.forward());
    if (answer.status >= 300) return answer;
    const added = JSON.parse(body) as { Statement: string };
    return withBody(
      answer,
      JSON.stringify({ Statement: JSON.stringify(asAws(JSON.parse(added.Statement) as Statement)) }),
    );
  },

  async GetPolicy(context) {
    const { text: body, answer } = await buffered(await context.forward());
    if (answer.status >= 300) return answer;
    const found = JSON.parse(body) as { Policy: string; RevisionId?: string };
    const policy = JSON.parse(found.Policy) as { Statement: Statement[] };
    // A function whose last statement was removed has no policy any more.
    if (policy.Statement.length === 0) {
      throw new AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404);
    }
    const statements = policy.Statement.map(asAws);
    return withBody(
      answer,
      JSON.stringify({ ...found, Policy: JSON.stringify({ ...policy, Statement: statements }) }),
    );
  },

  Invoke: invoke,
  InvokeAsync: notExecuted,
  InvokeWithResponseStream: notExecuted,
};

function notExecuted({ call }: Context): never {
  throw notImplemented("lambda", call.operation);
}

/** The function that a call names. */
function functionNamed({ call, principal }: Context): FunctionName {
  const qualifier = call.query.get("Qualifier") ?? undefined;
  return parseFunctionName(call.labels["FunctionName"] ?? "", qualifier, {
    account: principal.account,
    region: call.region,
  });
}

async function checkPrincipal(
  { cloud }: Context,
  principal: string,
  organization: string | undefined,
): Promise<void> {
  const valid =
    principal === "*" ||
    /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(principal) ||
    (await awsPrincipalExists(principal, cloud.identities));
  if (!valid || (organization !== undefined && !/^o-[a-z0-9]{10,32}$/.test(organization))) {
    throw new AwsError(
      "InvalidParameterValueException",
      "The provided principal was invalid. Please check the principal and try again.",
    );
  }
}
