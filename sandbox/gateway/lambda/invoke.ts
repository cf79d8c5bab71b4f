import { createHash } from "node:crypto";
import type { FunctionToRun } from "../../connector/functions";
import { MOST_REQUEST_BYTES } from "../../connector/invocation";
import type { Outcome } from "../../connector/invocation";
import type { Answer } from "../answer";
import type { Cloud, Context } from "../context";
import { AwsError, notImplemented } from "../errors";
import { parseFunctionName } from "./function-name";
import type { FunctionName } from "./function-name";

/** The handlers that run here: AWS's DynamoDB connector. */
const HANDLER =
  /^com\.amazonaws\.athena\.connectors\.dynamodb\.DynamoDBCompositeHandler(?:::handleRequest)?$/;

/** lambda:Invoke. @throws AwsError */
export async function invoke(context: Context): Promise<Answer> {
  const { cloud, call, principal, requestId } = context;
  const name = parseFunctionName(
    call.labels["FunctionName"] ?? "",
    call.query.get("Qualifier") ?? undefined,
    {
      account: principal.account,
      region: call.region,
    },
  );
  const type = header(context, "x-amz-invocation-type") ?? "RequestResponse";
  if (!["RequestResponse", "DryRun", "Event"].includes(type)) {
    throw new AwsError("InvalidParameterValueException", `InvocationType ${type} is not valid`);
  }
  const payload = call.body ?? Buffer.alloc(0);
  if (type === "DryRun") {
    await configurationOf(cloud, name);
    return { status: 204, headers: { "x-amz-executed-version": "$LATEST" }, body: "" };
  }
  if (type === "Event")
    throw notImplemented("lambda", "Invoke", "with the InvocationType Event is not served here");

  const { kind, payload: body, log } = await invokeFunction(cloud, name, requestId, payload);
  return {
    status: 200,
    headers: {
      "content-type": "application/json",
      "x-amz-executed-version": "$LATEST",
      ...(kind === "error" ? { "x-amz-function-error": "Unhandled" } : {}),
      ...(header(context, "x-amz-log-type") === "Tail"
        ? { "x-amz-log-result": Buffer.from(log).toString("base64") }
        : {}),
    },
    body,
  };
}

/**
 * Runs a function once, for whoever has been authorized to invoke it.
 *
 * @throws AwsError when there is no such function, or the sandbox cannot run it (501)
 */
export async function invokeFunction(
  cloud: Cloud,
  name: FunctionName,
  requestId: string,
  payload: Buffer,
): Promise<Outcome> {
  const configuration = await configurationOf(cloud, name);
  if (payload.length > MOST_REQUEST_BYTES) {
    const message = `Request must be smaller than ${MOST_REQUEST_BYTES} bytes for the InvokeFunction operation`;
    throw new AwsError("RequestTooLargeException", message, 413);
  }
  const handler = handlerOf(configuration);
  if (!HANDLER.test(handler)) {
    throw notImplemented("lambda", "Invoke", `of a function with the handler ${handler} is not served here`);
  }
  if (cloud.functions === undefined) {
    const missing =
      "needs AWS's connector, which npm start installs where it finds JDK 17 or newer and Maven";
    throw notImplemented("lambda", "Invoke", missing);
  }
  await cloud.executionRoles.assumable(configuration.Role);
  const fn = runnable(configuration, name, handler.replace(/::.*/, ""), cloud);
  return cloud.functions.invoke(fn, { requestId, functionArn: name.asNamed, payload });
}

/** What moto tells of a function, as far as it matters here. */
interface Configuration {
  readonly Role: string;
  readonly Handler?: string;
  readonly PackageType?: string;
  readonly ImageConfigResponse?: { readonly ImageConfig?: { readonly Command?: readonly string[] } };
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
}

async function configurationOf({ moto }: Cloud, name: FunctionName): Promise<Configuration> {
  try {
    const path = `/2015-03-31/functions/${encodeURIComponent(name.name)}/configuration`;
    const search = name.qualifier === undefined ? "" : `?Qualifier=${encodeURIComponent(name.qualifier)}`;
    return (await moto.rest(
      "lambda",
      name.account,
      name.region,
      "GET",
      `${path}${search}`,
    )) as unknown as Configuration;
  } catch (error) {
    if (!(error instanceof AwsError) || error.status !== 404) throw error;
    throw new AwsError("ResourceNotFoundException", `Function not found: ${name.asNamed}`, 404, {
      Type: "User",
    });
  }
}

/** The handler's class: a function from an image names it as the command. */
function handlerOf({ PackageType, Handler, ImageConfigResponse }: Configuration): string {
  return (PackageType === "Image" ? ImageConfigResponse?.ImageConfig?.Command?.[0] : Handler) ?? "";
}

function runnable(
  configuration: Configuration,
  { arn, name, region, account }: FunctionName,
  handler: string,
  { executionRoles, endpoint }: Cloud,
): FunctionToRun {
  const variables = configuration.Environment?.Variables ?? {};
  const memory = configuration.MemorySize ?? 128;
  const tokens = new Map<unknown, string>();
  return {
    arn,
    name,
    handler,
    memory,
    timeout: configuration.Timeout ?? 3,
    revision: createHash("sha256").update(JSON.stringify(configuration)).digest("hex"),
    environment: () => {
      const token = executionRoles.admit({ roleArn: configuration.Role, session: name });
      const environment = {
        ...variables,
        LANG: "en_US.UTF-8",
        TZ: ":UTC",
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
        AWS_ACCOUNT_ID: account,
        AWS_ENDPOINT_URL: endpoint(),
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint()}/_sandbox/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
        AWS_EC2_METADATA_DISABLED: "true",
        // The SDK would look into the files of the person who runs the sandbox before it asks for the role's.
        AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
        AWS_CONFIG_FILE: "/dev/null",
      };
      tokens.set(environment, token);
      return environment;
    },
    released: (environment) => {
      executionRoles.dismiss(tokens.get(environment) ?? "");
    },
  };
}

function header({ call }: Context, name: string): string | undefined {
  const value = call.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
