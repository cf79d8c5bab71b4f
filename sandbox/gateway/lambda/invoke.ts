import { createHash } from "node:crypto";
import { BadZip } from "../../functions/code";
import type { FunctionToRun } from "../../functions/functions";
import { MOST_EVENT_BYTES, MOST_REQUEST_BYTES } from "../../functions/invocation";
import type { Outcome } from "../../functions/invocation";
import type { Runtime } from "../../functions/runtimes";
import type { Answer } from "../answer";
import type { Cloud, Context } from "../context";
import { AwsError, notImplemented } from "../errors";
import { parseFunctionName } from "./function-name";
import type { FunctionName } from "./function-name";

/** AWS's DynamoDB connector. */
const CONNECTOR =
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
  if (type === "Event") {
    const run = await prepared(cloud, name, requestId, payload, MOST_EVENT_BYTES);
    cloud.later(() => untilDone(run));
    return { status: 202, headers: {}, body: "" };
  }

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
  return (await prepared(cloud, name, requestId, payload, MOST_REQUEST_BYTES))();
}

/** Everything before the run itself, which can be refused. @throws AwsError */
async function prepared(
  cloud: Cloud,
  name: FunctionName,
  requestId: string,
  payload: Buffer,
  most: number,
): Promise<() => Promise<Outcome>> {
  const configuration = await configurationOf(cloud, name);
  if (payload.length > most) {
    const message = `Request must be smaller than ${most} bytes for the InvokeFunction operation`;
    throw new AwsError("RequestTooLargeException", message, 413);
  }
  refuseNoJson(payload);
  const { handler, runtime } = runtimeOf(configuration, cloud);
  await cloud.executionRoles.assumable(configuration.Role);
  const code = runtime === cloud.runtimes.connector ? undefined : await codeOf(configuration, name, cloud);
  const fn = runnable(configuration, name, handler, runtime, code, cloud);
  return () => cloud.functions.invoke(fn, { requestId, functionArn: name.asNamed, payload });
}

/** How often Lambda tries an event in all ("Error handling and automatic retries in Lambda"). */
const EVENT_TRIES = 3;

/** Lambda waits a minute and two between the tries; nothing here would get better by that. */
async function untilDone(run: () => Promise<Outcome>): Promise<void> {
  for (let tries = 1; tries <= EVENT_TRIES; tries += 1) if ((await run()).kind === "answer") return;
}

function refuseNoJson(payload: Buffer): void {
  if (payload.length === 0) return;
  try {
    JSON.parse(payload.toString("utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AwsError("InvalidRequestContentException", `Could not parse request body into json: ${why}`);
  }
}

/** @throws AwsError (501) for what is not run here */
function runtimeOf(
  configuration: Configuration,
  { runtimes }: Cloud,
): { readonly handler: string; readonly runtime: Runtime } {
  const handler = handlerOf(configuration);
  if (CONNECTOR.test(handler)) {
    if (runtimes.connector === undefined) {
      const missing =
        "needs AWS's connector, which npm start installs where it finds JDK 17 or newer and Maven";
      throw notImplemented("lambda", "Invoke", missing);
    }
    return { handler: handler.replace(/::.*/, ""), runtime: runtimes.connector };
  }
  const { PackageType, Runtime: name = "", Layers = [] } = configuration;
  const runtime = /^nodejs\d/.test(name)
    ? runtimes.nodejs
    : /^python3/.test(name)
      ? runtimes.python
      : undefined;
  if (PackageType === "Image" || runtime === undefined) {
    const made = PackageType === "Image" ? "an image" : `the runtime ${name}`;
    const what = `of a function with ${made} and the handler ${handler} is not served here`;
    throw notImplemented("lambda", "Invoke", what);
  }
  if (Layers.length > 0) {
    throw notImplemented("lambda", "Invoke", "of a function with layers is not served here");
  }
  return { handler, runtime };
}

/** The folder with the function's code. @throws AwsError */
async function codeOf(
  { CodeSha256 = "" }: Configuration,
  { account, region, name, qualifier = "" }: FunctionName,
  { code, moto }: Cloud,
): Promise<string> {
  const place = [account, region, name, qualifier].map(encodeURIComponent).join("/");
  try {
    return await code.folder(CodeSha256, () => moto.ownBytes("GET", `code/${place}`));
  } catch (error) {
    if (!(error instanceof BadZip)) throw error;
    throw new AwsError("InvalidZipFileException", "Lambda could not unzip the deployment package.", 502);
  }
}

/** What moto tells of a function, as far as it matters here. */
interface Configuration {
  readonly Role: string;
  readonly Handler?: string;
  readonly Runtime?: string;
  readonly CodeSha256?: string;
  readonly Layers?: readonly unknown[];
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

/** The handler: a function from an image names it as the command. */
function handlerOf({ PackageType, Handler, ImageConfigResponse }: Configuration): string {
  return (PackageType === "Image" ? ImageConfigResponse?.ImageConfig?.Command?.[0] : Handler) ?? "";
}

/** Where a function finds commands. */
const SEARCHED = "/usr/local/bin:/usr/bin:/bin";

function runnable(
  configuration: Configuration,
  { arn, name, region, account }: FunctionName,
  handler: string,
  runtime: Runtime,
  code: string | undefined,
  { executionRoles, endpoint }: Cloud,
): FunctionToRun {
  const variables = configuration.Environment?.Variables ?? {};
  const memory = configuration.MemorySize ?? 128;
  const tokens = new Map<unknown, string>();
  return {
    arn,
    name,
    handler,
    runtime,
    memory,
    ...(code === undefined ? {} : { code }),
    timeout: configuration.Timeout ?? 3,
    revision: createHash("sha256").update(JSON.stringify(configuration)).digest("hex"),
    environment: () => {
      const token = executionRoles.admit({ roleArn: configuration.Role, session: name });
      const environment = {
        ...(code === undefined ? {} : { PATH: SEARCHED }),
        ...variables,
        ...(code === undefined ? {} : { LAMBDA_TASK_ROOT: code }),
        ...(configuration.Runtime === undefined
          ? {}
          : { AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.Runtime}` }),
        _HANDLER: handler,
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
