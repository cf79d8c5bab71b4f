/** The engine as the operations need it. The real one is `pulumi-engine.ts`; tests have another. */
import type { Plan, PlannedResource } from "./plan";
import type { StackState } from "./state";

/** What came of an update. */
export interface Updated {
  readonly plan: Plan;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A stack at a glance. */
export interface StackSummary {
  readonly name: string;
  /** ISO time; undefined when it was never updated. */
  readonly lastUpdate: string | undefined;
  readonly updating: boolean;
}

export interface PreviewOptions {
  /** Configuration to use in place of the stack's own file. */
  readonly configFile?: string;
  /** Resources to make anew although nothing about them changed. */
  readonly replace?: readonly string[];
  /** Told at the end what there would be, changed or not. */
  readonly onResources?: (resources: readonly PlannedResource[]) => void;
  /** Judges the stack. Findings come with the plan; a mandatory one is no failure of the preview. */
  readonly policy?: PolicyPack | undefined;
}

/** A policy pack. */
export interface PolicyPack {
  /** Folder of its PulumiPolicy.yaml. */
  readonly folder: string;
  /** JSON file with levels and parameters of rules. */
  readonly config?: string | undefined;
}

export interface UpOptions {
  /** Resources to make anew although nothing about them changed. */
  readonly replace?: readonly string[];
  /** Done before each further attempt, after an error that passes by itself or a wait for another run; may refuse it. */
  readonly beforeRetry?: () => Promise<void>;
}

export interface Engine {
  /** The state of a stack; undefined when there is no such stack. */
  state(stack: string): Promise<StackState | undefined>;
  /** All stacks of the project, sorted by name. */
  stacks(): Promise<readonly StackSummary[]>;
  /** Begins to load what previews and updates need, so that it is there when they do. */
  prepare(): void;
  /** Makes a stack. @returns false when it is there already. */
  create(stack: string): Promise<boolean>;
  /** Removes an empty stack. Its configuration file is left to the caller. */
  remove(stack: string): Promise<void>;
  preview(stack: string, options?: PreviewOptions): Promise<Plan>;
  /** Waits while another run has the stack, and tries again where an error passes by itself. */
  up(stack: string, options?: UpOptions): Promise<Updated>;
  /** @param plan what is going to be destroyed, and what of it is kept, as it was shown. */
  destroy(stack: string, plan: Plan): Promise<Plan>;
  /**
   * Hands the stack resources that it began to create, was interrupted, and does not know.
   *
   * @param ids by URN.
   */
  adopt(stack: string, ids: ReadonlyMap<string, string>): Promise<void>;
  /** Allows protected resources to be destroyed. */
  unprotect(stack: string): Promise<void>;
  /**
   * Marks just these resources so that the next destroy forgets them instead of deleting them; all other marks go, which
   * an earlier run may have left. A later update of the same resources takes the mark away.
   */
  keep(stack: string, urns: readonly string[]): Promise<void>;
}
