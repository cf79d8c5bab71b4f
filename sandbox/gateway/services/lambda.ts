import { ADMINISTRATOR, ADMINISTRATOR_ROLE, organizationOf } from "../../world";
import { buffered, withBody } from "../answer";
import type { Answer } from "../answer";
import { jsonInput, requiredText, text } from "../call";
import type { Context, Handler, Handlers } from "../context";
import { AwsError, notImplemented } from "../errors";
import { asAws, policyStatements } from "../lambda/function-policy";
import type { Statement } from "../lambda/function-policy";
import { invoke } from "../lambda/invoke";
import { awsPrincipalExists } from "../named-principals";
import { principalArn } from "../principal";

/** Operations on one function that a caller of another account may name by its ARN. */
const BY_ARN = [
  "GetFunction",
  "GetFunctionConfiguration",
  "GetFunctionConcurrency",
  "ListAliases",
  "ListVersionsByFunction",
  "RemovePermission",
  "UpdateFunctionCode",
  "UpdateFunctionConfiguration",
];

export const lambda: Handlers = {
  ...Object.fromEntries(BY_ARN.map((operation): [string, Handler] => [operation, forwardToOwner])),

  async AddPermission(context) {
    const input = jsonInput(context.call);
    const id = requiredText(input, "StatementId");
    await checkPrincipal(context, requiredText(input, "Principal"), text(input, "PrincipalOrgID"));
    const statements = await policyStatements(context.cloud.moto, policyOwner(context));
    if (statements.some(({ Sid }) => Sid === id)) {
      const message = `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`;
      throw new AwsError("ResourceConflictException", message, 409);
    }
    const { text: body, answer } = await buffered(await forwardToOwner(context));
    if (answer.status >= 300) return answer;
    const added = JSON.parse(body) as { Statement: string };
    return withBody(
      answer,
      JSON.stringify({ Statement: JSON.stringify(asAws(JSON.parse(added.Statement) as Statement)) }),
    );
  },

  async GetPolicy(context) {
    const { text: body, answer } = await buffered(await forwardToOwner(context));
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

/** Passes a call on to the account that owns the function which it names by ARN. */
function forwardToOwner(context: Context): Promise<Answer> {
  const { call, principal } = context;
  const name = call.labels["FunctionName"] ?? "";
  const owner = /^(?:arn:aws:lambda:[a-z0-9-]+:)?(\d{12}):function:/.exec(name)?.[1];
  if (owner === undefined || owner === principal.account) return context.forward();
  if (!isAdministratorOf(owner, context)) {
    throw new AwsError(
      "AccessDeniedException",
      `User: ${principalArn(principal)} is not authorized to perform: lambda:${call.operation} on resource: ${name} ` +
        `because no resource-based policy allows the lambda:${call.operation} action`,
      403,
    );
  }
  return context.forward({ account: owner });
}

/** The organization's administrators may enter all its accounts anyway. */
function isAdministratorOf(owner: string, { principal }: Context): boolean {
  const organization = organizationOf(owner);
  const administrators: readonly string[] = [ADMINISTRATOR.user, ADMINISTRATOR_ROLE];
  return (
    organization !== undefined &&
    organization === organizationOf(principal.account) &&
    administrators.includes(principal.name)
  );
}

/** The function whose policy a call is about. */
function policyOwner({ call, principal }: Context): Parameters<typeof policyStatements>[1] {
  const name = call.labels["FunctionName"] ?? "";
  const account = /(\d{12}):function:/.exec(name)?.[1] ?? principal.account;
  return { account, region: call.region, name, qualifier: call.query.get("Qualifier") ?? undefined };
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
