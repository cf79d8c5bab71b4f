/** IAM users that a stack lets go: IAM deletes none that has a password, keys or MFA devices, and those people have made. */
import type { AccountView, UserCredential } from "./cloud/cloud";
import type { Plan } from "./engine/plan";
import type { StackState } from "./engine/state";
import { RunnerError } from "./failure";

/**
 * Makes sure, before anything is changed, that IAM will delete the users of a plan. What people have made for a user is
 * theirs to take away; the key that the stack itself has made goes with it.
 *
 * @param account where the stack makes users: the spoke's.
 * @throws RunnerError (`preflight.failed`) naming each user's credentials, with the commands that take them away
 */
export async function refuseCredentials(
  account: AccountView,
  state: StackState | undefined,
  { stack, changes }: Plan,
): Promise<void> {
  const gone = new Set(
    changes.flatMap(({ operation, urn }) => (operation === "delete" || operation === "replace" ? [urn] : [])),
  );
  const resources = state?.resources ?? [];
  const own = new Set(resources.filter(({ noun }) => noun === "access key").map(({ id }) => id));
  const users = resources.filter(({ noun, urn }) => noun === "user" && gone.has(urn)).map(({ id }) => id);
  const found = await Promise.all(
    users.map(async (user) => ({
      user,
      credentials: (await account.userCredentials(user)).filter(
        ({ kind, id }) => kind !== "access key" || !own.has(id),
      ),
    })),
  );
  const kept = found.filter(({ credentials }) => credentials.length > 0);
  if (kept.length === 0) return;
  throw new RunnerError(
    "preflight.failed",
    "input",
    [
      `${stack} would delete users of ${account.account} that people have made credentials for, and IAM deletes no such user; nothing was changed. With these commands in that account they go, then run this again:`,
      ...kept.flatMap(({ user, credentials }) => credentials.map((each) => `  ${removalOf(user, each)}`)),
    ].join("\n"),
  );
}

/** The command that takes a credential away. */
function removalOf(user: string, { kind, id }: UserCredential): string {
  switch (kind) {
    case "access key":
      return `aws iam delete-access-key --user-name ${user} --access-key-id ${id}`;
    case "password":
      return `aws iam delete-login-profile --user-name ${user}`;
    case "MFA device":
      return `aws iam deactivate-mfa-device --user-name ${user} --serial-number ${id}`;
  }
}
