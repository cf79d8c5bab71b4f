import type { PermissionArgs, PermissionState } from "@pulumi/aws/lambda";
import type { FunctionUrlAuthType } from "@aws-sdk/client-lambda";
import { isErrorSaying, unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import type { Value } from "../values";

const notFound = "ResourceNotFoundException";

/** A statement of a function's policy, as Lambda writes it. */
interface PolicyStatement {
  readonly Sid?: string;
  readonly Action?: string;
  readonly Principal?: string | Readonly<Record<string, string>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export const permission = resourceType<PermissionArgs, PermissionState>({
  token: "aws:lambda/permission:Permission",
  properties: {
    action: { replaces: true },
    eventSourceToken: { replaces: true },
    function: { replaces: true, same: (left, right) => functionName(left) === functionName(right) },
    functionUrlAuthType: { replaces: true },
    principal: { replaces: true, same: (left, right) => principalName(left) === principalName(right) },
    principalOrgId: { replaces: true },
    qualifier: { replaces: true },
    sourceAccount: { replaces: true },
    sourceArn: { replaces: true },
    statementId: { replaces: true },
  },
  identity: ["function", "qualifier", "statementId"],
  naming: { property: "statementId", maxLength: 100 },
  omits: ["invokedViaFunctionUrl", "statementIdPrefix"],

  async create(cloud, inputs, exists) {
    const lambda = await cloud.lambda();
    await cloud.retry(
      () =>
        lambda.addPermission({
          Action: inputs.action,
          EventSourceToken: inputs.eventSourceToken,
          FunctionName: inputs.function,
          FunctionUrlAuthType: inputs.functionUrlAuthType as FunctionUrlAuthType | undefined,
          Principal: inputs.principal,
          PrincipalOrgID: inputs.principalOrgId,
          Qualifier: inputs.qualifier,
          SourceAccount: inputs.sourceAccount,
          SourceArn: inputs.sourceArn,
          StatementId: inputs.statementId,
        }),
      isFreshPrincipal,
    );
    exists(inputs.statementId ?? "");
  },

  async read(cloud, id, known) {
    const statement = await statementOf(cloud, id, known);
    if (statement === undefined) return undefined;
    const condition = (key: string): string | undefined =>
      Object.values(statement.Condition ?? {})
        .flatMap((keys) => Object.entries(keys))
        .find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
    const { Principal: principal } = statement;
    return {
      action: statement.Action,
      eventSourceToken: condition("lambda:EventSourceToken"),
      function: known.function,
      functionUrlAuthType: condition("lambda:FunctionUrlAuthType"),
      principal: typeof principal === "string" ? principal : Object.values(principal ?? {})[0],
      principalOrgId: condition("aws:PrincipalOrgID"),
      qualifier: known.qualifier,
      sourceAccount: condition("aws:SourceAccount"),
      sourceArn: condition("aws:SourceArn"),
      statementId: id,
    };
  },

  async delete(cloud, id, state) {
    const lambda = await cloud.lambda();
    await unlessGone(
      lambda.removePermission({ FunctionName: state.function, Qualifier: state.qualifier, StatementId: id }),
      notFound,
    );
  },

  import(_, importId) {
    const slash = importId.lastIndexOf("/");
    if (slash < 1) {
      throw new Error(
        `"${importId}" is not the import id of a permission: write it as <function>[:<qualifier>]/<statement id>`,
      );
    }
    const target = importId.slice(0, slash);
    const isArn = target.startsWith("arn:");
    const parts = target.split(":");
    const name = isArn ? parts.slice(0, 7).join(":") : (parts[0] ?? "");
    const qualifier = parts[isArn ? 7 : 1];
    const known = qualifier === undefined ? { function: name } : { function: name, qualifier };
    return { id: importId.slice(slash + 1), known };
  },
});

/** Lambda does not see a role or user for a while after its creation. */
function isFreshPrincipal(error: unknown): boolean {
  return isErrorSaying(error, "InvalidParameterValueException", /provided principal was invalid/i);
}

async function statementOf(
  cloud: Cloud,
  id: string,
  known: Partial<Known<PermissionState>>,
): Promise<PolicyStatement | undefined> {
  const lambda = await cloud.lambda();
  const target = { FunctionName: known.function, Qualifier: known.qualifier };
  const found = await unlessGone(lambda.getPolicy(target), notFound);
  if (found?.Policy === undefined) return undefined;
  const { Statement } = JSON.parse(found.Policy) as { Statement: readonly PolicyStatement[] };
  return Statement.find(({ Sid }) => Sid === id);
}

/** A function's name, given as such or by its ARN. */
function functionName(value: Value): string {
  const text = typeof value === "string" ? value : "";
  return text.startsWith("arn:") ? (text.split(":")[6] ?? text) : text;
}

/** An account given by its id is told as the ARN of its root. */
function principalName(value: Value): string {
  const text = typeof value === "string" ? value : "";
  return /^arn:[\w-]+:iam::(\d{12}):root$/.exec(text)?.[1] ?? text;
}
