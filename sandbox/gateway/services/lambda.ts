import { buffered, withBody } from "../answer";
import { jsonInput, requiredText, text } from "../call";
import type { Context, Handlers } from "../context";
import { AwsError, notImplemented } from "../errors";
import { awsPrincipalExists } from "../named-principals";

export const lambda: Handlers = {
  async AddPermission(context) {
    const input = jsonInput(context.call);
    const id = requiredText(input, "StatementId");
    await checkPrincipal(context, requiredText(input, "Principal"), text(input, "PrincipalOrgID"));
    const statements = await policyStatements(context);
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

  Invoke: notExecuted,
  InvokeAsync: notExecuted,
  InvokeWithResponseStream: notExecuted,
};

interface Statement {
  readonly Sid?: string;
  readonly Principal?: unknown;
}

function notExecuted({ call }: Context): never {
  throw notImplemented("lambda", call.operation, "needs a function to run");
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

/** The statements of the function's policy so far; none when it has no policy. */
async function policyStatements(context: Context): Promise<readonly Statement[]> {
  const { cloud, call, owner } = context;
  const name = call.labels["FunctionName"] ?? "";
  const qualifier = call.query.get("Qualifier");
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/policy`;
  try {
    const { Policy } = await cloud.moto.rest(
      "lambda",
      owner,
      call.region,
      "GET",
      qualifier === null ? path : `${path}?Qualifier=${encodeURIComponent(qualifier)}`,
    );
    return (JSON.parse(String(Policy)) as { Statement: Statement[] }).Statement;
  } catch (error) {
    if (error instanceof AwsError && error.status === 404) return [];
    throw error;
  }
}

/** moto keeps an account or ARN as plain text; AWS answers `{"AWS": <ARN>}`. */
function asAws(statement: Statement): Statement {
  const { Principal } = statement;
  if (typeof Principal !== "string" || Principal === "*") return statement;
  const named = /^\d{12}$/.test(Principal) ? `arn:aws:iam::${Principal}:root` : Principal;
  return { ...statement, Principal: named.startsWith("arn:") ? { AWS: named } : { Service: named } };
}
