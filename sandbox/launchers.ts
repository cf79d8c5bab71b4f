import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import manifest from "../package.json";
import { ensureFolder } from "./installation/cached-folder.js";
import { cacheFolder, locations } from "./installation.js";

const ROOT = path.dirname(__dirname);

const LANGUAGE_HOST = "pulumi-language-nodejs";

/** What the engine looks for on the PATH, and the program behind it. */
const PROGRAMS = [
  { name: LANGUAGE_HOST, source: "sandbox/language-host" },
  { name: "pulumi-resource-aws", source: "sandbox/aws-provider" },
] as const;

/** What is loaded at run time from beside the bundles. */
const LOADED_BESIDE = ["launch.js", "language-host/readable-errors.js"];

const AWS_NATIVE = "pulumi-resource-aws-native";

/** Where the engine keeps plugins in its home folder, and which of ours goes where. */
const PLUGINS = {
  [LANGUAGE_HOST]: `language-nodejs-v${manifest.dependencies["@pulumi/pulumi"]}`,
  "pulumi-resource-aws": `resource-aws-v${manifest.dependencies["@pulumi/aws"]}`,
  [AWS_NATIVE]: `resource-aws-native-v${manifest.dependencies["@pulumi/aws-native"]}`,
} as const;

/**
 * Makes the executables by which the engine starts the language host and the providers, and returns the
 * folder to put on the PATH. It is made anew only when a source, a package or the running node is another,
 * by one process at a time, which also removes what one that was killed left unfinished.
 *
 * The engine starts one process for each provider instance, so each program is one small file with its
 * compiled code beside it (launch.js).
 *
 * @throws Error when a source cannot be bundled, or uses files outside its folder, whose changes the hash
 *   in the folder's name would miss
 */
export async function buildLaunchers(): Promise<string> {
  const folder = path.join(cacheFolder(), "launchers", await hashOfSources());
  await ensureFolder(folder, {
    isWhole: () => existsSync(folder),
    make: async (partial) => {
      for (const file of LOADED_BESIDE)
        await copyFile(path.join(__dirname, file), path.join(partial, path.basename(file)));
      await Promise.all(PROGRAMS.map((program) => buildLauncher(program, partial, folder)));
      const { awsNativeProvider } = locations();
      // Without Go it was not built, and the engine gets it by itself.
      if (existsSync(awsNativeProvider)) await symlink(awsNativeProvider, path.join(partial, AWS_NATIVE));
    },
    // It takes seconds: whoever waits is better served by the end than by word of it.
    signal: new AbortController().signal,
    onWait: () => undefined,
  });
  return folder;
}

/**
 * Puts the launchers into the `plugins` folder of a Pulumi home instead, as if they had been installed
 * there: the engine then uses them without a warning about each, and a bundled language host beside a
 * `pulumi` of the user's own goes first.
 *
 * @param pulumiHome the folder that PULUMI_HOME will name
 * @param providers `sandbox`: ours; `real`: none, so that the engine downloads them
 */
export async function installLaunchers(pulumiHome: string, providers: "sandbox" | "real"): Promise<void> {
  const launchers = await buildLaunchers();
  const made = await readdir(launchers);
  for (const [name, plugin] of Object.entries(PLUGINS)) {
    const folder = path.join(pulumiHome, "plugins", plugin);
    const isWanted = made.includes(name) && (providers === "sandbox" || name === LANGUAGE_HOST);
    if (isWanted) await link(path.join(launchers, name), path.join(folder, name));
    else if (await isLink(path.join(folder, name))) await rm(folder, { recursive: true });
  }
}

/** Makes a link, or points it elsewhere, without a moment in which a running engine would find none. */
async function link(target: string, place: string): Promise<void> {
  await mkdir(path.dirname(place), { recursive: true });
  const aside = `${place}.${process.pid}`;
  await rm(aside, { force: true });
  await symlink(target, aside);
  await rename(aside, place);
}

/** Whether a plugin there is one of ours: the engine puts files. */
async function isLink(place: string): Promise<boolean> {
  return (await lstat(place).catch(() => undefined))?.isSymbolicLink() === true;
}

async function buildLauncher(
  { name, source }: (typeof PROGRAMS)[number],
  folder: string,
  finalFolder: string,
): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`${source}/main.ts`],
    outfile: path.join(folder, `${name}.js`),
    bundle: true,
    minify: true,
    keepNames: true,
    platform: "node",
    format: "cjs",
    target: `node${process.versions.node}`,
    legalComments: "none",
    metafile: true,
    logLevel: "silent",
  });
  const strangers = Object.keys(metafile.inputs).filter(
    (file) => !file.startsWith(`${source}/`) && !file.startsWith("node_modules/"),
  );
  if (strangers.length > 0)
    throw new Error(`${source} uses ${strangers.join(", ")}: what a launcher uses must be in its own folder`);
  const start = ["launch.js", `${name}.js`].map((file) => path.join(finalFolder, file));
  const command = [process.execPath, ...start].map(quoted).join(" ");
  const launcher = path.join(folder, name);
  await writeFile(launcher, `#!/bin/sh\nexec ${command} "$@"\n`);
  await chmod(launcher, 0o755);
  // Starts it once, which also shows that it does start.
  const nobody = "127.0.0.1:1";
  const record = [path.join(folder, "launch.js"), "--record", path.join(folder, `${name}.js`), nobody];
  await promisify(execFile)(process.execPath, record, { timeout: 30_000 });
}

/** One word of a POSIX shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A hash of all that the launchers are made of: their sources, the packages, the node, the provider. */
async function hashOfSources(): Promise<string> {
  const { awsNativeProvider } = locations();
  const hash = createHash("sha256");
  const parts = [process.execPath, process.version, awsNativeProvider, String(existsSync(awsNativeProvider))];
  for (const part of parts) hash.update(`${part}\n`);
  const files = ["sandbox/launchers.ts", "sandbox/launch.js", "package-lock.json"];
  for (const { source } of PROGRAMS) files.push(...(await filesOf(source)));
  for (const file of files) hash.update(`${file}\n`).update(await readFile(path.join(ROOT, file)));
  return hash.digest("hex").slice(0, 16);
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
    .sort();
}
