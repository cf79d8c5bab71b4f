import { randomUUID } from "node:crypto";
import type { Authorization } from "../authorization/authorization";
import { whyNotAssume } from "../decisions";
import { AwsError } from "../errors";
import type { Role } from "../identities";
import { roleSession, type SessionCloud, type SessionCredentials } from "../role-session";

const SERVICE = "lambda.amazonaws.com";

/** Whose credentials a process asks for. */
interface Holder {
  readonly roleArn: string;
  /** Lambda names the sessions after the function. */
  readonly session: string;
}

/** What execution roles need of the cloud. */
export interface RoleCloud extends SessionCloud {
  readonly authorization: Pick<Authorization, "enforced" | "decisions">;
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
    const { enforced, decisions } = this.cloud.authorization;
    const trusted =
      !enforced ||
      (role !== undefined &&
        whyNotAssume({ type: "service", name: SERVICE }, {}, role, {}, decisions) === undefined);
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
  async credentials(token: string): Promise<SessionCredentials> {
    const holder = this.holders.get(token);
    if (holder === undefined) throw new AwsError("AccessDenied", "the token is unknown", 403);
    const { roleArn, session } = holder;
    return roleSession(await this.assumable(roleArn), session, this.cloud);
  }
}
