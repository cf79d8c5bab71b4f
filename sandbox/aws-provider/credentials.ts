/** The credentials of a provider instance: given keys, a profile or the SDK's default chain, then a chain of roles. */
import type { STS, STSClientConfig } from "@aws-sdk/client-sts";
import type { ClientSettings, CredentialSource, Identity } from "./cloud";
import type { Configuration, RoleToAssume } from "./configuration";

/** Credentials that are about to expire are renewed this long before, in milliseconds. */
const renewalMargin = 300_000;

/** A provider instance's client settings and who it is. Throws when a role cannot be assumed or the account is wrong. */
export async function connect(
  configuration: Configuration,
): Promise<{ settings: ClientSettings; identity: Identity }> {
  const { STS: StsClient } = await import("@aws-sdk/client-sts");
  const base = {
    region: configuration.region,
    maxAttempts: configuration.maxAttempts,
    retryMode: "adaptive",
  };
  let credentials = await baseCredentials(configuration);
  for (const [index, role] of configuration.assumeRoles.entries()) {
    const sts = new StsClient(withCredentials(base, credentials));
    credentials = roleCredentials(sts, role, `${index + 1} of ${configuration.assumeRoles.length}`);
  }
  const settings = withCredentials(base, credentials);
  const {
    Account: accountId,
    Arn: arn,
    UserId: userId,
  } = await new StsClient(settings).getCallerIdentity({});
  if (accountId === undefined || arn === undefined || userId === undefined) {
    throw new Error("GetCallerIdentity gave no account id, ARN and user id");
  }
  const identity = { accountId, arn, userId };
  checkAccount(configuration, identity);
  return { settings, identity };
}

function withCredentials(base: ClientSettings, credentials: CredentialSource | undefined): ClientSettings {
  return credentials === undefined ? base : { ...base, credentials };
}

async function baseCredentials(configuration: Configuration): Promise<CredentialSource | undefined> {
  const { accessKey, secretKey, token, profile } = configuration;
  if (accessKey !== undefined && secretKey !== undefined) {
    const keys = { accessKeyId: accessKey, secretAccessKey: secretKey };
    return token === undefined ? keys : { ...keys, sessionToken: token };
  }
  if (accessKey !== undefined || secretKey !== undefined) {
    throw new Error("accessKey and secretKey go together: give both or neither");
  }
  if (profile === undefined) return undefined;
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  return fromNodeProviderChain({ profile });
}

type SessionCredentials = Awaited<
  ReturnType<Extract<STSClientConfig["credentials"], (...input: never) => unknown>>
>;

/** Assumes the role when first asked, and again shortly before its session ends; all clients share one session. */
function roleCredentials(sts: STS, role: RoleToAssume, position: string): CredentialSource {
  let session: Promise<SessionCredentials> | undefined;
  let end = 0;
  return async () => {
    if (session === undefined || Date.now() > end - renewalMargin) {
      session = assume(sts, role, position);
      end = Number.POSITIVE_INFINITY;
      session.then(
        ({ expiration }) => {
          end = expiration?.getTime() ?? Number.POSITIVE_INFINITY;
        },
        () => {
          session = undefined;
        },
      );
    }
    return session;
  };
}

async function assume(sts: STS, role: RoleToAssume, position: string): Promise<SessionCredentials> {
  try {
    const { Credentials: keys } = await sts.assumeRole({
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName ?? `pulumi-${Date.now()}`,
      ExternalId: role.externalId,
      DurationSeconds: role.duration,
      Policy: role.policy,
      PolicyArns: role.policyArns?.map((arn) => ({ arn })),
      SourceIdentity: role.sourceIdentity,
      Tags:
        role.tags === undefined
          ? undefined
          : Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value })),
      TransitiveTagKeys: role.transitiveTagKeys === undefined ? undefined : [...role.transitiveTagKeys],
    });
    if (keys?.AccessKeyId === undefined || keys.SecretAccessKey === undefined)
      throw new Error("STS gave no keys");
    return {
      accessKeyId: keys.AccessKeyId,
      secretAccessKey: keys.SecretAccessKey,
      ...(keys.SessionToken === undefined ? {} : { sessionToken: keys.SessionToken }),
      ...(keys.Expiration === undefined ? {} : { expiration: keys.Expiration }),
    };
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new Error(`cannot assume role "${role.roleArn}" (${position} in assumeRoles): ${reason}`, {
      cause: error,
    });
  }
}

function checkAccount(configuration: Configuration, { accountId, arn }: Identity): void {
  const { allowedAccountIds: allowed, forbiddenAccountIds: forbidden } = configuration;
  const remedy = "give the provider other credentials, or correct its account ids";
  if (allowed.length > 0 && !allowed.includes(accountId)) {
    throw new Error(
      `account ${accountId} (as "${arn}") is not among allowedAccountIds ${allowed.join(", ")}: ${remedy}`,
    );
  }
  if (forbidden.includes(accountId)) {
    throw new Error(`account ${accountId} (as "${arn}") is among forbiddenAccountIds: ${remedy}`);
  }
}
