import type { FunctionArgs, FunctionState } from "@pulumi/aws/lambda";
import type {
  ApplicationLogLevel,
  Architecture,
  CreateFunctionCommandInput,
  FunctionCode,
  FunctionConfiguration,
  Lambda,
  LogFormat,
  PackageType,
  Runtime,
  SnapStartApplyOn,
  SystemLogLevel,
  TracingMode,
} from "@aws-sdk/client-lambda";
import { contentsOf } from "../asset-contents";
import { isErrorSaying, unlessGone, type Cloud } from "../cloud";
import { resourceType, type Known } from "../resource-type";
import { changeTags, ownTags } from "../tags";
import { Asset } from "../values";

type Inputs = Known<FunctionArgs>;

const notFound = "ResourceNotFoundException";

/** Inputs that say where the code comes from. */
const codeInputs = [
  "code",
  "imageUri",
  "s3Bucket",
  "s3Key",
  "s3ObjectVersion",
  "sourceCodeHash",
  "sourceKmsKeyArn",
];

/** Inputs that another call than UpdateFunctionConfiguration sets, or none. */
const otherInputs = [
  ...codeInputs,
  "architectures",
  "publish",
  "reservedConcurrentExecutions",
  "skipDestroy",
  "tags",
  "tagsAll",
];

export const lambdaFunction = resourceType<FunctionArgs, FunctionState>({
  token: "aws:lambda/function:Function",
  properties: {
    architectures: { computed: true },
    code: {},
    codeSha256: { computed: true, unserved: true },
    deadLetterConfig: {},
    description: {},
    environment: {},
    ephemeralStorage: { computed: true },
    "ephemeralStorage.size": { computed: true },
    handler: {},
    imageConfig: {},
    imageUri: {},
    kmsKeyArn: {},
    layers: {},
    loggingConfig: { computed: true },
    "loggingConfig.applicationLogLevel": { computed: true },
    "loggingConfig.logGroup": { computed: true },
    "loggingConfig.systemLogLevel": { computed: true },
    memorySize: { default: 128 },
    name: { replaces: true },
    packageType: { default: "Zip", replaces: true },
    publish: { default: false },
    reservedConcurrentExecutions: { default: -1 },
    role: {},
    runtime: {},
    s3Bucket: {},
    s3Key: {},
    s3ObjectVersion: {},
    skipDestroy: { default: false },
    snapStart: { computed: true },
    "snapStart.optimizationStatus": { computed: true },
    sourceCodeHash: { computed: true },
    sourceKmsKeyArn: {},
    tags: {},
    timeout: { default: 3 },
    tracingConfig: { computed: true },
    vpcConfig: {},
    "vpcConfig.ipv6AllowedForDualStack": { computed: true },
    "vpcConfig.securityGroupIds": { set: true },
    "vpcConfig.subnetIds": { set: true },
    "vpcConfig.vpcId": { computed: true },
  },
  identity: ["name"],
  naming: { property: "name", maxLength: 64 },
  omits: [
    "capacityProviderConfig",
    "codeSigningConfigArn",
    "durableConfig",
    "fileSystemConfig",
    "publishTo",
    "replaceSecurityGroupsOnDestroy",
    "replacementSecurityGroupIds",
    "responseStreamingInvokeArn",
    "signingJobArn",
    "signingProfileVersionArn",
    "tenancyConfig",
    "useResourceTimeoutForPropagation",
  ],

  check(inputs) {
    const faults: Record<string, string> = {};
    const isImage = inputs.packageType === "Image";
    const sources = (["code", "imageUri", "s3Bucket"] as const).filter((name) => inputs[name] !== undefined);
    if (sources.length > 1) {
      faults[sources[1] ?? ""] = `cannot stand beside "${sources[0] ?? ""}": give one source of code`;
    }
    if (inputs.s3Bucket !== undefined && inputs.s3Key === undefined) {
      faults["s3Key"] = "is missing, and s3Bucket needs it";
    }
    if (isImage && (inputs.code !== undefined || inputs.s3Bucket !== undefined)) {
      faults["packageType"] = `is "Image", which takes imageUri only`;
    }
    if (!isImage && inputs.imageUri !== undefined) faults["imageUri"] = `needs the packageType "Image"`;
    return faults;
  },

  unknownAfter(changed) {
    const code = codeInputs.some((name) => changed.has(name))
      ? ["codeSha256", "sourceCodeHash", "sourceCodeSize"]
      : [];
    return changed.size === 0
      ? []
      : [...code, "lastModified", "qualifiedArn", "qualifiedInvokeArn", "version"];
  },

  async create(cloud, inputs, exists) {
    const lambda = await cloud.lambda();
    const FunctionName = inputs.name ?? "";
    const Code = await codeOf(inputs);
    await cloud.retry(
      () =>
        lambda.createFunction({
          FunctionName,
          ...configuration(inputs),
          Architectures: inputs.architectures as Architecture[] | undefined,
          Code,
          PackageType: inputs.packageType as PackageType | undefined,
          Publish: inputs.publish,
          Tags: inputs.tagsAll,
        }),
      isFreshRole,
    );
    exists(FunctionName);
    await untilReady(cloud, lambda, FunctionName);
    if ((inputs.reservedConcurrentExecutions ?? -1) >= 0) await reserve(lambda, FunctionName, inputs);
  },

  async read(cloud, id) {
    const lambda = await cloud.lambda();
    const found = await unlessGone(lambda.getFunction({ FunctionName: id }), notFound);
    const { Configuration: current } = found ?? {};
    if (found === undefined || current === undefined) return undefined;
    const version = current.Version ?? "$LATEST";
    const arn = (current.FunctionArn ?? "").split(":").slice(0, 7).join(":");
    return {
      ...describedConfiguration(current),
      ...arns(cloud, arn, version),
      codeSha256: current.CodeSha256,
      imageUri: found.Code?.ImageUri,
      lastModified: current.LastModified,
      packageType: current.PackageType ?? "Zip",
      reservedConcurrentExecutions: found.Concurrency?.ReservedConcurrentExecutions ?? -1,
      sourceCodeHash: current.CodeSha256,
      sourceCodeSize: current.CodeSize,
      tagsAll: ownTags(found.Tags),
      version,
    };
  },

  async update(cloud, id, inputs, old, changed) {
    const lambda = await cloud.lambda();
    const FunctionName = id;
    if ([...changed].some((name) => !otherInputs.includes(name))) {
      await cloud.retry(
        () => lambda.updateFunctionConfiguration({ FunctionName, ...cleared(configuration(inputs)) }),
        isFreshRole,
      );
      await untilReady(cloud, lambda, FunctionName);
    }
    if ([...codeInputs, "architectures"].some((name) => changed.has(name))) {
      await lambda.updateFunctionCode({
        FunctionName,
        ...(await codeOf(inputs)),
        Architectures: inputs.architectures as Architecture[] | undefined,
      });
      await untilReady(cloud, lambda, FunctionName);
    }
    if (changed.has("reservedConcurrentExecutions")) await reserve(lambda, FunctionName, inputs);
    if (inputs.publish === true && changed.size > 0) await lambda.publishVersion({ FunctionName });
    const Resource = old.arn ?? "";
    await changeTags(
      old.tagsAll,
      inputs.tagsAll,
      (Tags) => lambda.tagResource({ Resource, Tags }),
      (TagKeys) => lambda.untagResource({ Resource, TagKeys }),
    );
  },

  async delete(cloud, id, state) {
    if (state.skipDestroy === true) return;
    const lambda = await cloud.lambda();
    await unlessGone(lambda.deleteFunction({ FunctionName: id }), notFound);
  },
});

