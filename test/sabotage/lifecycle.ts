/** The life of an environment and its spoke, by the `spokes` command. */
import type { Checkout } from "../integration/checkout";

/** How far it is: nothing but the bootstrap roles, the environment, or the spoke as well. */
export type Stage = "nothing" | "environment" | "spoke";

const COMMANDS = {
  "environment up": { from: "nothing", to: "environment" },
  "environment update": { from: "environment", to: "environment" },
  onboarding: { from: "environment", to: "spoke" },
  verification: { from: "spoke", to: "spoke" },
  proof: { from: "spoke", to: "spoke" },
  costs: { from: "spoke", to: "spoke" },
  offboarding: { from: "spoke", to: "environment" },
  "offboarding with its data": { from: "spoke", to: "environment" },
  destruction: { from: "environment", to: "nothing" },
  "destruction with its data": { from: "environment", to: "nothing" },
} as const satisfies Record<string, { readonly from: Stage; readonly to: Stage }>;

/** What a person runs. */
export type CommandName = keyof typeof COMMANDS;

/** In the order in which they lead through a life. */
export const COMMANDS_IN_ORDER = Object.keys(COMMANDS) as readonly CommandName[];

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** From which stage a command goes. */
export function stageBefore(name: CommandName): Stage {
  return COMMANDS[name].from;
}

/** To which stage a command goes. */
export function stageAfter(name: CommandName): Stage {
  return COMMANDS[name].to;
}

/** Nothing spreads by itself here: what AWS may need would be waited for in vain. */
const HURRIED = ["--patience", "1"] as const;

/** What a command says that goes on without having looked. */
const UNSEEN = /may not describe its organization/;

/** One environment with one spoke. */
export class Lifecycle {
  private current: Stage = "nothing";

  constructor(
    private readonly checkout: Checkout,
    private readonly environment: string,
    private readonly spoke: string,
    /** File. */
    private readonly request: string,
    /** Leaves an object in the spill bucket, as a query does, so that there is data to be deleted. */
    private readonly spill: () => Promise<void>,
  ) {}

  get stage(): Stage {
    return this.current;
  }

  /** Runs a command. @throws Error with all that it says, when it fails; with the line that says so, when it could not look */
  async run(name: CommandName): Promise<void> {
    if (name === "destruction with its data") await this.spill();
    const args = this.argumentsOf(name);
    const { code, stdout, stderr } = await this.checkout.spokes(...HURRIED, ...args);
    if (code !== 0) throw new Error(`spokes ${args.join(" ")} ended with code ${code}\n${stdout}\n${stderr}`);
    this.current = COMMANDS[name].to;
    const unseen = stdout.split("\n").find((line) => UNSEEN.test(line));
    if (unseen !== undefined) throw new Error(unseen);
  }

  /** Goes to a stage. */
  async reach(stage: Stage): Promise<void> {
    const steps: Readonly<Record<Stage, Partial<Record<Stage, CommandName>>>> = {
      nothing: { environment: "environment up", spoke: "environment up" },
      environment: { nothing: "destruction", spoke: "onboarding" },
      spoke: { environment: "offboarding", nothing: "offboarding" },
    };
    for (let step = steps[this.current][stage]; step !== undefined; step = steps[this.current][stage])
      await this.run(step);
  }

  private argumentsOf(name: CommandName): string[] {
    const { environment, spoke, request } = this;
    switch (name) {
      case "environment up":
      case "environment update":
        return ["environment", "up", environment, "--yes"];
      case "onboarding":
        // Verification has rows of its own.
        return ["onboard", request, "--yes", "--no-verify"];
      case "verification":
        return ["verify", spoke];
      case "proof":
        return ["verify", spoke, "--proof"];
      case "costs":
        return ["costs", "--environment", environment];
      case "offboarding":
        return ["offboard", spoke, "--yes"];
      case "offboarding with its data":
        return ["offboard", spoke, "--yes", "--delete-data"];
      case "destruction":
        return ["environment", "destroy", environment, "--yes"];
      case "destruction with its data":
        return ["environment", "destroy", environment, "--yes", "--delete-data"];
    }
  }
}
