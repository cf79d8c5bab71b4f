/** The configuration of a provider instance, as the arguments of `aws.Provider` in @pulumi/aws 7. */
import { hasUnknown, isList, isValues, type Value, type Values } from "./values";
import type { InputFault } from "./input-check";

/** One hop of a chain of roles. */
export interface RoleToAssume {
  readonly roleArn: string;
  /** Default: `pulumi-` and the time. */
  readonly sessionName?: string;
  readonly externalId?: string;
  /** In seconds; default: AWS's (one hour). */
  readonly duration?: number;
  /** A session policy, as JSON text. */
  readonly policy?: string;
  readonly policyArns?: readonly string[];
  readonly sourceIdentity?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTagKeys?: readonly string[];
}

/** What a provider instance is configured with. */
export interface Configuration {
  readonly region: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly token?: string;
  readonly profile?: string;
  /** Assumed one after the other, the first with the base credentials. */
  readonly assumeRoles: readonly RoleToAssume[];
  /** Empty: every account is allowed. */
  readonly allowedAccountIds: readonly string[];
  readonly forbiddenAccountIds: readonly string[];
  readonly defaultTags: Readonly<Record<string, string>>;
  /** Calls to AWS before giving up; default 8. */
  readonly maxAttempts: number;
  readonly s3PathStyle: boolean;
}

/** Arguments that are honoured. */
const served = new Set([
  "region",
  "accessKey",
  "secretKey",
  "token",
  "profile",
  "assumeRoles",
  "allowedAccountIds",
  "forbiddenAccountIds",
  "defaultTags",
  "maxRetries",
  "s3UsePathStyle",
]);

/** Arguments that mean nothing here: which checks of itself the real provider leaves out. */
const withoutEffect = new Set([
  "skipCredentialsValidation",
  "skipMetadataApiCheck",
  "skipRegionValidation",
  "skipRequestingAccountId",
  "version",
  "pluginDownloadURL",
]);

const defaultMaxAttempts = 8;

/** Every fault of the arguments; unknown values pass. */
export function configurationFaults(values: Values): InputFault[] {
  const faults: InputFault[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || served.has(name) || withoutEffect.has(name) || name.startsWith("__")) continue;
    faults.push({
      property: name,
      reason: `is not served by the sandbox's aws provider; it takes ${[...served].join(", ")}`,
    });
  }
  if (faults.length === 0 && !hasUnknown(values)) {
    try {
      readConfiguration(values);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      faults.push({ property: error.property, reason: error.message });
    }
  }
  return faults;
}

/** A wrong argument. */
export class ConfigurationError extends Error {
  constructor(
    readonly property: string,
    message: string,
  ) {
    super(message);
  }
}

/** Reads known arguments. Throws `ConfigurationError` for the first wrong one. */
export function readConfiguration(values: Values): Configuration {
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const region = text("region") ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (region === undefined || region === "") {
    throw new ConfigurationError("region", `is missing: give the provider "region", or set AWS_REGION`);
  }
  const roles = parsed(values["assumeRoles"]) ?? [];
  if (!isList(roles)) throw new ConfigurationError("assumeRoles", "must be a list of roles");
  const maxRetries = parsed(values["maxRetries"]);
  const pathStyle = parsed(values["s3UsePathStyle"]);
  return {
    region,
    ...optional("accessKey", text("accessKey")),
    ...optional("secretKey", text("secretKey")),
    ...optional("token", text("token")),
    ...optional("profile", text("profile")),
    assumeRoles: roles.map((role, index) => readRole(role, `assumeRoles[${index}]`)),
    allowedAccountIds: accountIds(values, "allowedAccountIds"),
    forbiddenAccountIds: accountIds(values, "forbiddenAccountIds"),
    defaultTags: readTags(values["defaultTags"]),
    maxAttempts: typeof maxRetries === "number" ? maxRetries + 1 : defaultMaxAttempts,
    s3PathStyle: typeof pathStyle === "boolean" ? pathStyle : endpointNeedsPathStyle(),
  };
}

/** Lists and objects arrive as JSON text: @pulumi/aws writes them so. */
function parsed(value: Value): Value {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Value;
  } catch {
    return value;
  }
}

function readRole(role: Value, path: string): RoleToAssume {
  if (!isValues(role)) throw new ConfigurationError(path, "must be an object with roleArn");
  const roleArn = role["roleArn"];
  if (typeof roleArn !== "string" || !/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(roleArn)) {
    throw new ConfigurationError(`${path}.roleArn`, `${JSON.stringify(roleArn)} is not the ARN of a role`);
  }
  const text = (name: string): string | undefined => {
    const value = role[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    roleArn,
    ...optional("sessionName", text("sessionName")),
    ...optional("externalId", text("externalId")),
    ...optional("duration", seconds(text("duration"), `${path}.duration`)),
    ...optional("policy", text("policy")),
    ...optional("policyArns", texts(role["policyArns"])),
    ...optional("sourceIdentity", text("sourceIdentity")),
    ...optional("tags", isValues(role["tags"]) ? textMap(role["tags"]) : undefined),
    ...optional("transitiveTagKeys", texts(role["transitiveTagKeys"])),
  };
}

/** `1h`, `15m`, `1h30m`, `900s`: durations as Go writes them. */
function seconds(duration: string | undefined, path: string): number | undefined {
  if (duration === undefined) return undefined;
  const parts = /^(?:(?<hours>\d+)h)?(?:(?<minutes>\d+)m)?(?:(?<seconds>\d+)s)?$/.exec(duration)?.groups;
  if (parts === undefined) {
    throw new ConfigurationError(path, `"${duration}" is not a duration: write it like 1h, 15m or 900s`);
  }
  const part = (name: string): number => Number(parts[name] ?? 0);
  return part("hours") * 3600 + part("minutes") * 60 + part("seconds");
}

function accountIds(values: Values, name: string): readonly string[] {
  const ids = parsed(values[name]);
  if (ids === undefined) return [];
  const wrong = isList(ids) ? ids.find((id) => typeof id !== "string" || !/^\d{12}$/.test(id)) : ids;
  if (wrong !== undefined) {
    throw new ConfigurationError(name, `${JSON.stringify(wrong)} is not an account id of 12 digits, as text`);
  }
  return texts(ids) ?? [];
}

function readTags(value: Value): Readonly<Record<string, string>> {
  const tags = parsed(value);
  if (tags === undefined) return {};
  const inner = isValues(tags) ? (tags["tags"] ?? {}) : undefined;
  if (!isValues(inner)) throw new ConfigurationError("defaultTags", `must be an object with "tags"`);
  return textMap(inner);
}

function texts(value: Value): readonly string[] | undefined {
  return isList(value) ? value.filter((item) => typeof item === "string") : undefined;
}

function textMap(values: Values): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function optional<Name extends string, Content>(
  name: Name,
  content: Content | undefined,
): Partial<Record<Name, Content>> {
  return content === undefined ? {} : ({ [name]: content } as Record<Name, Content>);
}

/** Buckets cannot be sub-domains of an address or of `localhost`. */
function endpointNeedsPathStyle(): boolean {
  const endpoint = process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];
  if (endpoint === undefined || !URL.canParse(endpoint)) return false;
  const { hostname } = new URL(endpoint);
  return hostname === "localhost" || hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
}
