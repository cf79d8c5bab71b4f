/** The contents of files and archives that a program gives to a resource. */
import { readFile, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { Asset, type WireValue } from "./values";
import { zip, type ZipEntry } from "./zip";

/** The bytes of a file, or of an archive as a zip file. Throws when it cannot be read here. */
export async function contentsOf(asset: Asset): Promise<Buffer> {
  if (!asset.archive) return fileContents(asset);
  const file = asset.text("path");
  if (file !== undefined && !(await stat(file)).isDirectory()) {
    if (/\.(?:zip|jar)$/i.test(file)) return readFile(file);
    throw new Error(`archive "${file}" is neither a folder nor a .zip or .jar file: make it one of these`);
  }
  return zip(await entriesOf(asset, ""));
}

async function fileContents(asset: Asset): Promise<Buffer> {
  const file = asset.text("path");
  if (file !== undefined) return readFile(file);
  const uri = asset.text("uri");
  if (uri !== undefined)
    throw new Error(`asset "${uri}" is remote: the sandbox's aws provider reads local files only`);
  return Buffer.from(asset.text("text") ?? "", "utf8");
}

async function entriesOf(asset: Asset, prefix: string): Promise<ZipEntry[]> {
  if (!asset.archive) return [{ name: prefix, contents: await fileContents(asset) }];
  const folder = asset.text("path");
  if (folder !== undefined) {
    const within = await folderEntries(folder);
    return within.map(({ name, contents }) => ({ name: joined(prefix, name), contents }));
  }
  const uri = asset.text("uri");
  if (uri !== undefined)
    throw new Error(`archive "${uri}" is remote: the sandbox's aws provider reads local files only`);
  const { assets } = asset.fields;
  if (typeof assets !== "object" || assets === null || Array.isArray(assets)) return [];
  const entries = await Promise.all(
    Object.entries(assets).map(([name, inner]) => entriesOf(innerAsset(inner, name), joined(prefix, name))),
  );
  return entries.flat();
}

/** Within an archive the engine marks files and archives by the same signatures as outside. */
function innerAsset(inner: WireValue, name: string): Asset {
  if (typeof inner !== "object" || inner === null || Array.isArray(inner)) {
    throw new Error(`"${name}" in an archive is neither a file nor an archive`);
  }
  return Asset.of(inner);
}

async function folderEntries(folder: string): Promise<ZipEntry[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => {
        const full = path.join(file.parentPath, file.name);
        const name = path.relative(folder, full).split(path.sep).join("/");
        return { name, contents: await readFile(full) };
      }),
  );
}

function joined(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}/${name}`;
}
