import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { ADMINISTRATOR_ROLE } from "../../sandbox/world";
import type { Clients, Credentials } from "../sandbox/clients";

/**
 * Credentials of roles that trust nobody here: only Quick, Lambda, or Role A. An administrator lets itself in for as long
 * as it takes to assume the role; the session goes on when the trust is what it was again.
 */
export class Sessions {
  private readonly held = new Map<string, Promise<Credentials>>();

  constructor(private readonly clients: Clients) {}

  /** Credentials of the role, for an hour. */
  of(roleArn: string): Promise<Credentials> {
    let session = this.held.get(roleArn);
    if (session === undefined) {
      session = this.assume(roleArn);
      this.held.set(roleArn, session);
    }
    return session;
  }

  private async assume(roleArn: string): Promise<Credentials> {
    const [, account = "", RoleName = ""] = /^arn:[^:]+:iam::(\d{12}):role\/(.+)$/.exec(roleArn) ?? [];
    const iam = await this.clients.in(IAMClient, account);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
    const administrator = { AWS: `arn:aws:iam::${account}:role/${ADMINISTRATOR_ROLE}` };
    const opened = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: administrator, Action: "sts:AssumeRole" }],
    };
    const put = (PolicyDocument: string) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    await put(JSON.stringify(opened));
    try {
      return await this.clients.assume(await this.clients.credentials(account), { RoleArn: roleArn });
    } finally {
      await put(trust);
    }
  }
}
