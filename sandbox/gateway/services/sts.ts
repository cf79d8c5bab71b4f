import { PolicyError } from "../../../access/evaluate";
import { buffered, element, elementText, queryAnswer } from "../answer";
import { tagContext } from "../authorization/need";
import { secureTransport } from "../authorization/secure-transport";
import { queryInput } from "../call";
import type { Call } from "../call";
import type { Context, Handlers } from "../context";
import { whyNotAssume } from "../decisions";
import { AwsError, notImplemented } from "../errors";
import type { Role } from "../identities";
import { principalArn, userId } from "../principal";
import type { Principal } from "../principal";
import { accountExists } from "../../world";
import { keptHere } from "./kept-here";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** Role chaining: a session may assume a role for an hour at most. */
const CHAINED_SECONDS = 3600;

/** The documents passed to AssumeRole count together (quotas of STS). */
const MOST_SESSION_POLICY_CHARACTERS = 2048;

// The other ways in are not served: moto hands out the same keys to everybody there.
export const sts: Handlers = keptHere("sts", {
  GetCallerIdentity({ principal, requestId }) {
    return queryAnswer(
      "GetCallerIdentity",
      NAMESPACE,
      requestId,
      element("Arn", principalArn(principal)) +
        element("UserId", userId(principal)) +
        element("Account", principal.account),
    );
  },

  GetAccessKeyInfo({ cloud, call, requestId }) {
    const id = queryInput(call).get("AccessKeyId") ?? "";
    const account = cloud.state.accessKeys[id]?.principal.account;
    if (account === undefined) throw new AwsError("ValidationError", `Invalid AccessKeyId: ${id}`);
    return queryAnswer("GetAccessKeyInfo", NAMESPACE, requestId, element("Account", account));
  },

  async AssumeRole(context) {
    const { cloud, call } = context;
    const asked = assumption(queryInput(call));
    await cloud.touch(asked.account);
    const role = await authorizedRole(context, asked);
    const { text, answer } = await buffered(await context.forward());
    if (answer.status !== 200) return answer;

    // moto gave out the credentials; from here on the gateway knows whose they are.
    cloud.state.accessKeys[elementText(text, "AccessKeyId")] = {
      secret: elementText(text, "SecretAccessKey"),
      token: elementText(text, "SessionToken"),
      expires: elementText(text, "Expiration"),
      active: true,
      principal: {
        type: "role",
        account: asked.account,
        name: asked.roleName,
        arn: role.arn,
        id: role.id,
        session: asked.session,
        sessionPolicies: asked.policies,
        tags: asked.tags,
      },
    };
    cloud.trail.assumed({
      by: { principal: context.principal, key: context.key },
      region: call.region,
      role,
      session: asked.session,
      externalId: asked.externalId,
      key: elementText(text, "AccessKeyId"),
    });
    forgetExpired(cloud.state.accessKeys);
    cloud.changed();
    return answer;
  },
});

interface Assumption {
  readonly arn: string;
  readonly account: string;
  readonly roleName: string;
  readonly session: string;
  readonly externalId: string | undefined;
  readonly seconds: number;
  readonly policies: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

function assumption(input: URLSearchParams): Assumption {
  const arn = input.get("RoleArn") ?? "";
  const [, account = "", roleName = ""] =
    /^arn:aws:iam::(\d{12}):role\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]{1,64})$/.exec(arn) ?? [];
  if (roleName === "") throw new AwsError("ValidationError", `${arn} is invalid`);
  const session = input.get("RoleSessionName") ?? "";
  if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
    throw invalid(
      "roleSessionName",
      session,
      "Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}",
    );
  }
  const externalId = input.get("ExternalId") ?? undefined;
  if (externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) {
    throw invalid(
      "externalId",
      externalId,
      "Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]{2,1224}",
    );
  }
  const seconds = Number(input.get("DurationSeconds") ?? CHAINED_SECONDS);
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200) {
    throw invalid("durationSeconds", String(seconds), "Member must be between 900 and 43200");
  }
  if (input.has("PolicyArns.member.1.arn"))
    throw notImplemented("sts", "AssumeRole", "with PolicyArns is not served here");
  const policies = input.getAll("Policy");
  if (policies.join("").length > MOST_SESSION_POLICY_CHARACTERS) {
    throw new AwsError(
      "PackedPolicyTooLarge",
      `session policies may have ${MOST_SESSION_POLICY_CHARACTERS} characters`,
    );
  }
  const tags: Record<string, string> = {};
  for (let i = 1; input.has(`Tags.member.${i}.Key`); i++) {
    tags[input.get(`Tags.member.${i}.Key`) ?? ""] = input.get(`Tags.member.${i}.Value`) ?? "";
  }
  return { arn, account, roleName, session, externalId, seconds, policies, tags };
}

/** The role, when the caller may assume it so. @throws AwsError */
async function authorizedRole({ cloud, principal, call }: Context, asked: Assumption): Promise<Role> {
  const role = accountExists(asked.account) ? await cloud.identities.role(asked.arn) : undefined;
  // AWS does not tell a role that is not there from one that the caller may not assume.
  if (role === undefined) throw denied(principal, asked.arn);
  if (cloud.authorization.enforced) {
    const why = await whyNot(principal, role, asked, call, cloud);
    if (why !== undefined) throw new AwsError("AccessDenied", why, 403);
  }
  if (asked.seconds > role.maxSessionDuration) {
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
  if (principal.type === "role" && asked.seconds > CHAINED_SECONDS) {
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  return role;
}

async function whyNot(
  principal: Principal,
  role: Role,
  asked: Assumption,
  call: Call,
  { identities, authorization }: Context["cloud"],
): Promise<string | undefined> {
  const own = await identities.policiesOf(principal);
  try {
    const context = {
      "aws:RequestedRegion": call.region,
      "aws:SecureTransport": secureTransport(call),
      "aws:SourceIp": "127.0.0.1",
      "sts:RoleSessionName": asked.session,
      ...(asked.externalId === undefined ? {} : { "sts:ExternalId": asked.externalId }),
      ...tagContext(asked.tags),
    };
    const caller = await identities.callerOf(principal);
    return whyNotAssume(caller, own, role, context, authorization.decisions);
  } catch (error) {
    // A policy that cannot be read allows nothing.
    if (error instanceof PolicyError) return `${denied(principal, asked.arn).message}: ${error.message}`;
    throw error;
  }
}

function denied(principal: Principal, arn: string): AwsError {
  const message = `User: ${principalArn(principal)} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
  return new AwsError("AccessDenied", message, 403);
}

function invalid(member: string, value: string, constraint: string): AwsError {
  return new AwsError(
    "ValidationError",
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

/** Keys that expired a day ago only fill the state; until then they are told apart from unknown ones. */
function forgetExpired(keys: Record<string, { readonly expires?: string }>): void {
  const dayAgo = Date.now() - 24 * 3600 * 1000;
  for (const [id, { expires }] of Object.entries(keys)) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the state is a plain record, as it is written
    if (expires !== undefined && Date.parse(expires) < dayAgo) delete keys[id];
  }
}
