/** What an update of an environment would do that another command needs: a spoke's coming, or its going. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Environment } from "../access/environment";
import type { Context } from "./context";
import type { PreviewOptions } from "./engine/engine";
import { countsOf, type Plan, type PlannedResource } from "./engine/plan";
import type { StackState } from "./engine/state";
import { enterDeployed, enterEnvironment } from "./environment-accounts";
import { RunnerError } from "./failure";
import { stackFile } from "./files/project";
import { fullText, keptByUpdate } from "./kept-data";
import { step } from "./message";
import { type PolicyOptions, tellFindings } from "./policy";

/**
 * Previews an environment as it would be, and reports the plan.
 *
 * @param text of its file as it would be.
 * @throws RunnerError (`platform.needed`) when the update would delete what people have put data in: other changes of the
 * file wait for their own update, which keeps it.
 */
export async function previewEnvironment(
  context: Context,
  environment: Environment,
  text: string,
  state: StackState | undefined,
  { policy }: PolicyOptions = {},
): Promise<PreviewedStack> {
  const { cloud, report } = context;
  const { name } = environment;
  const { full, ...previewed } = await step(
    context,
    "preview.environment",
    `preview of environment ${name}`,
    async () => {
      const { plan, resources } = await previewBeside(context, name, text, { policy });
      const { kept } = await keptByUpdate(plan, state, async () => {
        const accounts = await enterEnvironment(cloud, environment);
        const deployed = await enterDeployed(cloud, { environment, accounts }, state);
        return [accounts, ...(deployed === undefined ? [] : [deployed.accounts])].flatMap(
          ({ hub, producers }) => [hub, ...producers.values()],
        );
      });
      return { plan, resources, full: kept };
    },
    ({ plan }) => countsOf(plan),
  );
  report({ code: "plan", plan: previewed.plan });
  tellFindings(report, previewed.plan);
  if (full.length > 0)
    throw new RunnerError(
      "platform.needed",
      "platform",
      `the update of environment ${name} needs the platform team, nothing was changed:\n${full.map((each) => `  ${fullText(each)}, and the environment's file no longer has it`).join("\n")}\nrun \`spokes environment up ${name}\` first, which keeps ${full.length === 1 ? "it" : "them"}`,
    );
  return previewed;
}

export interface PreviewedStack {
  readonly plan: Plan;
  readonly resources: readonly PlannedResource[];
}

/** Previews a stack from a configuration beside the real one, which plain `pulumi` would apply. */
export async function previewBeside(
  { engine, project }: Context,
  stack: string,
  configuration: string,
  options: Omit<PreviewOptions, "configFile" | "onResources">,
): Promise<PreviewedStack> {
  const folder = await mkdtemp(join(tmpdir(), "athena-spokes-"));
  try {
    const configFile = join(folder, basename(stackFile(project, stack)));
    await writeFile(configFile, configuration);
    let resources: readonly PlannedResource[] = [];
    const onResources = (planned: readonly PlannedResource[]) => {
      resources = planned;
    };
    const plan = await engine.preview(stack, { ...options, configFile, onResources });
    return { plan, resources };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
