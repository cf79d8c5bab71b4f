/** The project's folder: the one with our Pulumi.yaml, where the configuration of every stack lies. */
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { PROJECT } from "../../stacks/configuration";
import { RunnerError } from "../failure";
import { readIfThere } from "./yaml-file";

/**
 * Finds the project's folder.
 *
 * @param given `--project`; has to hold our Pulumi.yaml. Default: the nearest such folder from `from` upwards, else this
 *   package's own.
 */
export async function findProject(given: string | undefined, from = process.cwd()): Promise<string> {
  if (given !== undefined) {
    const folder = resolve(given);
    if (await isProject(folder)) return folder;
    throw new RunnerError(
      "project.missing",
      "input",
      `"${given}" holds no Pulumi.yaml of ${PROJECT}: name the folder of the checkout, or leave --project out`,
    );
  }
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (await isProject(folder)) return folder;
    if (dirname(folder) === folder) return resolve(__dirname, "../..");
  }
}

async function isProject(folder: string): Promise<boolean> {
  const text = await readIfThere(join(folder, "Pulumi.yaml"));
  return text !== undefined && new RegExp(`^name:\\s*["']?${PROJECT}["']?\\s*$`, "m").test(text);
}

/** The configuration file of a stack. */
export function stackFile(project: string, stack: string): string {
  return join(project, `Pulumi.${stack}.yaml`);
}

/** The stacks that have a configuration file in the project, sorted. */
export async function configuredStacks(project: string): Promise<string[]> {
  return (await readdir(project))
    .flatMap((name) => /^Pulumi\.([a-z0-9-]+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}
