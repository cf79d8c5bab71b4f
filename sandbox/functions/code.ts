import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** What AWS has in its nodejs runtimes beside Node itself. */
const PROVIDED = ["@aws-sdk", "@smithy"];

/** Where the code of functions is put, and what with. */
export interface CodeSettings {
  /** A folder of the sandbox. */
  readonly folder: string;
  /** A Python, for unpacking. */
  readonly python: string;
  /** The node_modules whose AWS SDK functions find. */
  readonly modules: string;
}

/** What was given as code is no zip file. */
export class BadZip extends Error {
  override readonly name = "BadZip";
}

/** The code of functions, unpacked once for each content. */
export class FunctionCode {
  private provided: Promise<void> | undefined;
  private readonly unpacked = new Map<string, Promise<string>>();

  constructor(private readonly settings: CodeSettings) {}

  /**
   * The folder with a function's code.
   *
   * @param hash of the zip file, as Lambda's CodeSha256 says it
   * @param zip asked for when the code is not there yet
   */
  folder(hash: string, zip: () => Promise<Buffer>): Promise<string> {
    let found = this.unpacked.get(hash);
    if (found === undefined) {
      found = this.unpack(Buffer.from(hash, "base64").toString("hex"), zip);
      this.unpacked.set(hash, found);
      found.catch(() => this.unpacked.delete(hash));
    }
    return found;
  }

  /** @throws BadZip */
  private async unpack(name: string, zip: () => Promise<Buffer>): Promise<string> {
    const { folder, python } = this.settings;
    const wanted = path.join(folder, name);
    await (this.provided ??= this.provide());
    if (await exists(wanted)) return wanted;
    const partial = path.join(folder, `${name}.${randomUUID()}`);
    const file = `${partial}.zip`;
    try {
      await writeFile(file, await zip());
      await promisify(execFile)(python, ["-m", "zipfile", "-e", file, partial]).catch((error: unknown) => {
        throw new BadZip("the code cannot be unzipped", { cause: error });
      });
      // An empty zip file has nothing to extract.
      await mkdir(partial, { recursive: true });
      await rename(partial, wanted);
    } finally {
      await rm(file, { force: true });
    }
    return wanted;
  }

  /** Node looks for packages in every folder above a module: what stands here, all functions find. */
  private async provide(): Promise<void> {
    const { folder, modules } = this.settings;
    const provided = path.join(folder, "node_modules");
    await mkdir(provided, { recursive: true });
    // Ends the search for the package that a module belongs to, which would go on in folders of the sandbox's owner.
    await writeFile(path.join(folder, "package.json"), "{}");
    for (const name of PROVIDED) {
      await rm(path.join(provided, name), { force: true });
      await symlink(path.join(modules, name), path.join(provided, name));
    }
  }
}

async function exists(place: string): Promise<boolean> {
  return stat(place).then(
    () => true,
    () => false,
  );
}
