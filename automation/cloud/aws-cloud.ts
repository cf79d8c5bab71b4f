/** AWS through its SDK. Each client is loaded when it is first needed: all together cost more than a preview. */
import { roleArn } from "../../access/arn";
import { messageOf } from "../failure";
import { assumedAccount, AwsAccount } from "./aws-account";
import { assumedCredentials } from "./assumed-role";
import {
  type Caller,
  type Cloud,
  type CredentialSource,
  EndpointUnreachable,
  type Entry,
  EntryRefused,
  RoleRefused,
} from "./cloud";

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

  async callerIdentity(region: string): Promise<string> {
    const { arn } = await this.caller(region);
    if (/:user\//.test(arn)) return arn;
    const session = /:assumed-role\/([^/]+)\//.exec(arn);
    if (session === null) throw new Error(`${arn} is no user and no role`);
    // The session's ARN leaves the role's path out.
    const { IAMClient, GetRoleCommand } = await import("@aws-sdk/client-iam");
    const { Role } = await new IAMClient({ region }).send(new GetRoleCommand({ RoleName: session[1] }));
    if (Role?.Arn === undefined) throw new Error(`IAM knows no role ${session[1] ?? ""}`);
    return Role.Arn;
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

  async assume(arn: string, region: string): Promise<AwsAccount> {
    try {
      return await assumedAccount({ roleArn: arn, region });
    } catch (thrown) {
      throw (thrown instanceof RoleRefused && unreachable(thrown.cause, region)) || thrown;
    }
  }

  view(account: string, region: string, credentials: CredentialSource): AwsAccount {
    return new AwsAccount(account, region, credentials);
  }
}

async function enter(entry: Entry): Promise<AwsAccount> {
  const { STSClient, GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const { account, role, region } = entry;
  const credentials = assumedCredentials({ roleArn: roleArn(region, account, role), region });
  try {
    const identity = await new STSClient({ region, credentials }).send(new GetCallerIdentityCommand({}));
    if (identity.Account !== account)
      throw new EntryRefused(
        entry,
        `the credentials lead to account ${identity.Account ?? "(none)"} instead`,
      );
    return new AwsAccount(account, region, credentials);
  } catch (thrown) {
    if (thrown instanceof EntryRefused) throw thrown;
    throw unreachable(thrown, entry.region) ?? new EntryRefused(entry, messageOf(thrown), thrown);
  }
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
