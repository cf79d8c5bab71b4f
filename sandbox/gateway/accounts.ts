import { ADMINISTRATOR, ADMINISTRATOR_ROLE, ORGANIZATION, QUICK, hasQuick } from "../world";
import { elementText } from "./answer";
import { AwsError } from "./errors";
import type { Moto } from "./moto";
import type { GatewayState } from "./state";

const EVERYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

/** Makes an account as it is when AWS Organizations hands it over. Doing it again changes nothing. */
export async function makeAccount(account: string, moto: Moto, state: GatewayState): Promise<void> {
  if (account === ORGANIZATION.managementAccount) {
    const id = await makeAdministrator(account, moto);
    const { user, accessKeyId, secretAccessKey } = ADMINISTRATOR;
    state.accessKeys[accessKeyId] = {
      secret: secretAccessKey,
      active: true,
      principal: { type: "user", account, name: user, arn: `arn:aws:iam::${account}:user/${user}`, id },
    };
  }
  await makeAdministratorRole(account, moto);
  if (hasQuick(account)) await makeQuickIdentities(account, moto);
}

async function makeAdministrator(account: string, moto: Moto): Promise<string> {
  const UserName = ADMINISTRATOR.user;
  await unlessThere(moto.query("iam", account, { Action: "CreateUser", UserName }));
  await moto.query("iam", account, {
    Action: "PutUserPolicy",
    UserName,
    PolicyName: "AdministratorAccess",
    PolicyDocument: EVERYTHING,
  });
  return elementText(await moto.query("iam", account, { Action: "GetUser", UserName }), "UserId");
}

async function makeAdministratorRole(account: string, moto: Moto): Promise<void> {
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${ORGANIZATION.managementAccount}:root` },
        Action: "sts:AssumeRole",
      },
    ],
  };
  const made = moto.query("iam", account, {
    Action: "CreateRole",
    RoleName: ADMINISTRATOR_ROLE,
    AssumeRolePolicyDocument: JSON.stringify(trust),
  });
  // Only when it is new: a person may have changed the role's policy since.
  if (!(await unlessThere(made))) return;
  await moto.query("iam", account, {
    Action: "PutRolePolicy",
    RoleName: ADMINISTRATOR_ROLE,
    PolicyName: "AdministratorAccess",
    PolicyDocument: EVERYTHING,
  });
}

async function makeQuickIdentities(account: string, moto: Moto): Promise<void> {
  const base = `/accounts/${account}/namespaces/${QUICK.namespace}`;
  const call = (path: string, input: object): Promise<unknown> =>
    moto.rest("quicksight", account, QUICK.identityRegion, "POST", `${base}/${path}`, input);
  for (const GroupName of QUICK.groups) await call("groups", { GroupName });
  for (const { name, role, email } of QUICK.users) {
    await call("users", { IdentityType: "QUICKSIGHT", UserName: name, UserRole: role, Email: email });
  }
}

/** True when it was made, false when it was there. */
async function unlessThere(made: Promise<unknown>): Promise<boolean> {
  try {
    await made;
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith("EntityAlreadyExists")) return false;
    throw error;
  }
}
