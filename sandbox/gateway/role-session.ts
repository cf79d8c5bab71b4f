import { elementText } from "./answer";
import type { Identities, Role } from "./identities";
import type { Moto } from "./moto";
import type { GatewayState } from "./state";

/** How long the credentials live, in seconds, where the role allows it. Whoever needs them longer asks again. */
const SECONDS = 3600;

/** What sessions of roles need of the cloud. */
export interface SessionCloud {
  readonly state: GatewayState;
  readonly moto: Moto;
  readonly identities: Identities;
  changed(): void;
}

/** Temporary credentials, as AWS's container credentials have them. */
export interface SessionCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  /** ISO time. */
  readonly Expiration: string;
}

/** Credentials of a role for a service that acts as it; whether it may, the caller has found out. */
export async function roleSession(
  { arn, id, maxSessionDuration }: Role,
  session: string,
  cloud: SessionCloud,
): Promise<SessionCredentials> {
  const account = arn.split(":")[4] ?? "";
  const answer = await cloud.moto.query("sts", account, {
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: arn,
    RoleSessionName: session,
    DurationSeconds: String(Math.min(SECONDS, maxSessionDuration)),
  });
  const credentials = {
    AccessKeyId: elementText(answer, "AccessKeyId"),
    SecretAccessKey: elementText(answer, "SecretAccessKey"),
    Token: elementText(answer, "SessionToken"),
    Expiration: elementText(answer, "Expiration"),
  };
  cloud.state.accessKeys[credentials.AccessKeyId] = {
    secret: credentials.SecretAccessKey,
    token: credentials.Token,
    expires: credentials.Expiration,
    active: true,
    principal: {
      type: "role",
      account,
      name: arn.slice(arn.lastIndexOf("/") + 1),
      arn,
      id,
      session,
      sessionPolicies: [],
      tags: {},
    },
  };
  cloud.changed();
  return credentials;
}
