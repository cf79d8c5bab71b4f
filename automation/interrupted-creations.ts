/** What a run that was killed has made without its stack learning of it. */
import type { AccountView, Tagged } from "./cloud/cloud";
import type { Context } from "./context";
import { knows, type StackState } from "./engine/state";
import { step } from "./message";
import { type Claimant, isOwn } from "./preflight/ownership";

/** What can be told by its tags to be the claimant's. */
const KINDS: Readonly<Record<string, Tagged>> = {
  role: "role",
  user: "user",
  bucket: "bucket",
  "Athena workgroup": "workgroup",
  "Athena catalog": "catalog",
  "Lambda function": "function",
  "Glue database": "database",
};

/** States of a CloudFormation stack that can be updated; to one that was only begun its creation is given anew. */
const DONE = /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/;

/** Hands the stack what it began to create, was interrupted, and what is there now with exactly the claimant's tags. */
export async function adoptInterrupted(
  context: Context,
  state: StackState | undefined,
  claimant: Claimant,
  accounts: readonly AccountView[],
): Promise<void> {
  const ids = new Map<string, string>();
  for (const { urn, noun, name, account } of state?.interrupted ?? []) {
    const kind = KINDS[noun];
    const view = accounts.find((each) => each.account === account);
    if (view === undefined || knows(state, noun, name, view.account)) continue;
    if (noun === "KMS key") {
      const key = await unknownKey(view, state, claimant);
      if (key !== undefined) ids.set(urn, key);
    }
    if (noun === "serverless application") {
      const stack = await view.applicationStack(name);
      if (stack !== undefined && DONE.test(stack.status) && isOwn(stack.tags, claimant))
        ids.set(urn, stack.id);
    }
    if (kind === undefined) continue;
    if (isOwn(await view.tags(kind, name), claimant))
      ids.set(urn, kind === "database" ? `${view.account}:${name}` : name);
  }
  if (state === undefined || ids.size === 0) return;
  await step(
    context,
    "adopt",
    "take over what an interrupted run has made",
    () => context.engine.adopt(state.stack, ids),
    () => [...ids.values()].join(", "),
  );
}

/**
 * The key that a run made and did not come to name: the only one with exactly the claimant's tags that has no alias, and
 * that the stack does not know. Which of several it was, nobody can say.
 */
async function unknownKey(
  view: AccountView,
  state: StackState | undefined,
  claimant: Claimant,
): Promise<string | undefined> {
  const known = new Set(state?.resources.map(({ id }) => id));
  const [key, ...others] = (await view.unnamedKeys()).filter(
    ({ id, tags, deletion }) => deletion === undefined && isOwn(tags, claimant) && !known.has(id),
  );
  return others.length === 0 ? key?.id : undefined;
}
