/** Something that stands in the way of onboarding, and who has to act. */
export interface Problem {
  /** `input`: the author of the request; `platform`: the team that runs hub and producers. */
  readonly whose: "input" | "platform";
  /** Where in the request; empty when it is nowhere there. */
  readonly path: string;
  /** What is wrong, and the remedy. */
  readonly message: string;
}
