import { buffered, elementText } from "../answer";
import type { Answer } from "../answer";
import { queryInput } from "../call";
import type { Cloud, Context, Handler, Handlers } from "../context";
import { AwsError } from "../errors";
import { invalidPrincipal } from "../named-principals";
import { without } from "../without";

export const iam: Handlers = {
  CreateRole: checked("AssumeRolePolicyDocument"),
  UpdateAssumeRolePolicy: checked("PolicyDocument"),
  PutRolePermissionsBoundary: checked(),
  CreateUser: checked(),
  PutUserPermissionsBoundary: checked(),

  /** Refuses to delete a user that has keys or a password, whom moto deletes. */
  async DeleteUser(context) {
    const { cloud, call, principal } = context;
    const { account } = principal;
    const name = queryInput(call).get("UserName") ?? "";
    const isKeyed = Object.values(cloud.state.accessKeys).some(
      ({ principal: owner }) => owner.type === "user" && owner.account === account && owner.name === name,
    );
    if (isKeyed)
      throw new AwsError("DeleteConflict", "Cannot delete entity, must delete access keys first.", 409);
    if (await hasPassword(name, account, cloud))
      throw new AwsError("DeleteConflict", "Cannot delete entity, must delete login profile first.", 409);
    return context.forward();
  },

  GetUser: ofCaller,
  ListAccessKeys: ofCaller,

  async CreateAccessKey(context) {
    const { text, answer } = await buffered(await ofCaller(context));
    const { cloud, principal } = context;
    const name = elementText(text, "UserName");
    const user =
      answer.status === 200 ? (await cloud.identities.of(principal.account)).users[name] : undefined;
    if (user !== undefined) {
      const { account } = principal;
      cloud.state.accessKeys[elementText(text, "AccessKeyId")] = {
        secret: elementText(text, "SecretAccessKey"),
        active: true,
        principal: { type: "user", account, name, arn: user.arn, id: user.id },
      };
    }
    return answer;
  },

  async UpdateAccessKey(context) {
    const answer = await ofCaller(context);
    const input = queryInput(context.call);
    const id = input.get("AccessKeyId") ?? "";
    const key = context.cloud.state.accessKeys[id];
    if (answer.status === 200 && key !== undefined) {
      context.cloud.state.accessKeys[id] = { ...key, active: input.get("Status") === "Active" };
    }
    return answer;
  },

  async DeleteAccessKey(context) {
    const answer = await ofCaller(context);
    if (answer.status === 200) {
      const id = queryInput(context.call).get("AccessKeyId") ?? "";
      context.cloud.state.accessKeys = without(context.cloud.state.accessKeys, id);
    }
    return answer;
  },
};

/** Refuses principals and a permissions boundary that do not exist, which moto takes. */
function checked(trustParameter?: string): Handler {
  return async (context) => {
    const { cloud, call, principal } = context;
    const input = queryInput(call);
    const trust = trustParameter === undefined ? null : input.get(trustParameter);
    await refuseUnknownPrincipals(trust ?? undefined, cloud);
    await refuseUnknownBoundary(input.get("PermissionsBoundary") ?? undefined, principal.account, cloud);
    const answer = await context.forward();
    cloud.identities.forget(principal.account);
    return answer;
  };
}

/** @throws AwsError when a trust policy names somebody who does not exist. */
export async function refuseUnknownPrincipals(trust: string | undefined, cloud: Cloud): Promise<void> {
  const invalid = trust === undefined ? undefined : await invalidPrincipal(trust, cloud.identities);
  if (invalid !== undefined)
    throw new AwsError(
      "MalformedPolicyDocument",
      `Invalid principal in policy: "${invalid.kind}":"${invalid.value}"`,
    );
}

/** @throws AwsError when a permissions boundary does not exist. */
export async function refuseUnknownBoundary(
  boundary: string | undefined,
  account: string,
  cloud: Cloud,
): Promise<void> {
  if (boundary !== undefined && !(await policyExists(boundary, account, cloud)))
    throw new AwsError("NoSuchEntity", `Scope ARN: ${boundary} does not exist or is not attachable.`, 404);
}

function policyExists(arn: string, account: string, cloud: Cloud): Promise<boolean> {
  return exists(account, cloud, { Action: "GetPolicy", PolicyArn: arn });
}

function hasPassword(user: string, account: string, cloud: Cloud): Promise<boolean> {
  return exists(account, cloud, { Action: "GetLoginProfile", UserName: user });
}

/** Whether IAM finds what it is asked for. */
async function exists(
  account: string,
  cloud: Cloud,
  asked: Readonly<Record<string, string>> & { readonly Action: string },
): Promise<boolean> {
  try {
    await cloud.moto.query("iam", account, asked);
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.status < 500) return false;
    throw error;
  }
}

/** Without a user's name these are about the caller, whom moto does not know. */
function ofCaller(context: Context): Promise<Answer> {
  const input = queryInput(context.call);
  if (input.has("UserName")) return context.forward();
  if (context.principal.type !== "user") {
    throw new AwsError("ValidationError", "Must specify userName when calling with non-User credentials");
  }
  input.set("UserName", context.principal.name);
  return context.forward({ body: input.toString() });
}