/** Lambda does not see a role, or what it may do, for some seconds after its creation. */
function isFreshRole(error: unknown): boolean {
  return isErrorSaying(
    error,
    "InvalidParameterValueException",
    /cannot be assumed by Lambda|execution role does not have permissions|KMS key is invalid for CreateGrant/i,
  );
}

async function untilReady(cloud: Cloud, lambda: Lambda, FunctionName: string): Promise<void> {
  await cloud.until(`function "${FunctionName}" to be ready`, async () => {
    const current = await lambda.getFunctionConfiguration({ FunctionName });
    if (current.State === "Failed" || current.LastUpdateStatus === "Failed") {
      const reason = current.State === "Failed" ? current.StateReason : current.LastUpdateStatusReason;
      throw new Error(
        `function "${FunctionName}" failed to become ready: ${reason ?? "Lambda gives no reason"}`,
      );
    }
    const pending = current.State === "Pending" || current.LastUpdateStatus === "InProgress";
    return pending ? undefined : true;
  });
}

async function reserve(lambda: Lambda, FunctionName: string, inputs: Inputs): Promise<void> {
  const reserved = inputs.reservedConcurrentExecutions ?? -1;
  if (reserved < 0) await lambda.deleteFunctionConcurrency({ FunctionName });
  else await lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: reserved });
}

async function codeOf(inputs: Inputs): Promise<FunctionCode> {
  if (inputs.imageUri !== undefined) return { ImageUri: inputs.imageUri };
  if (inputs.s3Bucket !== undefined) {
    return {
      S3Bucket: inputs.s3Bucket,
      S3Key: inputs.s3Key,
      S3ObjectVersion: inputs.s3ObjectVersion,
      SourceKMSKeyArn: inputs.sourceKmsKeyArn,
    };
  }
  if (inputs.code instanceof Asset) {
    return { ZipFile: await contentsOf(inputs.code), SourceKMSKeyArn: inputs.sourceKmsKeyArn };
  }
  throw new Error("a function needs code: give code, s3Bucket and s3Key, or imageUri");
}

type Settings = Omit<CreateFunctionCommandInput, "Code" | "FunctionName">;

