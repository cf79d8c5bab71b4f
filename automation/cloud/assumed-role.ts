/** Credentials of roles, through STS. */
import type { AccountCredentials, CredentialSource } from "./cloud";

const SESSION_NAME = "athena-spokes";
/** Assumed credentials are renewed when less than this is left. Milliseconds. */
const RENEW_BEFORE = 5 * 60_000;

/** A role to assume. */
export interface Assumption {
  readonly roleArn: string;
  readonly region: string;
  /** Whose credentials assume it. Default: the caller's own. */
  readonly from?: CredentialSource;
}

/** Credentials of a role, shared by all clients that ask for them. */
export function assumedCredentials(assumption: Assumption): CredentialSource {
  let current: Promise<AccountCredentials> | undefined;
  let expires = Number.POSITIVE_INFINITY;
  return async () => {
    if (current === undefined || Date.now() > expires - RENEW_BEFORE) {
      current = assume(assumption);
      expires = (await current).expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    }
    return current;
  };
}

async function assume({ roleArn, region, from }: Assumption): Promise<AccountCredentials> {
  const { STSClient, AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const client = new STSClient({ region, ...(from === undefined ? {} : { credentials: from }) });
  const { Credentials } = await client.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: SESSION_NAME }),
  );
  if (Credentials?.AccessKeyId === undefined || Credentials.SecretAccessKey === undefined)
    throw new Error("AssumeRole answered without credentials");
  return {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    ...(Credentials.SessionToken === undefined ? {} : { sessionToken: Credentials.SessionToken }),
    ...(Credentials.Expiration === undefined ? {} : { expiration: Credentials.Expiration }),
  };
}
