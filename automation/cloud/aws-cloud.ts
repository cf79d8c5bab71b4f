/** AWS through its SDK. Each client is loaded when it is first needed: all together cost more than a preview. */
import { roleArn } from "../../access/arn";
import { messageOf } from "../failure";
import { type Caller, type Cloud, EndpointUnreachable, type Entry, EntryRefused } from "./cloud";
import { type AccountCredentials, AwsAccount, type CredentialSource } from "./aws-account";

const SESSION_NAME = "athena-spokes";
/** Assumed credentials are renewed when less than this is left. Milliseconds. */
const RENEW_BEFORE = 5 * 60_000;

export class AwsCloud implements Cloud {
  readonly #entered = new Map<string, Promise<AwsAccount>>();

  async caller(region: string): Promise<Caller> {
    const { STSClient, GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
    try {
      const { Account, Arn } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
      return { account: Account ?? "", arn: Arn ?? "" };
    } catch (thrown) {
      throw unreachable(thrown, region) ?? thrown;
    }
  }

  enter(entry: Entry): Promise<AwsAccount> {
    const key = JSON.stringify([entry.account, entry.role, entry.region]);
    let entered = this.#entered.get(key);
    if (entered === undefined) {
      entered = enter(entry);
      this.#entered.set(key, entered);
    }
    return entered;
  }
}

async function enter(entry: Entry): Promise<AwsAccount> {
  const { STSClient, GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const credentials = assumedCredentials(entry);
  try {
    const { region } = entry;
    const identity = await new STSClient({ region, credentials }).send(new GetCallerIdentityCommand({}));
    if (identity.Account !== entry.account)
      throw new EntryRefused(
        entry,
        `the credentials lead to account ${identity.Account ?? "(none)"} instead`,
      );
    return new AwsAccount(entry.account, region, credentials);
  } catch (thrown) {
    if (thrown instanceof EntryRefused) throw thrown;
    throw unreachable(thrown, entry.region) ?? new EntryRefused(entry, messageOf(thrown), thrown);
  }
}

/** Credentials of the account's role, shared by all clients of the account. */
function assumedCredentials(entry: Entry): CredentialSource {
  let current: Promise<AccountCredentials> | undefined;
  let expires = Number.POSITIVE_INFINITY;
  return async () => {
    if (current === undefined || Date.now() > expires - RENEW_BEFORE) {
      current = assume(entry);
      expires = (await current).expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    }
    return current;
  };
}

async function assume({ account, role, region }: Entry): Promise<AccountCredentials> {
  const { STSClient, AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const { Credentials } = await new STSClient({ region }).send(
    new AssumeRoleCommand({ RoleArn: roleArn(region, account, role), RoleSessionName: SESSION_NAME }),
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

/** Errors of a connection that was never made. */
const UNREACHABLE = /^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EAI_AGAIN|TimeoutError)$/;

function unreachable(thrown: unknown, region: string): EndpointUnreachable | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, name } = thrown as NodeJS.ErrnoException;
  if (!UNREACHABLE.test(code ?? "") && !UNREACHABLE.test(name)) return undefined;
  return new EndpointUnreachable(stsEndpoint(region), thrown);
}

/** Where the first call of all goes, and which variable says so. */
function stsEndpoint(region: string): string {
  const variable = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].find(
    (name) => (process.env[name] ?? "") !== "",
  );
  return variable === undefined || process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true"
    ? `the STS endpoint of ${region}`
    : `${process.env[variable] ?? ""} (${variable})`;
}
