import type { ContextKeys } from "../../../../access/evaluate";
import { actionOf, all, each, textOf } from "../need";
import type { Asked, Need, Rule, Table } from "../need";

type Kind = "role" | "user" | "group";

const PARAMETER: Readonly<Record<Kind, string>> = { role: "RoleName", user: "UserName", group: "GroupName" };
/**
 * What IAM says the boundary for: of the request where one is set, else of who is there ("Actions, resources, and condition
 * keys for AWS Identity and Access Management", service authorization reference).
 */
const TOLD_BOUNDARY = new Set(
  (
    "AttachRolePolicy AttachUserPolicy CreateRole CreateUser DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy " +
    "DeleteUserPermissionsBoundary DeleteUserPolicy DetachRolePolicy DetachUserPolicy GetRole PutRolePermissionsBoundary " +
    "PutRolePolicy PutUserPermissionsBoundary PutUserPolicy UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription"
  )
    .split(" ")
    .map((name) => `iam:${name}`),
);

const KNOWN = { role: "roles", user: "users", group: "groups" } as const;

/** Somebody by name: with the path that they have, or are about to have. */
async function identityNeed(asked: Asked, kind: Kind, action = actionOf(asked)): Promise<Need> {
  const { input, principal, identities, account } = asked;
  // Requests about users may leave the name out when the caller is the user.
  const caller = principal.type === "user" ? principal.name : "";
  const name = textOf(input, PARAMETER[kind]) || (kind === "user" ? caller : "");
  const found = (await identities.of(account))[KNOWN[kind]][name];
  const path = textOf(input, "Path") || "/";
  const boundary = TOLD_BOUNDARY.has(action)
    ? textOf(input, "PermissionsBoundary") || Object.keys(found?.boundary ?? {})[0]
    : undefined;
  return {
    action,
    resource: found?.arn ?? `arn:aws:iam::${account}:${kind}${path}${name}`,
    context: {
      ...(boundary === undefined ? {} : { "iam:PermissionsBoundary": boundary }),
      ...policyContext(asked),
      ...tags(asked),
      ...Object.fromEntries(Object.entries(found?.tags ?? {}).map(([k, v]) => [`iam:ResourceTag/${k}`, v])),
    },
  };
}

function policyContext({ call, input }: Asked): ContextKeys {
  const policy = textOf(input, "PolicyArn");
  return /^(Attach|Detach)/.test(call.operation) && policy !== "" ? { "iam:PolicyARN": policy } : {};
}

/** Query spells lists out: `Tags.member.1.Key`. */
function tags({ input }: Asked): ContextKeys {
  const found: Record<string, string> = {};
  for (let i = 1; textOf(input, `Tags.member.${i}.Key`) !== ""; i++) {
    found[`aws:RequestTag/${textOf(input, `Tags.member.${i}.Key`)}`] = textOf(
      input,
      `Tags.member.${i}.Value`,
    );
  }
  const keys = Object.keys(found).map((key) => key.slice("aws:RequestTag/".length));
  for (let i = 1; textOf(input, `TagKeys.member.${i}`) !== ""; i++)
    keys.push(textOf(input, `TagKeys.member.${i}`));
  return keys.length === 0 ? {} : { ...found, "aws:TagKeys": keys };
}

const on =
  (kind: Kind): Rule =>
  async (asked) => [await identityNeed(asked, kind)];

/** To tag what is being made is an action of its own. */
const madeWithTags =
  (kind: Kind, tagAction: string): Rule =>
  async (asked) =>
    Object.keys(tags(asked)).length === 0 ? [] : [await identityNeed(asked, kind, tagAction)];

const onPolicy: Rule = (asked) => {
  const { account, input } = asked;
  const path = textOf(input, "Path") || "/";
  const resource =
    textOf(input, "PolicyArn") || `arn:aws:iam::${account}:policy${path}${textOf(input, "PolicyName")}`;
  return [{ action: actionOf(asked), resource, context: tags(asked) }];
};

const simulated: Rule = (asked) => [
  { action: actionOf(asked), resource: textOf(asked.input, "PolicySourceArn") },
];

/** IAM. Listings of the account take no resource and stand in no table. */
export const iam: Table = {
  CreateRole: all(on("role"), madeWithTags("role", "iam:TagRole")),
  ...each(
    "GetRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy PutRolePolicy GetRolePolicy " +
      "DeleteRolePolicy ListRolePolicies AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies ListRoleTags TagRole " +
      "UntagRole PutRolePermissionsBoundary DeleteRolePermissionsBoundary ListInstanceProfilesForRole",
    on("role"),
  ),
  CreateUser: all(on("user"), madeWithTags("user", "iam:TagUser")),
  ...each(
    "GetUser DeleteUser UpdateUser PutUserPolicy GetUserPolicy DeleteUserPolicy ListUserPolicies AttachUserPolicy " +
      "DetachUserPolicy ListAttachedUserPolicies CreateAccessKey UpdateAccessKey DeleteAccessKey ListAccessKeys " +
      "GetAccessKeyLastUsed ListGroupsForUser ListUserTags TagUser UntagUser PutUserPermissionsBoundary " +
      "DeleteUserPermissionsBoundary CreateLoginProfile DeleteLoginProfile GetLoginProfile ListMFADevices",
    on("user"),
  ),
  ...each(
    "CreateGroup GetGroup DeleteGroup UpdateGroup PutGroupPolicy GetGroupPolicy DeleteGroupPolicy ListGroupPolicies " +
      "AttachGroupPolicy DetachGroupPolicy ListAttachedGroupPolicies AddUserToGroup RemoveUserFromGroup",
    on("group"),
  ),
  ...each(
    "CreatePolicy GetPolicy DeletePolicy CreatePolicyVersion GetPolicyVersion DeletePolicyVersion ListPolicyVersions " +
      "SetDefaultPolicyVersion ListEntitiesForPolicy ListPolicyTags TagPolicy UntagPolicy",
    onPolicy,
  ),
  SimulatePrincipalPolicy: simulated,
};
