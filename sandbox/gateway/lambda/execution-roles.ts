import { randomUUID } from "node:crypto";
import { elementText } from "../answer";
import type { Authorization } from "../authorization/authorization";
import { whyNotAssume } from "../decisions";
import { AwsError } from "../errors";
import type { Identities, Role } from "../identities";
import type { Moto } from "../moto";
import type { GatewayState } from "../state";

const SERVICE = "lambda.amazonaws.com";

/** How long the credentials live, in seconds. The SDK in the function asks for new ones in time. */
const SECONDS = 3600;

/** Whose credentials a process asks for. */
interface Holder {
  readonly roleArn: string;
  /** Lambda names the sessions after the function. */
  readonly session: string;
}

/** What a running process of a function gets when it asks for credentials (the SDKs' container credentials). */
export interface ContainerCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  /** ISO time. */
  readonly Expiration: string;
}

/** What execution roles need of the cloud. */
export interface RoleCloud {
  readonly state: GatewayState;
  readonly moto: Moto;
  readonly identities: Identities;
  readonly authorization: Pick<Authorization, "enforced">;
  changed(): void;
}

/** Credentials of execution roles, given to the processes that run the functions. */
export class ExecutionRoles {
  private readonly holders = new Map<string, Holder>();

  constructor(private readonly cloud: RoleCloud) {}

  /** Lets a process ask for a role's credentials; returns the token with which it does so. */
  admit(holder: Holder): string {
    const token = randomUUID();
    this.holders.set(token, holder);
    return token;
  }

  /** Ends what `admit` began. */
  dismiss(token: string): void {
    this.holders.delete(token);
  }

  /** The role, when Lambda may assume it. @throws AwsError in Lambda's words */
  async assumable(roleArn: string): Promise<Role> {
    const role = await this.cloud.identities.role(roleArn);
    const trusted =
      !this.cloud.authorization.enforced ||
      (role !== undefined && whyNotAssume({ type: "service", name: SERVICE }, {}, role, {}) === undefined);
    if (role === undefined || !trusted) {
      throw new AwsError(
        "AccessDeniedException",
        "The role defined for the function cannot be assumed by Lambda.",
        403,
      );
    }
    return role;
  }

  /** New credentials for the process with this token. @throws AwsError when there is none, or its role is closed to Lambda */
  async credentials(token: string): Promise<ContainerCredentials> {
    const holder = this.holders.get(token);
    if (holder === undefined) throw new AwsError("AccessDenied", "the token is unknown", 403);
    const { roleArn, session } = holder;
    const role = await this.assumable(roleArn);
    const account = roleArn.split(":")[4] ?? "";
    const answer = await this.cloud.moto.query("sts", account, {
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: roleArn,
      RoleSessionName: session,
      DurationSeconds: String(Math.min(SECONDS, role.maxSessionDuration)),
    });
    const credentials = {
      AccessKeyId: elementText(answer, "AccessKeyId"),
      SecretAccessKey: elementText(answer, "SecretAccessKey"),
      Token: elementText(answer, "SessionToken"),
      Expiration: elementText(answer, "Expiration"),
    };
    this.cloud.state.accessKeys[credentials.AccessKeyId] = {
      secret: credentials.SecretAccessKey,
      token: credentials.Token,
      expires: credentials.Expiration,
      active: true,
      principal: {
        type: "role",
        account,
        name: roleArn.slice(roleArn.lastIndexOf("/") + 1),
        arn: roleArn,
        id: role.id,
        session,
        sessionPolicies: [],
        tags: {},
      },
    };
    this.cloud.changed();
    return credentials;
  }
}
