/** Names that are taken: by this very spoke, by another of ours, or by a stranger. */
import { spokeStackName } from "../../access/names";
import { ENVIRONMENT_TAG, SPOKE_TAG } from "../../access/tags";
import type { AccountView, Tagged, Tags } from "../cloud/cloud";
import { isInterrupted, isLeaving, knows, type StackState } from "../engine/state";
import type { Problem } from "./problem";

/** A name that the spoke's stack is going to use. */
export interface Claim {
  readonly kind: Tagged;
  /** The word for it in the stack's state. */
  readonly noun: string;
  readonly name: string;
  /** Where the request chooses it. */
  readonly path: string;
  readonly remedy: string;
}

/** Whose stack asks: a spoke's, or without `spoke` the environment's. */
export interface Claimant {
  readonly environment: string;
  readonly spoke?: string;
}

/** Whether a thing carries exactly the claimant's tags. */
export function isOwn(tags: Tags, { environment, spoke }: Claimant): boolean {
  return tags[ENVIRONMENT_TAG] === environment && tags[SPOKE_TAG] === spoke;
}

/**
 * The problem with a name that exists: none when the spoke's own stack made it.
 *
 * @param exists whether there is such a thing in the account now.
 */
export async function claimProblem(
  account: AccountView,
  claim: Claim,
  exists: boolean,
  claimant: Claimant,
  state: StackState | undefined,
): Promise<Problem[]> {
  if (!exists || knows(state, claim.noun, claim.name, account.account)) return [];
  if (isLeaving(state, claim.noun, claim.name, account.account))
    return [
      {
        whose: "input",
        path: claim.path,
        message: `${claim.noun} "${claim.name}" of ${account.account} is still to be deleted, since the change away from it did not finish: finish that change first, with the name it chose, or ${claim.remedy}`,
      },
    ];
  const tags = await account.tags(claim.kind, claim.name);
  // The update takes it over first.
  if (isOwn(tags, claimant) && isInterrupted(state, claim.noun, claim.name, account.account)) return [];
  const environment = tags[ENVIRONMENT_TAG];
  const spoke = tags[SPOKE_TAG];
  const what = `${claim.noun} "${claim.name}" exists in ${account.account}`;
  const whose =
    environment === undefined
      ? "and belongs to somebody else, having no tags of ours"
      : isOwn(tags, claimant)
        ? `and was left over from ${ownerName(environment, spoke)}, whose stack no longer knows it`
        : `and belongs to ${ownerName(environment, spoke)}`;
  return [{ whose: "input", path: claim.path, message: `${what} ${whose}: ${claim.remedy}` }];
}

function ownerName(environment: string, spoke: string | undefined): string {
  return spoke === undefined ? `environment ${environment}` : `spoke ${spokeStackName(environment, spoke)}`;
}
