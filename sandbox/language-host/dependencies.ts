import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** A package that a program depends on, at the version in its package-lock.json. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
}

/**
 * The packages of a program, by name: those its package.json names, or all that were installed for them.
 *
 * @throws Error when there is no package-lock.json at or above `folder`
 */
export function dependencies(folder: string, transitive: boolean): Dependency[] {
  const project = projectFolder(folder, "package-lock.json");
  if (project === undefined)
    throw new Error(`no package-lock.json is at or above ${folder}: run npm install`);
  const { packages } = JSON.parse(readFileSync(path.join(project, "package-lock.json"), "utf8")) as Lock;
  const root = packages[""] ?? {};
  const wanted = new Set(Object.keys({ ...root.dependencies, ...root.devDependencies }));
  return Object.entries(packages).flatMap(([place, { version }]) => {
    const name = place.slice(place.lastIndexOf(MODULES) + MODULES.length);
    const isOurs = transitive || (wanted.has(name) && place === MODULES + name);
    return place === "" || version === undefined || !isOurs ? [] : [{ name, version }];
  });
}

/**
 * Installs the packages of a program with npm, unless its node_modules is there.
 *
 * @throws Error when npm fails
 */
export async function installDependencies(
  folder: string,
  write: { stdout: (data: Buffer) => void; stderr: (data: Buffer) => void },
  signal: AbortSignal,
): Promise<void> {
  const project = projectFolder(folder, "package.json") ?? folder;
  if (existsSync(path.join(project, "node_modules"))) {
    write.stdout(Buffer.from(`Dependencies are installed: ${path.join(project, "node_modules")} is there\n`));
    return;
  }
  const command = existsSync(path.join(project, "package-lock.json")) ? "ci" : "install";
  write.stdout(Buffer.from(`Installing dependencies: npm ${command} in ${project}\n`));
  const child = spawn("npm", [command], { cwd: project, stdio: ["ignore", "pipe", "pipe"], signal });
  child.stdout.on("data", write.stdout);
  child.stderr.on("data", write.stderr);
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`npm ${command} in ${project} failed with exit code ${String(code)}`));
    });
  });
}

const MODULES = "node_modules/";

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string;
        readonly dependencies?: Readonly<Record<string, string>>;
        readonly devDependencies?: Readonly<Record<string, string>>;
      }
    >
  >;
}

/** The nearest folder from `folder` upwards that has a file of that name. */
function projectFolder(folder: string, file: string): string | undefined {
  if (existsSync(path.join(folder, file))) return folder;
  const above = path.dirname(folder);
  return above === folder ? undefined : projectFolder(above, file);
}