/** What creation and UpdateFunctionConfiguration both take. */
function configuration(inputs: Inputs): Settings {
  const {
    deadLetterConfig,
    environment,
    ephemeralStorage,
    imageConfig,
    loggingConfig,
    snapStart,
    vpcConfig,
  } = inputs;
  return {
    DeadLetterConfig: deadLetterConfig && { TargetArn: deadLetterConfig.targetArn },
    Description: inputs.description,
    Environment: environment && { Variables: environment.variables },
    EphemeralStorage: ephemeralStorage && { Size: ephemeralStorage.size },
    Handler: inputs.handler,
    ImageConfig: imageConfig && {
      Command: imageConfig.commands,
      EntryPoint: imageConfig.entryPoints,
      WorkingDirectory: imageConfig.workingDirectory,
    },
    KMSKeyArn: inputs.kmsKeyArn,
    Layers: inputs.layers,
    LoggingConfig: loggingConfig && {
      ApplicationLogLevel: loggingConfig.applicationLogLevel as ApplicationLogLevel | undefined,
      LogFormat: loggingConfig.logFormat as LogFormat,
      LogGroup: loggingConfig.logGroup,
      SystemLogLevel: loggingConfig.systemLogLevel as SystemLogLevel | undefined,
    },
    MemorySize: inputs.memorySize,
    Role: inputs.role,
    Runtime: inputs.runtime as Runtime | undefined,
    SnapStart: snapStart && { ApplyOn: snapStart.applyOn as SnapStartApplyOn },
    Timeout: inputs.timeout,
    TracingConfig: inputs.tracingConfig && { Mode: inputs.tracingConfig.mode as TracingMode },
    VpcConfig: vpcConfig && {
      Ipv6AllowedForDualStack: vpcConfig.ipv6AllowedForDualStack,
      SecurityGroupIds: vpcConfig.securityGroupIds,
      SubnetIds: vpcConfig.subnetIds,
    },
  };
}

/** An update leaves alone what it is not told of: what the inputs no longer say is told as empty. */
function cleared(settings: Settings): Settings {
  return {
    ...settings,
    DeadLetterConfig: settings.DeadLetterConfig ?? { TargetArn: "" },
    Description: settings.Description ?? "",
    Environment: settings.Environment ?? { Variables: {} },
    ...(settings.Runtime === undefined ? { ImageConfig: settings.ImageConfig ?? {} } : {}),
    KMSKeyArn: settings.KMSKeyArn ?? "",
    Layers: settings.Layers ?? [],
    VpcConfig: settings.VpcConfig ?? { SecurityGroupIds: [], SubnetIds: [] },
  };
}

function describedConfiguration(current: FunctionConfiguration): Known<FunctionState> {
  const { LoggingConfig: logging, SnapStart: snapStart, VpcConfig: vpc } = current;
  const image = current.ImageConfigResponse?.ImageConfig;
  return {
    architectures: current.Architectures,
    deadLetterConfig: current.DeadLetterConfig?.TargetArn
      ? { targetArn: current.DeadLetterConfig.TargetArn }
      : undefined,
    description: current.Description,
    environment: current.Environment && { variables: current.Environment.Variables },
    ephemeralStorage: current.EphemeralStorage && { size: current.EphemeralStorage.Size },
    handler: current.Handler,
    imageConfig: image && {
      commands: image.Command,
      entryPoints: image.EntryPoint,
      workingDirectory: image.WorkingDirectory,
    },
    kmsKeyArn: current.KMSKeyArn,
    layers: current.Layers?.flatMap(({ Arn }) => (Arn === undefined ? [] : [Arn])),
    loggingConfig: logging && {
      applicationLogLevel: logging.ApplicationLogLevel,
      logFormat: logging.LogFormat ?? "Text",
      logGroup: logging.LogGroup,
      systemLogLevel: logging.SystemLogLevel,
    },
    memorySize: current.MemorySize,
    name: current.FunctionName,
    role: current.Role,
    runtime: current.Runtime,
    snapStart:
      snapStart === undefined || snapStart.ApplyOn === "None"
        ? undefined
        : { applyOn: snapStart.ApplyOn ?? "", optimizationStatus: snapStart.OptimizationStatus },
    timeout: current.Timeout,
    tracingConfig: current.TracingConfig && { mode: current.TracingConfig.Mode ?? "PassThrough" },
    vpcConfig:
      vpc?.SubnetIds === undefined || vpc.SubnetIds.length === 0
        ? undefined
        : {
            ipv6AllowedForDualStack: vpc.Ipv6AllowedForDualStack,
            securityGroupIds: vpc.SecurityGroupIds ?? [],
            subnetIds: vpc.SubnetIds,
            vpcId: vpc.VpcId,
          },
  };
}

function arns(cloud: Cloud, arn: string, version: string): Known<FunctionState> {
  const invoke = (target: string): string =>
    `arn:${cloud.partition}:apigateway:${cloud.region}:lambda:path/2015-03-31/functions/${target}/invocations`;
  const qualifiedArn = `${arn}:${version}`;
  return { arn, invokeArn: invoke(arn), qualifiedArn, qualifiedInvokeArn: invoke(qualifiedArn) };
}
